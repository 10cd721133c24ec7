//! How every page looks, to whom, and that nobody meets a barrier: axe-core, narrow screens, large letters. The pictures
//! are in `target/screenshots`, for people to look at.

use serde_json::json;

use super::{
    stage::{GUESTS, MEMBERS, Stage, speak, with_module},
    support::{Browser, Screen, Setup},
};

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

/// Shows these pages in a language, one after the other, and gives what reaches beyond the edge of any of them.
/// Arguments: language, paths.
const UNFIT: &str = r#"
const [locale, paths] = arguments;
const { choose } = await import(new URL("i18n.js", client));
const root = document.documentElement;
const unfit = [];
await choose(locale);
for (const path of paths) {
  await it.navigate(path);
  if (location.pathname !== path || root.lang !== locale) unfit.push(`${locale} ${path} is not shown`);
  for (const size of ["100%", "200%"]) {
    root.style.fontSize = size;
    const most = root.clientWidth;
    const beyond = [...document.querySelectorAll("body *")].find((it) => it.getBoundingClientRect().right > most + 1);
    if (root.scrollWidth > most) unfit.push(`${locale} ${path} at ${size}: ${beyond?.outerHTML.slice(0, 200)}`);
  }
  root.style.fontSize = "";
}
return unfit"#;

const LOCALES: [&str; 10] = ["en", "es", "fr", "de", "pt", "hi", "ml", "ar", "ja", "zh"];

async fn fits_in_every_language(screen: Screen) {
    let stage = Stage::new().await;
    let browser = Browser::setup().screen(screen).open(&stage.server).await;
    browser.goto("/login").await;
    browser.heading("Log in").await;
    // With what they belong to under way.
    for path in ["/register/profile", "/forgot/code"] {
        stage.show_to_guest(&browser, path).await;
    }
    let fits = async |paths: &[&str]| {
        for locale in LOCALES {
            let unfit = with_module(&browser, "router.js", UNFIT, &[json!(locale), json!(paths)]).await;
            assert_eq!(unfit, json!([]));
        }
    };
    fits(&["/", "/register", "/register/profile", "/login", "/forgot", "/forgot/code"]).await;
    speak(&browser, "en").await;
    stage.log_in(&browser).await;
    fits(&["/", "/profile", "/profile/edit", "/account", "/account/password", "/account/delete", "/devices"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_fits_the_smallest_screen_with_large_letters() {
    fits_in_every_language(Screen::SmallPhone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_fits_a_desk_with_large_letters() {
    fits_in_every_language(Screen::Desktop).await;
}
