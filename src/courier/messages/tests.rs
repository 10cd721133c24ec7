//! Every locale has every text, no text is left over, and no SMS is longer than it may be.

use std::collections::BTreeSet;

use super::*;
use crate::courier::{fixture, message::Kind};

/// Forty characters, as long as hosts get in practice.
const HOST: &str = "language-exchange.chatlink.example.co.uk";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The default alphabet of GSM 03.38: each of its characters takes one of an SMS's 160 places.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
                   ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

fn catalogue() -> Catalogue {
    Catalogue::new(HOST).unwrap()
}

fn mail(kind: Kind, locale: Locale, lifetime: Duration) -> Mail {
    let to = Identifier::parse("ann@example.org").unwrap();
    let Message::Mail(mail) = catalogue().compose(&to, fixture::slip(kind, locale), lifetime).unwrap() else {
        panic!("an email address takes mail")
    };
    mail
}

fn text(kind: Kind, locale: Locale, lifetime: Duration) -> Text {
    let to = Identifier::parse("+491711234567").unwrap();
    let Message::Text(text) = catalogue().compose(&to, fixture::slip(kind, locale), lifetime).unwrap() else {
        panic!("a phone takes texts")
    };
    text
}

fn used() -> BTreeSet<String> {
    let mut names = BTreeSet::from([format!("{}.{}", layout::MAIL, layout::FOOTER)]);
    for layout in Kind::ALL.map(Layout::of) {
        let blocks = layout.mail.iter().chain(layout.text);
        let lines = blocks.filter_map(|block| if let Block::Line(name) = block { Some(*name) } else { None });
        names.extend(lines.chain([layout::SUBJECT]).map(|name| format!("{}.{name}", layout.entry)));
    }
    names
}

fn written(locale: Locale) -> BTreeSet<String> {
    let (mut entry, mut names) = ("", BTreeSet::new());
    for line in source(locale).lines() {
        let Some((name, _)) = line.split_once(" =") else { continue };
        match name.strip_prefix("    .") {
            Some(name) => assert!(names.insert(format!("{entry}.{name}")), "{locale:?} has {entry}.{name} twice"),
            None if !name.contains(' ') => entry = name,
            None => {}
        }
    }
    names
}

#[test]
fn every_locale_has_every_text_and_no_other() {
    for locale in Locale::ALL {
        assert_eq!(written(locale), used(), "{locale:?}");
    }
}

#[test]
fn every_message_renders_with_any_number_of_minutes() {
    for (locale, kind) in Locale::ALL.into_iter().flat_map(|locale| Kind::ALL.map(|kind| (locale, kind))) {
        for minutes in [0, 1, 2, 3, 5, 10, 11, 30, 100] {
            let (mail, text) = (mail(kind, locale, MINUTE * minutes), text(kind, locale, MINUTE * minutes));
            for content in [&mail.subject, &mail.text, &mail.html, &text.body] {
                assert!(content.contains("ChatLink") && !content.contains('{'), "{locale:?}: {content}");
                assert!(!content.contains("http") && !content.contains("href"), "a link in {content}");
            }
            assert!(!mail.subject.contains('\n'), "{locale:?}");
        }
    }
}

#[test]
fn says_how_long_the_code_lives() {
    for locale in Locale::ALL {
        assert!(mail(Kind::RegistrationCode, locale, MINUTE * 17).text.contains("17"), "{locale:?}");
        assert!(text(Kind::RegistrationCode, locale, MINUTE * 17).body.contains("17"), "{locale:?}");
    }
    let almost_five = Duration::from_millis(5 * 60_000 - 3);
    assert!(mail(Kind::RegistrationCode, Locale::En, almost_five).text.contains("5 minutes"));
    assert!(mail(Kind::RegistrationCode, Locale::En, Duration::ZERO).text.contains("one minute"));
}

#[test]
fn the_code_stands_alone() {
    let code = fixture::code();
    let digits = code.digits();
    for locale in Locale::ALL {
        let mail = mail(Kind::RegistrationCode, locale, MINUTE);
        assert_eq!(mail.text.lines().filter(|line| *line == digits).count(), 1, "{locale:?}");
        assert_eq!(mail.text.matches(digits).count(), 1, "{locale:?}");
        assert_eq!(mail.html.matches(&format!(">{digits}</bdi>")).count(), 1, "{locale:?}");
        assert!(!mail.subject.contains(digits), "subjects are logged by mail servers");
        let text = text(Kind::RegistrationCode, locale, MINUTE);
        assert_eq!(text.body.lines().filter(|line| *line == digits).count(), 1, "{locale:?}");
    }
}

#[test]
fn a_notice_has_no_code() {
    for locale in Locale::ALL {
        assert!(!text(Kind::AccountExists, locale, MINUTE).body.contains('#'));
        assert!(!mail(Kind::AccountExists, locale, MINUTE).html.contains("<bdi"));
    }
}

#[test]
fn an_sms_with_a_code_ends_bound_to_the_host() {
    for locale in Locale::ALL {
        let text = text(Kind::RegistrationCode, locale, MINUTE);
        assert_eq!(text.body.lines().last().unwrap(), format!("@{HOST} #{}", fixture::code().digits()));
    }
}

#[test]
fn an_sms_fits_even_with_a_long_host_ten_digits_and_a_whole_day() {
    assert_eq!((HOST.len(), fixture::code().digits().len()), (40, 10));
    for (locale, kind) in Locale::ALL.into_iter().flat_map(|locale| Kind::ALL.map(|kind| (locale, kind))) {
        for lifetime in [MINUTE, MINUTE * 2, MINUTE * 5, DAY] {
            let Text { body, .. } = text(kind, locale, lifetime);
            if matches!(locale, Locale::En | Locale::Es | Locale::Fr | Locale::De | Locale::Pt) {
                let foreign: String = body.chars().filter(|&c| !GSM.contains(c)).collect();
                assert_eq!(foreign, "", "not in the GSM alphabet: {body}");
                assert!(body.chars().count() <= 160, "{} characters: {body}", body.chars().count());
            } else {
                let units = body.encode_utf16().count();
                assert!(units <= 134, "{units} UTF-16 units, more than two segments: {body}");
            }
        }
    }
}

#[test]
fn arabic_is_marked_as_written_from_the_right() {
    for locale in Locale::ALL {
        let html = mail(Kind::RegistrationCode, locale, MINUTE).html;
        let direction = if locale == Locale::Ar { "rtl" } else { "ltr" };
        let root = format!("<html lang=\"{}\" dir=\"{direction}\">", locale.tag());
        assert!(html.contains(&root), "{locale:?}");
    }
}

#[test]
fn a_code_message_without_its_code_is_refused() {
    let to = Identifier::parse("ann@example.org").unwrap();
    let slip = Slip { code: None, ..fixture::slip(Kind::RegistrationCode, Locale::En) };
    assert!(catalogue().compose(&to, slip, MINUTE).is_err());
}
