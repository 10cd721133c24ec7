//! How little there is to load, from nowhere else, and that nothing jumps while it does.

use serde_json::{Value, json};

use super::{
    stage::Stage,
    support::{Browser, Screen},
};

/// The first page with all that it loads, compressed.
const MOST_BYTES: u64 = 60 * 1024;

/// What the page has loaded so far, as it came over the wire, and from where.
const LOADED: &str = r#"
const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
return entries.map(({ name, encodedBodySize, decodedBodySize }) => ({ name, encodedBodySize, decodedBodySize }))"#;

/// How much has jumped, by the measure of the Layout Instability API.
const JUMPED: &str = r#"
return new Promise((resolve) => {
  let sum = 0;
  const observer = new PerformanceObserver((list) => { for (const it of list.getEntries()) sum += it.value; });
  observer.observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
})"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_is_small_and_all_of_it_comes_from_here() {
    let stage = Stage::new().await;
    for locale in ["en", "ml"] {
        let browser = Browser::setup().locale(locale).screen(Screen::Phone).open(&stage.server).await;
        browser.goto("/").await;
        browser.link("ChatLink").await;
        let loaded = browser.eval(LOADED, &[]).await;
        let loaded = loaded.as_array().unwrap();
        let size = |member: &str| loaded.iter().map(|it| it[member].as_u64().unwrap()).sum::<u64>();
        assert!(size("encodedBodySize") < MOST_BYTES, "{} bytes: {loaded:?}", size("encodedBodySize"));
        assert!(size("encodedBodySize") < size("decodedBodySize") / 2, "it is compressed");
        let base = browser.eval("return location.origin", &[]).await;
        let is_from_here = |it: &Value| it["name"].as_str().unwrap().starts_with(base.as_str().unwrap());
        assert!(loaded.iter().all(is_from_here), "{loaded:?}");
        assert!(loaded.len() > 10, "{loaded:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_jumps_while_a_page_loads() {
    let stage = Stage::new().await;
    let browser = Browser::setup().screen(Screen::Phone).open(&stage.server).await;
    for path in ["/", "/register", "/login", "/forgot"] {
        browser.goto(path).await;
        browser.link("ChatLink").await;
        assert_eq!(browser.eval(JUMPED, &[]).await, json!(0), "{path}");
    }
    stage.log_in(&browser).await;
    browser.slow().await;
    for path in ["/", "/profile/edit", "/account", "/devices"] {
        browser.goto(path).await;
        browser.button("Log out").await;
        assert_eq!(browser.eval(JUMPED, &[]).await, json!(0), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_wants_less_motion_gets_none() {
    let stage = Stage::new().await;
    let moves = r#"
    const bar = document.querySelector(".progress");
    bar.hidden = false;
    return getComputedStyle(bar).animationDuration"#;
    for (setup, expected) in [(Browser::setup(), "1.1s"), (Browser::setup().less_motion(), "0.001s")] {
        let browser = setup.open(&stage.server).await;
        browser.goto("/").await;
        browser.link("ChatLink").await;
        assert_eq!(browser.eval(moves, &[]).await, expected);
    }
}
