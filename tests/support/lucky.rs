//! The code of a password reset that nobody was sent: what somebody very lucky would guess.

use std::{num::NonZeroU16, time::Duration};

use chatlink_actors::{
    identifier::LoginName,
    locale::Locale,
    machine::{Decision, Machine as _},
    otp::{CodeLength, Command, Dispatch, Keyring, Limits, Otp, PasswordReset, Policy, PublicId, Rate},
    time::Timestamp,
};

use super::Place;

/// The first code of a session. A code is derived from the secret and the session alone.
pub fn code(place: &Place, id: &str) -> String {
    const NO_OLDER: [&[u8]; 0] = [];
    let id: PublicId = id.parse().unwrap();
    let settings = place.settings();
    let (_, secret) = settings.iter().find(|(key, _)| key == "secrets.key").unwrap();
    let rules = Otp::<PasswordReset>::new(policy(), limits(), Keyring::derive(secret.as_bytes(), &NO_OLDER));
    let subject = LoginName::Username("whoever".into());
    let start = Command::Start { key: id.key, session: id.session, subject, locale: Locale::En };
    let Decision::Commit { effects, .. } = rules.decide(None, Timestamp::from_millis(0), &start) else {
        panic!("a session starts");
    };
    let sent = Dispatch::<LoginName>::decode(&effects[0]).unwrap();
    let code = rules.keyring().code(sent.code_key, sent.session, 0, sent.code_length).unwrap();
    code.digits().to_owned()
}

fn policy() -> Policy {
    const MINUTE: Duration = Duration::from_secs(60);
    Policy {
        code_length: CodeLength::new(6).unwrap(),
        ttl: MINUTE,
        max_attempts: NonZeroU16::MIN,
        free_resends: 0,
        resend_cooldown: MINUTE,
        max_resends: 0,
        max_lifetime: MINUTE,
        completion_ttl: MINUTE,
    }
}

fn limits() -> Limits {
    let rate = Rate { limit: 1, window: Duration::from_secs(60) };
    Limits { sends: rate, failures: rate }
}
