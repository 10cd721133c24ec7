//! The keys that codes are derived with, and what happens when they are rotated.

use chatlink_actors::{
    identifier::Identifier,
    machine::Machine as _,
    otp::{Delivery, Keyring, Otp, PublicId, Purpose, Refusal, Registration, SessionState},
};

use crate::support::*;

const NEXT: &[u8] = b"the secret after it, 32 bytes long";

fn rules(newest: &[u8], older: &[&[u8]]) -> Otp<Registration> {
    Otp::new(policy(), limits(), Keyring::derive(newest, older))
}

#[test]
fn sessions_begun_under_an_older_key_stay_valid() {
    let mut bench = Bench::new();
    let (session, old) = (bench.start(), bench.rules.keyring().actor_key(&ann()));
    let code = bench.code(session);
    bench.rules = rules(NEXT, &[SECRET]);
    assert_eq!(bench.code(session), code);
    bench.resend(session).unwrap();
    assert_eq!(bench.code(session), code, "a resend stays with the key of its session");
    assert!(bench.report(session, Delivery::Sent).is_ok());
    assert!(bench.verify(session, &code).is_ok());
    assert_ne!(bench.rules.keyring().actor_key(&ann()), old, "new sessions belong to the newest key");
}

#[test]
fn new_sessions_use_the_newest_key() {
    let mut bench = Bench::of(rules(NEXT, &[SECRET]), ann());
    let session = bench.start();
    bench.rules = rules(NEXT, &[]);
    assert!(bench.verify_right(session).is_ok(), "the older key is not needed for it");
}

/// While its key is unknown a session can be neither judged nor sent, and nothing of it is used up in trying:
/// during a rotation another node may know the key already.
#[test]
fn a_session_whose_key_is_unknown_is_refused_and_left_alone() {
    let mut bench = Bench::new();
    let session = bench.start();
    let (code, before) = (bench.code(session), bench.see(session));
    let commits = bench.commits;
    bench.rules = rules(NEXT, &[]);
    assert_eq!(bench.verify(session, &code), Err(Refusal::Expired));
    assert_eq!(bench.verify(session, "000000"), Err(Refusal::Expired));
    assert_eq!(bench.resend(session), Err(Refusal::Expired));
    assert_eq!(bench.report(session, Delivery::Sent), Err(Refusal::UnknownSession));
    assert!(bench.see(session) == before && bench.commits == commits && bench.outbox.len() == 1);
    bench.rules = rules(NEXT, &[SECRET]);
    assert!(bench.verify(session, &code).is_ok());
}

/// Completing needs the token alone.
#[test]
fn a_verified_session_completes_although_its_key_is_retired() {
    let mut bench = Bench::new();
    let session = bench.session_in(SessionState::Verified);
    bench.rules = rules(NEXT, &[]);
    assert!(bench.complete(session, token(0)).is_ok());
}

#[test]
fn an_unknown_key_derives_nothing() {
    let mut bench = Bench::new();
    let session = bench.start();
    let message = bench.message(session).clone();
    let other = Keyring::<Registration>::derive(NEXT, &NO_OLDER);
    assert!(other.code(message.code_key, session, 0, message.code_length).is_none());
    assert!(other.message_id(message.code_key, session, 0).is_none());
}

/// Names are made of the key too: who copies the store cannot tell whether a given address is in it.
#[test]
fn actors_are_named_by_identifier_purpose_and_key() {
    let keyring = keyring::<Registration>();
    let name = |typed: &str| keyring.actor_key(&Identifier::parse(typed).unwrap());
    assert_eq!(name("Ann@Example.org"), name("ann@example.org"), "one identifier, one actor");
    assert_ne!(name("ann@example.org"), name("ann@example.com"));
    let other = Keyring::<Registration>::derive(NEXT, &[SECRET]);
    assert_ne!(other.actor_key(&ann()), keyring.actor_key(&ann()));
    let (reset, _) = crate::reset::keyring_and_key();
    assert_ne!(reset.actor_key(&chatlink_actors::identifier::LoginName::Identifier(ann())), keyring.actor_key(&ann()));
}

/// Both purposes, the same secret, the same session id: a code of one is a wrong code to the other, and so is its
/// key, and with the very same bytes in the store.
#[test]
fn a_registration_code_is_worth_nothing_to_a_password_reset() {
    let mut registration = Bench::new();
    let mut reset = crate::reset::bench_for(chatlink_actors::identifier::LoginName::Identifier(ann()));
    let (session, same) = (registration.start(), reset.start());
    assert_eq!(session, same, "even if the ids could be equal");
    let code = registration.code(session);
    assert_eq!(reset.verify(same, &code), Err(Refusal::CodeIncorrect { attempts_left: 4 }));
    let key = registration.message(session).code_key;
    let length = policy().code_length;
    assert!(reset.rules.keyring().code(key, session, 0, length).is_none(), "the key is not known there");
    assert_ne!(Registration::NAME, chatlink_actors::otp::PasswordReset::NAME);
    let view = registration.see(session);
    let elsewhere = PublicId { key: registration.rules.keyring().actor_key(&ann()), session };
    let reset_key = reset.rules.keyring().actor_key(&chatlink_actors::identifier::LoginName::Identifier(ann()));
    assert_ne!(elsewhere.key, reset_key, "and an id leads to no actor of the other purpose");
    let none = reset.rules.decide(None, reset.now, &chatlink_actors::otp::Command::Status { session: view.id.session });
    assert!(matches!(none, chatlink_actors::machine::Decision::Answer(Err(Refusal::UnknownSession))));
}
