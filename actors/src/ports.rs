//! What the shell needs of the world: a snapshot store, a clock, randomness. Adapters implement these traits.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use crate::{identifier::ActorKey, time::Timestamp};

/// A boxed future, so that the ports can be trait objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Names one written state of one key, as an `ETag` does: random, never used twice.
///
/// The command that writes chooses it, so whoever reads it back knows that its own write landed; and a key that
/// was forgotten and begun anew cannot be taken for its former self.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version(pub u64);

/// A stored state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Which write this is.
    pub version: Version,
    /// The encoded state.
    pub bytes: Vec<u8>,
}

/// One transition to be stored, all of it or nothing.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Whose state.
    pub key: ActorKey,
    /// The version that must be there now; `None`: the key must be absent.
    pub expected: Option<Version>,
    /// The version that this commit writes.
    pub version: Version,
    /// The encoded state.
    pub bytes: Vec<u8>,
    /// When the store may forget the key.
    pub keep_until: Timestamp,
    /// Messages to append to the outbox, in order.
    pub effects: Vec<Vec<u8>>,
}

/// What became of a [`Commit`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// Stored, effects and all.
    Won,
    /// Not stored: this was there instead of the expected version.
    Lost(Option<Snapshot>),
}

/// Why a store did not answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The store was not reached; nothing happened.
    #[error("the store is out of reach: {0}")]
    Unavailable(Arc<str>),
    /// The request was sent and no answer came: it may or may not have happened, or may yet.
    #[error("the outcome of a store request is unknown: {0}")]
    Unknown(Arc<str>),
}

/// Keeps the states of one kind of entity. Every implementation passes the conformance suite in `testkit`.
pub trait SnapshotStore: Send + Sync + 'static {
    /// Reads a key. Cancel-safe.
    fn load(&self, key: ActorKey) -> BoxFuture<'_, Result<Option<Snapshot>, StoreError>>;

    /// Compares and swaps, appends the effects, and tells the other nodes if anyone watches the key.
    /// If the future is dropped the outcome is unknown.
    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Committed, StoreError>>;

    /// Asks for changes of the key, made by any node, to be published for that long from now, by the store's own clock,
    /// and reads it: every change of what is returned is told. Of a key that is absent none is. Cancel-safe.
    fn watch(&self, key: ActorKey, lease: Duration) -> BoxFuture<'_, Result<Option<Snapshot>, StoreError>>;
}

/// Tells the time, and waits for it.
pub trait Clock: Send + Sync + 'static {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Completes when [`now`](Clock::now) has reached `at`. Cancel-safe.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()>;
}

/// Cryptographically secure randomness.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Entropy {
    /// A random array.
    pub fn array<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

impl fmt::Debug for dyn Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}
