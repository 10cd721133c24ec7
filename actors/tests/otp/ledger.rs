//! Keeps a record of a history: what was asked, what was seen before and after, what was sent.

use chatlink_actors::identifier::Identifier;
use chatlink_actors::{
    machine::{Decision, Machine as _},
    otp::{Command, Dispatch, Refusal, SessionId, SessionView},
    time::Timestamp,
};

use crate::support::Bench;

/// One command of a history, with all that can be observed of it from outside.
pub struct Moment {
    pub command: Command<Identifier>,
    /// The session the command named, if there ever was such a one.
    pub target: Option<SessionId>,
    /// The present as the rules see it: it never runs back.
    pub now: Timestamp,
    pub reply: Result<SessionView, Refusal>,
    /// The views of all sessions at `now`, before the command and after it.
    pub before: Vec<SessionView>,
    pub after: Vec<SessionView>,
    pub sent: Vec<Dispatch<Identifier>>,
    /// Whether what was typed, if anything, was the newest code of the session.
    pub typed_right: bool,
    pub keep_until: Option<Timestamp>,
    /// What the same command does if it is decided once more, as after a commit of unknown outcome.
    pub again: Result<SessionView, Refusal>,
    pub sent_again: usize,
}

/// The views of these sessions, as watchers would be shown them.
pub fn views(bench: &Bench, sessions: &[SessionId]) -> Vec<SessionView> {
    let Some(state) = &bench.state else { return Vec::new() };
    sessions.iter().filter_map(|&session| bench.rules.view(state, session, bench.now)).collect()
}

/// Asks, and writes down what came of it.
pub fn record(
    bench: &mut Bench,
    sessions: &[SessionId],
    latest_commit: &mut Timestamp,
    command: Command<Identifier>,
    target: Option<SessionId>,
    typed_right: bool,
) -> Moment {
    let now = bench.now.max(*latest_commit);
    let (before, sent, commits) = (views(bench, sessions), bench.outbox.len(), bench.commits);
    let reply = bench.ask(&command).map(|accepted| accepted.session);
    if bench.commits > commits {
        *latest_commit = now;
    }
    let (again, sent_again) = match bench.rules.decide(bench.state.as_ref(), bench.now, &command) {
        Decision::Answer(reply) => (reply, 0),
        Decision::Commit { reply, effects, .. } => (reply, effects.len()),
    };
    Moment {
        target,
        now,
        reply,
        before,
        after: views(bench, sessions),
        sent: bench.outbox[sent..].to_vec(),
        typed_right,
        keep_until: bench.state.as_ref().map(|state| bench.rules.keep_until(state)),
        again: again.map(|accepted| accepted.session),
        sent_again,
        command,
    }
}

impl Moment {
    pub fn before(&self, session: SessionId) -> Option<&SessionView> {
        self.before.iter().find(|view| view.id.session == session)
    }

    pub fn after(&self, session: SessionId) -> Option<&SessionView> {
        self.after.iter().find(|view| view.id.session == session)
    }

    pub fn is_verify(&self) -> bool {
        matches!(self.command, Command::Verify { .. })
    }

    /// A wrong code was judged, and counted.
    pub fn is_failure(&self) -> bool {
        matches!(self.reply, Err(Refusal::CodeIncorrect { .. }))
    }
}
