//! What codes look like: every one as likely as any other, and none of them telling of another.
//!
//! All samples come from fixed keys and counted session ids, so the outcome of each test is always the same.

use std::iter::zip;

use chatlink_actors::otp::{CodeLength, KeyId, Keyring, PasswordReset, Purpose, Registration, SessionId};

use crate::support::*;

const SAMPLES: u32 = 100_000;

fn six() -> CodeLength {
    CodeLength::new(6).unwrap()
}

fn nth_session(number: u32) -> SessionId {
    SessionId::from_bytes(u128::from(number).to_be_bytes())
}

fn registration_key() -> KeyId {
    let mut bench = Bench::new();
    let session = bench.start();
    bench.message(session).code_key
}

fn code<P: Purpose>(
    keyring: &Keyring<P>,
    key: KeyId,
    session: SessionId,
    generation: u16,
    length: CodeLength,
) -> String {
    keyring.code(key, session, generation, length).unwrap().digits().to_owned()
}

/// The first codes of so many sessions.
fn samples(length: CodeLength) -> Vec<String> {
    let (keyring, key) = (keyring::<Registration>(), registration_key());
    (0..SAMPLES).map(|number| code(&keyring, key, nth_session(number), 0, length)).collect()
}

/// Holds counts that should be equal to four standard deviations of what chance brings, on either side: a sequence
/// that is too even is no chance either.
#[track_caller]
fn assert_uniform(counts: &[u32], what: &str) {
    let total: u32 = counts.iter().sum();
    let cells = f64::from(u32::try_from(counts.len()).unwrap());
    let expected = f64::from(total) / cells;
    let chi_square: f64 = counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
    let freedom = cells - 1.0;
    let spread = 4.0 * (2.0 * freedom).sqrt();
    assert!((chi_square - freedom).abs() < spread, "{what}: chi-square {chi_square} at {freedom} degrees of freedom");
}

fn count(cells: usize, values: impl IntoIterator<Item = usize>) -> Vec<u32> {
    let mut counts = vec![0; cells];
    values.into_iter().for_each(|value| counts[value] += 1);
    counts
}

fn digit(code: &str, position: usize) -> usize {
    code[position..=position].parse().unwrap()
}

#[test]
fn every_digit_is_equally_likely_in_every_position() {
    for length in [six(), CodeLength::STEPPED_UP] {
        let codes = samples(length);
        for position in 0..usize::from(length.digits()) {
            let counts = count(10, codes.iter().map(|code| digit(code, position)));
            assert_uniform(&counts, &format!("position {position} of {}", length.digits()));
        }
    }
}

#[test]
fn codes_as_a_whole_are_spread_evenly() {
    let codes = samples(six());
    let heads = count(1000, codes.iter().map(|code| code[..3].parse().unwrap()));
    let tails = count(1000, codes.iter().map(|code| code[3..].parse().unwrap()));
    assert_uniform(&heads, "first half");
    assert_uniform(&tails, "second half");
}

/// A tenth of all codes begin with a zero. Written as numbers they would be too short to be accepted.
#[test]
fn leading_zeros_are_kept() {
    for length in [six(), CodeLength::STEPPED_UP] {
        let codes = samples(length);
        assert!(codes.iter().all(|code| code.len() == usize::from(length.digits())));
        assert!(codes.iter().all(|code| code.bytes().all(|b| b.is_ascii_digit())));
        assert!(codes.iter().any(|code| code.starts_with("000")));
    }
}

#[test]
fn a_code_with_leading_zeros_verifies_as_it_is_written() {
    let mut bench = Bench::new();
    let zeroed = (0..=255).find(|&number| {
        let key = registration_key();
        code(&keyring::<Registration>(), key, session_id(number), 0, six()).starts_with('0')
    });
    let session = session_id(zeroed.unwrap());
    let (key, subject, locale) = (KEY, ann(), chatlink_actors::locale::Locale::En);
    bench.ask(&chatlink_actors::otp::Command::Start { key, session, subject, locale }).unwrap();
    let typed = bench.code(session);
    let number: u32 = typed.parse().unwrap();
    assert!(bench.verify(session, &number.to_string()).is_err(), "the number is not the code");
    assert!(bench.verify(session, &typed).is_ok());
}

/// Who sees one code learns nothing of the next, of that of the next session, or of the same session's elsewhere:
/// the first digits of the two fall in a hundred equally likely pairs, and they agree no more often than by chance.
#[test]
fn codes_of_other_generations_sessions_and_purposes_are_unrelated() {
    let (registration, key) = (keyring::<Registration>(), registration_key());
    let (reset, reset_key) = crate::reset::keyring_and_key();
    let of = |generation: u16| {
        (0..SAMPLES).map(|it| code(&registration, key, nth_session(it), generation, six())).collect::<Vec<_>>()
    };
    let (first, second) = (of(0), of(1));
    let elsewhere: Vec<_> = (0..SAMPLES).map(|it| code(&reset, reset_key, nth_session(it), 0, six())).collect();
    let neighbours: Vec<_> = first.iter().skip(1).chain(&first[..1]).cloned().collect();
    for (what, others) in [("generations", second), ("purposes", elsewhere), ("sessions", neighbours)] {
        let pairs = zip(&first, &others).map(|(one, other)| 10 * digit(one, 0) + digit(other, 0));
        assert_uniform(&count(100, pairs), what);
        let equal = zip(&first, &others).filter(|(one, other)| one == other).count();
        assert!(equal < 5, "{what}: {equal} of {SAMPLES} agree where one in a million should");
    }
}

/// Computed by another program from the construction as documented, so that a change of it is noticed: codes that
/// are under way in somebody's mailbox must survive a release.
#[test]
fn codes_and_names_are_derived_as_they_always_were() {
    let (registration, key) = (keyring::<Registration>(), registration_key());
    let (reset, reset_key) = crate::reset::keyring_and_key();
    let ten = CodeLength::STEPPED_UP;
    let session = session_id(1);
    assert_eq!(code(&registration, key, session, 0, six()), "284927");
    assert_eq!(code(&registration, key, session, 0, ten), "3356284927");
    assert_eq!(code(&registration, key, session, 1, six()), "553958");
    assert_eq!(code(&reset, reset_key, session, 0, six()), "410291");
    assert_eq!(code(&reset, reset_key, session, 1, ten), "1328269583");
    assert_eq!(registration.actor_key(&ann()).to_string(), "40a6329a0299216e83bbf80c4f53bd2d");
    let message = registration.message_id(key, session, 0).unwrap();
    assert_eq!(message.to_string(), "6e0fce61bd8b050e207a0baf5cfabcbd");
    assert_eq!(PasswordReset::NAME, "password_reset", "part of every derivation");
}
