//! Logging in, and out again. What members do first is here, for the tests of all that comes after it.

use std::time::Duration;

use fantoccini::error::CmdError;
use serde_json::json;

use super::support::{Browser, Screen};
use crate::{
    admin,
    support::{
        Server,
        client::{NEW_PASSWORD, PASSWORD},
    },
};

pub const LOGIN: &str = "Username, email address or phone number";
pub const ENDED: &str = "You have been logged out. Log in again to go on.";
const WRONG: &str = "Name and password do not belong together. Check both, or set a new password.";

/// Whether the description of an input that is marked as wrong has that text.
const SAYS: &str = r#"
const [input, text] = arguments;
const ids = (input.getAttribute("aria-describedby") ?? "").split(" ");
const described = ids.map((id) => document.getElementById(id)?.innerText ?? "").join(" ");
return input.getAttribute("aria-invalid") === "true" && described.includes(text)"#;

/// Puts a cookie-less browser in the place of this one.
const NO_COOKIES: &str = r#"
const ask = fetch;
window.fetch = (url, options) => ask(url, { ...options, credentials: "omit" });"#;

/// Fills in the form of the login page.
pub async fn try_to_log_in(browser: &Browser, login: &str, password: &str) {
    browser.fill(LOGIN, login).await;
    browser.fill("Password", password).await;
    browser.press("Log in").await;
}

/// Opens the page of that path, which is a member's, and logs in on the way.
pub async fn log_in_to(browser: &Browser, path: &str, username: &str) {
    browser.goto(path).await;
    try_to_log_in(browser, username, PASSWORD).await;
    browser.path_becomes(path).await;
    browser.button("Log out").await;
}

/// A browser with one who is logged in there, and has opened the page of that path.
pub async fn member(server: &Server, path: &str, username: &str) -> Browser {
    let browser = Browser::open(server).await;
    log_in_to(&browser, path, username).await;
    browser
}

/// Waits until the field of that label is marked as wrong, and says why.
pub async fn field_says(browser: &Browser, label: &str, text: &str) {
    let field = browser.field(label).await;
    let says =
        async || Ok::<_, CmdError>((browser.eval(SAYS, &[json!(field), json!(text)]).await == true).then_some(()));
    browser.wait_for(&format!("the field {label:?} says {text:?}"), says).await;
}

