//! The step in which a code is entered: how it is typed, how it goes wrong, what becomes of it meanwhile, and how one
//! comes back to it.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{
    steps::{
        AGAIN, CODE, COUNTRY, CREATE, IDENTIFIER, NAME, NEW_PASSWORD, RESEND, SEND, USERNAME, ask_for_code,
        fill_profile, is_wrong, value,
    },
    support::{Browser, Screen},
};
use crate::support::Server;

const ANN: &str = "ann@example.org";
const SENT: &str = "We have sent a code of 6 digits to a•••@example.org.";
const EXPIRED: &str = "The time for this code has run out. Start again to get a new one.";
const LOCKED: &str = "Too many wrong codes were entered. Start again to get a new one.";
const ELSEWHERE: &str = "This code has been used already. Go on where it was entered, or start again.";
/// What this tab knows of a registration.
const KEPT: &str = "return sessionStorage.getItem('chatlink.registrations')";

#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_use_up_the_attempts_and_then_one_starts_again() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::setup().screen(Screen::Phone).open(&server).await;
    ask_for_code(&browser, ANN).await;
    server.code(ANN).await;
    browser.press("Confirm").await;
    is_wrong(&browser, CODE, "Enter the code that we sent you.").await;
    browser.fill(CODE, "123").await;
    browser.press("Confirm").await;
    is_wrong(&browser, CODE, "A code has digits only, as many as were sent.").await;
    browser.text_appears("5 attempts left").await;
    let wrong = server.wrong_code(ANN);
    for left in ["4 attempts", "3 attempts", "2 attempts", "1 attempt"] {
        browser.fill(CODE, &wrong).await;
        let words = format!("This is not the newest code. You have {left} left.");
        is_wrong(&browser, CODE, &words).await;
        browser.status(&words).await;
        browser.text_appears(&format!(" {left} left")).await;
        browser.active_element_becomes("input Code").await;
    }
    browser.assert_fits().await;
    browser.fill(CODE, &wrong).await;
    browser.alert(LOCKED).await;
    browser.element_gone("textbox", CODE).await;
    browser.active_element_becomes("a Start again").await;
    browser.assert_accessible().await;
    browser.follow(AGAIN).await;
    browser.path_becomes("/register").await;
    browser.active_element_becomes(&format!("input {IDENTIFIER}")).await;
    assert_eq!(value(&browser, IDENTIFIER).await, ANN);
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_taken_as_people_enter_them() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    for (number, write) in [spaced, dashed, in_arabic, in_a_sentence].into_iter().enumerate() {
        let address = format!("ann{number}@example.org");
        ask_for_code(&browser, &address).await;
        let field = browser.field(CODE).await;
        assert_eq!(field.attr("inputmode").await.unwrap().as_deref(), Some("numeric"));
        assert_eq!(field.attr("autocomplete").await.unwrap().as_deref(), Some("one-time-code"));
        browser.active_element_becomes("input Code").await;
        let written = write(&server.code(&address).await);
        browser.eval(PASTE, &[json!(written)]).await;
        browser.heading("About you").await;
    }
    assert_eq!(browser.console_errors().await, [""; 0]);
}

/// Puts a text where the focus is, as pasting does.
const PASTE: &str = r"
const data = new DataTransfer();
data.setData('text/plain', arguments[0]);
const paste = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
if (document.activeElement.dispatchEvent(paste)) document.execCommand('insertText', false, arguments[0])";

fn spaced(code: &str) -> String {
    format!(" {} {} ", &code[..3], &code[3..])
}

fn dashed(code: &str) -> String {
    code.chars().map(String::from).collect::<Vec<_>>().join("-")
}

fn in_arabic(code: &str) -> String {
    code.chars().map(|digit| char::from_u32(0x0660 + digit.to_digit(10).unwrap()).unwrap()).collect()
}

