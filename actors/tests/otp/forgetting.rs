//! Forgetting somebody: the identifiers as they were typed go, the limits stay.

use chatlink_actors::{
    identifier::{Identifier, LoginName},
    machine::{Decision, Machine as _},
    otp::{Command, Delivery, Keyring, Limits, Otp, PasswordReset, Purpose, Rate, Refusal, Registration, SessionState},
};

use crate::{
    change::{self, ANNS, BENS, claim},
    support::*,
};

fn forget<P: Purpose>(bench: &mut Bench<P>, subject: P::Subject) {
    let reply = bench.ask(&Command::Forget { subject });
    assert!(matches!(reply, Err(Refusal::UnknownSession)), "nothing is left to be shown");
}

/// What stands in the store, as text.
fn stored<P: Purpose>(bench: &Bench<P>) -> String {
    String::from_utf8_lossy(&bench.rules.encode(bench.state.as_ref().unwrap())).to_lowercase()
}

#[test]
fn nothing_of_an_identifier_is_left_in_the_store() {
    let mut registration = Bench::new();
    let mut text =
        Bench::<Registration>::of(Otp::new(policy(), limits(), keyring()), Identifier::parse("+491711234567").unwrap());
    let mut reset = crate::reset::bench_for(LoginName::Username("ann.lee".into()));
    for state in [SessionState::Pending, SessionState::Locked, SessionState::Verified, SessionState::Completed] {
        registration.session_in(state);
        text.session_in(state);
        reset.session_in(state);
    }
    assert!(stored(&registration).contains("ann") && stored(&text).contains("171123"));
    assert!(stored(&reset).contains("ann.lee"));
    forget(&mut registration, ann());
    forget(&mut text, Identifier::parse("+491711234567").unwrap());
    forget(&mut reset, LoginName::Username("ann.lee".into()));
    for left in [stored(&registration), stored(&text), stored(&reset)] {
        for planted in ["ann", "example", "171123", "lee"] {
            assert!(!left.contains(planted), "{planted} in {left:?}");
        }
    }
}

#[test]
fn every_session_is_gone_at_once_and_none_comes_back() {
    let mut bench = Bench::new();
    let sessions = [SessionState::Pending, SessionState::Verified, SessionState::Locked].map(|it| bench.session_in(it));
    forget(&mut bench, ann());
    for session in sessions {
        assert_eq!(bench.status(session), Err(Refusal::UnknownSession));
        assert_eq!(bench.resend(session), Err(Refusal::UnknownSession));
        assert_eq!(bench.verify_right(session), Err(Refusal::UnknownSession));
        assert_eq!(bench.complete(session, token(0)), Err(Refusal::UnknownSession));
        assert_eq!(bench.report(session, Delivery::Sent), Err(Refusal::UnknownSession));
        assert!(bench.rules.view(bench.state.as_ref().unwrap(), session, bench.now).is_none());
    }
    assert_eq!(bench.rules.deadline(bench.state.as_ref().unwrap()), None);
}

/// Or else deleting an account would be the way around them.
#[test]
fn sends_and_failures_count_as_before() {
    let day = mins(24 * 60);
    let rate = |limit| Rate { limit, window: day };
    let mut sending = Bench::with(policy(), Limits { sends: rate(2), failures: rate(40) });
    let mut guessing = Bench::with(policy(), Limits { sends: rate(20), failures: rate(5) });
    sending.start();
    sending.start();
    guessing.session_in(SessionState::Locked);
    for bench in [&mut sending, &mut guessing] {
        forget(bench, ann());
        forget(bench, ann());
        let until = NOON + day;
        assert_eq!(bench.try_start().1.map(drop), Err(Refusal::IdentifierLimited { until }));
        assert_eq!(bench.rules.keep_until(bench.state.as_ref().unwrap()), until, "the store keeps them as long");
    }
}

#[test]
fn forgetting_twice_or_what_was_never_there_stores_nothing() {
    let mut bench = Bench::new();
    forget(&mut bench, ann());
    assert!(bench.state.is_none());
    bench.start();
    forget(&mut bench, ann());
    let commits = bench.commits;
    forget(&mut bench, ann());
    assert_eq!((bench.commits, bench.outbox.len()), (commits, 1), "and nothing is sent for it");
    let none = bench.rules.decide(None, bench.now, &Command::Forget { subject: ann() });
    assert!(matches!(none, Decision::Answer(Err(Refusal::UnknownSession))));
}

/// The address may be somebody else's next.
#[test]
fn of_a_claimed_address_only_the_accounts_own_sessions_go() {
    let mut bench = change::bench_for(claim(ANNS));
    change::start_for(&mut bench, 1, claim(ANNS)).unwrap();
    change::start_for(&mut bench, 2, claim(BENS)).unwrap();
    forget(&mut bench, claim(ANNS));
    assert_eq!(bench.status(session_id(1)), Err(Refusal::UnknownSession));
    assert_eq!(bench.see(session_id(2)).state, SessionState::Pending);
    assert!(bench.verify_right(session_id(2)).is_ok());
}

/// What was started under an older key is remembered by an actor of another name.
#[test]
fn the_actors_of_older_keys_can_be_found() {
    let older = Keyring::<PasswordReset>::derive(SECRET, &NO_OLDER);
    let newer = Keyring::<PasswordReset>::derive(b"the secret after it, 32 bytes long", &[SECRET]);
    let ann = LoginName::Username("ann".into());
    assert_eq!(newer.actor_keys(&ann), [newer.actor_key(&ann), older.actor_key(&ann)]);
    assert_ne!(newer.actor_key(&ann), older.actor_key(&ann));
}
