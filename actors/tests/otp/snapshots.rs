//! The stored form: what a release wrote, the next one reads; and what is damaged is refused, not believed.

use chatlink_actors::{
    identifier::{ActorKey, Claim, Identifier, LoginName},
    locale::Locale,
    machine::{Machine as _, SnapshotError},
    otp::{Command, Delivery, Dispatch, Guess, Otp, PasswordReset, Refusal, Registration, SessionState},
};
use proptest::prelude::*;

use crate::{
    change::{self, ANNS, claim},
    support::*,
};

/// Written by schema 1, by the steps of [`told_by_schema_1`]. These bytes never change: if the stored form does, it
/// becomes schema 2, and a reader of this one stays until nothing of it is stored any more.
const SCHEMA_1: &str = "\
    010707070707070707070707070707070780ece5fef96205010101010101010101010101010101010003616e6e0b6578616d\
    706c652e6f726780a0abfef9620011302505060080a0abfef96200050203c0efcffef9620202020202020202020202020202\
    02020003616e6e0b6578616d706c652e6f7267c0efcffef96200113025050600c0efcffef96200000004c0efcffef9620303\
    03030303030303030303030303030003616e6e0b6578616d706c652e6f7267c0efcffef96200113025050600c0efcffef962\
    0005000166687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f292580debdfff9620404040404040404\
    04040404040404040003616e6e0b6578616d706c652e6f7267c0efcffef96200113025050600c0efcffef96200050002c0ef\
    cffef962050505050505050505050505050505050003616e6e0b6578616d706c652e6f7267c0efcffef96200113025050601\
    80ece5fef9620104010080ece5fef962c0bb8afff9620680a0abfef962c0efcffef962c0efcffef962c0efcffef962c0efcf\
    fef96280ece5fef96206c0efcffef962c0efcffef962c0efcffef962c0efcffef962c0efcffef962c0efcffef962";

/// A password reset by user name, just started: written by schema 1.
const RESET_SCHEMA_1: &str = "\
    010707070707070707070707070707070780a0abfef96201010101010101010101010101010101010103616e6e80a0abfef9\
    62006b513856060080a0abfef9620005000080a0abfef962c0efcffef9620180a0abfef96200";

/// A change of identifier, its code typed wrong once: written by schema 1.
const CHANGE_SCHEMA_1: &str = "\
    010707070707070707070707070707070780a0abfef9620101010101010101010101010101010101a1a1a1a1a1a1a1a1a1a1\
    a1a1a1a1a1a100074e65772e416e6e0b6578616d706c652e6f726780a0abfef962008ef0bad6060080a0abfef96200040000\
    80a0abfef962c0efcffef9620180a0abfef9620180a0abfef962";

/// The outbox message of that change: written by schema 1.
const CHANGE_DISPATCH_SCHEMA_1: &str = "\
    01116964656e7469666965725f6368616e676507070707070707070707070707070707a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\
    a100074e65772e416e6e0b6578616d706c652e6f7267000c315fb36cf068c704b66d3a8a4e2b338ef0bad601010101010101\
    0101010101010101010006c0efcffef962";

/// The outbox message of a text to a phone: written by schema 1.
const DISPATCH_SCHEMA_1: &str = "\
    010c726567697374726174696f6e07070707070707070707070707070707010d2b3439313731313233343536373102444509\
    6e0fce61bd8b050e207a0baf5cfabcbd11302505010101010101010101010101010101010006c0efcffef962";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Sessions 1 to 5 in all states that there are, with failures, a second generation and a delivery.
fn told_by_schema_1() -> Bench {
    let mut bench = Bench::new();
    let expired = bench.start();
    bench.at(mins(1)).report(expired, Delivery::Failed).unwrap();
    bench.at(mins(5)).session_in(SessionState::Locked);
    bench.session_in(SessionState::Verified);
    bench.session_in(SessionState::Completed);
    let pending = bench.start();
    drop(bench.verify_wrong(pending));
    bench.at(mins(8)).resend(pending).unwrap();
    bench.report(pending, Delivery::Sent).unwrap();
    bench
}

