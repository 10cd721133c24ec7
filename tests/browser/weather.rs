//! Bad weather on the way to the server: no network, a slow one, answers that get lost, and a server that cannot. What
//! somebody typed is still there afterwards, and nothing is done twice.

use serde_json::json;

use super::{
    steps::{
        AGAIN, CODE, CREATE, IDENTIFIER, NEW_PASSWORD, OFFLINE, SEND, USERNAME, ask_for_code, fill_profile,
        reach_profile, remembered, value,
    },
    support::{Browser, Setup},
};
use crate::support::Server;

const ANN: &str = "ann@example.org";
const READY: &str = "Welcome to ChatLink! Your account is ready.";

/// The wire between page and server: what is sent can be held until `wire.release()`, and the answer to what ends in
/// `wire.lose` gets lost.
const WIRE: &str = r"
const real = window.fetch;
window.wire = { posts: [], hold() { this.held = new Promise((resolve) => { this.release = resolve; }); } };
window.fetch = async (path, init = {}) => {
    const isPost = init.method === 'POST' && !path.includes('password-checks');
    if (isPost) {
        wire.posts.push(path);
        await wire.held;
    }
    const answer = await real(path, init);
    if (isPost && wire.lose && path.endsWith(wire.lose)) throw new TypeError('lost');
    return answer;
};";

fn wired() -> Setup {
    Browser::setup().script(WIRE)
}

async fn hold(browser: &Browser) {
    browser.eval("wire.posts.length = 0; wire.hold()", &[]).await;
}

async fn release(browser: &Browser) {
    browser.eval("wire.release()", &[]).await;
}

async fn lose(browser: &Browser, end: &str) {
    browser.eval("wire.lose = arguments[0]", &[json!(end)]).await;
}

