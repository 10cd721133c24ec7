//! Random histories: commands in any order on several sessions, while the clock runs, leaps, and now and then is
//! set back. The settings are small, so that every limit is reached within a few dozen steps.

use std::collections::HashMap;

use chatlink_actors::{
    identifier::Identifier,
    locale::Locale,
    otp::{Command, CompletionToken, Delivery, Guess, Limits, MessageId, Policy, Rate, SessionId},
    time::Timestamp,
};
use proptest::prelude::*;

use crate::{
    ledger::{Moment, record},
    support::*,
};

/// What is done. The number chooses among the sessions that were started.
#[derive(Clone, Debug)]
pub enum Step {
    Start,
    Status(usize),
    Resend(usize),
    TypeRight(usize),
    TypeWrong(usize),
    TypeOld(usize),
    TypeNonsense(usize),
    Authorize(usize),
    Complete(usize),
    Forge(usize),
    Discard(usize),
    Report(usize, Delivery),
    ReportOld(usize, Delivery),
}

/// No request ever brings this token.
const FORGED: u8 = 0xee;

/// By how many milliseconds the clock is moved, and what is done then.
pub type History = Vec<(i64, Step)>;

pub fn small_policy() -> Policy {
    Policy { max_attempts: 3.try_into().unwrap(), free_resends: 1, max_resends: 4, max_lifetime: mins(12), ..policy() }
}

pub fn small_limits() -> Limits {
    Limits { sends: Rate { limit: 8, window: mins(60) }, failures: Rate { limit: 7, window: mins(40) } }
}

fn steps() -> impl Strategy<Value = Step> {
    let session = 0_usize..8;
    let outcome = prop_oneof![Just(Delivery::Sent), Just(Delivery::Failed), Just(Delivery::Delivered)];
    prop_oneof![
        6 => Just(Step::Start),
        2 => session.clone().prop_map(Step::Status),
        6 => session.clone().prop_map(Step::Resend),
        3 => session.clone().prop_map(Step::TypeRight),
        8 => session.clone().prop_map(Step::TypeWrong),
        2 => session.clone().prop_map(Step::TypeOld),
        1 => session.clone().prop_map(Step::TypeNonsense),
        1 => session.clone().prop_map(Step::Authorize),
        2 => session.clone().prop_map(Step::Complete),
        1 => session.clone().prop_map(Step::Forge),
        1 => session.clone().prop_map(Step::Discard),
        2 => (session.clone(), outcome.clone()).prop_map(|(it, outcome)| Step::Report(it, outcome)),
        1 => (session, outcome).prop_map(|(it, outcome)| Step::ReportOld(it, outcome)),
    ]
}

/// Mostly little by little; often onto a boundary, or next to it; at times far ahead, or back.
fn moves() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => 0_i64..2_000,
        6 => 0_i64..120_000,
        4 => prop::sample::select(vec![59_999, 60_000, 120_000, 150_000, 150_001, 299_999, 300_000, 600_000]),
        1 => 0_i64..5_400_000,
        1 => -900_000_i64..0,
    ]
}

pub fn histories() -> impl Strategy<Value = History> {
    prop::collection::vec((moves(), steps()), 1..90)
}

/// Plays a history from a blank state.
pub fn play(history: &History) -> (Bench, Vec<Moment>) {
    let mut player = Player {
        bench: Bench::with(small_policy(), small_limits()),
        sessions: Vec::new(),
        tokens: HashMap::new(),
        requests: 0,
    };
    let mut latest_commit = Timestamp::from_millis(i64::MIN);
    let mut trace = Vec::new();
    for (by, step) in history {
        player.bench.now = Timestamp::from_millis(player.bench.now.as_millis() + by);
        let Some((command, target, right)) = player.command(step) else { continue };
        let moment = record(&mut player.bench, &player.sessions, &mut latest_commit, command, target, right);
        player.keep_token(&moment);
        trace.push(moment);
    }
    (player.bench, trace)
}

