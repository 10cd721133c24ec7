//! One stored state, and how it is read and changed: decide, compare and swap, and look again when no answer came.
//!
//! Nothing here knows of actors. Whoever calls keeps a [`Memory`] between calls; it saves a read where it is right
//! and costs one where it is wrong, and that is all that depends on it.

use std::{mem, sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{SendError, Settings};
use crate::{
    identifier::ActorKey,
    machine::{Decision, Machine},
    ports::{BoxFuture, Clock, Commit, Committed, Entropy, Snapshot, SnapshotStore, StoreError, Version},
    time::Timestamp,
};

/// How often a command is decided: as a rule once, and once more for each node that was faster.
const DECISIONS: usize = 32;
/// How often one commit is sent that has no answer and has not landed.
const SENDINGS: usize = 3;

/// What all entities of one shard share.
pub(super) struct Shard<M> {
    pub machine: Arc<M>,
    pub store: Arc<dyn SnapshotStore>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub settings: Settings,
}

/// A state as it was found in the store, or written to it.
pub(super) struct Stored<S> {
    pub version: Version,
    pub state: Arc<S>,
}

/// What is remembered of a stored state between commands.
pub(super) enum Memory<S> {
    /// Nothing.
    Unknown,
    /// How it was found last; `None`: absent.
    Known(Option<Stored<S>>),
}

impl<S> Memory<S> {
    /// The state, where one is known to be there.
    pub fn stored(&self) -> Option<&Stored<S>> {
        match self {
            Self::Known(stored) => stored.as_ref(),
            Self::Unknown => None,
        }
    }
}

/// What became of a commit in the end.
enum Outcome {
    Stored,
    /// Somebody else was faster, and wrote this.
    Overtaken(Option<Snapshot>),
}

impl<M: Machine> Shard<M> {
    /// Carries out what `decide` makes of the state, and gives its reply once that is confirmed by the store.
    ///
    /// `decide` is called again with the newer state whenever somebody else has moved it. If this fails, or is
    /// dropped, the memory is forgotten.
    pub async fn transact<R>(
        &self,
        key: ActorKey,
        memory: &mut Memory<M::State>,
        decide: impl Fn(Option<&M::State>, Timestamp) -> Decision<M::State, R>,
    ) -> Result<R, SendError> {
        let work = self.conclude(key, memory, decide);
        timeout(self.settings.request_timeout, work).await.unwrap_or(Err(SendError::Unavailable))
    }

    async fn conclude<R>(
        &self,
        key: ActorKey,
        memory: &mut Memory<M::State>,
        decide: impl Fn(Option<&M::State>, Timestamp) -> Decision<M::State, R>,
    ) -> Result<R, SendError> {
        // One version for the whole command: wherever it is found again, this command has been stored.
        let version = Version(u64::from_be_bytes(self.entropy.array()));
        // What is not known is presumed absent: where that is right, the first command to a key costs one round trip.
        let mut present = match mem::replace(memory, Memory::Unknown) {
            Memory::Known(stored) => stored,
            Memory::Unknown => None,
        };
        let mut confirmed = false;
        for _ in 0..DECISIONS {
            let state = present.as_ref().map(|stored| &*stored.state);
            let (next, effects, reply) = match decide(state, self.clock.now()) {
                Decision::Answer(reply) if confirmed => {
                    *memory = Memory::Known(present);
                    return Ok(reply);
                }
                Decision::Answer(_) => {
                    (present, confirmed) = (self.load(key).await?, true);
                    continue;
                }
                Decision::Commit { next, effects, reply } => (next, effects, reply),
            };
            let expected = present.as_ref().map(|stored| stored.version);
            let (bytes, keep_until) = (self.machine.encode(&next), self.machine.keep_until(&next));
            match self.commit(Commit { key, expected, version, bytes, keep_until, effects }).await? {
                Outcome::Stored => {
                    *memory = Memory::Known(Some(Stored { version, state: Arc::new(next) }));
                    return Ok(reply);
                }
                Outcome::Overtaken(found) => (present, confirmed) = (self.read(found)?, true),
            }
        }
        tracing::warn!("a command was overtaken again and again");
        Err(SendError::Unavailable)
    }

    /// Reads the state as it is now.
    pub async fn load(&self, key: ActorKey) -> Result<Option<Stored<M::State>>, SendError> {
        let found = self.fetch(key).await?;
        self.read(found)
    }

    /// Reads the state as it is now, and asks for hints of changes from now on, for as long as the lease.
    pub async fn watch(&self, key: ActorKey) -> Result<Option<Stored<M::State>>, SendError> {
        let found = self.bounded(self.store.watch(key, self.settings.watch_lease)).await;
        self.read(found.map_err(|error| unavailable(&error))?)
    }

    /// Sends a commit until its outcome is known.
    async fn commit(&self, commit: Commit) -> Result<Outcome, SendError> {
        for _ in 0..SENDINGS {
            let found = match self.bounded(self.store.commit(commit.clone())).await {
                Ok(Committed::Won) => return Ok(Outcome::Stored),
                Ok(Committed::Lost(found)) => found,
                Err(error @ StoreError::Unavailable(_)) => return Err(unavailable(&error)),
                Err(StoreError::Unknown(reason)) => {
                    tracing::warn!(%reason, "looking whether a commit has landed");
                    let found = self.fetch(commit.key).await?;
                    if version_of(found.as_ref()) == commit.expected {
                        continue;
                    }
                    found
                }
            };
            // Our own version there: an earlier sending has landed after all.
            let ours = version_of(found.as_ref()) == Some(commit.version);
            return Ok(if ours { Outcome::Stored } else { Outcome::Overtaken(found) });
        }
        Err(SendError::Unavailable)
    }

    async fn fetch(&self, key: ActorKey) -> Result<Option<Snapshot>, SendError> {
        self.bounded(self.store.load(key)).await.map_err(|error| unavailable(&error))
    }

    fn read(&self, found: Option<Snapshot>) -> Result<Option<Stored<M::State>>, SendError> {
        let Some(Snapshot { version, bytes }) = found else { return Ok(None) };
        match self.machine.decode(&bytes) {
            Ok(state) => Ok(Some(Stored { version, state: Arc::new(state) })),
            Err(error) => {
                tracing::error!(%error, "a stored state cannot be read");
                Err(SendError::Unavailable)
            }
        }
    }

    /// The port's own clock may jump, so this one is measured by the runtime's, which does not.
    async fn bounded<T>(&self, request: BoxFuture<'_, Result<T, StoreError>>) -> Result<T, StoreError> {
        let limit: Duration = self.settings.store_timeout;
        timeout(limit, request).await.unwrap_or_else(|_| Err(StoreError::Unknown("no answer in time".into())))
    }
}

fn version_of(snapshot: Option<&Snapshot>) -> Option<Version> {
    snapshot.map(|it| it.version)
}

fn unavailable(error: &StoreError) -> SendError {
    tracing::warn!(%error, "the snapshot store failed");
    SendError::Unavailable
}