async fn log_out(browser: &Browser) {
    browser.press("Log out").await;
    browser.path_becomes("/login").await;
    browser.status("You are logged out.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_log_in_by_whatever_names_them_and_leave_nothing_behind() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    server.register("+491711234567", "bob").await;
    let browser = Browser::setup().screen(Screen::Phone).open(&server).await;
    browser.goto("/").await;
    browser.follow("I have an account").await;
    browser.active_element_becomes(&format!("input {LOGIN}")).await;
    try_to_log_in(&browser, " Ann ", PASSWORD).await;
    browser.heading("Hello, Ann Lee").await;
    assert_eq!(browser.path().await, "/");
    let kept = "return [document.cookie, { ...localStorage }, { ...sessionStorage }]";
    assert_eq!(browser.eval(kept, &[]).await, json!(["", {}, {}]), "scripts have no secret that could be stolen");
    for path in ["/login", "/register", "/forgot"] {
        browser.goto(path).await;
        browser.path_becomes("/").await;
        browser.heading("Hello, Ann Lee").await;
    }

    browser.follow("Profile").await;
    browser.heading("Ann Lee").await;
    browser.follow("Account").await;
    browser.text_appears("ann@example.org").await;
    log_out(&browser).await;
    browser.back().await;
    browser.path_becomes("/login?next=%2Faccount").await;
    browser.text_gone("ann@example.org").await;
    try_to_log_in(&browser, "ANN@example.ORG", PASSWORD).await;
    browser.path_becomes("/account").await;
    browser.text_appears("ann@example.org").await;
    log_out(&browser).await;
    try_to_log_in(&browser, "+491711234567", PASSWORD).await;
    browser.path_becomes("/").await;
    browser.text_appears("Codes and notices go to +491711234567.").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_whether_the_name_or_the_password_was_wrong() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    let browser = Browser::open(&server).await;
    browser.goto("/login").await;
    browser.press("Log in").await;
    field_says(&browser, LOGIN, "Enter your username, email address or phone number.").await;
    field_says(&browser, "Password", "Enter a password.").await;
    browser.active_element_becomes(&format!("input {LOGIN}")).await;
    for login in ["nobody", "nobody@example.org", "+491719999999", "ann", "ann@example.org"] {
        try_to_log_in(&browser, login, NEW_PASSWORD).await;
        browser.alert(WRONG).await;
        // Whoever mistyped types over it.
        browser.active_element_becomes("input Password").await;
        let selected =
            browser.eval("const it = document.activeElement; return it.selectionEnd - it.selectionStart", &[]);
        assert_eq!(selected.await, NEW_PASSWORD.len());
        assert_eq!(browser.field(LOGIN).await.prop("value").await.unwrap().unwrap().replace(' ', ""), login);
    }
    browser.assert_accessible().await;

    // They are counted for the account by whatever name: these are the third, fourth and fifth.
    for login in ["ann", "ann@example.org", "ann"] {
        try_to_log_in(&browser, login, NEW_PASSWORD).await;
        browser.alert(WRONG).await;
    }
    try_to_log_in(&browser, "ann", PASSWORD).await;
    browser.alert("Too many wrong passwords. Try again in 1 second.").await;
    server.clock.advance(Duration::from_secs(1));
    browser.press("Log in").await;
    browser.heading("Hello, Ann Lee").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_locked_out_is_told_and_goes_on_where_they_were_afterwards() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    let browser = member(&server, "/profile", "ann").await;
    admin::done(&server, &["lock", "ann"]).await;
    // This page needs nothing from the server, and is left all the same.
    browser.follow("Account").await;
    browser.path_becomes("/login?next=%2Faccount").await;
    browser.status(ENDED).await;
    browser.text_gone("ann@example.org").await;
    try_to_log_in(&browser, "ann", PASSWORD).await;
    browser.alert("This account is locked. Ask whoever runs this server.").await;
    admin::done(&server, &["unlock", "ann"]).await;
    browser.press("Log in").await;
    browser.path_becomes("/account").await;
    browser.text_appears("ann@example.org").await;
    browser.text_gone(ENDED).await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_private_page_leads_there_and_never_elsewhere() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    let browser = Browser::open(&server).await;
    browser.goto("/profile/edit").await;
    browser.path_becomes("/login?next=%2Fprofile%2Fedit").await;
    try_to_log_in(&browser, "ann", PASSWORD).await;
    browser.path_becomes("/profile/edit").await;
    browser.heading("Edit the profile").await;
    // The login page is no place to go back to.
    browser.follow("Account").await;
    browser.path_becomes("/account").await;
    browser.back().await;
    browser.path_becomes("/profile/edit").await;
    log_out(&browser).await;
    browser.goto("/login?next=//evil.example").await;
    try_to_log_in(&browser, "ann", PASSWORD).await;
    browser.path_becomes("/").await;
    // Whoever is logged in already is led by the same rule.
    for next in
        ["https://evil.example", "/%5Cevil.example", "//localhost/profile", "javascript:alert(1)", "/login", "/none"]
    {
        browser.goto(&format!("/login?next={next}")).await;
        browser.path_becomes("/").await;
        browser.heading("Hello, Ann Lee").await;
    }
    browser.goto("/login?next=/devices").await;
    browser.path_becomes("/devices").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_keeps_no_cookies_is_told_so() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    let browser = Browser::setup().script(NO_COOKIES).open(&server).await;
    browser.goto("/login").await;
    try_to_log_in(&browser, "ann", PASSWORD).await;
    browser.alert("Your browser has not kept the login. Allow cookies for this page and try again.").await;
    assert_eq!(browser.path().await, "/login");
    browser.element_gone("button", "Log out").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_logged_out_because_the_server_is_out_of_reach() {
    let server = Server::for_browsers(&[]).await;
    server.register("ann@example.org", "ann").await;
    let browser = member(&server, "/profile", "ann").await;
    browser.block(&["*://*:*/v1/me"]).await;
    browser.reload().await;
    browser.heading("That did not work").await;
    browser.text_appears("The server cannot be reached.").await;
    assert_eq!(browser.path().await, "/profile");
    browser.block(&[]).await;
    browser.press("Try again").await;
    browser.heading("Ann Lee").await;
    browser.button("Log out").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}