#[test]
fn the_stored_form_is_still_that_of_schema_1() {
    let bench = told_by_schema_1();
    assert_eq!(hex(&bench.rules.encode(bench.state.as_ref().unwrap())), SCHEMA_1);
}

#[test]
fn a_snapshot_of_schema_1_still_means_the_same() {
    let mut bench = Bench::new();
    bench.state = Some(bench.rules.decode(&unhex(SCHEMA_1)).unwrap());
    bench.at(mins(8));
    let states = [1, 2, 3, 4, 5].map(|it| bench.see(session_id(it)).state);
    let expected = ["expired", "locked", "verified", "completed", "pending"];
    assert_eq!(states.map(SessionState::name), expected);
    assert_eq!(bench.see(session_id(1)).delivery, Delivery::Failed);
    assert_eq!(bench.see(session_id(2)).expires_at, NOON + mins(5));
    let pending = bench.see(session_id(5));
    assert_eq!((pending.attempts_left, pending.resends_left, pending.delivery), (4, 9, Delivery::Sent));
    assert_eq!((pending.created_at, pending.expires_at), (NOON + mins(5), NOON + mins(13)));
    assert_eq!(pending.destination.as_deref(), Some("a•••@example.org"));
    assert!(bench.complete(session_id(3), token(0)).is_ok(), "tokens that were handed out are good");
    let telling = told_by_schema_1();
    assert!(bench.verify(session_id(5), &telling.code(session_id(5))).is_ok(), "and so are codes");
    assert_eq!(bench.rules.keep_until(bench.state.as_ref().unwrap()), NOON + mins(24 * 60 + 8), "sends are counted");
}

#[test]
fn a_reset_of_schema_1_still_means_the_same() {
    let mut bench = crate::reset::bench_for(LoginName::Username("ann".into()));
    let session = bench.start();
    assert_eq!(hex(&bench.rules.encode(bench.state.as_ref().unwrap())), RESET_SCHEMA_1);
    bench.state = Some(bench.rules.decode(&unhex(RESET_SCHEMA_1)).unwrap());
    assert_eq!(bench.verify_right(session).map(|it| it.state), Ok(SessionState::Verified));
}

#[test]
fn a_change_of_identifier_of_schema_1_still_means_the_same() {
    let mut bench = change::bench_for(claim(ANNS));
    let session = bench.start();
    drop(bench.verify_wrong(session));
    assert_eq!(hex(&bench.rules.encode(bench.state.as_ref().unwrap())), CHANGE_SCHEMA_1);
    assert_eq!(hex(&bench.message(session).encode()), CHANGE_DISPATCH_SCHEMA_1);
    bench.state = Some(bench.rules.decode(&unhex(CHANGE_SCHEMA_1)).unwrap());
    let read: Dispatch<Claim> = Dispatch::decode(&unhex(CHANGE_DISPATCH_SCHEMA_1)).unwrap();
    assert!(read == *bench.message(session) && read.subject == claim(ANNS));
    let accepted = bench.ask(&Command::Status { session }).unwrap();
    assert!(accepted.subject == claim(ANNS) && accepted.session.attempts_left == 4);
    assert_eq!(bench.verify_right(session).map(|it| it.state), Ok(SessionState::Verified));
}

#[test]
fn a_message_of_schema_1_still_means_the_same() {
    let phone = Identifier::parse("+491711234567").unwrap();
    let mut bench = Bench::<Registration>::of(Otp::new(policy(), limits(), keyring()), phone.clone());
    let session = session_id(1);
    bench.ask(&Command::Start { key: KEY, session, subject: phone.clone(), locale: Locale::Zh }).unwrap();
    assert_eq!(hex(&bench.message(session).encode()), DISPATCH_SCHEMA_1);
    let read: Dispatch<Identifier> = Dispatch::decode(&unhex(DISPATCH_SCHEMA_1)).unwrap();
    assert!(read == *bench.message(session));
    assert!(read.subject == phone && read.locale == Locale::Zh && read.purpose == "registration");
}

