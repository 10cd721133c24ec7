//! Sending again: when, how often, and which code.

use std::time::Duration;

use chatlink_actors::otp::{Delivery, Policy, Refusal};

use crate::support::*;

/// Codes that live as long as the cooldowns need, so that waiting for one does not end the session.
fn patient() -> Policy {
    Policy { ttl: mins(600), max_lifetime: mins(6000), ..policy() }
}

#[test]
fn free_resends_are_immediate_then_the_cooldown_doubles_up_to_a_quarter_of_an_hour() {
    let mut bench = Bench::with(patient(), limits());
    let session = bench.start();
    for left in [4, 3, 2, 1, 0] {
        let view = bench.resend(session).unwrap();
        assert_eq!(view.free_resends_left, left);
    }
    for (used, wait) in [secs(60), secs(120), secs(240), secs(480), secs(900)].into_iter().enumerate() {
        let available_at = bench.now + wait;
        assert_eq!(bench.see(session).resend_available_at, Some(available_at));
        bench.wait(wait - millis(1));
        assert_eq!(bench.resend(session), Err(Refusal::ResendCooldown { available_at }), "cooldown {used}");
        let view = bench.wait(millis(1)).resend(session).unwrap();
        assert_eq!(usize::from(view.resends_left), 4 - used);
    }
    assert_eq!(bench.see(session).resend_available_at, None);
    assert_eq!(bench.wait(mins(60)).resend(session), Err(Refusal::ResendsExhausted));
    assert_eq!(bench.outbox.len(), 11, "each accepted one was sent, and no other");
}

/// A cooldown set longer than the usual cap is meant as it is set.
#[test]
fn a_long_cooldown_is_not_cut_to_the_cap() {
    let policy = Policy { free_resends: 0, resend_cooldown: mins(20), ..patient() };
    let mut bench = Bench::with(policy, limits());
    let session = bench.start();
    for _ in 0..3 {
        assert_eq!(bench.see(session).resend_available_at, Some(bench.now + mins(20)));
        bench.wait(mins(20)).resend(session).unwrap();
    }
}

#[test]
fn fewer_resends_than_free_ones_are_all_there_are() {
    let mut bench = Bench::with(Policy { max_resends: 2, ..patient() }, limits());
    let session = bench.start();
    assert_eq!((bench.see(session).resends_left, bench.see(session).free_resends_left), (2, 2));
    bench.resend(session).unwrap();
    bench.resend(session).unwrap();
    assert_eq!(bench.resend(session), Err(Refusal::ResendsExhausted));
}

/// At least half of its life left: the same code, so that two mails under way agree. Less: a fresh one.
#[test]
fn a_resend_repeats_the_code_while_half_of_its_life_is_left() {
    let table: [(Duration, bool, Duration); 4] = [
        (secs(0), true, mins(5)),
        (secs(150), true, mins(5)),
        (secs(150) + millis(1), false, secs(450) + millis(1)),
        (mins(5) - millis(1), false, mins(10) - millis(1)),
    ];
    for (when, same, expires) in table {
        let mut bench = Bench::new();
        let session = bench.start();
        let (code, message) = (bench.code(session), bench.message(session).message);
        let view = bench.at(when).resend(session).unwrap();
        assert_eq!(bench.code(session) == code, same, "{when:?}");
        assert_eq!(bench.message(session).message == message, same, "a message is named by its code");
        assert_eq!(view.expires_at, NOON + expires, "{when:?}");
        assert_eq!(bench.message(session).expires_at, view.expires_at, "the courier knows until when");
    }
}

/// The half is that of the newest code, not of the first.
#[test]
fn each_generation_has_its_own_half_life() {
    let mut bench = Bench::new();
    let session = bench.start();
    bench.at(mins(4)).resend(session).unwrap();
    let code = bench.code(session);
    bench.at(mins(4) + secs(150)).resend(session).unwrap();
    assert_eq!(bench.code(session), code);
    bench.at(mins(4) + secs(151)).resend(session).unwrap();
    assert_ne!(bench.code(session), code);
    assert_eq!(bench.message(session).generation, 2);
}

/// Resends cannot keep a session pending for ever, and what is left of its life is no reason for another code.
#[test]
fn resends_never_carry_a_session_past_its_longest_life() {
    let mut bench = Bench::with(Policy { max_lifetime: mins(8), ..policy() }, limits());
    let session = bench.start();
    let view = bench.at(mins(4)).resend(session).unwrap();
    assert_eq!(view.expires_at, NOON + mins(8), "a fresh code, cut short");
    let code = bench.code(session);
    let view = bench.at(mins(7)).resend(session).unwrap();
    assert_eq!((bench.code(session), view.expires_at), (code, NOON + mins(8)), "nothing to gain: the same code");
    assert_eq!(bench.at(mins(8)).resend(session), Err(Refusal::Expired));
}

#[test]
fn a_first_code_lives_no_longer_than_its_session_may() {
    let mut bench = Bench::with(Policy { max_lifetime: mins(3), ..policy() }, limits());
    let session = bench.start();
    assert_eq!(bench.see(session).expires_at, NOON + mins(3));
    assert_eq!(bench.at(mins(3)).verify_right(session), Err(Refusal::Expired));
}

/// Nothing but a new session resets attempts, and a fresh code is no new session.
#[test]
fn a_resend_gives_no_attempts_back() {
    let mut bench = Bench::new();
    let session = bench.start();
    drop(bench.verify_wrong(session));
    drop(bench.verify_wrong(session));
    assert_eq!(bench.resend(session).unwrap().attempts_left, 3);
    assert_eq!(bench.at(mins(4)).resend(session).unwrap().attempts_left, 3);
    assert_eq!(bench.verify_wrong(session), Err(Refusal::CodeIncorrect { attempts_left: 2 }));
}

#[test]
fn a_resend_puts_one_message_in_the_outbox_and_is_queued_anew() {
    let mut bench = Bench::new();
    let session = bench.start();
    bench.report(session, Delivery::Sent).unwrap();
    assert_eq!(bench.resend(session).unwrap().delivery, Delivery::Queued);
    assert_eq!(bench.outbox.len(), 2);
}

#[test]
fn a_refused_resend_sends_and_stores_nothing() {
    let mut bench = Bench::with(Policy { free_resends: 0, ..policy() }, limits());
    let session = bench.start();
    let before = bench.see(session);
    assert!(bench.resend(session).is_err());
    assert_eq!((bench.outbox.len(), bench.commits), (1, 1));
    assert!(bench.see(session) == before);
}
