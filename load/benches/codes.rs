//! The rules of one-time codes: deciding, storing, deriving. They are pure, so nothing but them is in these numbers.
//!
//! A decision takes the state as it is and gives the next one; neither is read from or written to anywhere.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::time::Duration;

use chatlink_actors::{
    identifier::{ActorKey, Identifier},
    locale::Locale,
    machine::{Decision, Machine as _},
    otp::{
        CodeLength, Command, CompletionToken, Dispatch, Guess, Keyring, Limits, Otp, Policy, Rate, Registration,
        SessionId, State,
    },
    time::Timestamp,
};
use divan::{Bencher, black_box};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const KEY: ActorKey = ActorKey::from_bytes([7; 16]);
/// How many sessions an identifier has under way: usually one, and as many as may be sent to it at most.
const SESSIONS: [u8; 3] = [1, 5, 20];

fn main() {
    divan::main();
}

fn rules() -> Otp<Registration> {
    let minutes = |number: u64| Duration::from_secs(60 * number);
    let policy = Policy {
        code_length: CodeLength::new(6).unwrap(),
        ttl: minutes(5),
        max_attempts: 5.try_into().unwrap(),
        free_resends: 5,
        resend_cooldown: minutes(1),
        max_resends: 10,
        max_lifetime: minutes(30),
        completion_ttl: minutes(15),
    };
    let within_a_day = |limit| Rate { limit, window: minutes(24 * 60) };
    let limits = Limits { sends: within_a_day(20), failures: within_a_day(40) };
    Otp::new(policy, limits, Keyring::derive(b"a secret of the server, 32 bytes", &[[0; 32]; 0]))
}

fn ann() -> Identifier {
    Identifier::parse("ann@example.org").unwrap()
}

fn start(number: u8) -> Command<Identifier> {
    let session = SessionId::from_bytes([number; 16]);
    Command::Start { key: KEY, session, subject: ann(), locale: Locale::En }
}

/// An identifier with so many sessions, the message of the newest, and its code.
struct Bench {
    rules: Otp<Registration>,
    state: State<Identifier>,
    message: Dispatch<Identifier>,
    code: String,
}

impl Bench {
    fn new(sessions: u8) -> Self {
        let rules = rules();
        let (mut state, mut message) = (None, None);
        for number in 1..=sessions {
            let Decision::Commit { next, effects, .. } = rules.decide(state.as_ref(), NOW, &start(number)) else {
                unreachable!("so many may be started")
            };
            state = Some(next);
            message = effects.first().map(|bytes| Dispatch::decode(bytes).unwrap());
        }
        let message: Dispatch<Identifier> = message.unwrap();
        let code = rules.keyring().code(message.code_key, message.session, message.generation, message.code_length);
        let code = code.unwrap().digits().to_owned();
        Self { rules, state: state.unwrap(), message, code }
    }

    fn verify(&self, typed: &str) -> Command<Identifier> {
        let (guess, token) = (Guess::from_input(typed), CompletionToken::from_bytes([1; 32]));
        Command::Verify { session: self.message.session, guess, token }
    }

    fn decide(&self, bencher: Bencher<'_, '_>, command: &Command<Identifier>) {
        bencher.bench(|| self.rules.decide(black_box(Some(&self.state)), NOW, black_box(command)));
    }
}

#[divan::bench]
fn decide_first_start(bencher: Bencher<'_, '_>) {
    let (rules, command) = (rules(), start(1));
    bencher.bench(|| rules.decide(None, NOW, black_box(&command)));
}

#[divan::bench(args = SESSIONS)]
fn decide_wrong_code(bencher: Bencher<'_, '_>, sessions: u8) {
    let bench = Bench::new(sessions);
    let wrong = if bench.code == "000000" { "000001" } else { "000000" };
    bench.decide(bencher, &bench.verify(wrong));
}

#[divan::bench(args = SESSIONS)]
fn decide_right_code(bencher: Bencher<'_, '_>, sessions: u8) {
    let bench = Bench::new(sessions);
    bench.decide(bencher, &bench.verify(&bench.code));
}

#[divan::bench(args = SESSIONS)]
fn decide_status(bencher: Bencher<'_, '_>, sessions: u8) {
    let bench = Bench::new(sessions);
    bench.decide(bencher, &Command::Status { session: bench.message.session });
}

#[divan::bench(args = SESSIONS)]
fn encode_snapshot(bencher: Bencher<'_, '_>, sessions: u8) {
    let bench = Bench::new(sessions);
    bencher.bench(|| bench.rules.encode(black_box(&bench.state)));
}

#[divan::bench(args = SESSIONS)]
fn decode_snapshot(bencher: Bencher<'_, '_>, sessions: u8) {
    let bench = Bench::new(sessions);
    let bytes = bench.rules.encode(&bench.state);
    bencher.bench(|| bench.rules.decode(black_box(&bytes)).unwrap());
}

#[divan::bench(args = [6, 10])]
fn derive_code(bencher: Bencher<'_, '_>, digits: u8) {
    let Bench { rules, message, .. } = Bench::new(1);
    let length = CodeLength::new(digits).unwrap();
    bencher.bench(|| rules.keyring().code(message.code_key, black_box(message.session), message.generation, length));
}

#[divan::bench]
fn derive_actor_key(bencher: Bencher<'_, '_>) {
    let (rules, ann) = (rules(), ann());
    bencher.bench(|| rules.keyring().actor_key(black_box(&ann)));
}
