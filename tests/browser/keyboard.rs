//! A registration without a mouse: the order of the stops, what is seen of the focus, and where it goes from page to
//! page.

use super::{
    steps::{COUNTRY, LEARNING, NATIVE, NEW_PASSWORD, value},
    support::{Browser, Key},
};
use crate::support::{Server, client::PASSWORD};

const ANN: &str = "ann@example.org";
const WELCOME: &str = "Learn a language from somebody who speaks it, and teach them yours.";

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_registration_needs_no_mouse() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto("/").await;
    browser.active_element_becomes(&format!("h1 {WELCOME}")).await;
    browser.keys(&[Key::Tab]).await;
    browser.active_element_becomes("a Create an account").await;
    browser.keys(&[Key::Enter]).await;
    browser.active_element_becomes("input Email address or phone number").await;
    is_titled(&browser, "Create an account · ChatLink").await;
    browser.type_text(ANN).await;
    browser.keys(&[Key::Enter]).await;
    browser.active_element_becomes("input Code").await;
    is_titled(&browser, "Enter the code · ChatLink").await;
    browser.type_text(&server.code(ANN).await).await;
    browser.active_element_becomes("h1 About you").await;
    is_titled(&browser, "About you · ChatLink").await;

    stop(&browser, "input Username").await;
    browser.type_text("ann").await;
    stop(&browser, "input New password").await;
    browser.type_text(PASSWORD).await;
    stop(&browser, "button Show").await;
    browser.keys(&[Key::Space]).await;
    browser.active_element_becomes("button Hide").await;
    assert_eq!(browser.field(NEW_PASSWORD).await.prop("type").await.unwrap().as_deref(), Some("text"));
    stop(&browser, "input Name").await;
    browser.type_text("Ann Lee").await;
    stop(&browser, "input Date of birth").await;
    browser.type_text("05171990").await;
    country(&browser).await;
    languages(&browser).await;
    stop(&browser, "select Gender (optional)").await;
    browser.keys(&[Key::Down]).await;
    stop(&browser, "button Create my account").await;
    browser.keys(&[Key::Enter]).await;
    browser.active_element_becomes("h1 Hello, Ann Lee").await;
    is_titled(&browser, "Hello, Ann Lee · ChatLink").await;

    let user = server.client().log_in("ann", PASSWORD).await.expect(201)["user"].clone();
    assert_eq!([&user["date_of_birth"], &user["gender"]], ["1990-05-17", "female"]);
    assert_eq!([&user["country"]["code"], &user["native_language"]["code"]], ["DE", "deu"]);
    assert_eq!([&user["learning_languages"][0]["code"], &user["learning_languages"][1]["code"]], ["jpn", "spa"]);
    assert_eq!(browser.console_errors().await, [""; 0]);
}

/// Tabs on until somewhere else, which is to be there, and to be seen to have the focus.
async fn stop(browser: &Browser, expected: &str) {
    const IS_SEEN: &str = "const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2";
    let before = browser.active_element().await;
    let mut now = before.clone();
    // The parts of a date are stops of their own.
    while now == before {
        browser.keys(&[Key::Tab]).await;
        now = browser.active_element().await;
    }
    assert_eq!(now, expected);
    assert_eq!(browser.eval(IS_SEEN, &[]).await, true, "the focus is seen at {expected}");
}

/// By arrows and Enter; Escape leaves things as they are.
async fn country(browser: &Browser) {
    stop(browser, "input Country").await;
    browser.type_text("ger").await;
    browser.element("option", "Germany").await;
    browser.keys(&[Key::Escape]).await;
    browser.element_gone("option", "Germany").await;
    browser.keys(&[Key::Down]).await;
    browser.element("option", "Germany").await;
    browser.keys(&[Key::Enter]).await;
    browser.element_gone("option", "Germany").await;
    assert_eq!(value(browser, COUNTRY).await, "Germany");
    // What was typed and not found does not take its place.
    browser.type_text("xyz").await;
    browser.element("option", "Nothing found").await;
}

/// What is marked is taken by whoever goes on; a language to learn is taken back with the key that deletes.
async fn languages(browser: &Browser) {
    stop(browser, "input Native language").await;
    assert_eq!(value(browser, COUNTRY).await, "Germany");
    browser.type_text("deutsch").await;
    browser.element("option", "German Deutsch").await;
    stop(browser, "input Languages to learn").await;
    assert_eq!(value(browser, NATIVE).await, "German");
    for (typed, option) in [("japan", "Japanese 日本語"), ("fren", "French français")] {
        browser.type_text(typed).await;
        browser.element("option", option).await;
        browser.keys(&[Key::Enter]).await;
        browser.element_gone("option", option).await;
    }
    browser.button("Remove French").await;
    browser.keys(&[Key::Backspace]).await;
    browser.element_gone("button", "Remove French").await;
    browser.status("French is removed").await;
    // From the list as a whole, up leads to its end and down to its beginning.
    browser.type_text("spanis").await;
    browser.element("option", "Spanish español").await;
    browser.keys(&[Key::Up, Key::Down, Key::Enter]).await;
    browser.button("Remove Spanish").await;
    assert_eq!(value(browser, LEARNING).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_focus_goes_to_what_is_new_and_there_is_a_way_past_the_menu() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto("/login").await;
    browser.active_element_becomes("input Username, email address or phone number").await;
    browser.follow("Forgot your password?").await;
    browser.heading("Forgot your password?").await;
    browser.active_element_becomes("input Username, email address or phone number").await;
    browser.follow("ChatLink").await;
    browser.heading(WELCOME).await;
    browser.active_element_becomes(&format!("h1 {WELCOME}")).await;
    is_titled(&browser, "ChatLink").await;
    // Back from the heading: the menu, the first page, the way past both.
    for expected in ["a Register", "a Log in", "a ChatLink", "a Skip to the content"] {
        browser.keys(&[Key::Shift, Key::Tab]).await;
        assert_eq!(browser.active_element().await, expected);
    }
    let skip = browser.link("Skip to the content").await.rectangle().await.unwrap();
    assert!(skip.1 >= 0.0, "it is on the screen while it has the focus: {skip:?}");
    browser.keys(&[Key::Enter]).await;
    browser.active_element_becomes("main").await;
    browser.keys(&[Key::Tab]).await;
    browser.active_element_becomes("a Create an account").await;
    assert_eq!(browser.path().await, "/");
    assert_eq!(browser.console_errors().await, [""; 0]);
}

async fn is_titled(browser: &Browser, title: &str) {
    assert_eq!(browser.eval("return document.title", &[]).await, title);
}
