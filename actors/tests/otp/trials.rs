//! Test identifiers: their codes are known beforehand, and nothing else about them is special.

use chatlink_actors::{
    identifier::{Identifier, LoginName},
    otp::{Code, Limits, Otp, PasswordReset, Purpose, Rate, Refusal, Registration, SessionState, TestIdentifiers},
};

use crate::{
    change::{self, ANNS, claim},
    support::*,
};

const FIXED: &str = "24681357";

/// Test identifiers for an hour.
fn trials(code: &str) -> TestIdentifiers {
    let identifiers =
        ["Ann@Example.org", "+491711234567", "new.ann@example.org"].map(|it| Identifier::parse(it).unwrap());
    TestIdentifiers::new(NOON + mins(60), identifiers.map(|it| (it, Code::fixed(code).unwrap())))
}

fn rules<P: Purpose>(code: &str) -> Otp<P> {
    Otp::new(policy(), limits(), keyring()).with_test_identifiers(trials(code))
}

fn bench(code: &str) -> Bench {
    Bench::of(rules::<Registration>(code), ann())
}

#[test]
fn a_code_is_fixed_only_in_the_form_of_a_code() {
    for digits in ["123456", "0000000000"] {
        assert_eq!(Code::fixed(digits).unwrap().digits(), digits);
    }
    for other in ["", "12345", "12345678901", "12345a", "１２３４５６", " 12345", "+12345"] {
        assert!(Code::fixed(other).is_none(), "{other:?}");
    }
}

#[test]
fn a_test_identifier_is_verified_by_its_fixed_code_in_any_spelling_and_flow() {
    let phone = Identifier::parse("+49 171 1234567").unwrap();
    let mut registrations = [bench(FIXED), Bench::of(rules::<Registration>(FIXED), phone)];
    for bench in &mut registrations {
        let session = bench.start();
        assert_eq!(bench.see(session).code_length, 8);
        assert_eq!(bench.verify(session, "2468 1357").map(|it| it.state), Ok(SessionState::Verified));
        assert!(bench.complete(session, token(0)).is_ok());
    }
    let mut reset = Bench::of(rules::<PasswordReset>(FIXED), LoginName::Identifier(ann()));
    let session = reset.start();
    assert!(reset.verify(session, FIXED).is_ok());
    let mut change = change::bench_for(claim(ANNS));
    change.rules = rules(FIXED);
    let session = change.start();
    assert!(change.verify(session, FIXED).is_ok());
}

/// Its code was never sent, and whoever could work it out could not use it.
#[test]
fn the_code_that_anybody_else_would_get_is_wrong() {
    let mut bench = bench("246813");
    let session = bench.start();
    assert_eq!(bench.verify_right(session), Err(Refusal::CodeIncorrect { attempts_left: 4 }));
    assert!(bench.verify(session, "246813").is_ok());
}

#[test]
fn nobody_else_gets_in_with_it() {
    let mut bench = Bench::of(rules::<Registration>("246813"), Identifier::parse("bob@example.org").unwrap());
    let session = bench.start();
    assert_eq!(bench.see(session).code_length, 6);
    assert_eq!(bench.verify(session, "246813"), Err(Refusal::CodeIncorrect { attempts_left: 4 }));
    assert!(bench.verify_right(session).is_ok());
}

/// A username may lead to any account, and looks like no address.
#[test]
fn a_username_is_never_one() {
    let mut bench = Bench::of(rules::<PasswordReset>(FIXED), LoginName::Username("ann@example.org".into()));
    let session = bench.start();
    assert_eq!(bench.see(session).code_length, 6);
    assert!(bench.verify_right(session).is_ok());
}

/// At the instant counts as past.
#[test]
fn from_the_end_on_it_is_an_identifier_like_any_other() {
    let mut bench = bench(FIXED);
    let over_it = bench.at(mins(58)).start();
    let last = bench.start();
    assert!(bench.at(mins(60) - millis(1)).verify(last, FIXED).is_ok());
    assert_eq!(bench.at(mins(60)).verify(over_it, FIXED), Err(Refusal::CodeIncorrect { attempts_left: 4 }));
    assert!(bench.verify_right(over_it).is_ok(), "a code of the length that was asked for");
    let session = bench.start();
    assert_eq!(bench.see(session).code_length, 6);
    assert_eq!(bench.verify(session, FIXED), Err(Refusal::CodeMalformed { expected: policy().code_length }));
}

#[test]
fn a_session_from_before_it_was_one_takes_the_code_that_was_sent() {
    let mut bench = Bench::new();
    let session = bench.start();
    bench.rules = rules(FIXED);
    assert_eq!(bench.see(session).code_length, 6);
    assert!(bench.verify_right(session).is_ok());
}

/// The code is no secret to those who have it, but it is one to everybody else.
#[test]
fn attempts_limits_and_expiry_are_those_of_anybody() {
    let mut bench = bench(FIXED);
    let locked = bench.start();
    for attempts_left in (0..5).rev() {
        assert_eq!(bench.verify(locked, "00000000"), Err(Refusal::CodeIncorrect { attempts_left }));
    }
    assert_eq!(bench.verify(locked, FIXED), Err(Refusal::Locked));
    let expired = bench.start();
    assert_eq!(bench.at(mins(5)).verify(expired, FIXED), Err(Refusal::Expired));
    let rate = Rate { limit: 5, window: mins(60) };
    let limited = || Otp::new(policy(), Limits { failures: rate, ..limits() }, keyring());
    bench.rules = limited().with_test_identifiers(trials(FIXED));
    assert!(matches!(bench.try_start().1, Err(Refusal::IdentifierLimited { .. })));
}

/// It has the digits that it has.
#[test]
fn failures_make_its_code_no_longer() {
    let mut bench = bench(FIXED);
    for _ in 0..4 {
        let session = bench.start();
        for _ in 0..5 {
            drop(bench.verify(session, "00000000"));
        }
    }
    let session = bench.start();
    assert_eq!(bench.see(session).code_length, 8);
    assert!(bench.verify(session, FIXED).is_ok());
}
