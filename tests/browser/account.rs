//! How members are reached, their password, and what becomes of what is stored about them.

use std::{fs, time::Duration};

use serde_json::{Value, json};

use super::{
    login::{ENDED, field_says, log_in_to, member, try_to_log_in},
    support::{Browser, Screen},
};
use crate::{
    dev::harness::directory,
    support::{
        Server,
        client::{NEW_PASSWORD, PASSWORD},
        eventually,
    },
};

const ANN: &str = "ann@example.org";
const NEW: &str = "new@example.org";
const BOB: &str = "bob@example.org";
const PHONE: &str = "+491711234567";
const CHANGE_EMAIL: &str = "Change the email address";
const REMOVE_EMAIL: &str = "Remove the email address";
const NOT_YOURS: &str = "This is not your password.";

/// From the account page to the code for a new address of that kind.
async fn ask(browser: &Browser, link: &str, label: &str, address: &str) {
    browser.follow(link).await;
    browser.fill(label, address).await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Send me a code").await;
    browser.path_becomes("/account/code").await;
}

/// Makes every mistake on the page where another email address is named.
async fn mistype(browser: &Browser) {
    browser.press("Send me a code").await;
    field_says(browser, "Email address", "Say where we can reach you.").await;
    browser.fill("Email address", "no address").await;
    browser.fill("Password", "not-The-password-1").await;
    browser.press("Send me a code").await;
    field_says(browser, "Email address", "This is no email address or phone number that we know.").await;
    browser.fill("Email address", NEW).await;
    browser.press("Send me a code").await;
    field_says(browser, "Password", NOT_YOURS).await;
    browser.active_element_becomes("input Password").await;
    browser.assert_accessible().await;
    assert_eq!(browser.field("Email address").await.prop("value").await.unwrap().as_deref(), Some(NEW));
}

