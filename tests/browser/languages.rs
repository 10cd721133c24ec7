//! The languages of the client: each has all that is to be said, the browser's is chosen, and people may choose another.

use serde_json::json;

use super::{
    stage::with_module,
    support::{Browser, Screen},
};
use crate::support::Server;

/// What is wrong with the texts, compared with the English ones: keys, holes, and the plural forms that a language has.
const COMPARE: &str = r#"
const load = async (tag) => (await fetch(new URL(`locales/${tag}.json`, client))).json();
const { settings } = await import(new URL("settings.js", client));
const holes = (text) => [...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort().join();
const english = await load("en");
const wrong = [];
for (const tag of settings.locales) {
  const texts = await load(tag);
  const forms = new Intl.PluralRules(tag).resolvedOptions().pluralCategories.sort().join();
  for (const key of new Set([...Object.keys(english), ...Object.keys(texts)])) {
    const [theirs, ours] = [texts[key], english[key]];
    if (!theirs || !ours) wrong.push(`${tag} ${key} is missing`);
    else if (typeof theirs !== typeof ours) wrong.push(`${tag} ${key} counts in one of them`);
    else if (holes(theirs) !== holes(ours)) wrong.push(`${tag} ${key} has other holes`);
    else if (typeof theirs === "object" && Object.keys(theirs).sort().join() !== forms) wrong.push(`${tag} ${key} lacks a form`);
    else if (tag !== "en" && typeof theirs === "string" && theirs.length > 25 && theirs === ours) wrong.push(`${tag} ${key} is English`);
  }
}
return { wrong, languages: settings.locales.length, texts: Object.keys(english).length }"#;

#[tokio::test(flavor = "multi_thread")]
async fn every_language_says_everything() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto("/").await;
    let outcome = with_module(&browser, "i18n.js", COMPARE, &[]).await;
    assert_eq!(outcome["wrong"], json!([]));
    assert_eq!(outcome["languages"], 10);
    assert!(outcome["texts"].as_u64().unwrap() > 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_is_the_browsers_until_somebody_chooses_another_one() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::setup().locale("de-AT").screen(Screen::Phone).open(&server).await;
    browser.goto("/login").await;
    browser.heading("Anmelden").await;
    let document = "const { lang, dir } = document.documentElement; return [lang, dir]";
    assert_eq!(browser.eval(document, &[]).await, json!(["de", "ltr"]));

    browser.fill("Passwort", "half a passw").await;
    browser.choose("Sprache", "العربية").await;
    browser.heading("تسجيل الدخول").await;
    // What was typed before is still there.
    assert_eq!(browser.field("كلمة المرور").await.prop("value").await.unwrap().as_deref(), Some("half a passw"));
    assert_eq!(browser.eval(document, &[]).await, json!(["ar", "rtl"]));
    assert_eq!(browser.path().await, "/login");
    // From the first byte on: nothing turns over while the page loads.
    browser.reload().await;
    let html = "return fetch('/login').then((it) => it.text()).then((it) => it.match(/<html[^>]*>/)[0])";
    assert_eq!(browser.eval(html, &[]).await, "<html lang=\"ar\" dir=\"rtl\">");
    browser.heading("تسجيل الدخول").await;
    // What is typed from left to right everywhere stays so.
    let email = "return getComputedStyle(document.querySelector('input[name=login]')).direction";
    assert_eq!(browser.eval(email, &[]).await, "ltr");
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_that_nobody_wrote_in_is_english() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::setup().locale("nl").open(&server).await;
    browser.goto("/login").await;
    browser.heading("Log in").await;
}
