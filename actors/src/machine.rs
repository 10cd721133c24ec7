//! The contract between rules and whatever runs them: one command in, one decision out.

use crate::time::Timestamp;

/// The rules of one kind of entity, as pure functions.
///
/// The runner loads the state, calls [`decide`](Machine::decide), persists the outcome by compare-and-swap and
/// only then gives the reply. If somebody else moved the state first it calls `decide` again, with the same
/// command and the newer state; so `decide` must depend on nothing but its arguments.
pub trait Machine: Send + Sync + 'static {
    /// What is remembered between commands.
    type State: Send + Sync + 'static;
    /// What can be asked of an entity. Randomness that a decision needs comes in the command.
    type Command: Send + 'static;
    /// What is answered, acceptance and refusal alike.
    type Reply: Send + 'static;

    /// Decides one command. `state` is `None` for an entity that was never seen or is forgotten.
    fn decide(
        &self,
        state: Option<&Self::State>,
        now: Timestamp,
        command: &Self::Command,
    ) -> Decision<Self::State, Self::Reply>;

    /// Whether a command only looks: its answer changes nothing, and nothing is decided by it but what somebody is shown.
    /// Then it may be as old as what a watcher was shown last.
    fn looks(&self, command: &Self::Command) -> bool;

    /// The state that the mere passing of time has led to, or `None` if it is the same still.
    fn settle(&self, state: &Self::State, now: Timestamp) -> Option<Self::State>;

    /// When [`settle`](Machine::settle) will next have something to say, if ever.
    fn deadline(&self, state: &Self::State) -> Option<Timestamp>;

    /// From when on nothing is lost if the whole state is forgotten.
    fn keep_until(&self, state: &Self::State) -> Timestamp;

    /// The state as bytes, with the version of its schema.
    fn encode(&self, state: &Self::State) -> Vec<u8>;

    /// The inverse of [`encode`](Machine::encode), for this schema version and the previous one.
    ///
    /// # Errors
    /// When the bytes are of an unknown schema, or damaged.
    fn decode(&self, bytes: &[u8]) -> Result<Self::State, SnapshotError>;
}

/// What the rules make of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<State, Reply> {
    /// Nothing changes.
    Answer(Reply),
    /// Give `reply` only once `next` is stored, together with `effects`, atomically.
    Commit {
        /// The state from now on.
        next: State,
        /// Encoded messages for the outbox, in order.
        effects: Vec<Vec<u8>>,
        /// The answer, valid once stored.
        reply: Reply,
    },
}

/// A snapshot that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Written by a version of the program that this one does not know.
    #[error("snapshot of unknown schema version {0:?}")]
    UnknownSchema(Option<u8>),
    /// The bytes are not a snapshot.
    #[error("damaged snapshot")]
    Damaged,
}