struct Player {
    bench: Bench,
    sessions: Vec<SessionId>,
    /// The tokens that were handed out.
    tokens: HashMap<SessionId, CompletionToken>,
    requests: u8,
}

impl Player {
    /// The command of a step, the session that it is about, and whether the right code is typed.
    fn command(&mut self, step: &Step) -> Option<(Command<Identifier>, Option<SessionId>, bool)> {
        if let Step::Start = step {
            let session = session_id(u8::try_from(self.sessions.len()).unwrap());
            self.sessions.push(session);
            let start = Command::Start { key: KEY, session, subject: ann(), locale: Locale::En };
            return Some((start, Some(session), false));
        }
        let session = self.chosen(step)?;
        let command = match step {
            Step::Status(_) | Step::Start => Command::Status { session },
            Step::Resend(_) => Command::Resend { session },
            Step::TypeRight(_) => {
                let code = self.bench.code(session);
                return Some((self.typed(session, &code), Some(session), true));
            }
            Step::TypeWrong(_) => {
                let wrong = self.bench.wrong_code(session);
                self.typed(session, &wrong)
            }
            Step::TypeOld(_) => {
                let (old, newest) = (self.first_code(session), self.bench.code(session));
                return Some((self.typed(session, &old), Some(session), old == newest));
            }
            Step::TypeNonsense(_) => self.typed(session, "nonsense"),
            Step::Authorize(_) => Command::Authorize { session, token: self.token_of(session) },
            Step::Complete(_) => Command::Complete { session, token: self.token_of(session) },
            Step::Forge(_) => Command::Complete { session, token: token(FORGED) },
            Step::Discard(_) => Command::Discard { session, token: self.token_of(session) },
            Step::Report(_, outcome) => Command::Report { message: self.message(session, 0), outcome: *outcome },
            Step::ReportOld(_, outcome) => Command::Report { message: self.message(session, 1), outcome: *outcome },
        };
        Some((command, Some(session), false))
    }

    /// One of the sessions whose start was accepted: the others were never sent a code.
    fn chosen(&self, step: &Step) -> Option<SessionId> {
        let mut sent: Vec<_> = self.bench.outbox.iter().map(|it| it.session).collect();
        sent.dedup();
        let (Step::Status(it)
        | Step::Resend(it)
        | Step::TypeRight(it)
        | Step::TypeWrong(it)
        | Step::TypeOld(it)
        | Step::TypeNonsense(it)
        | Step::Authorize(it)
        | Step::Complete(it)
        | Step::Forge(it)
        | Step::Discard(it)
        | Step::Report(it, _)
        | Step::ReportOld(it, _)) = step
        else {
            return None;
        };
        sent.iter().rev().nth(it % sent.len().max(1)).copied()
    }

    /// Each request brings a token of its own.
    fn typed(&mut self, session: SessionId, code: &str) -> Command<Identifier> {
        self.requests += 1;
        Command::Verify { session, guess: Guess::from_input(code), token: token(self.requests) }
    }

    fn keep_token(&mut self, moment: &Moment) {
        if let (Command::Verify { session, token, .. }, Ok(_)) = (&moment.command, &moment.reply) {
            self.tokens.insert(*session, token.clone());
        }
    }

    fn token_of(&self, session: SessionId) -> CompletionToken {
        self.tokens.get(&session).cloned().unwrap_or_else(|| token(FORGED))
    }

    fn first_code(&self, session: SessionId) -> String {
        let first = self.bench.outbox.iter().find(|it| it.session == session).unwrap();
        let code = self.bench.rules.keyring().code(first.code_key, session, first.generation, first.code_length);
        code.unwrap().digits().to_owned()
    }

    /// The newest message of a session, or one before it where there is one.
    fn message(&self, session: SessionId, back: usize) -> MessageId {
        let sent: Vec<_> = self.bench.outbox.iter().filter(|it| it.session == session).collect();
        sent[sent.len() - 1 - back.min(sent.len() - 1)].message
    }
}
