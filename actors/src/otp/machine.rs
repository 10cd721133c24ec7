//! The rules themselves: `decide(state, now, command)`.

use serde::{Deserialize, Serialize};

use super::{
    code::{Keyring, Purpose},
    command::{Command, Refusal, Reply},
    policy::{Limits, Policy},
    session::{Session, SessionId},
    trial::TestIdentifiers,
    turn::Turn,
    view::SessionView,
    window::RollingWindow,
};
use crate::{
    identifier::ActorKey,
    machine::{Decision, Machine, SnapshotError},
    stored,
    time::Timestamp,
};

/// The OTP rules of one purpose.
#[derive(Debug)]
pub struct Otp<P: Purpose> {
    pub(super) policy: Policy,
    pub(super) limits: Limits,
    pub(super) keyring: Keyring<P>,
    pub(super) trials: TestIdentifiers,
}

/// What is remembered of one identifier for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State<S> {
    pub(super) key: ActorKey,
    /// The latest instant at which anything was decided. Time never runs back behind it, whatever a clock says.
    pub(super) as_of: Timestamp,
    pub(super) sessions: Vec<Session<S>>,
    pub(super) sends: RollingWindow,
    pub(super) failures: RollingWindow,
}

impl<P: Purpose> Otp<P> {
    /// The rules with these settings and keys.
    pub const fn new(policy: Policy, limits: Limits, keyring: Keyring<P>) -> Self {
        Self { policy, limits, keyring, trials: TestIdentifiers::NONE }
    }

    /// The same rules, with these test identifiers.
    #[must_use]
    pub fn with_test_identifiers(self, trials: TestIdentifiers) -> Self {
        Self { trials, ..self }
    }

    /// The test identifiers, to which nothing is to be sent.
    pub const fn test_identifiers(&self) -> &TestIdentifiers {
        &self.trials
    }

    /// The keys, for whoever derives codes and actor keys.
    pub const fn keyring(&self) -> &Keyring<P> {
        &self.keyring
    }

    /// How a session stands at that instant; `None` if there is no such session.
    pub fn view(&self, state: &State<P::Subject>, session: SessionId, now: Timestamp) -> Option<SessionView> {
        let mut session = state.sessions.iter().find(|it| it.id == session)?.clone();
        session.settle(now);
        (now < session.gone_at()).then(|| self.view_of(state, &session))
    }

    pub(super) fn view_of(&self, state: &State<P::Subject>, session: &Session<P::Subject>) -> SessionView {
        session.view(P::NAME, state.key, &self.policy)
    }

    fn new_state(key: ActorKey, now: Timestamp) -> State<P::Subject> {
        State {
            key,
            as_of: now,
            sessions: Vec::new(),
            sends: RollingWindow::default(),
            failures: RollingWindow::default(),
        }
    }
}

impl<P: Purpose> Machine for Otp<P> {
    type State = State<P::Subject>;
    type Command = Command<P::Subject>;
    type Reply = Reply<P::Subject>;

    fn decide(
        &self,
        state: Option<&Self::State>,
        now: Timestamp,
        command: &Self::Command,
    ) -> Decision<Self::State, Self::Reply> {
        let before = match (state, command) {
            (Some(state), _) => state.clone(),
            (None, Command::Start { key, .. }) => Self::new_state(*key, now),
            (None, _) => return Decision::Answer(Err(Refusal::UnknownSession)),
        };
        let mut turn = Turn::begin(self, before, now);
        let reply = turn.take(command);
        turn.end(state, reply)
    }

    fn looks(&self, command: &Self::Command) -> bool {
        matches!(command, Command::Status { .. })
    }

    fn settle(&self, state: &Self::State, now: Timestamp) -> Option<Self::State> {
        let turn = Turn::begin(self, state.clone(), now);
        match turn.end(Some(state), Err(Refusal::UnknownSession)) {
            Decision::Answer(_) => None,
            Decision::Commit { next, .. } => Some(next),
        }
    }

    fn deadline(&self, state: &Self::State) -> Option<Timestamp> {
        state.sessions.iter().filter_map(Session::deadline).min()
    }

    fn keep_until(&self, state: &Self::State) -> Timestamp {
        let sessions = state.sessions.iter().map(Session::gone_at);
        let windows = [state.sends.empty_at(self.limits.sends), state.failures.empty_at(self.limits.failures)];
        sessions.chain(windows.into_iter().flatten()).max().unwrap_or(state.as_of)
    }

    fn encode(&self, state: &Self::State) -> Vec<u8> {
        stored::encode(state)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Self::State, SnapshotError> {
        stored::decode(bytes)
    }
}
