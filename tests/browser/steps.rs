//! Steps that many journeys share, as a person takes them. The texts are those of a page in English.

use serde_json::json;

use super::support::Browser;
use crate::support::{Server, client::PASSWORD};

pub const IDENTIFIER: &str = "Email address or phone number";
pub const SEND: &str = "Send me a code";
pub const CODE: &str = "Code";
pub const RESEND: &str = "Send the code again";
pub const AGAIN: &str = "Start again";
pub const USERNAME: &str = "Username";
pub const NEW_PASSWORD: &str = "New password";
pub const NAME: &str = "Name";
pub const BIRTH: &str = "Date of birth";
pub const COUNTRY: &str = "Country";
pub const NATIVE: &str = "Native language";
pub const LEARNING: &str = "Languages to learn";
pub const CREATE: &str = "Create my account";
pub const OFFLINE: &str = "The server cannot be reached. Check your connection and try again";

/// Begins a registration, up to where the code is entered.
pub async fn ask_for_code(browser: &Browser, identifier: &str) {
    browser.goto("/register").await;
    browser.fill(IDENTIFIER, identifier).await;
    browser.press(SEND).await;
    browser.heading("Enter the code").await;
}

/// Registers as far as the questions about oneself.
pub async fn reach_profile(server: &Server, browser: &Browser, identifier: &str) {
    ask_for_code(browser, identifier).await;
    browser.fill(CODE, &server.code(identifier).await).await;
    browser.heading("About you").await;
}

/// Answers all questions about oneself but for what is optional.
pub async fn fill_profile(browser: &Browser, username: &str) {
    browser.fill(USERNAME, username).await;
    browser.fill(NEW_PASSWORD, PASSWORD).await;
    browser.fill(NAME, "Ann Lee").await;
    browser.fill(BIRTH, "1990-05-17").await;
    pick(browser, COUNTRY, "Germ", "Germany").await;
    pick(browser, NATIVE, "German", "German Deutsch").await;
    pick(browser, LEARNING, "Span", "Spanish español").await;
}

/// Types something into a field that is picked from a list, and takes that one.
pub async fn pick(browser: &Browser, label: &str, typed: &str, option: &str) {
    browser.fill(label, typed).await;
    browser.element("option", option).await.click().await.unwrap();
    browser.element_gone("option", option).await;
}

/// What is in the field of that label.
pub async fn value(browser: &Browser, label: &str) -> String {
    browser.field(label).await.prop("value").await.unwrap().unwrap_or_default()
}

/// Waits until the field of that label is told to be wrong, in these words, to those who cannot see, too.
pub async fn is_wrong(browser: &Browser, label: &str, words: &str) {
    const TOLD: &str = r#"
    const [it, words] = arguments;
    const texts = it.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).innerText);
    return it.getAttribute("aria-invalid") === "true" && texts.join(" ").includes(words)"#;
    let told = async || {
        let field = browser.field(label).await;
        Ok((browser.eval(TOLD, &[json!(field), json!(words)]).await == true).then_some(()))
    };
    browser.wait_for(&format!("{label:?} is wrong: {words:?}"), told).await;
}

/// How many things this tab remembers.
pub async fn remembered(browser: &Browser) -> u64 {
    browser.eval("return sessionStorage.length", &[]).await.as_u64().unwrap()
}
