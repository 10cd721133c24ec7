//! The states of one shard that may be shown to whoever looks, without asking the entities for them.
//!
//! An entity puts its state up while it would hear of every change of it, and puts up each state that it comes to know
//! before anybody is answered by it. Its supervisor takes it down when it hears of another one, or might have missed that.
//! So nothing here is older than what the entity itself would show; it only saves the way to the entity's thread and back.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;

use super::transaction::Stored;
use crate::{identifier::ActorKey, ports::Version};

/// What is up, by key.
pub(super) struct Board<S>(Mutex<HashMap<ActorKey, Up<S>>>);

struct Up<S> {
    version: Version,
    state: Arc<S>,
    until: Instant,
}

impl<S> Board<S> {
    pub fn new() -> Self {
        Self(Mutex::default())
    }

    /// What is up for a key.
    pub fn look(&self, key: ActorKey) -> Option<Arc<S>> {
        let now = Instant::now();
        self.up().get(&key).filter(|up| now < up.until).map(|up| Arc::clone(&up.state))
    }

    /// Puts a state up until then, in place of the one before.
    pub fn put_up(&self, key: ActorKey, stored: &Stored<S>, until: Instant) {
        let up = Up { version: stored.version, state: Arc::clone(&stored.state), until };
        self.up().insert(key, up);
    }

    pub fn take_down(&self, key: ActorKey) {
        self.up().remove(&key);
    }

    /// Takes down what is not of that version.
    pub fn heard(&self, key: ActorKey, version: Version) {
        let mut up = self.up();
        if up.get(&key).is_some_and(|it| it.version != version) {
            up.remove(&key);
        }
    }

    /// Takes everything down.
    pub fn clear(&self) {
        self.up().clear();
    }

    /// Whole at any instant, so a panic elsewhere does not spoil it.
    fn up(&self) -> MutexGuard<'_, HashMap<ActorKey, Up<S>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