/// Downloads what is stored about somebody, and reads it.
async fn download(browser: &Browser) -> Value {
    let folder = directory();
    let to_folder = json!({"behavior": "allow", "downloadPath": folder.path()});
    browser.cdp("Page.setDownloadBehavior", to_folder).await.unwrap();
    browser.press("Download my data").await;
    browser.status("Your data is being saved to a file.").await;
    let saved = || fs::read_to_string(folder.path().join("chatlink-export.json")).unwrap_or_default();
    eventually(|| async { saved().ends_with('}') }).await;
    serde_json::from_str(&saved()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_address_is_changed_by_a_code_to_the_new_one() {
    let server = Server::for_browsers(&[]).await;
    server.register(ANN, "ann").await;
    let browser = Browser::setup().screen(Screen::Phone).open(&server).await;
    log_in_to(&browser, "/account", "ann").await;
    browser.text_appears(ANN).await;
    browser.element_gone("button", REMOVE_EMAIL).await;
    browser.follow(CHANGE_EMAIL).await;
    browser.text_appears(&format!("It takes the place of {ANN}, which gets a notice.")).await;
    mistype(&browser).await;
    browser.follow("Cancel").await;

    ask(&browser, CHANGE_EMAIL, "Email address", NEW).await;
    browser.text_appears("n•••@example.org").await;
    browser.follow("Cancel").await;
    browser.path_becomes("/account").await;
    browser.text_appears(ANN).await;
    ask(&browser, CHANGE_EMAIL, "Email address", NEW).await;
    server.message(NEW, 2).await;
    browser.reload().await;
    browser.fill("Code", &server.code(NEW).await).await;
    browser.path_becomes("/account").await;
    browser.status("Your account is changed.").await;
    browser.text_appears(NEW).await;
    browser.text_gone(ANN).await;
    server.message_of(ANN, "identifier_changed").await;
    assert_eq!(browser.eval("return sessionStorage.length", &[]).await, 0);
    // What is behind is no form that could be sent again.
    browser.back().await;
    browser.path_becomes("/account/email").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_is_added_and_the_email_address_removed() {
    let server = Server::for_browsers(&[]).await;
    server.register(ANN, "ann").await;
    server.register(BOB, "bob").await;
    let browser = member(&server, "/account", "ann").await;
    // Whose address it is is between the server and its owner.
    ask(&browser, CHANGE_EMAIL, "Email address", BOB).await;
    browser.text_appears("We have sent a code of 6 digits to b•••@example.org.").await;
    server.message_of(BOB, "account_exists").await;
    assert!(!server.kinds(BOB).contains(&"identifier_change_code".to_owned()));
    browser.fill("Code", &server.wrong_code(BOB)).await;
    field_says(&browser, "Code", "This is not the newest code. You have 4 attempts left.").await;
    browser.follow("Cancel").await;

    ask(&browser, "Add a phone number", "Phone number", PHONE).await;
    browser.fill("Code", &server.code(PHONE).await).await;
    browser.path_becomes("/account").await;
    browser.text_appears(PHONE).await;
    browser.button("Remove the phone number").await;
    browser.press(REMOVE_EMAIL).await;
    browser.active_element_becomes("input Password").await;
    browser.text_appears(&format!("You will no longer be able to log in with {ANN}.")).await;
    browser.press("Cancel").await;
    browser.press(REMOVE_EMAIL).await;
    browser.fill("Password", NEW_PASSWORD).await;
    browser.press("Remove").await;
    field_says(&browser, "Password", NOT_YOURS).await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Remove").await;
    browser.status("It is removed.").await;
    browser.text_gone(ANN).await;
    browser.link("Add an email address").await;
    browser.element_gone("button", "Remove the phone number").await;
    let told = || server.kinds(ANN).iter().filter(|kind| *kind == "identifier_changed").count();
    eventually(|| async { told() == 2 }).await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_here_and_ends_all_that_is_elsewhere() {
    let server = Server::for_browsers(&[]).await;
    let other = server.register(ANN, "ann").await;
    let browser = member(&server, "/account", "ann").await;
    browser.follow("Change the password").await;
    let change = async |current: &str, new: &str| {
        browser.fill("Your present password", current).await;
        browser.fill("New password", new).await;
        browser.press("Change the password").await;
    };
    change("", "").await;
    field_says(&browser, "Your present password", "Enter a password.").await;
    change(PASSWORD, PASSWORD).await;
    field_says(&browser, "New password", "or like the old password. Choose another one.").await;
    for _ in 0..5 {
        change("not-The-password-1", NEW_PASSWORD).await;
        field_says(&browser, "Your present password", NOT_YOURS).await;
    }
    browser.assert_accessible().await;
    change(PASSWORD, NEW_PASSWORD).await;
    browser.alert("Too many wrong passwords. Try again in 1 second.").await;
    other.get("/v1/me").await.expect(200);
    server.clock.advance(Duration::from_secs(1));
    browser.press("Change the password").await;
    browser.path_becomes("/account").await;
    browser.status("Your password is changed. All other devices are logged out.").await;
    other.get("/v1/me").await.problem(401, "not-authenticated");
    browser.follow("Devices").await;
    browser.text_appears("This device").await;
    server.client().log_in("ann", NEW_PASSWORD).await.expect(201);
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_take_their_data_along_and_are_gone() {
    let server = Server::for_browsers(&[]).await;
    server.register(ANN, "ann").await;
    let browser = member(&server, "/account", "ann").await;
    let saved = download(&browser).await;
    assert_eq!((&saved["account"]["username"], &saved["account"]["email"]), (&json!("ann"), &json!(ANN)));

    let first = browser.tab().await;
    let second = browser.new_tab("/profile").await;
    browser.heading("Ann Lee").await;
    browser.switch_to(&first).await;
    browser.follow("Delete the account").await;
    let warning = "Your account and all your personal data will be gone at once and for good.";
    browser.offline().await;
    browser.press("Log out").await;
    browser.status("The server cannot be reached.").await;
    browser.text_appears(warning).await;
    browser.online().await;
    let delete = "Delete my account for good";
    browser.fill("Password", NEW_PASSWORD).await;
    browser.press(delete).await;
    field_says(&browser, "Password", NOT_YOURS).await;
    browser.fill("Password", PASSWORD).await;
    browser.press(delete).await;
    browser.path_becomes("/").await;
    browser.status("Your account is deleted.").await;
    browser.link("Create an account").await;
    assert_eq!(server.accounts_named("ann").await, 0);
    browser.switch_to(&second).await;
    browser.path_becomes("/login?next=%2Fprofile").await;
    browser.status(ENDED).await;
    try_to_log_in(&browser, "ann", PASSWORD).await;
    browser.alert("Name and password do not belong together.").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}
