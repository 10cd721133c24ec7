//! Registering, from the first page to one's own: by email, by phone, in another language, and what the questions
//! about oneself say to answers that cannot be.

use std::time::Duration;

use serde_json::json;

use super::{
    steps::{
        AGAIN, BIRTH, CODE, COUNTRY, CREATE, IDENTIFIER, LEARNING, NAME, NATIVE, NEW_PASSWORD, SEND, USERNAME,
        ask_for_code, fill_profile, is_wrong, pick, reach_profile, remembered, value,
    },
    support::{Browser, Key, Screen},
};
use crate::support::{Server, client::PASSWORD};

const ANN: &str = "ann@example.org";
const DONE: &str = "Welcome to ChatLink! Your account is ready.";

#[tokio::test(flavor = "multi_thread")]
async fn somebody_registers_by_email_on_a_phone() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::setup().screen(Screen::Phone).open(&server).await;
    browser.goto("/").await;
    browser.follow("Create an account").await;
    browser.fill(IDENTIFIER, ANN).await;
    looks_well(&browser).await;
    browser.press(SEND).await;
    browser.text_appears("We have sent a code of 6 digits to a•••@example.org.").await;
    browser.text_appears("5 attempts left").await;
    looks_well(&browser).await;
    // It goes on by itself once the code is whole.
    browser.fill(CODE, &server.code(ANN).await).await;
    browser.heading("About you").await;
    // As the keyboards of phones write it.
    browser.fill(USERNAME, "Ann.Lee ").await;
    browser.text_appears("This username is free.").await;
    browser.fill(NEW_PASSWORD, PASSWORD).await;
    browser.text_appears("Very good").await;
    browser.fill(NAME, "Ann Lee").await;
    browser.fill(BIRTH, "1990-05-17").await;
    pick(&browser, COUNTRY, "germ", "Germany").await;
    pick(&browser, NATIVE, "Deutsch", "German Deutsch").await;
    pick(&browser, LEARNING, "日本", "Japanese 日本語").await;
    pick(&browser, LEARNING, "french", "French français").await;
    pick(&browser, LEARNING, "espanol", "Spanish español").await;
    browser.press("Remove French").await;
    browser.status("French is removed").await;
    looks_well(&browser).await;
    browser.press(CREATE).await;
    browser.heading("Hello, Ann Lee").await;
    browser.status(DONE).await;
    browser.text_appears("You are learning Japanese and Spanish.").await;
    looks_well(&browser).await;
    assert_eq!(browser.path().await, "/");
    assert_eq!(remembered(&browser).await, 0);

    let login = server.client().log_in("ann.lee", PASSWORD).await.expect(201);
    let user = &login["user"];
    assert_eq!([&user["email"], &user["full_name"], &user["date_of_birth"]], [ANN, "Ann Lee", "1990-05-17"]);
    assert_eq!([&user["country"]["code"], &user["native_language"]["code"]], ["DE", "deu"]);
    let learning: Vec<_> = user["learning_languages"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(learning, ["jpn", "spa"]);
    assert_eq!(server.message_of(ANN, "registration_code").await["locale"], "en");
    assert_eq!(browser.console_errors().await, [""; 0]);
}

