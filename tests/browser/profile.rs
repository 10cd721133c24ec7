//! The profile as its owner sees and changes it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    login::{field_says, log_in_to, member},
    steps::{LEARNING, NATIVE, value},
    support::{Browser, Key, Screen},
};
use crate::support::{Server, client::Client};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Notes what is asked for, for the tests to see.
const NOTE: &str = r#"
const ask = fetch;
window.changes = [];
window.fetch = (url, options) => {
    if (options?.method === "PATCH") changes.push(JSON.parse(options.body));
    return ask(url, options);
};"#;

/// At which side two lines of the text about somebody begin.
const SIDES: &str = r#"
const [bio] = document.getElementsByClassName("bio");
const range = document.createRange();
const side = (text) => {
    const at = bio.firstChild.data.indexOf(text);
    range.setStart(bio.firstChild, at);
    range.setEnd(bio.firstChild, at + text.length);
    const [line, page] = [range.getBoundingClientRect(), bio.getBoundingClientRect()];
    return line.left - page.left < page.right - line.right ? "left" : "right";
};
return ["New here!", "مرحبا"].map(side)"#;

async fn pick(browser: &Browser, label: &str, name: &str) {
    browser.fill(label, name).await;
    let field = browser.field(label).await;
    let found = async || Ok(field.attr("aria-activedescendant").await?.map(drop));
    browser.wait_for(&format!("{name} is found"), found).await;
    browser.keys(&[Key::Enter]).await;
}

async fn save(browser: &Browser) {
    browser.press("Save").await;
}

async fn is_enabled(browser: &Browser, label: &str) -> bool {
    browser.field(label).await.is_enabled().await.unwrap()
}

async fn me(client: &Client) -> Value {
    client.get("/v1/me").await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_edited_in_any_script_and_only_what_was_changed_is_sent() {
    let server = Server::for_browsers(&[]).await;
    let ann = server.register("ann@example.org", "ann").await;
    let browser = Browser::setup().screen(Screen::Phone).script(NOTE).open(&server).await;
    log_in_to(&browser, "/profile", "ann").await;
    browser.follow("Edit the profile").await;
    browser.fill("Name", "അനു Lee").await;
    let bio = "മലയാളം പഠിപ്പിക്കാം.\nNew here!\n\nمرحبا 😀";
    browser.fill("About you (optional)", bio).await;
    pick(&browser, "Country", "India").await;
    pick(&browser, NATIVE, "Malayalam").await;
    save(&browser).await;
    browser.path_becomes("/profile").await;
    browser.status("Your profile is saved.").await;
    browser.heading("അനു Lee").await;
    for text in [bio.lines().next().unwrap(), "New here!", "India", "Malayalam", "Spanish and Japanese"] {
        browser.text_appears(text).await;
    }
    assert_eq!(browser.eval(SIDES, &[]).await, json!(["left", "right"]));
    assert_eq!(me(&ann).await["bio"], bio);

    browser.follow("Edit the profile").await;
    assert_eq!(value(&browser, "About you (optional)").await, bio);
    save(&browser).await;
    browser.status("Nothing was changed.").await;
    assert_eq!(browser.eval("return changes.length", &[]).await, 1);
    browser.follow("Edit the profile").await;
    browser.fill("Name", "Anu Lee").await;
    save(&browser).await;
    browser.heading("Anu Lee").await;
    assert_eq!(browser.eval("return changes.slice(1)", &[]).await, json!([{"full_name": "Anu Lee"}]));
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn languages_are_changed_once_in_a_while() {
    let server = Server::for_browsers(&[("accounts.language_cooldown", "2d")]).await;
    server.register("ann@example.org", "ann").await;
    let browser = member(&server, "/profile/edit", "ann").await;
    browser.text_appears("Languages can be changed once in 2 days, so choose with care.").await;
    browser.press("Remove Spanish").await;
    pick(&browser, LEARNING, "Hindi").await;
    browser.assert_accessible().await;
    save(&browser).await;
    browser.path_becomes("/profile").await;
    browser.text_appears("Japanese and Hindi").await;

    browser.follow("Edit the profile").await;
    let when = "You have changed your languages recently. You can change them again on January 3, 2030.";
    browser.text_appears(when).await;
    assert!(!is_enabled(&browser, NATIVE).await && !is_enabled(&browser, LEARNING).await);
    browser.element_gone("button", "Remove Japanese").await;
    browser.assert_accessible().await;
    browser.follow("Cancel").await;
    server.clock.advance(2 * DAY);
    browser.follow("Edit the profile").await;
    browser.button("Remove Japanese").await;
    assert!(is_enabled(&browser, NATIVE).await && is_enabled(&browser, LEARNING).await);
    browser.text_gone(when).await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_at_its_field_and_nothing_is_overwritten() {
    let server = Server::for_browsers(&[]).await;
    let ann = server.register("ann@example.org", "ann").await;
    let browser = member(&server, "/profile/edit", "ann").await;
    browser.fill("Name", "").await;
    save(&browser).await;
    field_says(&browser, "Name", "This is needed.").await;
    browser.active_element_becomes("input Name").await;
    browser.fill("Name", "Ann Anderson").await;
    pick(&browser, LEARNING, "German").await;
    save(&browser).await;
    field_says(&browser, LEARNING, "Your native language is among them. Remove it.").await;
    assert_eq!(me(&ann).await["full_name"], "Ann Lee");
    browser.press("Remove German").await;

    ann.request(reqwest::Method::PATCH, "/v1/me").json(&json!({"bio": "Written elsewhere"})).send().await.unwrap();
    save(&browser).await;
    browser.alert("Your profile has been changed elsewhere meanwhile. Load the page again to see it.").await;
    assert_eq!(value(&browser, "Name").await, "Ann Anderson");
    let user = me(&ann).await;
    assert_eq!((&user["full_name"], &user["bio"]), (&json!("Ann Lee"), &json!("Written elsewhere")));
    browser.reload().await;
    assert_eq!(value(&browser, "About you (optional)").await, "Written elsewhere");
    browser.fill("Name", "Ann Anderson").await;
    save(&browser).await;
    browser.heading("Ann Anderson").await;
    browser.text_appears("Written elsewhere").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_one_tab_shows_in_the_others_and_disturbs_no_form() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    let browser = member(&server, "/profile", "ann").await;
    let first = browser.tab().await;
    let editing = browser.new_tab("/profile/edit").await;
    browser.fill("About you (optional)", "Half a thought").await;
    browser.new_tab("/profile/edit").await;
    browser.fill("Name", "Ann Anderson").await;
    save(&browser).await;
    browser.heading("Ann Anderson").await;
    browser.switch_to(&first).await;
    browser.heading("Ann Anderson").await;
    browser.switch_to(&editing).await;
    assert_eq!(value(&browser, "About you (optional)").await, "Half a thought");
    assert_eq!(browser.console_errors().await, [""; 0]);
}
