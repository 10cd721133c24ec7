//! A forgotten password, from the question for it to a new one.

use std::time::Duration;

use serde_json::json;

use super::{
    login::{ENDED, LOGIN, field_says, member, try_to_log_in},
    support::{Browser, Screen},
};
use crate::support::{
    Server,
    client::{NEW_PASSWORD, PASSWORD},
};

const ON_ITS_WAY: &str = "If there is an account with a•••@example.org, a code of 6 digits is on its way there.";
const UNNAMED: &str = "If there is such an account, a code of 6 digits is on its way to its email address or phone.";
const SET: &str = "Set the password";

/// Asks for a code for that account.
async fn ask(browser: &Browser, identifier: &str) {
    browser.goto("/forgot").await;
    browser.fill(LOGIN, identifier).await;
    browser.press("Send me a code").await;
    browser.path_becomes("/forgot/code").await;
}

/// Enters the code that was sent there.
async fn enter(browser: &Browser, server: &Server, to: &str) {
    let code = server.message_of(to, "password_reset_code").await["code"].as_str().unwrap().to_owned();
    browser.fill("Code", &code).await;
    browser.path_becomes("/forgot/password").await;
    browser.heading("Choose a new password").await;
}

/// Tries passwords that are refused.
async fn choose_badly(browser: &Browser) {
    for (password, reason) in [
        ("short", "Choose at least 8 characters."),
        ("password123", "Many people use this, or something like it. Choose another one."),
        ("ann@example.org", "This is too much like your name or address"),
    ] {
        browser.fill("New password", password).await;
        browser.press(SET).await;
        field_says(browser, "New password", reason).await;
        browser.active_element_becomes("input New password").await;
    }
    browser.assert_accessible().await;
}

/// What the page says, but for the time that is left.
async fn words(browser: &Browser) -> String {
    let text = browser.eval("return document.querySelector('main').innerText", &[]).await;
    let lines = text.as_str().unwrap().lines().filter(|line| !line.contains("Time left") && !line.contains("again in"));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_is_set_and_everybody_else_logged_out() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    let elsewhere = member(&server, "/profile", "ann").await;
    let browser = Browser::setup().screen(Screen::Phone).open(&server).await;
    browser.goto("/login").await;
    browser.follow("Forgot your password?").await;
    browser.fill(LOGIN, "ann@example.org").await;
    browser.press("Send me a code").await;
    browser.text_appears(ON_ITS_WAY).await;
    browser.reload().await;
    browser.text_appears(ON_ITS_WAY).await;
    enter(&browser, &server, "ann@example.org").await;
    browser.reload().await;
    browser.active_element_becomes("input New password").await;
    choose_badly(&browser).await;
    browser.fill("New password", NEW_PASSWORD).await;
    browser.press(SET).await;
    browser.path_becomes("/login").await;
    browser.status("Your password is changed. Log in with the new one.").await;
    assert_eq!(browser.eval("return sessionStorage.length", &[]).await, 0);
    server.message_of("ann@example.org", "password_changed").await;

    elsewhere.follow("Edit the profile").await;
    elsewhere.path_becomes("/login?next=%2Fprofile%2Fedit").await;
    elsewhere.status(ENDED).await;
    try_to_log_in(&browser, "ann", PASSWORD).await;
    browser.alert("Name and password do not belong together.").await;
    try_to_log_in(&browser, "ann", NEW_PASSWORD).await;
    browser.heading("Hello, Ann Lee").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
    assert_eq!(elsewhere.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_who_has_an_account_or_where() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    let browser = Browser::open(&server).await;
    for (known, unknown, expected) in [("ann@example.org", "any@example.org", ON_ITS_WAY), ("ann", "nobody", UNNAMED)] {
        let mut said = Vec::new();
        for identifier in [known, unknown] {
            ask(&browser, identifier).await;
            browser.text_appears(expected).await;
            browser.fill("Code", &server.wrong_code("ann@example.org")).await;
            field_says(&browser, "Code", "This is not the newest code. You have 4 attempts left.").await;
            browser.text_appears("4 attempts left").await;
            said.push(words(&browser).await);
        }
        assert_eq!(said[0], said[1]);
        assert!(!said[0].contains("•••") || expected == ON_ITS_WAY, "{}", said[0]);
    }
    assert_eq!(server.messages("any@example.org").len(), 0);
    browser.follow("Name another account").await;
    browser.path_becomes("/forgot").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_too_long_starts_again() {
    let server = Server::for_browsers(&[]).await;
    server.register("+491711234567", "bob").await;
    let browser = Browser::open(&server).await;
    ask(&browser, "bob").await;
    enter(&browser, &server, "+491711234567").await;
    server.clock.advance(Duration::from_secs(16 * 60));
    browser.fill("New password", NEW_PASSWORD).await;
    browser.press(SET).await;
    browser.path_becomes("/forgot").await;
    browser.status("Start again.").await;

    let before = server.messages("+491711234567").len();
    browser.fill(LOGIN, "+49 171 1234567").await;
    browser.press("Send me a code").await;
    browser.text_appears("If there is an account with +49").await;
    server.message("+491711234567", before + 1).await;
    enter(&browser, &server, "+491711234567").await;
    browser.fill("New password", NEW_PASSWORD).await;
    browser.press(SET).await;
    browser.path_becomes("/login").await;
    try_to_log_in(&browser, "+491711234567", NEW_PASSWORD).await;
    browser.heading("Hello, Ann Lee").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_remembers_the_password_after_all_leaves_no_reset_behind() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann.lee").await;
    let browser = Browser::open(&server).await;
    ask(&browser, "ann@example.org").await;
    enter(&browser, &server, "ann@example.org").await;
    browser.follow("Log in").await;
    try_to_log_in(&browser, "ann.lee", PASSWORD).await;
    browser.heading("Hello, Ann Lee").await;
    assert_eq!(browser.eval("return Object.keys(sessionStorage)", &[]).await, json!([]));
    browser.press("Log out").await;
    browser.heading("Log in").await;
    browser.goto("/forgot/password").await;
    browser.heading("Forgot your password?").await;
}
