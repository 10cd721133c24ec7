//! What tests of rendering and carrying start from: a code as the rules make it, and the particulars around it.

use std::{num::NonZeroU16, time::Duration};

use chatlink_actors::{
    identifier::{Channel, Email, Identifier, Phone},
    locale::Locale,
    machine::{Decision, Machine as _},
    otp::{Code, CodeLength, Command, Dispatch, Keyring, Limits, Otp, Policy, Rate, Registration, SessionId},
    time::Timestamp,
};

use super::{
    message::{Facts, Kind, Mail, Slip, Text},
    reference::{Flow, Reference},
};

fn rules() -> Otp<Registration> {
    let minute = Duration::from_secs(60);
    let policy = Policy {
        code_length: CodeLength::STEPPED_UP,
        ttl: 5 * minute,
        max_attempts: NonZeroU16::MIN,
        free_resends: 0,
        resend_cooldown: minute,
        max_resends: 0,
        max_lifetime: 30 * minute,
        completion_ttl: minute,
    };
    let rate = Rate { limit: 10, window: minute };
    Otp::new(policy, Limits { sends: rate, failures: rate }, Keyring::derive(b"secret", &[[0; 32]; 0]))
}

fn dispatch(rules: &Otp<Registration>) -> Dispatch<Identifier> {
    let subject = Identifier::parse("ann@example.org").unwrap();
    let key = rules.keyring().actor_key(&subject);
    let start = Command::Start { key, session: SessionId::from_bytes([7; 16]), subject, locale: Locale::En };
    let Decision::Commit { effects, .. } = rules.decide(None, Timestamp::default(), &start) else {
        panic!("a first start is accepted")
    };
    Dispatch::decode(&effects[0]).unwrap()
}

/// A code of ten digits.
pub(crate) fn code() -> Code {
    let rules = rules();
    let it = dispatch(&rules);
    rules.keyring().code(it.code_key, it.session, it.generation, it.code_length).unwrap()
}

pub(crate) fn reference() -> Reference {
    let it = dispatch(&rules());
    Reference { flow: Flow::Registration, key: it.key, message: it.message }
}

pub(crate) fn slip(kind: Kind, locale: Locale) -> Slip {
    let reference = reference();
    let sent_at = Timestamp::from_millis(1_700_000_000_000);
    let facts = match kind {
        Kind::IdentifierChanged => Facts::Changed(Channel::Email),
        // As long as one can be.
        Kind::NewLogin => Facts::Login { at: sent_at, ip: "2001:db80:1111:2222:3333:4444:5555:6666".parse().unwrap() },
        _ => Facts::None,
    };
    let code = kind.has_code().then(code);
    Slip { message: reference.message, receipts: Some(reference), kind, locale, code, facts, sent_at }
}

pub(crate) fn mail(to: &str) -> Mail {
    Mail {
        slip: slip(Kind::RegistrationCode, Locale::En),
        to: Email::parse(to).unwrap(),
        subject: "A subject".into(),
        text: "A text\n".into(),
        html: "<p>A text</p>\n".into(),
    }
}

pub(crate) fn text(to: &str) -> Text {
    Text { slip: slip(Kind::RegistrationCode, Locale::En), to: Phone::parse(to).unwrap(), body: "A text".into() }
}
