//! The rolling limits of an identifier, across all of its sessions.

use chatlink_actors::otp::{CodeLength, Limits, Otp, Policy, Rate, Refusal, SessionState};

use crate::support::*;

fn tight(sends: u32, failures: u32) -> Limits {
    Limits { sends: Rate { limit: sends, window: mins(60) }, failures: Rate { limit: failures, window: mins(60) } }
}

#[test]
fn starts_and_resends_share_one_limit() {
    let mut bench = Bench::with(policy(), tight(3, 40));
    let first = bench.start();
    bench.at(mins(1)).start();
    bench.at(mins(2)).resend(first).unwrap();
    let refusal = Refusal::IdentifierLimited { until: NOON + mins(60) };
    assert_eq!(bench.try_start().1.map(|_| ()), Err(refusal));
    assert_eq!(bench.resend(first), Err(refusal));
    assert_eq!(bench.outbox.len(), 3, "nothing is sent beyond the limit");
    let verified = bench.verify_right(first).map(|it| it.state);
    assert_eq!(verified, Ok(SessionState::Verified), "what was sent is still good");
}

/// The window rolls with each event: it gives way one send at a time, at the very instant.
#[test]
fn the_send_limit_rolls() {
    let mut bench = Bench::with(policy(), tight(2, 40));
    bench.start();
    bench.at(mins(10)).start();
    let table = [(mins(60) - millis(1), false), (mins(60), true), (mins(60), false), (mins(70), true)];
    for (when, allowed) in table {
        assert_eq!(bench.at(when).try_start().1.is_ok(), allowed, "{when:?}");
    }
}

/// Counting by calendar hours would let twice the limit pass around the full hour.
#[test]
fn no_window_wherever_it_begins_holds_more_than_the_limit() {
    let mut bench = Bench::with(policy(), tight(4, 40));
    let mut accepted = Vec::new();
    for minute in (0..300).step_by(2) {
        if bench.at(mins(minute)).try_start().1.is_ok() {
            accepted.push(minute);
        }
    }
    assert_eq!(accepted.len(), 20, "and no less is let through");
    for window in accepted.windows(5) {
        assert!(window[4] - window[0] >= 60);
    }
}

/// A refusal costs nothing, or somebody who hammers would never be let in again.
#[test]
fn a_refused_start_does_not_count_and_leaves_no_trace() {
    let mut bench = Bench::with(policy(), tight(1, 40));
    bench.start();
    for _ in 0..10 {
        assert!(bench.try_start().1.is_err());
    }
    assert_eq!(bench.commits, 1);
    bench.at(mins(60)).start();
}

#[test]
fn failures_count_across_sessions_and_at_the_limit_nothing_is_judged() {
    let mut bench = Bench::with(policy(), tight(20, 6));
    let sessions = [bench.start(), bench.start(), bench.start()];
    for session in [sessions[0], sessions[0], sessions[0], sessions[1], sessions[1], sessions[1]] {
        assert!(matches!(bench.verify_wrong(session), Err(Refusal::CodeIncorrect { .. })));
    }
    let refusal = Refusal::IdentifierLimited { until: NOON + mins(60) };
    assert_eq!(bench.verify_right(sessions[2]), Err(refusal));
    assert_eq!(bench.verify_wrong(sessions[2]), Err(refusal));
    assert_eq!(bench.resend(sessions[2]), Err(refusal));
    assert_eq!(bench.try_start().1.map(|_| ()), Err(refusal));
    assert_eq!(bench.see(sessions[2]).attempts_left, 5, "a guess that is not judged costs nothing");
    bench.at(mins(60)).start();
}

/// Somebody who proved to own the identifier is not held up by those who fail to.
#[test]
fn a_verified_session_completes_whatever_the_limits_say() {
    let mut bench = Bench::with(policy(), tight(3, 3));
    let verified = bench.session_in(SessionState::Verified);
    let other = bench.start();
    for _ in 0..3 {
        drop(bench.verify_wrong(other));
    }
    assert!(bench.authorize(verified, token(0)).is_ok());
    assert_eq!(bench.complete(verified, token(0)).map(|it| it.state), Ok(SessionState::Completed));
}

/// Half of 40 failures: the owner still gets in by ten digits, a guesser does not. Only new sessions are harder.
#[test]
fn from_half_of_the_failures_on_new_sessions_ask_for_ten_digits() {
    for (failures, limit, digits) in [(0, 40, 6), (19, 40, 6), (20, 40, 10), (39, 40, 10), (2, 5, 6), (3, 5, 10)] {
        let mut bench = Bench::with(Policy { max_attempts: 50.try_into().unwrap(), ..policy() }, tight(20, limit));
        let first = bench.start();
        for _ in 0..failures {
            drop(bench.verify_wrong(first));
        }
        let second = bench.start();
        assert_eq!(bench.see(second).code_length, digits, "after {failures} of {limit}");
        assert_eq!(bench.code(second).len(), usize::from(digits), "and so long is the code that is sent");
        assert_eq!(bench.verify_right(second).map(|it| it.state), Ok(SessionState::Verified));
        bench.resend(first).unwrap();
        assert_eq!(bench.see(first).code_length, 6, "a session that is under way stays as it is");
        let third = bench.at(mins(60)).start();
        assert_eq!(bench.see(third).code_length, 6, "and the suspicion passes with the failures");
    }
}

/// A setting of more digits than six is never lowered by the step up.
#[test]
fn the_step_up_is_the_longest_code_there_is() {
    for digits in 6..=10 {
        assert!(CodeLength::new(digits).is_some_and(|length| length <= CodeLength::STEPPED_UP));
    }
    assert_eq!((CodeLength::new(5), CodeLength::new(11)), (None, None));
}

/// Settings may be lowered while more has been counted already.
#[test]
fn a_lowered_limit_holds_for_what_was_counted_before() {
    let mut bench = Bench::with(policy(), tight(5, 40));
    for minute in 0..5 {
        bench.at(mins(minute)).start();
    }
    bench.rules = Otp::new(policy(), tight(2, 40), keyring());
    bench.at(mins(5));
    let until = NOON + mins(63);
    assert_eq!(bench.try_start().1.map(|_| ()), Err(Refusal::IdentifierLimited { until }), "two of five may stay");
}

/// The validation of settings belongs elsewhere; here the worst of them must at least do no harm.
#[test]
fn limits_at_the_ends_of_their_range_do_not_panic() {
    for (limit, allowed) in [(0, false), (1, true), (u32::MAX, true)] {
        let window = std::time::Duration::MAX;
        let rate = Rate { limit, window };
        let mut bench = Bench::with(policy(), Limits { sends: rate, failures: rate });
        let (session, reply) = bench.try_start();
        assert_eq!(reply.is_ok(), allowed, "limit {limit}");
        if allowed {
            assert!(matches!(bench.verify_wrong(session), Err(Refusal::CodeIncorrect { .. })));
            assert_eq!(bench.try_start().1.is_ok(), limit > 1);
        } else {
            assert!(bench.state.is_none(), "what begins nothing stores nothing");
        }
    }
}
