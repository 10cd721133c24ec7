//! The page that the client runs in: `client/index.html`, filled in for whoever asks for it.

use std::time::Duration;

use chatlink_actors::locale::Locale;
use serde::Serialize;

use crate::html::escape;

/// What the client is told of this server.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// The languages that there are texts in, as BCP 47 tags.
    pub locales: Vec<&'static str>,
    /// From how many years of age on somebody may have an account.
    pub minimum_age: u8,
    /// Fewest code points of a password.
    pub password_min_length: usize,
    /// Whether text messages can be sent at all.
    pub texts: bool,
    /// Whether there is the mailbox of development mode.
    pub mailbox: bool,
    /// How many days after a change of languages the next one may come.
    pub language_cooldown_days: u128,
}

/// Whole days, rounded up.
pub fn days(duration: Duration) -> u128 {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    duration.as_nanos().div_ceil(DAY.as_nanos())
}

/// Fills in the page. `base` is where the static files are.
pub fn render(template: &str, base: &str, locale: Locale, settings: &Settings) -> String {
    let settings = serde_json::to_string(settings).unwrap_or_default();
    template
        .replace("{{lang}}", locale.tag())
        .replace("{{dir}}", locale.direction())
        .replace("{{static}}", base)
        .replace("{{settings}}", &escape(&settings))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            locales: vec!["en", "\"><script>"],
            minimum_age: 13,
            password_min_length: 8,
            texts: true,
            mailbox: false,
            language_cooldown_days: 15,
        }
    }

    #[test]
    fn placeholders_are_filled_and_settings_stay_within_their_attribute() {
        let template =
            "<html lang=\"{{lang}}\" dir=\"{{dir}}\"><meta content=\"{{settings}}\"><a href=\"{{static}}/a\">";
        let page = render(template, "/static/v", Locale::Ar, &settings());
        let (head, rest) = page.split_once("content=\"").unwrap();
        let (content, tail) = rest.split_once("\">").unwrap();
        assert_eq!((head, tail), ("<html lang=\"ar\" dir=\"rtl\"><meta ", "<a href=\"/static/v/a\">"));
        assert!(!content.contains(['<', '>', '"']), "{content}");
        let json = content.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
        assert_eq!(json, serde_json::to_string(&settings()).unwrap());
        assert!(render("{{dir}}", "", Locale::En, &settings()) == "ltr");
    }

    #[test]
    fn the_embedded_page_has_nothing_left_to_fill() {
        let page = render(&crate::web::Assets::embedded().template(), "/static/v", Locale::De, &settings());
        assert!(page.contains("lang=\"de\"") && page.contains("/static/v/"), "{page}");
        assert!(!page.contains("{{"), "{page}");
    }

    #[test]
    fn a_part_of_a_day_is_a_day() {
        for (seconds, expected) in [(0, 0), (1, 1), (86_400, 1), (86_401, 2), (15 * 86_400, 15)] {
            assert_eq!(days(Duration::from_secs(seconds)), expected);
        }
        assert_eq!(days(Duration::from_millis(1)), 1);
    }
}