#[test]
fn an_unknown_schema_is_named() {
    let rules: Otp<PasswordReset> = Otp::new(policy(), limits(), keyring());
    let refusal = |bytes: &[u8]| rules.decode(bytes).map(drop).unwrap_err();
    assert_eq!(refusal(&[]), SnapshotError::UnknownSchema(None));
    assert_eq!(refusal(&[0, 1, 2]), SnapshotError::UnknownSchema(Some(0)));
    assert_eq!(refusal(&[2]), SnapshotError::UnknownSchema(Some(2)));
    assert_eq!(refusal(&[1]), SnapshotError::Damaged);
}

#[test]
fn what_is_cut_short_or_too_long_is_damaged() {
    let rules = Bench::new().rules;
    let whole = unhex(SCHEMA_1);
    for length in 1..whole.len() {
        assert_eq!(rules.decode(&whole[..length]).map(drop), Err(SnapshotError::Damaged), "{length} bytes");
    }
    let longer = [whole.as_slice(), &[0]].concat();
    assert_eq!(rules.decode(&longer).map(drop), Err(SnapshotError::Damaged));
}

/// A number of digits that no code has would overflow where the code is derived.
#[test]
fn a_code_length_that_does_not_exist_is_damaged() {
    let mut bench = Bench::new();
    let session = bench.start();
    let rules = &bench.rules;
    let dispatch = bench.message(session).encode();
    let (length, _) = dispatch.iter().enumerate().rfind(|&(at, &byte)| byte == 6 && at > 16).unwrap();
    for digits in [0, 5, 11, 20, 127] {
        let mut bytes = dispatch.clone();
        bytes[length] = digits;
        assert!(Dispatch::<Identifier>::decode(&bytes).is_err(), "{digits} digits");
    }
    assert!(rules.encode(bench.state.as_ref().unwrap()).contains(&6));
}

/// All that can be asked, of a state that says anything at all.
fn ask_everything(rules: &Otp<Registration>, bytes: &[u8]) {
    let Ok(state) = rules.decode(bytes) else { return };
    let mut bench = Bench::new();
    for when in [i64::MIN, 0, NOON.as_millis() + 60_000, i64::MAX] {
        bench.now = chatlink_actors::time::Timestamp::from_millis(when);
        let (_, _) = (rules.deadline(&state), rules.keep_until(&state));
        drop(rules.settle(&state, bench.now));
        for session in (1..=5).map(session_id) {
            let guess = Guess::from_input("123456");
            drop(rules.view(&state, session, bench.now));
            let key = ActorKey::from_bytes([0; 16]);
            for command in [
                Command::Start { key, session: session_id(9), subject: ann(), locale: Locale::En },
                Command::Status { session },
                Command::Resend { session },
                Command::Verify { session, guess, token: token(0) },
                Command::Complete { session, token: token(0) },
                Command::Forget { subject: ann() },
            ] {
                drop(rules.decide(Some(&state), bench.now, &command));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// The store is not trusted to be whole: whatever bytes come, there is an answer and no panic.
    #[test]
    fn damage_is_survived(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = unhex(SCHEMA_1);
        for (index, value) in flips {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        ask_everything(&Bench::new().rules, &bytes);
    }

    #[test]
    fn noise_is_survived(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let bytes = [&[1], noise.as_slice()].concat();
        ask_everything(&Bench::new().rules, &bytes);
        drop(Dispatch::<Identifier>::decode(&bytes));
        drop(Dispatch::<LoginName>::decode(&bytes));
        drop(Dispatch::<Claim>::decode(&bytes));
    }
}

/// A refusal to read must not be taken for an identifier that was never seen: that would forget its limits.
#[test]
fn a_damaged_snapshot_is_no_blank_one() {
    let bench = Bench::new();
    assert!(bench.rules.decode(&unhex(SCHEMA_1)[..40]).is_err());
    let blank = bench.rules.decide(None, bench.now, &Command::Status { session: session_id(1) });
    assert!(matches!(blank, chatlink_actors::machine::Decision::Answer(Err(Refusal::UnknownSession))));
}
