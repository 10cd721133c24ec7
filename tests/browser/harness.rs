//! Whether the harness sees what there is, and does what it says: it is what the other tests believe.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use serde_json::json;

use super::support::{Browser, Key, Screen};
use crate::support::Server;

const FORM: &str = r#"data:text/html,<!doctype html><meta charset="utf-8"><html lang="en"><title>Form</title>
<h1>A form</h1>
<label>Name <input id="name" value="Bo"></label>
<label for="born">Born</label><input id="born" type="date">
<label>Country <select id="country"><option>Germany<option>India</select></label>
<label><input id="agreed" type="checkbox"> I agree</label>
<button id="send" disabled>Send</button> <button hidden>Hidden</button> <a href="about:blank">There</a>
<p id="said" role="alert"></p><dialog id="dialog" aria-label="Sure?"><button autofocus>Yes</button></dialog>
<script>
agreed.onchange = () => { send.disabled = !agreed.checked; };
send.onclick = () => dialog.showModal();
dialog.onclick = (event) => {
    if (event.target.tagName !== "BUTTON") return;
    dialog.close();
    said.textContent = [document.getElementById("name").value, born.value, country.value].join("\n");
};
</script>"#;

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_used_as_people_use_them() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto(FORM).await;
    browser.heading("A form").await;
    browser.fill("Name", "അനു 😀").await;
    browser.fill("Born", "1990-05-17").await;
    browser.choose("Country", "India").await;
    assert!(!browser.button("Send").await.is_enabled().await.unwrap());
    browser.element_gone("button", "Hidden").await;
    browser.tick("I agree").await;
    browser.press("Send").await;
    // What is behind a dialog is out of reach.
    browser.element_gone("button", "Send").await;
    browser.element("dialog", "Sure?").await;
    browser.press("Yes").await;
    browser.alert("അനു 😀 1990-05-17 India").await;
    browser.fill("Name", "").await;
    assert_eq!(browser.field("Name").await.prop("value").await.unwrap().as_deref(), Some(""));
    assert_eq!(browser.link("There").await.text().await.unwrap(), "There");
    browser.follow("There").await;
    browser.path_becomes("about:blank").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_used_without_a_mouse() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto(FORM).await;
    assert_eq!(browser.active_element().await, "body");
    browser.keys(&[Key::Tab]).await;
    assert_eq!(browser.active_element().await, "input Name");
    browser.type_text("Ann, അനു").await;
    assert_eq!(browser.field("Name").await.prop("value").await.unwrap().as_deref(), Some("Ann, അനു"));
    browser.eval("agreed.focus()", &[]).await;
    browser.keys(&[Key::Space, Key::Tab]).await;
    assert_eq!(browser.active_element().await, "button Send");
    browser.keys(&[Key::Enter]).await;
    browser.active_element_becomes("button Yes").await;
    browser.keys(&[Key::Escape]).await;
    browser.active_element_becomes("button Send").await;
    browser.keys(&[Key::Shift, Key::Tab]).await;
    assert_eq!(browser.active_element().await, "input I agree");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_from_page_to_page_and_tab_to_tab() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::setup().screen(Screen::Phone).open(&server).await;
    browser.goto("/docs").await;
    browser.goto("/problems?a=b#c").await;
    assert_eq!(browser.path().await, "/problems?a=b#c");
    browser.back().await;
    browser.path_becomes("/docs").await;
    browser.eval("document.cookie = 'seen=yes'; document.title = 'changed'", &[]).await;
    browser.reload().await;
    assert_ne!(browser.eval("return document.title", &[]).await, "changed");
    let (first, second) = (browser.tab().await, browser.new_tab("/dev/mailbox").await);
    assert_eq!(browser.eval("return [document.cookie, innerWidth]", &[]).await, json!(["seen=yes", 390]));
    browser.switch_to(&first).await;
    assert_eq!(browser.path().await, "/docs");
    browser.switch_to(&second).await;
    browser.close_tab(&first).await;
    assert_eq!(browser.path().await, "/docs");
    // Another one knows nothing of this one.
    let other = Browser::open(&server).await;
    other.goto("/docs").await;
    assert_eq!(other.eval("return document.cookie", &[]).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_set_up_as_said() {
    const ASK: &str = r#"
    const prefers = (what) => matchMedia(`(prefers-${what})`).matches;
    const { locale } = new Intl.DateTimeFormat().resolvedOptions();
    return [innerWidth, innerHeight, navigator.language, locale, prefers("color-scheme: dark"),
        prefers("reduced-motion: reduce"), matchMedia("(pointer: coarse)").matches, window.before ?? null]"#;
    let server = Server::for_browsers(&[]).await;
    let plain = Browser::open(&server).await;
    plain.goto("/docs").await;
    assert_eq!(plain.eval(ASK, &[]).await, json!([1280, 900, "en-US", "en-US", false, false, false, null]));
    let setup = Browser::setup().locale("ml-IN").screen(Screen::SmallPhone).dark().less_motion();
    let other = setup.script("window.before = document.title").open(&server).await;
    other.goto("/docs").await;
    assert_eq!(other.eval(ASK, &[]).await, json!([320, 640, "ml-IN", "ml-IN", true, true, true, ""]));
    let asked = "return fetch('/v1/countries').then((it) => it.headers.get('content-language'))";
    assert!(other.eval(asked, &[]).await.as_str().unwrap().starts_with("ml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_network_is_as_the_test_wants_it() {
    const ASK: &str = "return fetch(arguments[0]).then((it) => [it.status, navigator.onLine], () => navigator.onLine)";
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto("/dev/mailbox").await;
    let ask = async |path: &str| browser.eval(ASK, &[json!(path)]).await;
    browser.offline().await;
    assert_eq!(ask("/dev/messages").await, false);
    browser.online().await;
    assert_eq!(ask("/dev/messages").await, json!([200, true]));
    browser.block(&["*://*:*/v1/me*"]).await;
    assert_eq!(ask("/v1/me").await, true);
    assert_eq!(ask("/dev/messages").await, json!([200, true]));
    browser.block(&[]).await;
    assert_eq!(ask("/v1/me").await, json!([401, true]));
    browser.slow().await;
    // Chromium tells pages of 400 ms, give or take: the blur is to keep them from telling people apart.
    let told = browser.eval("return navigator.connection.rtt", &[]).await.as_u64().unwrap();
    assert!((350..=450).contains(&told), "{told}");
    assert_eq!(ask("/dev/messages").await, json!([200, true]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_reaches_beyond_this_machine() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto("data:text/html,<title>No policy</title>").await;
    for url in ["http://example.org", "http://192.0.2.1", "http://[2001:db8::1]"] {
        let error = "return fetch(arguments[0], { mode: 'no-cors' }).catch((error) => error.message)";
        assert_eq!(browser.eval(error, &[json!(url)]).await, "Failed to fetch");
        let said = browser.console_errors().await.join("\n");
        assert!(said.contains("ERR_NAME_NOT_RESOLVED"), "{url}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_page_is_seen() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    browser.goto("/dev/mailbox").await;
    browser.eval("return fetch('/v1/me')", &[]).await;
    assert_eq!(browser.console_errors().await, [""; 0]);
    browser.eval("const it = document.createElement('style'); it.append('a{}'); document.head.append(it)", &[]).await;
    browser.eval("queueMicrotask(() => nothing.of.that.name)", &[]).await;
    let said = browser.console_errors().await.join("\n");
    assert!(said.contains("Content Security Policy") && said.contains("nothing is not defined"), "{said}");

    browser.goto("data:text/html,<title>Bad</title><div class=wide style=width:2000px>Wide</div><input>").await;
    let barriers = AssertUnwindSafe(browser.assert_accessible()).catch_unwind().await.unwrap_err();
    let barriers = barriers.downcast_ref::<String>().unwrap();
    assert!(barriers.contains("html-has-lang") && barriers.contains("label (critical)"), "{barriers}");
    let beyond = AssertUnwindSafe(browser.assert_fits()).catch_unwind().await.unwrap_err();
    let beyond = beyond.downcast_ref::<String>().unwrap();
    assert!(beyond.contains("div.wide reaches 2008 px"), "{beyond}");
}