fn in_a_sentence(code: &str) -> String {
    format!("{code} is your ChatLink code. It is good for 5 minutes.")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_runs_out_before_ones_eyes() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    ask_for_code(&browser, ANN).await;
    browser.text_appears("Time left: ").await;
    server.code(ANN).await;
    // There is no way around it.
    browser.goto("/register/profile").await;
    browser.path_becomes("/register/code").await;
    browser.text_appears(SENT).await;
    server.clock.advance(Duration::from_secs(5 * 60));
    browser.alert(EXPIRED).await;
    browser.active_element_becomes("a Start again").await;
    browser.reload().await;
    browser.alert(EXPIRED).await;
    browser.follow(AGAIN).await;
    browser.heading("Create an account").await;
    assert_eq!(value(&browser, IDENTIFIER).await, ANN);
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_sent_again_as_often_as_may_be() {
    let limits = [("otp.registration.free_resends", "1"), ("otp.registration.max_resends", "2")];
    let server = Server::for_browsers(&limits).await;
    let browser = Browser::open(&server).await;
    ask_for_code(&browser, ANN).await;
    let first = server.code(ANN).await;
    // Late enough for another code.
    pass(&server, &browser, 200).await;
    browser.press(RESEND).await;
    browser.text_appears("The code is sent again.").await;
    let second = server.message(ANN, 2).await["code"].as_str().unwrap().to_owned();
    browser.active_element_becomes("input Code").await;
    browser.text_appears("Send again in ").await;
    let waiting =
        browser.eval("return [...document.querySelectorAll('button')].filter((it) => it.disabled).length", &[]);
    assert_eq!(waiting.await, 1);
    pass(&server, &browser, 60).await;
    browser.press(RESEND).await;
    server.message(ANN, 3).await;
    assert!(!browser.button("The code cannot be sent again").await.is_enabled().await.unwrap());
    assert_ne!(first, second);
    browser.fill(CODE, &first).await;
    is_wrong(&browser, CODE, "This is not the newest code. You have 4 attempts left.").await;
    browser.fill(CODE, &second).await;
    browser.heading("About you").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

/// So many seconds go by for everybody.
async fn pass(server: &Server, browser: &Browser, seconds: u64) {
    server.clock.advance(Duration::from_secs(seconds));
    browser.eval("const { now } = Date; Date.now = () => now() + 1000 * arguments[0]", &[json!(seconds)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_the_delivery_goes_is_seen_as_it_happens() {
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", gateway.local_addr().unwrap());
    let texts = [("sms.provider", "http"), ("sms.url", &url), ("sms.token", "token"), ("sms.countries", "DE")];
    let server = Server::for_browsers(&texts).await;
    let browser = Browser::open(&server).await;
    ask_for_code(&browser, "+49 171 1234567").await;
    browser.text_appears("We are sending a code of 6 digits to +49•••67 …").await;
    answer(&gateway, "400 Bad Request").await;
    browser.text_appears("The code could not be sent to +49•••67. Check that this is right, or send it again.").await;
    browser.press(RESEND).await;
    browser.text_appears("We are sending a code of 6 digits to +49•••67 …").await;
    answer(&gateway, "200 OK").await;
    browser.text_appears("We have sent a code of 6 digits to +49•••67.").await;
    browser.status("We have sent a code").await;
    browser.follow("Use another address").await;
    browser.heading("Create an account").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

/// Answers the next text message that is handed over.
async fn answer(gateway: &TcpListener, status: &str) {
    let (mut stream, _) = gateway.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0, "the request is whole");
    }
    let response = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(response.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_was_entered_in_another_tab_is_no_use_here() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    ask_for_code(&browser, ANN).await;
    browser.text_appears(SENT).await;
    let kept = browser.eval(KEPT, &[]).await;
    let first = browser.tab().await;
    let second = browser.new_tab("/register").await;
    browser.eval("sessionStorage.setItem('chatlink.registrations', arguments[0])", &[kept]).await;
    browser.goto("/register/code").await;
    browser.fill(CODE, &server.code(ANN).await).await;
    browser.heading("About you").await;
    browser.switch_to(&first).await;
    browser.alert(ELSEWHERE).await;
    browser.switch_to(&second).await;
    fill_profile(&browser, "ann").await;
    browser.press(CREATE).await;
    browser.heading("Hello, Ann Lee").await;
    // Who is logged in in one tab is so in all.
    browser.switch_to(&first).await;
    browser.heading("Hello, Ann Lee").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_sockets_are_blocked_the_page_asks_how_things_are() {
    const REFUSED: &str =
        "window.WebSocket = class { constructor() { queueMicrotask(() => this.onclose?.()); } send() {} close() {} };";
    // Neither let through nor refused; what takes long takes a tenth, so that nobody has to wait for it.
    const SWALLOWED: &str = "window.WebSocket = class { send() {} close() {} };
    const real = setTimeout;
    window.setTimeout = (action, time, ...more) => real(action, time > 2000 ? time / 10 : time, ...more);";
    let server = Server::for_browsers(&[("otp.registration.max_attempts", "1")]).await;
    for (blocked, address) in [(REFUSED, ANN), (SWALLOWED, "abe@example.org")] {
        let browser = Browser::setup().script(blocked).open(&server).await;
        ask_for_code(&browser, address).await;
        browser.text_appears(SENT).await;
        let session: serde_json::Value = serde_json::from_str(browser.eval(KEPT, &[]).await.as_str().unwrap()).unwrap();
        let wrong = server.wrong_code(address);
        server.client().verify(session["id"].as_str().unwrap(), &wrong).await.problem(422, "otp-code-incorrect");
        browser.alert(LOCKED).await;
        ask_for_code(&browser, address).await;
        browser.text_appears(SENT).await;
        server.clock.advance(Duration::from_secs(5 * 60));
        browser.alert(EXPIRED).await;
        assert_eq!(browser.console_errors().await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reloads_and_the_ways_back_and_forth_lose_nothing() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    for path in ["/register/code", "/register/profile"] {
        browser.goto(path).await;
        browser.path_becomes("/register").await;
    }
    ask_for_code(&browser, ANN).await;
    browser.reload().await;
    browser.text_appears(SENT).await;
    browser.back().await;
    browser.heading("Create an account").await;
    assert_eq!(value(&browser, IDENTIFIER).await, ANN);
    browser.eval("history.forward()", &[]).await;
    browser.text_appears(SENT).await;
    browser.fill(CODE, &server.code(ANN).await).await;
    browser.heading("About you").await;
    fill_profile(&browser, "ann").await;
    browser.reload().await;
    browser.button("Remove Spanish").await;
    for (label, kept) in [(USERNAME, "ann"), (NAME, "Ann Lee"), (COUNTRY, "Germany"), (NEW_PASSWORD, "")] {
        assert_eq!(value(&browser, label).await, kept, "{label}");
    }
    assert!(!browser.eval(KEPT, &[]).await.as_str().unwrap().contains("plum"), "no password is written down");
    browser.goto("/register/code").await;
    browser.path_becomes("/register/profile").await;
    assert_eq!(server.messages(ANN).len(), 1);
    // Another code can be had for the same address, and leads to the same draft.
    browser.goto("/register").await;
    browser.press(SEND).await;
    browser.heading("Enter the code").await;
    server.message(ANN, 2).await;
    browser.fill(CODE, &server.code(ANN).await).await;
    browser.heading("About you").await;
    assert_eq!(value(&browser, USERNAME).await, "ann");
    browser.back().await;
    browser.heading("Create an account").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}
