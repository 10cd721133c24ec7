//! One member on several devices and in several tabs, and several members in one browser.

use serde_json::{Value, json};

use super::{
    login::{ENDED, log_in_to, member, try_to_log_in},
    support::{Browser, Screen},
};
use crate::{
    admin,
    support::{
        Server,
        client::{Client, PASSWORD},
    },
};

/// Logs in anew, as another page would: this one is not told.
const LOG_IN: &str = r#"
const body = JSON.stringify({ login: arguments[0], password: arguments[1], session_kind: "cookie" });
const headers = { "Content-Type": "application/json" };
return fetch("/v1/sessions", { method: "POST", headers, body }).then((answer) => answer.status)"#;

/// Notes how changes are answered. Holds up answers about who is logged in while `isHeld`, until `release`.
const OBSERVE: &str = r#"
const ask = fetch;
window.statuses = [];
window.asked = 0;
const released = new Promise((resolve) => { window.release = resolve; });
window.fetch = async (url, options) => {
    const answer = await ask(url, options);
    if (options?.method === "PATCH") statuses.push(answer.status);
    if (window.isHeld && url === "/v1/me") {
        window.asked += 1;
        await released;
    }
    return answer;
};"#;

/// As browsers do when somebody comes back to a tab.
const COME_BACK: &str = "document.dispatchEvent(new Event('visibilitychange'))";

async fn log_in_from(server: &Server, device: &str) -> Client {
    let credentials = json!({"login": "ann", "password": PASSWORD, "device_name": device});
    server.client().logged_in(credentials).await
}

async fn bio(client: &Client) -> Value {
    client.get("/v1/me").await.expect(200)["bio"].clone()
}