/// Nothing reaches beyond the screen, and nothing keeps anybody out.
async fn looks_well(browser: &Browser) {
    browser.assert_fits().await;
    browser.assert_accessible().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_messages_speak_the_language_of_the_person() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::setup().locale("de-DE").open(&server).await;
    browser.goto("/").await;
    browser.follow("Konto erstellen").await;
    browser.fill("E-Mail-Adresse oder Telefonnummer", ANN).await;
    browser.press("Code anfordern").await;
    browser.text_appears("Wir haben einen 6-stelligen Code an a•••@example.org geschickt.").await;
    assert_eq!(browser.eval("return document.title", &[]).await, "Code eingeben · ChatLink");
    let message = server.message_of(ANN, "registration_code").await;
    assert_eq!(message["locale"], "de");
    browser.fill("Code", message["code"].as_str().unwrap()).await;
    browser.heading("Über dich").await;
    browser.fill("Benutzername", "ann").await;
    browser.fill("Neues Passwort", PASSWORD).await;
    browser.fill("Name", "Ann Lee").await;
    browser.fill("Geburtsdatum", "1990-05-17").await;
    pick(&browser, "Land", "osterr", "Österreich").await;
    // Its name alone is not enough to find it by: this page can be had in it.
    browser.fill("Muttersprache", "deutsch").await;
    browser.element("option", "Althochdeutsch").await;
    browser.keys(&[Key::Enter]).await;
    browser.element_gone("option", "Althochdeutsch").await;
    pick(&browser, "Sprachen, die du lernst", "Japanisch", "Japanisch 日本語").await;
    browser.press("Konto erstellen").await;
    browser.heading("Hallo, Ann Lee").await;
    browser.text_appears("Du lernst Japanisch.").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_registers_by_phone_number() {
    // The far end of a wire: a phone that reads codes out of text messages.
    const PHONE: &str = r"
    window.OTPCredential ??= class {};
    navigator.credentials.get = ({ otp }) => new Promise((resolve) => {
        window.arrive = (code) => otp.transport.includes('sms') && resolve({ code });
    });";
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::setup().screen(Screen::SmallPhone).script(PHONE).open(&server).await;
    browser.goto("/register").await;
    for typed in ["+491711234567", "+٤٩١٧١١٢٣٤٥٦٧", "+49 (171) 123-4567"] {
        browser.fill(IDENTIFIER, typed).await;
        grouped(&browser).await;
    }
    browser.press(SEND).await;
    browser.text_appears("We have sent a code of 6 digits to +49•••67.").await;
    browser.assert_fits().await;
    let message = server.message_of("+491711234567", "registration_code").await;
    assert_eq!(message["channel"], "sms");
    browser.eval("arrive(arguments[0])", &[message["code"].clone()]).await;
    browser.heading("About you").await;
    fill_profile(&browser, "bob").await;
    browser.press(CREATE).await;
    browser.heading("Hello, Ann Lee").await;
    browser.text_appears("Codes and notices go to +491711234567.").await;
    server.client().log_in("+49 171 1234567", PASSWORD).await.expect(201);
    assert_eq!(browser.console_errors().await, [""; 0]);
}

async fn grouped(browser: &Browser) {
    let grouped = async || Ok((value(browser, IDENTIFIER).await == "+49 171 1234567").then_some(()));
    browser.wait_for("the number is grouped", grouped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_wrong_is_told_at_its_field() {
    let server = Server::for_browsers(&[]).await;
    server.register("bo@example.org", "bo_m").await;
    let browser = Browser::open(&server).await;
    browser.goto("/register").await;
    browser.press(SEND).await;
    is_wrong(&browser, IDENTIFIER, "Say where we can reach you.").await;
    browser.fill(IDENTIFIER, "ann@").await;
    browser.press(SEND).await;
    is_wrong(&browser, IDENTIFIER, "This is no email address or phone number that we know.").await;
    reach_profile(&server, &browser, ANN).await;
    browser.press(CREATE).await;
    for (label, words) in [
        (USERNAME, "Choose a username."),
        (NEW_PASSWORD, "Enter a password."),
        (NAME, "This is needed."),
        (BIRTH, "Enter your date of birth."),
        (COUNTRY, "Choose a country from the list."),
        (NATIVE, "Choose a language from the list."),
        (LEARNING, "Choose at least one language from the list."),
    ] {
        is_wrong(&browser, label, words).await;
    }
    browser.active_element_becomes("input Username").await;
    browser.assert_accessible().await;
    browser.fill(USERNAME, "BO_M").await;
    assert_eq!(browser.field(USERNAME).await.attr("aria-invalid").await.unwrap(), None);
    browser.text_appears("Somebody has this username.").await;
    browser.fill(USERNAME, "admin").await;
    browser.text_appears("Nobody can have this username.").await;
    browser.fill(USERNAME, "a..b").await;
    browser.text_appears("A username begins with a letter and has").await;
    fill_profile(&browser, "ann").await;
    pick(&browser, NATIVE, "Spanish", "Spanish español").await;
    browser.fill(BIRTH, "1890-01-01").await;
    browser.press(CREATE).await;
    is_wrong(&browser, LEARNING, "Your native language is among them. Remove it.").await;
    is_wrong(&browser, BIRTH, "This is no date that can be right.").await;
    browser.active_element_becomes("input Date of birth").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hint_at_a_new_password_says_what_the_server_says() {
    const COMMON: &str = "Many people use this, or something like it. Choose another one.";
    const SIMILAR: &str = "This is too much like your name or address, or like the old password. Choose another one.";
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    reach_profile(&server, &browser, ANN).await;
    fill_profile(&browser, "annabel.lee").await;
    browser.text_appears("Very good").await;
    browser.fill(NEW_PASSWORD, "plum-").await;
    browser.text_appears("3 more characters").await;
    browser.press(CREATE).await;
    is_wrong(&browser, NEW_PASSWORD, "Choose at least 8 characters.").await;
    for (password, words) in [("password123", COMMON), ("annabellee1", SIMILAR)] {
        browser.fill(NEW_PASSWORD, password).await;
        browser.text_appears(words).await;
        browser.press(CREATE).await;
        is_wrong(&browser, NEW_PASSWORD, words).await;
        browser.active_element_becomes("input New password").await;
    }
    // What was in order before is not lost by that.
    browser.fill(NEW_PASSWORD, PASSWORD).await;
    browser.press(CREATE).await;
    browser.heading("Hello, Ann Lee").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_username_that_was_taken_meanwhile_is_told_and_another_one_will_do() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    reach_profile(&server, &browser, ANN).await;
    fill_profile(&browser, "ann").await;
    browser.text_appears("This username is free.").await;
    server.register("other@example.org", "Ann").await;
    browser.press(CREATE).await;
    is_wrong(&browser, USERNAME, "Somebody has this username. Choose another one.").await;
    browser.text_gone("This username is free.").await;
    browser.active_element_becomes("input Username").await;
    browser.fill(USERNAME, "ann.lee").await;
    browser.press(CREATE).await;
    browser.heading("Hello, Ann Lee").await;
    assert_eq!(server.accounts_named("ann.lee").await, 1);
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_too_young_is_told_so_and_nothing_is_kept() {
    const YOUNG: &str = "You are too young for ChatLink. Nothing that you entered has been kept.";
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    reach_profile(&server, &browser, ANN).await;
    let id = browser.eval("return JSON.parse(sessionStorage.getItem('chatlink.registrations')).id", &[]).await;
    fill_profile(&browser, "ann").await;
    browser.fill(BIRTH, "2020-01-01").await;
    browser.press(CREATE).await;
    browser.alert(YOUNG).await;
    browser.element_gone("textbox", USERNAME).await;
    browser.element_gone("button", CREATE).await;
    browser.assert_accessible().await;
    assert_eq!(remembered(&browser).await, 0);
    let session = server.client().status(id.as_str().unwrap()).await.expect(200);
    assert_eq!(session["state"], "expired");
    assert_eq!(server.accounts_with_email(ANN).await, 0);
    browser.reload().await;
    browser.path_becomes("/register").await;
    assert_eq!(value(&browser, IDENTIFIER).await, "");
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_has_an_account_looks_like_any_other() {
    let server = Server::for_browsers(&[]).await;
    server.register(ANN, "ann").await;
    let browser = Browser::open(&server).await;
    let mut seen = Vec::new();
    for address in [ANN, "abe@example.org"] {
        ask_for_code(&browser, address).await;
        browser.text_appears("We have sent a code of 6 digits to a•••@example.org.").await;
        browser.fill(CODE, &server.wrong_code(address)).await;
        browser.text_appears("You have 4 attempts left.").await;
        let page = "return document.body.innerText.replace(/Time left: .*/, '')";
        seen.push((browser.path().await, browser.eval(page, &[]).await));
    }
    assert_eq!(seen[0], seen[1]);
    let notice = server.message_of(ANN, "account_exists").await;
    assert_eq!(notice["code"], json!(null));
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_took_too_long_starts_again_with_what_they_had_written() {
    let server = Server::for_browsers(&[]).await;
    let browser = Browser::open(&server).await;
    reach_profile(&server, &browser, ANN).await;
    fill_profile(&browser, "ann").await;
    server.clock.advance(Duration::from_secs(16 * 60));
    browser.press(CREATE).await;
    browser.alert("You have taken too long, or something has changed meanwhile. Start again.").await;
    browser.follow(AGAIN).await;
    browser.path_becomes("/register").await;
    browser.heading("Create an account").await;
    assert_eq!(value(&browser, IDENTIFIER).await, ANN);
    let before = server.messages(ANN).len();
    browser.press(SEND).await;
    browser.heading("Enter the code").await;
    server.message(ANN, before + 1).await;
    browser.fill(CODE, &server.code(ANN).await).await;
    browser.heading("About you").await;
    assert_eq!(value(&browser, USERNAME).await, "ann");
    browser.button("Remove Spanish").await;
    browser.fill(NEW_PASSWORD, PASSWORD).await;
    browser.press(CREATE).await;
    browser.heading("Hello, Ann Lee").await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}
