//! Fields that are picked from long lists, when the list is late or never comes, and with input methods.

use serde_json::json;

use super::{
    login::member,
    steps::{COUNTRY, LEARNING, pick, reach_profile, value},
    support::{Browser, Key},
};
use crate::support::Server;

/// The list of countries comes only when the test lets it; or at first, not at all.
const LATE: &str = r#"
const ask = fetch;
window.fetch = async (url, options) => {
    if (String(url).includes("/v1/countries")) {
        if (window.fails) throw new TypeError("no network");
        await new Promise((resolve) => { window.deliver = resolve; });
    }
    return ask(url, options);
};"#;
const FAILING: &str = "window.fails = true;";

/// What an input method sends while somebody chooses a character by it.
const COMPOSE: &str = r#"
const input = document.querySelectorAll("[role=combobox]")[2];
const key = (key) => new KeyboardEvent("keydown", { key, isComposing: true, bubbles: true, cancelable: true });
return ["ArrowDown", "Enter"].map((it) => input.dispatchEvent(key(it)))"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_late_takes_nothing_away() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::setup().script(LATE).open(&server).await;
    reach_profile(&server, &browser, "ann@example.org").await;
    browser.fill(COUNTRY, "Germany").await;
    browser.text_appears("Loading").await;
    // On to the next field, as browsers fill in what they know.
    browser.keys(&[Key::Tab]).await;
    assert_eq!(value(&browser, COUNTRY).await, "Germany");
    browser.eval("deliver()", &[]).await;
    let picked = "return JSON.parse(sessionStorage['chatlink.registrations']).draft?.country";
    let there = async || Ok((browser.eval(picked, &[]).await == "DE").then_some(()));
    browser.wait_for("Germany is picked", there).await;
    assert_eq!(browser.console_errors().await, [""; 0]);

    // One that was opened meanwhile fills by itself.
    browser.reload().await;
    browser.heading("About you").await;
    browser.field(COUNTRY).await.click().await.unwrap();
    browser.text_appears("Loading").await;
    browser.eval("deliver()", &[]).await;
    browser.element("option", "Brazil").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_never_came_is_asked_for_again_and_what_was_picked_stands() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann.lee").await;
    let browser = member(&server, "/profile", "ann.lee").await;
    browser.eval(&format!("{FAILING}{LATE}"), &[]).await;
    browser.follow("Edit the profile").await;
    browser.fill("Name", "Ann B. Lee").await;
    let placeholder = "return document.querySelector('[role=combobox]').placeholder";
    assert_eq!(browser.eval(placeholder, &[]).await, "The list could not be loaded");
    browser.press("Save").await;
    browser.heading("Ann B. Lee").await;

    browser.follow("Edit the profile").await;
    browser.heading("Edit the profile").await;
    browser.eval("window.fails = false", &[]).await;
    browser.field(COUNTRY).await.click().await.unwrap();
    let asked = async || Ok((browser.eval("return typeof deliver", &[]).await == "function").then_some(()));
    browser.wait_for("the list is asked for again", asked).await;
    browser.eval("deliver()", &[]).await;
    let there = async || Ok((value(&browser, COUNTRY).await == "Germany").then_some(()));
    browser.wait_for("the country shows", there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_an_input_method_pick_nothing() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    reach_profile(&server, &browser, "ann@example.org").await;
    browser.fill(LEARNING, "Jap").await;
    browser.element("option", "Japanese 日本語").await;
    assert_eq!(browser.eval(COMPOSE, &[]).await, json!([true, true]));
    assert_eq!(value(&browser, LEARNING).await, "Jap");
    browser.keys(&[Key::Enter]).await;
    browser.button("Remove Japanese").await;
    pick(&browser, LEARNING, "Span", "Spanish español").await;
    browser.button("Remove Spanish").await;
}
