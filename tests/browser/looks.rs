//! How every page looks, to whom, and that nobody meets a barrier: axe-core, narrow screens, large letters. The pictures
//! are in `target/screenshots`, for people to look at.

use super::{
    stage::{GUESTS, MEMBERS, Stage, speak},
    support::{Browser, Screen, Setup},
};

/// Letters twice as large, as people set them in their browser.
const LARGE: &str = "document.documentElement.style.fontSize = '200%'";

/// The name of a picture of a page.
fn picture(look: &str, who: &str, path: &str) -> String {
    let name = path.trim_matches('/').replace('/', "-");
    format!("{look}-{who}-{}", if name.is_empty() { "start" } else { &name })
}

async fn inspect(browser: &Browser, look: &str, who: &str, path: &str) {
    browser.screenshot(&picture(look, who, path)).await;
    browser.assert_fits().await;
    browser.assert_accessible().await;
    assert_eq!(browser.console_errors().await, [""; 0], "{path}");
}

async fn look_at_everything(look: &str, setup: Setup) {
    let stage = Stage::new().await;
    let browser = setup.open(&stage.server).await;
    browser.goto("/").await;
    browser.link("ChatLink").await;
    for path in GUESTS {
        stage.show_to_guest(&browser, path).await;
        inspect(&browser, look, "guest", path).await;
    }
    // By the words of one language it is told that somebody is logged in.
    speak(&browser, "en").await;
    stage.log_in(&browser).await;
    if look.ends_with("rtl") {
        speak(&browser, "ar").await;
    }
    for path in MEMBERS {
        stage.show_to_member(&browser, path).await;
        inspect(&browser, look, "member", path).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_day_on_a_desk() {
    look_at_everything("light-desktop", Browser::setup()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_night_on_a_desk_without_motion() {
    look_at_everything("dark-desktop", Browser::setup().dark().less_motion()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_day_on_a_phone() {
    look_at_everything("light-phone", Browser::setup().screen(Screen::Phone)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_night_on_a_phone_from_right_to_left() {
    look_at_everything("dark-phone-rtl", Browser::setup().screen(Screen::Phone).dark().locale("ar")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_fits_the_smallest_screen_and_large_letters() {
    let stage = Stage::new().await;
    let small = Browser::setup().screen(Screen::SmallPhone).open(&stage.server).await;
    let large = Browser::open(&stage.server).await;
    for browser in [&small, &large] {
        browser.goto("/login").await;
        browser.heading("Log in").await;
    }
    // Of the first page, the one that people come to, and a long form.
    for locale in ["en", "es", "fr", "de", "pt", "hi", "ml", "ar", "ja", "zh"] {
        for browser in [&small, &large] {
            speak(browser, locale).await;
            for path in ["/", "/register", "/register/profile", "/login", "/forgot/code"] {
                stage.show_to_guest(browser, path).await;
                browser.eval(LARGE, &[]).await;
                browser.assert_fits().await;
                browser.eval("document.documentElement.style.fontSize = ''", &[]).await;
                browser.assert_fits().await;
            }
        }
    }
    for browser in [small, large] {
        speak(&browser, "en").await;
        stage.log_in(&browser).await;
        for locale in ["en", "es", "fr", "de", "pt", "hi", "ml", "ar", "ja", "zh"] {
            speak(&browser, locale).await;
            for path in ["/", "/profile", "/profile/edit", "/account", "/devices", "/account/delete"] {
                stage.show_to_member(&browser, path).await;
                browser.assert_fits().await;
            }
        }
    }
}
