//! Time as data: deadlines, how long to keep a state, and clocks that jump.

use chatlink_actors::{
    machine::Machine as _,
    otp::{Limits, Rate, Refusal, SessionState},
};

use crate::support::*;

fn deadline(bench: &Bench) -> Option<chatlink_actors::time::Timestamp> {
    bench.rules.deadline(bench.state.as_ref().unwrap())
}

#[test]
fn the_deadline_is_the_first_instant_at_which_something_ends() {
    let mut bench = Bench::new();
    let first = bench.start();
    bench.at(mins(1)).start();
    assert_eq!(deadline(&bench), Some(NOON + mins(5)));
    bench.verify_right(first).unwrap();
    assert_eq!(deadline(&bench), Some(NOON + mins(6)), "a verified session waits longer than a pending one");
    bench.at(mins(6)).start();
    bench.at(mins(11)).see(first);
    assert_eq!(deadline(&bench), Some(NOON + mins(16)), "but it waits too: for its token to expire");
}

#[test]
fn what_has_ended_sets_no_timer() {
    for state in [SessionState::Completed, SessionState::Locked, SessionState::Expired] {
        let mut bench = Bench::new();
        bench.session_in(state);
        assert_eq!(deadline(&bench), None, "{state:?}");
    }
}

#[test]
fn settling_ends_what_has_run_out_and_only_that() {
    let mut bench = Bench::new();
    let (first, second) = (bench.start(), bench.at(mins(1)).start());
    let state = bench.state.clone().unwrap();
    assert!(bench.rules.settle(&state, NOON + (mins(5) - millis(1))).is_none());
    let settled = bench.rules.settle(&state, NOON + mins(5)).unwrap();
    let at = NOON + mins(5);
    let seen = [first, second].map(|it| bench.rules.view(&settled, it, at).map(|it| it.state));
    assert_eq!(seen, [Some(SessionState::Expired), Some(SessionState::Pending)]);
    assert!(bench.rules.settle(&settled, at).is_none(), "once");
}

/// A state may be forgotten only when neither a session could be seen nor a limit would count.
#[test]
fn a_state_is_kept_as_long_as_anything_of_it_matters() {
    let short = |secs_of_window| {
        let rate = Rate { limit: 20, window: secs(secs_of_window) };
        Limits { sends: rate, failures: rate }
    };
    let keep = |bench: &Bench| bench.rules.keep_until(bench.state.as_ref().unwrap());

    let mut bench = Bench::with(policy(), short(1));
    let session = bench.start();
    assert_eq!(keep(&bench), NOON + mins(15), "a pending session: its life, and ten minutes to read its end");
    bench.wait(mins(1)).verify_right(session).unwrap();
    assert_eq!(keep(&bench), NOON + mins(1 + 15 + 10), "a verified one: that of its token, and as long");
    bench.complete(session, token(0)).unwrap();
    assert_eq!(keep(&bench), NOON + mins(1 + 10), "an ended one: ten minutes");

    let mut bench = Bench::with(policy(), short(60 * 60));
    let session = bench.start();
    assert_eq!(keep(&bench), NOON + mins(60), "sends count for their window");
    drop(bench.wait(mins(2)).verify_wrong(session));
    assert_eq!(keep(&bench), NOON + mins(62), "and failures for theirs");
}

/// What was decided at noon stays decided, although the clock now says that it is morning.
#[test]
fn a_clock_that_jumps_back_reopens_nothing() {
    let mut bench = Bench::new();
    let session = bench.start();
    assert_eq!(bench.at(mins(5)).see(session).state, SessionState::Expired);
    assert_eq!(bench.at(mins(1)).verify_right(session), Err(Refusal::Expired));

    let rate = Rate { limit: 1, window: mins(60) };
    let mut bench = Bench::with(policy(), Limits { sends: rate, ..limits() });
    bench.at(mins(600)).start();
    bench.now = NOON;
    let until = NOON + mins(660);
    assert_eq!(bench.try_start().1.map(|_| ()), Err(Refusal::IdentifierLimited { until }));
}

/// Time stands still until the clock has caught up: a code cannot outlive its time by a clock put back, and the
/// wait between two sends is never shortened.
#[test]
fn behind_the_last_decision_time_stands_still() {
    let mut bench = Bench::with(chatlink_actors::otp::Policy { free_resends: 0, ..policy() }, limits());
    bench.at(mins(100));
    let session = bench.start();
    bench.at(mins(0));
    let second = bench.start();
    let view = bench.see(second);
    assert_eq!((view.created_at, view.expires_at), (NOON + mins(100), NOON + mins(105)));
    let available_at = NOON + mins(101);
    assert_eq!(bench.resend(session), Err(Refusal::ResendCooldown { available_at }));
    assert!(bench.at(mins(101)).resend(session).is_ok());
}

/// Arithmetic at the ends of time saturates; it neither panics nor wraps round to the beginning.
#[test]
fn the_ends_of_time_do_no_harm() {
    for now in [i64::MIN, -1, 0, i64::MAX - 1] {
        let mut bench = Bench::new();
        bench.now = chatlink_actors::time::Timestamp::from_millis(now);
        let session = bench.start();
        assert!(bench.see(session).expires_at > bench.now);
        assert!(bench.verify_wrong(session).is_err());
        assert!(bench.verify_right(session).is_ok());
    }
}
