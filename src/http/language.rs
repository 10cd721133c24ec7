//! Which language somebody wants: `Accept-Language` (RFC 9110, 12.5.4), BCP 47 tags, and what they chose here before.

use actix_web::http::header::{self, HeaderMap};
use chatlink_actors::locale::Locale;

use super::cookie;

/// Where the client keeps the language that somebody chose.
const CHOSEN: &str = "chatlink_locale";

/// More entries than any browser sends. Those beyond are ignored, so that a hostile header costs little.
const ENTRIES: usize = 32;

/// The first language, by preference, that `known` knows. Ranges of quality zero and `*` choose nothing.
pub fn negotiate<T>(headers: &HeaderMap, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    let lines = headers.get_all(header::ACCEPT_LANGUAGE).filter_map(|line| line.to_str().ok());
    let mut ranges: Vec<(u16, &str)> =
        lines.flat_map(|line| line.split(',')).take(ENTRIES).filter_map(parse_range).collect();
    // The sort is stable: of equal quality, the first named wins.
    ranges.sort_by_key(|&(quality, _)| std::cmp::Reverse(quality));
    ranges.into_iter().find_map(|(_, tag)| known(tag))
}

/// The language of the client: the one that was chosen there, else the best for the browser, else English.
pub fn of_pages(headers: &HeaderMap) -> Locale {
    let chosen = cookie::value(headers, CHOSEN).and_then(|tag| Locale::ALL.into_iter().find(|it| it.tag() == tag));
    chosen.or_else(|| negotiate(headers, Locale::from_tag)).unwrap_or_default()
}

/// The quality in thousandths, and the tag.
fn parse_range(range: &str) -> Option<(u16, &str)> {
    let (tag, parameters) = range.split_once(';').map_or((range, None), |(tag, rest)| (tag, Some(rest)));
    let quality = match parameters {
        None => 1000,
        Some(parameter) => parse_quality(parameter.trim().strip_prefix(['q', 'Q'])?.trim().strip_prefix('=')?.trim())?,
    };
    (quality > 0 && is_tag(tag.trim())).then_some((quality, tag.trim()))
}

/// `0`, `1`, or up to three decimals between them.
fn parse_quality(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

/// Whether it has the form of a language tag: a language, then subtags of at most eight letters or digits.
pub fn is_tag(text: &str) -> bool {
    const LONGEST: usize = 64;
    let mut subtags = text.split('-');
    let language = subtags.next().unwrap_or_default();
    text.len() <= LONGEST
        && (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags.all(|it| (1..=8).contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn choose(header: &str) -> Option<Locale> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(header).unwrap());
        negotiate(&headers, Locale::from_tag)
    }

    #[test]
    fn the_best_known_language_wins() {
        assert_eq!(choose("de"), Some(Locale::De));
        assert_eq!(choose("xx, fr-CA;q=0.5, es-419;q=0.7, *;q=0.1"), Some(Locale::Es));
        assert_eq!(choose("fr;q=0.5,ja;q=0.5"), Some(Locale::Fr));
        assert_eq!(choose("fr ; q = 0.001 , PT-br;q=0.002"), Some(Locale::Pt));
        assert_eq!(choose("zh-Hant-TW;q=1.000"), Some(Locale::Zh));
    }

    #[test]
    fn what_is_unknown_unwanted_or_garbled_chooses_nothing() {
        for header in
            ["", "*", "xx", "de;q=0", "de;q=0.000", "de;q=NaN", "de;q=2", "de;q=", "de;level=1", "d3", ";q=1", ",,,"]
        {
            assert_eq!(choose(header), None, "{header:?}");
        }
    }

    #[test]
    fn what_was_chosen_counts_before_what_the_browser_wants() {
        for (cookie, accept, expected) in [
            ("chatlink_locale=ar", "de", Locale::Ar),
            ("a=b; chatlink_locale=ja", "", Locale::Ja),
            ("chatlink_locale=xx", "de", Locale::De),
            ("chatlink_locale=EN", "de", Locale::De),
            ("chatlink_locale=pt-BR", "fr", Locale::Fr),
            ("chatlink_locale=ar; chatlink_locale=ja", "fr", Locale::Fr),
            ("locale=ar", "xx", Locale::En),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_static(cookie));
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept));
            assert_eq!(of_pages(&headers), expected, "{cookie} {accept}");
        }
    }

    #[test]
    fn a_flood_of_entries_is_cut() {
        assert_eq!(choose(&format!("{}de", "xx,".repeat(ENTRIES))), None);
    }

    #[test]
    fn tags_have_their_form() {
        for tag in ["en", "en-US", "zh-cmn-Hans-CN", "sl-rozaj-biske", "de-x-a"] {
            assert!(is_tag(tag), "{tag}");
        }
        for tag in ["", "e", "en_US", "en-", "-en", "en--US", "en US", "abcdefghi", "en-abcdefghi", "日本", "12"] {
            assert!(!is_tag(tag), "{tag}");
        }
    }
}
