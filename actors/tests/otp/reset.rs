//! Password resets: another purpose of the same rules, about a login name of which nothing may be told.

use chatlink_actors::{
    identifier::{Channel, Identifier, LoginName},
    otp::{Delivery, KeyId, Keyring, Otp, PasswordReset, Policy, Refusal, SessionState},
};

use crate::support::*;

pub fn bench_for(subject: LoginName) -> Bench<PasswordReset> {
    Bench::of(Otp::new(policy(), limits(), keyring()), subject)
}

pub fn keyring_and_key() -> (Keyring<PasswordReset>, KeyId) {
    let mut bench = bench_for(LoginName::Username("ann".into()));
    let session = bench.start();
    (keyring(), bench.message(session).code_key)
}

/// Where a user name leads is the account's secret, and that it leads anywhere too.
#[test]
fn a_reset_by_username_shows_no_destination_from_start_to_end() {
    let mut bench = bench_for(LoginName::Username("ann".into()));
    let session = bench.start();
    let mut views = vec![bench.see(session), bench.report(session, Delivery::Sent).unwrap()];
    views.push(bench.at(mins(3)).resend(session).unwrap());
    drop(bench.verify_wrong(session));
    views.push(bench.see(session));
    views.push(bench.verify_right(session).unwrap());
    views.push(bench.complete(session, token(0)).unwrap());
    for view in views {
        assert_eq!((view.purpose, view.channel, view.destination), ("password_reset", None, None));
    }
    assert_eq!(bench.see(session).state, SessionState::Completed);
}

/// An identifier was typed by whoever sees it again, so it may be shown, masked.
#[test]
fn a_reset_by_identifier_shows_what_was_typed() {
    let mut bench = bench_for(LoginName::Identifier(Identifier::parse("+491711234567").unwrap()));
    let session = bench.start();
    let view = bench.see(session);
    assert_eq!((view.channel.map(Channel::name), view.destination.as_deref()), (Some("sms"), Some("+49•••67")));
}

/// Policies are set for each purpose.
#[test]
fn a_reset_has_its_own_policy() {
    let strict = Policy { max_attempts: 2.try_into().unwrap(), ttl: mins(1), ..policy() };
    let mut bench =
        Bench::<PasswordReset>::of(Otp::new(strict, limits(), keyring()), LoginName::Username("ann".into()));
    let session = bench.start();
    assert_eq!(bench.see(session).expires_at, NOON + mins(1));
    assert_eq!(bench.verify_wrong(session), Err(Refusal::CodeIncorrect { attempts_left: 1 }));
    assert_eq!(bench.verify_wrong(session), Err(Refusal::CodeIncorrect { attempts_left: 0 }));
    assert_eq!(bench.verify_right(session), Err(Refusal::Locked));
}

/// One person, both flows at once: what is used up in one is not missing in the other.
#[test]
fn both_purposes_side_by_side_know_nothing_of_each_other() {
    let mut registration = Bench::new();
    let mut reset = bench_for(LoginName::Identifier(ann()));
    let (one, other) = (registration.start(), reset.start());
    for _ in 0..5 {
        drop(registration.verify_wrong(one));
    }
    for _ in 0..20 {
        drop(registration.try_start());
    }
    assert!(matches!(registration.try_start().1, Err(Refusal::IdentifierLimited { .. })));
    assert_eq!(reset.see(other).attempts_left, 5);
    assert_eq!(reset.resend(other).unwrap().resends_left, 9);
    assert_ne!(reset.code(other), registration.code(one));
    assert!(reset.outbox.iter().all(|message| message.purpose == "password_reset"));
    assert_eq!(reset.verify_right(other).map(|it| it.state), Ok(SessionState::Verified));
}
