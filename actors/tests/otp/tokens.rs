//! Completion tokens: single use, for one session, for a while.

use chatlink_actors::otp::{Command, CompletionToken, Refusal, Registration, Reply, SessionState};

use crate::support::*;

type Use = fn(&mut Bench, chatlink_actors::otp::SessionId, CompletionToken) -> Result<SessionState, Refusal>;

/// All that a token is good for.
const USES: [(&str, Use); 3] = [
    ("authorize", |bench, session, token| bench.authorize(session, token).map(|it| it.state)),
    ("complete", |bench, session, token| bench.complete(session, token).map(|it| it.state)),
    ("discard", |bench, session, token| bench.discard(session, token).map(|it| it.state)),
];

#[test]
fn the_token_of_a_verified_session_is_good_once() {
    let after = [SessionState::Verified, SessionState::Completed, SessionState::Expired];
    for ((name, spend), after) in USES.into_iter().zip(after) {
        let mut bench = Bench::new();
        let session = bench.session_in(SessionState::Verified);
        assert_eq!(spend(&mut bench, session, token(0)), Ok(after), "{name}");
        for (second, spend) in USES {
            let expected = if name == "authorize" { break } else { Err(Refusal::TokenInvalid) };
            assert_eq!(spend(&mut bench, session, token(0)), expected, "{second} after {name}");
        }
    }
}

/// Validating what was submitted must not use the token up.
#[test]
fn authorizing_changes_nothing() {
    let mut bench = Bench::new();
    let session = bench.session_in(SessionState::Verified);
    let commits = bench.commits;
    for _ in 0..3 {
        let accepted: Reply<_> = bench.ask(&Command::Authorize { session, token: token(0) });
        assert!(accepted.is_ok_and(|it| it.subject == ann()), "and tells whom it is about");
    }
    assert_eq!(bench.commits, commits);
}

#[test]
fn any_other_token_is_invalid_and_costs_nothing() {
    for (name, spend) in USES {
        let mut bench = Bench::new();
        let session = bench.session_in(SessionState::Verified);
        let other = bench.start();
        let code = bench.code(other);
        bench.verify_with(other, &code, token(9)).unwrap();
        for wrong in [token(1), token(9), CompletionToken::from_bytes([0xff; 32])] {
            assert_eq!(spend(&mut bench, session, wrong), Err(Refusal::TokenInvalid), "{name}");
        }
        assert_eq!(bench.see(session).state, SessionState::Verified);
    }
}

#[test]
fn no_token_fits_a_session_that_is_not_verified() {
    for state in [SessionState::Pending, SessionState::Locked, SessionState::Expired, SessionState::Completed] {
        for (name, spend) in USES {
            let mut bench = Bench::new();
            let session = bench.session_in(state);
            assert_eq!(spend(&mut bench, session, token(0)), Err(Refusal::TokenInvalid), "{name} when {state:?}");
        }
    }
}

#[test]
fn at_the_instant_of_its_expiry_a_token_is_late() {
    for (name, spend) in USES {
        for (when, valid) in [(mins(15) - millis(1), true), (mins(15), false)] {
            let mut bench = Bench::new();
            let session = bench.session_in(SessionState::Verified);
            let outcome = spend(bench.at(when), session, token(0));
            assert_eq!(outcome.is_ok(), valid, "{name} at {when:?}: {outcome:?}");
        }
    }
}

#[test]
fn a_token_has_one_text() {
    let text = token(3).to_text();
    assert_eq!(text.len(), 43);
    assert_eq!(CompletionToken::parse(&text).map(|it| it.to_text().to_string()), Some(text.to_string()));
    let mut bench = Bench::<Registration>::new();
    let session = bench.start();
    let code = bench.code(session);
    bench.verify_with(session, &code, token(3)).unwrap();
    assert!(bench.complete(session, CompletionToken::parse(&text).unwrap()).is_ok());
}
