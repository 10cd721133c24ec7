//! Every locale has every text, no text is left over, and no SMS is longer than it may be.

use std::collections::BTreeSet;

use chatlink_actors::identifier::Channel;

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
    let mut names = BTreeSet::new();
    for layout in Kind::ALL.map(Layout::of) {
        names.insert(format!("{}.{}", layout.entry, layout::SUBJECT));
        names.extend(layout.mail.iter().chain(layout.text).filter_map(|block| match block {
            Block::Line(name) => Some(format!("{}.{name}", layout.entry)),
            Block::Shared(entry, name) => Some(format!("{entry}.{name}")),
            Block::Code | Block::Origin => None,
        }));
    }
    names
}

/// Every kind of message in every language.
fn all() -> impl Iterator<Item = (Locale, Kind)> {
    Locale::ALL.into_iter().flat_map(|locale| Kind::ALL.map(|kind| (locale, kind)))
}

/// Every kind of message with a code in it, in every language.
fn codes() -> impl Iterator<Item = (Locale, Kind)> {
    all().filter(|(_, kind)| kind.has_code())
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
    for (locale, kind) in all() {
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
    for (locale, kind) in codes() {
        assert!(mail(kind, locale, MINUTE * 17).text.contains("17"), "{locale:?}");
        assert!(text(kind, locale, MINUTE * 17).body.contains("17"), "{locale:?}");
    }
    let almost_five = Duration::from_millis(5 * 60_000 - 3);
    assert!(mail(Kind::RegistrationCode, Locale::En, almost_five).text.contains("5 minutes"));
    assert!(mail(Kind::RegistrationCode, Locale::En, Duration::ZERO).text.contains("one minute"));
}

#[test]
fn the_code_stands_alone() {
    let code = fixture::code();
    let digits = code.digits();
    for (locale, kind) in codes() {
        let mail = mail(kind, locale, MINUTE);
        assert_eq!(mail.text.lines().filter(|line| *line == digits).count(), 1, "{locale:?}");
        assert_eq!(mail.text.matches(digits).count(), 1, "{locale:?}");
        assert_eq!(mail.html.matches(&format!(">{digits}</bdi>")).count(), 1, "{locale:?}");
        assert!(!mail.subject.contains(digits), "subjects are logged by mail servers");
        let text = text(kind, locale, MINUTE);
        assert_eq!(text.body.lines().filter(|line| *line == digits).count(), 1, "{locale:?}");
    }
}

#[test]
fn a_notice_has_no_code() {
    for (locale, kind) in all().filter(|(_, kind)| !kind.has_code()) {
        assert!(!text(kind, locale, MINUTE).body.contains('#'));
        assert!(!mail(kind, locale, MINUTE).html.contains("<bdi"));
    }
}

/// What a code is for is said where it is read: somebody who is asked to pass one on should know what it opens.
#[test]
fn no_two_kinds_read_alike() {
    for locale in Locale::ALL {
        let mails: BTreeSet<_> = Kind::ALL.map(|kind| mail(kind, locale, MINUTE).text).into();
        let subjects: BTreeSet<_> = Kind::ALL.map(|kind| mail(kind, locale, MINUTE).subject).into();
        let texts: BTreeSet<_> = Kind::ALL.map(|kind| text(kind, locale, MINUTE).body).into();
        assert_eq!((mails.len(), subjects.len(), texts.len()), (7, 7, 7), "{locale:?}");
    }
}

#[test]
fn a_notice_of_a_login_says_when_and_from_where() {
    for locale in Locale::ALL {
        let mail = mail(Kind::NewLogin, locale, MINUTE);
        for content in [&mail.text, &mail.html, &text(Kind::NewLogin, locale, MINUTE).body] {
            assert!(content.contains("2023-11-14 22:13 UTC"), "{content}");
            assert!(content.contains("2001:db80:1111:2222:3333:4444:5555:6666"), "{content}");
        }
    }
}

#[test]
fn a_notice_of_a_change_says_which_kind_of_address_and_no_more() {
    let to = Identifier::parse("+491711234567").unwrap();
    for locale in Locale::ALL {
        let told = [Channel::Email, Channel::Sms].map(|channel| {
            let slip = Slip { facts: Facts::Changed(channel), ..fixture::slip(Kind::IdentifierChanged, locale) };
            let Message::Text(text) = catalogue().compose(&to, slip, MINUTE).unwrap() else { panic!("a text") };
            text.body
        });
        assert_ne!(told[0], told[1], "{locale:?}");
        assert!(told.iter().all(|told| !told.contains(|c: char| c == '@' || c.is_ascii_digit())), "{told:?}");
    }
}

#[test]
fn a_notice_without_its_facts_is_refused() {
    let to = Identifier::parse("ann@example.org").unwrap();
    for kind in [Kind::IdentifierChanged, Kind::NewLogin] {
        let slip = Slip { facts: Facts::None, ..fixture::slip(kind, Locale::En) };
        assert!(catalogue().compose(&to, slip, MINUTE).is_err(), "{kind:?}");
    }
}

#[test]
fn an_sms_with_a_code_ends_bound_to_the_host() {
    for (locale, kind) in codes() {
        let text = text(kind, locale, MINUTE);
        assert_eq!(text.body.lines().last().unwrap(), format!("@{HOST} #{}", fixture::code().digits()));
    }
}

#[test]
fn an_sms_fits_even_with_a_long_host_ten_digits_and_a_whole_day() {
    assert_eq!((HOST.len(), fixture::code().digits().len()), (40, 10));
    for (locale, kind) in all() {
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
    for (locale, kind) in codes() {
        let slip = Slip { code: None, ..fixture::slip(kind, locale) };
        assert!(catalogue().compose(&to, slip, MINUTE).is_err(), "{kind:?}");
    }
}
