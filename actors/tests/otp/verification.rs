//! Judging codes: what is counted, what is final, and what costs nothing.

use chatlink_actors::otp::{Refusal, SessionState};

use crate::support::*;

#[test]
fn the_right_code_verifies() {
    let mut bench = Bench::new();
    let session = bench.start();
    let view = bench.verify_right(session).unwrap();
    assert_eq!((view.state, view.attempts_left), (SessionState::Verified, 5));
}

#[test]
fn wrong_codes_count_down_and_the_last_one_locks() {
    let mut bench = Bench::new();
    let session = bench.start();
    for attempts_left in [4, 3, 2, 1, 0] {
        assert_eq!(bench.see(session).state, SessionState::Pending);
        assert_eq!(bench.verify_wrong(session), Err(Refusal::CodeIncorrect { attempts_left }));
        assert_eq!(bench.see(session).attempts_left, attempts_left);
    }
    assert_eq!(bench.see(session).state, SessionState::Locked);
    assert_eq!(bench.verify_right(session), Err(Refusal::Locked), "not even with the right code");
}

/// One commit each: the time an answer takes must not tell how close a guess was.
#[test]
fn a_wrong_code_costs_as_many_commits_as_the_right_one() {
    let mut bench = Bench::new();
    let session = bench.start();
    drop(bench.verify_wrong(session));
    assert_eq!(bench.commits, 2);
    drop(bench.verify_right(session));
    assert_eq!(bench.commits, 3);
}

#[test]
fn the_last_attempt_may_be_the_right_one() {
    let mut bench = Bench::new();
    let session = bench.start();
    for _ in 0..4 {
        drop(bench.verify_wrong(session));
    }
    assert_eq!(bench.verify_right(session).map(|it| it.state), Ok(SessionState::Verified));
}

#[test]
fn in_every_other_state_a_code_is_refused_with_its_reason() {
    let table = [
        (SessionState::Verified, Refusal::CodeUsed),
        (SessionState::Completed, Refusal::CodeUsed),
        (SessionState::Expired, Refusal::Expired),
        (SessionState::Locked, Refusal::Locked),
    ];
    for (state, refusal) in table {
        let mut bench = Bench::new();
        let session = bench.session_in(state);
        let before = bench.see(session);
        assert_eq!(bench.verify_right_again(session), Err(refusal), "verify when {state:?}");
        assert_eq!(bench.verify_wrong(session), Err(refusal), "wrong code when {state:?}");
        assert_eq!(bench.resend(session), Err(refusal), "resend when {state:?}");
        assert!(bench.see(session) == before, "and nothing of the session changes");
    }
}

#[test]
fn at_the_instant_of_expiry_a_code_is_late() {
    for (when, expected) in [(mins(5) - millis(1), Ok(SessionState::Verified)), (mins(5), Err(Refusal::Expired))] {
        let mut bench = Bench::new();
        let session = bench.start();
        assert_eq!(bench.at(when).verify_right(session).map(|it| it.state), expected);
    }
}

#[test]
fn what_is_no_code_costs_no_attempt() {
    for typed in ["", "12345", "1234567", "12345a", "１２３４５", "-", "0x1234", "1e5000", "+12345", "12 34 5"] {
        let mut bench = Bench::new();
        let session = bench.start();
        let expected = policy().code_length;
        assert_eq!(bench.verify(session, typed), Err(Refusal::CodeMalformed { expected }), "{typed:?}");
        assert_eq!(bench.see(session).attempts_left, 5);
        assert_eq!(bench.commits, 1, "nothing is stored");
    }
}

/// Somebody asks for a new code and then types the old one: it is wrong, and counted.
#[test]
fn only_the_newest_code_counts() {
    let mut bench = Bench::new();
    let session = bench.start();
    let old = bench.code(session);
    bench.at(mins(3)).resend(session).unwrap();
    assert_ne!(bench.code(session), old);
    assert_eq!(bench.verify(session, &old), Err(Refusal::CodeIncorrect { attempts_left: 4 }));
    assert_eq!(bench.verify_right(session).map(|it| it.state), Ok(SessionState::Verified));
}

/// The shell decides a verification again when it cannot know whether its first attempt was stored. Its token
/// proves that it is the same one, so its holder is not told that somebody else used the code.
#[test]
fn a_verification_decided_again_is_still_accepted() {
    let mut bench = Bench::new();
    let session = bench.start();
    let code = bench.code(session);
    let first = bench.verify_with(session, &code, token(1)).unwrap();
    assert!(bench.wait(secs(1)).verify_with(session, &code, token(1)) == Ok(first));
    assert_eq!(bench.verify_with(session, &code, token(2)), Err(Refusal::CodeUsed), "one token, not two");
    assert_eq!(bench.complete(session, token(2)), Err(Refusal::TokenInvalid));
    assert_eq!(bench.complete(session, token(1)).map(|it| it.state), Ok(SessionState::Completed));
    assert_eq!(bench.verify_with(session, &code, token(1)), Err(Refusal::CodeUsed), "and once used it is used");
}
