//! Email addresses and phone numbers as people type them, and as somebody types them who means harm.

use chatlink_actors::identifier::{Email, Identifier, IdentifierError, LoginName, Phone, Subject as _};

fn canonical(input: &str) -> String {
    Identifier::parse(input).unwrap_or_else(|error| panic!("{input:?}: {error}")).canonical()
}

#[test]
fn an_email_keeps_its_local_part_for_delivery_and_folds_it_for_identity() {
    let email = Email::parse(" Ann.Lee+x@BÜCHER.Example ").unwrap();
    assert_eq!((email.address().as_str(), email.local_part()), ("Ann.Lee+x@xn--bcher-kva.example", "Ann.Lee+x"));
    let identifier = Identifier::Email(email);
    assert_eq!(identifier.canonical(), "ann.lee+x@xn--bcher-kva.example");
    assert_eq!(identifier.masked(), "A•••@xn--bcher-kva.example");
}

/// One mailbox, one identity: otherwise each spelling would have limits of its own, and an account of its own.
#[test]
fn spellings_of_one_mailbox_are_one_identity() {
    let table = [
        ("Ann@Example.ORG", "ann@example.org"),
        ("Jos\u{e9}@example.org", "jose\u{301}@example.org"),
        ("ΟΔΟΣ@example.org", "οδος@example.org"),
        ("\u{212a}ate@example.org", "kate@example.org"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@BÜCHER.example", "a@bu\u{308}cher.example"),
        ("a@example\u{3002}org", "a@example.org"),
        ("a@ｅｘａｍｐｌｅ.org", "a@example.org"),
        ("\"ann\"@example.org", "ann@example.org"),
        ("\"a\\n\\n\"@example.org", "ann@example.org"),
        ("\"a\\@b\"@example.org", "\"a@b\"@example.org"),
    ];
    for (one, other) in table {
        assert_eq!(canonical(one), canonical(other), "{one:?} and {other:?}");
    }
}

#[test]
fn what_the_receiving_host_may_tell_apart_stays_apart() {
    let table = [
        ("a.b@example.org", "ab@example.org"),
        ("a+1@example.org", "a@example.org"),
        ("\"a b\"@example.org", "\"ab\"@example.org"),
        ("a@\u{430}pple.org", "a@apple.org"),
        ("\u{430}@example.org", "a@example.org"),
        ("a@faß.example", "a@fass.example"),
    ];
    for (one, other) in table {
        assert_ne!(canonical(one), canonical(other), "{one:?} and {other:?}");
    }
}

/// A homograph looks the same, so its domain is shown as it is in the DNS.
#[test]
fn a_foreign_domain_is_shown_in_its_ascii_form() {
    assert_eq!(Identifier::parse("a@\u{430}pple.org").unwrap().masked(), "a•••@xn--pple-43d.org");
}

/// The canonical form is stored and compared: parsing it again must lead to itself.
#[test]
fn the_canonical_form_of_a_canonical_form_is_itself() {
    let inputs = ["Ann.Lee+x@BÜCHER.Example", "\"a\\@B\"@example.org", "ΟΔΟΣ@example.org", "+49 171 1234567"];
    for input in inputs {
        let once = canonical(input);
        assert_eq!(canonical(&once), once, "{input:?}");
    }
}

#[test]
fn what_is_no_address_is_refused() {
    let inputs = [
        "",
        "@",
        "a@",
        "@example.org",
        "a@localhost",
        "a@[127.0.0.1]",
        "a@[IPv6:::1]",
        "a@127.0.0.1",
        "a@example.123",
        "Ann <a@example.org>",
        "a b@example.org",
        "a@exa mple.org",
        "a@-example.org",
        "a@example-.org",
        "a@exam_ple.org",
        ".a@example.org",
        "a.@example.org",
        "a..b@example.org",
        "a@example..org",
        "a@example.org.",
        "a@b@example.org",
        "a@b\u{ff20}example.org",
        "a@xn--zz.org",
        "a@\u{200d}example.org",
        "\"@example.org",
        "\"\"@example.org",
        "a,b@example.org",
        "a;b@example.org",
        "(c)a@example.org",
        "a@example.org?bcc=b",
        // What would break a header, a log line or the reading of one.
        "a@example.org\r\nBcc: b@example.org",
        "\"a\r\nb\"@example.org",
        "a\0@example.org",
        "\"a\tb\"@example.org",
        "\"a\0\"@example.org",
        "a\u{85}b@example.org",
        "a\u{a0}b@example.org",
        "a\u{2028}b@example.org",
        "a\u{200b}@example.org",
        "a\u{202e}@example.org",
        "\"a\u{202e}\"@example.org",
        "a\u{feff}@example.org",
    ];
    for input in inputs {
        assert_eq!(Identifier::parse(input), Err(IdentifierError::Malformed), "{input:?}");
    }
}

#[test]
fn an_address_is_as_long_as_mail_can_carry_and_no_longer() {
    let domain = |labels: usize| format!("{}org", format!("{}.", "d".repeat(62)).repeat(labels));
    let local = |octets: usize| "a".repeat(octets);
    let parse = |local: String, domain: String| Email::parse(&format!("{local}@{domain}")).map(drop);
    assert_eq!(parse(local(64), domain(1)), Ok(()));
    assert_eq!(parse(local(65), domain(1)), Err(IdentifierError::TooLong));
    assert_eq!(parse("é".repeat(33), domain(1)), Err(IdentifierError::TooLong), "octets, not letters");
    assert_eq!(parse(local(61), domain(3)), Ok(()), "253 octets");
    assert_eq!(parse(local(63), domain(3)), Err(IdentifierError::TooLong), "255 octets");
    assert_eq!(parse(local(1), "d".repeat(64) + ".org"), Err(IdentifierError::Malformed), "a label too long");
    assert_eq!(parse(local(1), domain(5)), Err(IdentifierError::Malformed), "a name too long for the DNS");
    assert_eq!(parse(local(1), domain(100_000)), Err(IdentifierError::TooLong));
}

#[test]
fn a_phone_is_one_number_in_any_spelling() {
    let spellings = [
        "+491711234567",
        "+49 171 1234567",
        " +49-171-123-45-67 ",
        "+49 (171) 123.4567",
        "+49\u{a0}171\u{2011}1234567",
        "\u{202a}+49 171 1234567\u{202c}",
        "+٤٩١٧١١٢٣٤٥٦٧",
        "+４９１７１１２３４５６７",
        "+49 (0) 171 1234567",
    ];
    for input in spellings {
        assert_eq!(canonical(input), "+491711234567", "{input:?}");
    }
    let phone = Phone::parse("+491711234567").unwrap();
    assert_eq!((phone.e164(), phone.region()), ("+491711234567", "DE"));
    assert_eq!(Identifier::Phone(phone).masked(), "+49•••67");
}

/// By the region it is decided whether a text may be sent and what it costs. Some regions share a country code with
/// dearer ones, so the code alone must not decide.
#[test]
fn the_region_is_that_of_the_number_not_of_its_country_code() {
    let table = [
        ("+12125551234", "US"),
        ("+14165550123", "CA"),
        ("+18765551234", "JM"),
        ("+17872345678", "PR"),
        ("+18092345678", "DO"),
        ("+12423591234", "BS"),
        ("+13459251234", "KY"),
        ("+79161234567", "RU"),
        ("+77710009998", "KZ"),
        ("+447924123456", "GB"),
        ("+447797712345", "JE"),
        ("+447624123456", "IM"),
        ("+262692123456", "RE"),
        ("+262639012345", "YT"),
        ("+59995181234", "CW"),
        ("+5993181234", "BQ"),
    ];
    for (number, region) in table {
        let phone = Phone::parse(number).unwrap();
        assert_eq!((phone.region(), phone.e164()), (region, number));
    }
}

/// National numbers that begin with a zero which is part of them, all of whole countries.
#[test]
fn leading_zeros_of_national_numbers_count() {
    for (number, region) in [("+2250707123456", "CI"), ("+242061234567", "CG"), ("+2290190011234", "BJ")] {
        let phone = Phone::parse(number).unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!((phone.region(), phone.e164()), (region, number));
    }
}

#[test]
fn numbers_without_text_messages_are_refused() {
    let numbers = [
        ("+493012345678", "landline"),
        ("+390612345678", "landline"),
        ("+541123456789", "landline"),
        ("+498001234567", "toll free"),
        ("+18005551234", "toll free"),
        ("+19002345678", "premium rate"),
        ("+447012345678", "personal number"),
        ("+508810123456", "premium rate, though it begins as a mobile number does"),
        ("+508800012345", "toll free, likewise"),
        ("+870773111632", "satellite"),
        ("+882161234567", "network"),
    ];
    for (number, kind) in numbers {
        assert_eq!(Identifier::parse(number), Err(IdentifierError::CannotReceiveSms), "{kind} {number}");
    }
}

#[test]
fn what_is_no_number_is_refused() {
    let inputs = [
        "01711234567",
        "00491711234567",
        "491711234567",
        "+",
        "+1",
        "+49",
        "++491711234567",
        "+49171123456789012",
        "+4917112x4567",
        "+491711234567;ext=5",
        "+491711234567 x5",
        "tel:+491711234567",
        "+1 2 3",
        "+99912345678",
        "+49\n1711234567\r\nX: y",
        "+0001711234567",
        "+447700900123",
        "+97150123456",
        "+22990011234",
    ];
    for input in inputs {
        assert_eq!(Identifier::parse(input), Err(IdentifierError::Malformed), "{input:?}");
    }
    assert_eq!(Phone::parse(&"+".repeat(1_000_000)), Err(IdentifierError::Malformed));
    assert_eq!(Phone::parse(&format!("+49{}1711234567", " ".repeat(1_000_000))), Err(IdentifierError::Malformed));
}

#[test]
fn a_username_never_shares_an_actor_with_an_identifier() {
    let identifier = LoginName::Identifier(Identifier::parse("a@example.org").unwrap());
    let username = LoginName::Username("a@example.org".into());
    assert_ne!(identifier.canonical(), username.canonical());
    assert_eq!(username.destination(), None);
}