/// What was sent to the server since it was held up.
async fn posts(browser: &Browser) -> usize {
    browser.eval("return wire.posts.length", &[]).await.as_u64().unwrap().try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_what_was_typed_stays() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto("/").await;
    browser.offline().await;
    browser.follow("Create an account").await;
    browser.text_appears(OFFLINE).await;
    browser.press("Try again").await;
    browser.text_appears(OFFLINE).await;
    browser.online().await;
    browser.press("Try again").await;
    browser.fill(IDENTIFIER, ANN).await;

    browser.offline().await;
    browser.press(SEND).await;
    browser.alert(OFFLINE).await;
    assert_eq!(value(&browser, IDENTIFIER).await, ANN);
    browser.online().await;
    browser.press(SEND).await;
    browser.heading("Enter the code").await;
    let code = server.code(ANN).await;

    browser.offline().await;
    browser.fill(CODE, &code).await;
    browser.alert(OFFLINE).await;
    assert_eq!(value(&browser, CODE).await, code);
    browser.online().await;
    browser.press("Confirm").await;
    browser.heading("About you").await;
    fill_profile(&browser, "ann").await;

    browser.offline().await;
    browser.press(CREATE).await;
    browser.alert(OFFLINE).await;
    assert_eq!(value(&browser, USERNAME).await, "ann");
    assert_ne!(value(&browser, NEW_PASSWORD).await, "");
    browser.online().await;
    browser.press(CREATE).await;
    browser.heading("Hello, Ann Lee").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_impatient_sends_nothing_twice() {
    let server = Server::for_browsers(&[]).await;
    let browser = wired().open(&server).await;
    browser.goto("/register").await;
    browser.fill(IDENTIFIER, ANN).await;
    hold(&browser).await;
    insist(&browser, SEND).await;
    browser.heading("Enter the code").await;
    let code = server.code(ANN).await;
    hold(&browser).await;
    browser.fill(CODE, &code).await;
    insist(&browser, "Confirm").await;
    browser.heading("About you").await;
    fill_profile(&browser, "ann").await;
    hold(&browser).await;
    insist(&browser, CREATE).await;
    browser.heading("Hello, Ann Lee").await;
    assert_eq!((server.messages(ANN).len(), server.accounts_named("ann").await), (1, 1));
    assert_eq!(browser.console_errors().await, [""; 0]);
}

/// Presses a button again and again while nothing comes back, and sees that it is busy.
async fn insist(browser: &Browser, button: &str) {
    for _ in 0..3 {
        browser.press(button).await;
    }
    browser.status("Sending …").await;
    assert_eq!(browser.button(button).await.attr("aria-busy").await.unwrap().as_deref(), Some("true"));
    assert_eq!(posts(browser).await, 1, "{button}");
    release(browser).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_late_takes_nobody_away_from_where_they_went() {
    let server = Server::for_browsers(&[]).await;
    let browser = wired().open(&server).await;
    browser.goto("/register").await;
    browser.fill(IDENTIFIER, ANN).await;
    hold(&browser).await;
    browser.press(SEND).await;
    browser.follow("ChatLink").await;
    browser.link("I have an account").await;
    release(&browser).await;
    let kept = async || Ok((remembered(&browser).await == 1).then_some(()));
    browser.wait_for("the registration is kept", kept).await;
    assert_eq!(browser.path().await, "/");
    // It was not in vain, though.
    browser.goto("/register/code").await;
    let code = server.code(ANN).await;
    hold(&browser).await;
    browser.fill(CODE, &code).await;
    browser.follow("ChatLink").await;
    browser.link("I have an account").await;
    release(&browser).await;
    let verified = async || {
        let kept = browser.eval("return sessionStorage.getItem('chatlink.registrations')", &[]).await;
        Ok(kept.as_str().unwrap().contains("token").then_some(()))
    };
    browser.wait_for("the token is kept", verified).await;
    assert_eq!(browser.path().await, "/");
    browser.goto("/register/code").await;
    browser.heading("About you").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_whose_answer_got_lost_is_begun_again() {
    let server = Server::for_browsers(&[]).await;
    let browser = wired().open(&server).await;
    ask_for_code(&browser, ANN).await;
    let code = server.code(ANN).await;
    lose(&browser, "/verify").await;
    browser.fill(CODE, &code).await;
    // The token is answered once; nobody has it now.
    browser.alert("This code has been used already.").await;
    lose(&browser, "").await;
    browser.follow(AGAIN).await;
    browser.press(SEND).await;
    browser.heading("Enter the code").await;
    server.message(ANN, 2).await;
    browser.fill(CODE, &server.code(ANN).await).await;
    browser.heading("About you").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_answer_got_lost_is_there_when_asked_again() {
    let server = Server::for_browsers(&[]).await;
    let browser = wired().open(&server).await;
    reach_profile(&server, &browser, ANN).await;
    fill_profile(&browser, "ann").await;
    lose(&browser, "/complete").await;
    browser.press(CREATE).await;
    browser.alert(OFFLINE).await;
    assert_eq!(server.accounts_named("ann").await, 1);
    lose(&browser, "").await;
    browser.press(CREATE).await;
    // The cookie came with the answer that the page has not read.
    browser.heading("Hello, Ann Lee").await;
    browser.status(READY).await;
    assert_eq!((server.accounts_named("ann").await, remembered(&browser).await), (1, 0));

    // Where not even the cookie came, there is an account to log in to.
    browser.press("Log out").await;
    browser.heading("Log in").await;
    reach_profile(&server, &browser, "abe@example.org").await;
    fill_profile(&browser, "abe").await;
    lose(&browser, "/complete").await;
    browser.press(CREATE).await;
    browser.alert(OFFLINE).await;
    browser.cdp("Network.clearBrowserCookies", json!({})).await.unwrap();
    lose(&browser, "").await;
    browser.press(CREATE).await;
    browser.heading("Log in").await;
    browser.status(READY).await;
    assert_eq!((browser.path().await.as_str(), server.accounts_named("abe").await), ("/login", 1));
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_says_so_and_can_be_asked_again() {
    const CANNOT: &str = "The server cannot do this now. Try again in ";
    let server = Server::with_own_services().await.restart_with(&[("http.public_url", "")]).await;
    let browser = Browser::open(&server).await;
    browser.goto("/register").await;
    browser.fill(IDENTIFIER, ANN).await;
    server.pause_redis().await;
    browser.press(SEND).await;
    browser.alert(CANNOT).await;
    assert_eq!(value(&browser, IDENTIFIER).await, ANN);
    server.resume_redis().await;
    browser.press(SEND).await;
    browser.heading("Enter the code").await;
    server.code(ANN).await;
    server.pause_redis().await;
    browser.reload().await;
    browser.heading("That did not work").await;
    browser.text_appears(CANNOT).await;
    server.resume_redis().await;
    browser.press("Try again").await;
    browser.fill(CODE, &server.code(ANN).await).await;
    browser.heading("About you").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}