/// Writes something about oneself, on the page where profiles are edited.
async fn write(browser: &Browser, bio: &str) {
    browser.fill("About you (optional)", bio).await;
    browser.press("Save").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_are_listed_and_logged_out_from_afar() {
    let server = Server::for_browsers(&[]).await;
    let first = server.register("ann@example.org", "ann").await;
    first.post_empty("/v1/logout").await.expect(204);
    let [tablet, reader, watch, car] = ["Tablet", "قارئ", "Watch", "Car"].map(|it| log_in_from(&server, it));
    let (tablet, reader, watch, car) = (tablet.await, reader.await, watch.await, car.await);
    let phone = Browser::setup().screen(Screen::Phone).open(&server).await;
    log_in_to(&phone, "/profile/edit", "ann").await;
    let browser = member(&server, "/devices", "ann").await;
    let list = "return [...document.querySelectorAll('main li')].map((it) => it.innerText.includes('This device'))";
    assert_eq!(browser.eval(list, &[]).await, json!([true, false, false, false, false, false]));
    browser.assert_accessible().await;
    // Devices of one name are told apart by when and where they logged in.
    let described = "return document.getElementById(arguments[0].getAttribute('aria-describedby')).innerText";
    let button = browser.button("Log out: Chrome, Linux").await;
    assert!(browser.eval(described, &[json!(button)]).await.as_str().unwrap().contains("from 127.0.0.1"));
    // The other one of that name is this one, and has no button.
    browser.press("Log out: Chrome, Linux").await;
    browser.status("That device is logged out.").await;
    browser.element_gone("button", "Log out: Chrome, Linux").await;
    write(&phone, "Typed in vain").await;
    phone.path_becomes("/login?next=%2Fprofile%2Fedit").await;
    phone.status(ENDED).await;
    browser.press("Log out: قارئ").await;
    browser.element_gone("button", "Log out: قارئ").await;
    reader.get("/v1/me").await.problem(401, "not-authenticated");
    // One that is gone already is gone.
    tablet.post_empty("/v1/logout").await.expect(204);
    browser.press("Log out: Tablet").await;
    browser.element_gone("button", "Log out: Tablet").await;
    browser.status("That device is logged out.").await;
    browser.press("Log out all others").await;
    browser.status("All other devices are logged out.").await;
    browser.element_gone("button", "Log out: Watch").await;
    for other in [watch, car] {
        other.get("/v1/me").await.problem(401, "not-authenticated");
    }
    assert_eq!(browser.eval(list, &[]).await, json!([true]));
    assert_eq!(browser.console_errors().await, [""; 0]);
    assert_eq!(phone.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_in_one_tab_leaves_nothing_private_in_another() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    server.register("bob@example.org", "bob").await;
    let browser = member(&server, "/account", "ann").await;
    let first = browser.tab().await;
    let second = browser.new_tab("/").await;
    browser.heading("Hello, Ann Lee").await;
    // The tabs tell each other: nothing has to be asked for.
    browser.block(&["*://*:*/v1/me"]).await;
    browser.press("Log out").await;
    browser.path_becomes("/login").await;
    browser.switch_to(&first).await;
    browser.path_becomes("/login?next=%2Faccount").await;
    browser.status(ENDED).await;
    browser.text_gone("ann@example.org").await;
    browser.back().await;
    browser.text_gone("ann@example.org").await;

    browser.block(&[]).await;
    browser.goto("/account").await;
    browser.path_becomes("/login?next=%2Faccount").await;
    browser.switch_to(&second).await;
    try_to_log_in(&browser, "bob", PASSWORD).await;
    browser.heading("Hello, Ann Lee").await;
    browser.switch_to(&first).await;
    browser.path_becomes("/account").await;
    browser.text_appears("bob@example.org").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_anew_is_not_noticed_and_another_persons_is() {
    let server = Server::for_browsers(&[]).await;
    let ann = server.register("ann@example.org", "ann").await;
    let bob = server.register("bob@example.org", "bob").await;
    let browser = Browser::setup().script(OBSERVE).open(&server).await;
    log_in_to(&browser, "/profile/edit", "ann").await;
    assert_eq!(browser.eval(LOG_IN, &[json!("ann"), json!(PASSWORD)]).await, 201);
    write(&browser, "Written by Ann").await;
    browser.path_becomes("/profile").await;
    browser.status("Your profile is saved.").await;
    // The token of before was refused, and nobody had to know.
    assert_eq!(browser.eval("return statuses", &[]).await, json!([403, 200]));
    assert_eq!(bio(&ann).await, "Written by Ann");

    browser.follow("Edit the profile").await;
    assert_eq!(browser.field("About you (optional)").await.prop("value").await.unwrap().unwrap(), "Written by Ann");
    assert_eq!(browser.eval(LOG_IN, &[json!("bob"), json!(PASSWORD)]).await, 201);
    write(&browser, "Written by Ann, too").await;
    // It is Bob's page from then on, and what Ann wanted was not tried with his account.
    let is_bobs = async || {
        let bio = browser.field("About you (optional)").await;
        Ok((bio.prop("value").await?.as_deref() == Some("")).then_some(()))
    };
    browser.wait_for("the page is Bob's", is_bobs).await;
    assert_eq!(browser.eval("return statuses", &[]).await, json!([403, 200, 403]));
    assert_eq!((bio(&ann).await, bio(&bob).await), (json!("Written by Ann"), json!("")));
    browser.follow("Account").await;
    browser.text_appears("bob@example.org").await;
    browser.text_gone("ann@example.org").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_is_noticed_by_whoever_comes_back() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    let browser = member(&server, "/account", "ann").await;
    admin::done(&server, &["end-sessions", "ann"]).await;
    browser.eval(COME_BACK, &[]).await;
    browser.path_becomes("/login?next=%2Faccount").await;
    browser.status(ENDED).await;
    try_to_log_in(&browser, "ann", PASSWORD).await;
    browser.path_becomes("/account").await;

    // By whatever they do next, be it going back.
    browser.follow("Profile").await;
    browser.heading("Ann Lee").await;
    log_in_from(&server, "Tablet").await.post_empty("/v1/sessions/revoke-others").await.expect(204);
    browser.back().await;
    browser.path_becomes("/login?next=%2Faccount").await;
    browser.status(ENDED).await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_before_a_logout_logs_nobody_in_again() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    let browser = Browser::setup().script(OBSERVE).open(&server).await;
    log_in_to(&browser, "/account", "ann").await;
    browser.eval("window.isHeld = true", &[]).await;
    browser.eval(COME_BACK, &[]).await;
    let asked = async |times: u64| {
        let there = async || Ok((browser.eval("return asked", &[]).await == times).then_some(()));
        browser.wait_for(&format!("it was asked {times} times who is logged in"), there).await;
    };
    asked(1).await;
    browser.press("Log out").await;
    browser.status("You are logged out.").await;
    browser.eval("release()", &[]).await;
    // It is asked anew, and nobody is.
    asked(2).await;
    browser.element_gone("button", "Log out").await;
    assert_eq!(browser.path().await, "/login");
    assert_eq!(browser.console_errors().await, [""; 0]);
}
