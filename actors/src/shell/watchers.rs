//! Who is shown the states of an entity.
//!
//! Each watcher has its own bounded queue, and one that does not keep up is cut off: it holds up nobody, and it will
//! ask again and be shown the present.

use std::{fmt, sync::Arc};

use tokio::sync::mpsc;

use super::transaction::Stored;
use crate::{machine::Machine, ports::Version};

/// Keeps an entity from being passivated: somebody has work under way with it, or watches it.
pub(super) struct Claim {
    _on_entity: Arc<()>,
    _on_shard: Arc<()>,
}

/// Counts the [`Claim`]s on an entity or a shard.
#[derive(Default)]
pub(super) struct Claims(Arc<()>);

impl Claims {
    pub fn count(&self) -> usize {
        Arc::strong_count(&self.0).saturating_sub(1)
    }

    /// A claim on `self`, an entity, which counts for its shard too.
    pub fn claim(&self, shard: &Self) -> Claim {
        Claim { _on_entity: Arc::clone(&self.0), _on_shard: Arc::clone(&shard.0) }
    }
}

/// Shows the present state of one entity, and then every change, from whichever node it came. Dropping it unwatches.
pub struct Watcher<M: Machine> {
    states: mpsc::Receiver<Option<Arc<M::State>>>,
    _claim: Claim,
}

impl<M: Machine> Watcher<M> {
    /// The next state; the first is the present one. The inner `None`: there is no such entity, or none any more.
    /// States that another node wrote in quick succession may be shown as one.
    ///
    /// `None` when it is over: the router is shut down, the entity has failed, or the watcher was too slow and missed
    /// states. Whoever wants to go on watches anew. Cancel-safe.
    pub async fn next(&mut self) -> Option<Option<Arc<M::State>>> {
        self.states.recv().await
    }
}

impl<M: Machine> fmt::Debug for Watcher<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher(…)")
    }
}

/// The watchers of one entity.
pub(super) struct Watchers<M: Machine> {
    queues: Vec<mpsc::Sender<Option<Arc<M::State>>>>,
    /// The version that all of them were shown last; `None`: that it is absent.
    shown: Option<Version>,
}

impl<M: Machine> Watchers<M> {
    pub const fn new() -> Self {
        Self { queues: Vec::new(), shown: None }
    }

    /// Whether nobody is left. Forgets those who have gone.
    pub fn is_empty(&mut self) -> bool {
        self.queues.retain(|queue| !queue.is_closed());
        self.queues.is_empty()
    }

    /// Whether they were told last that the entity is absent.
    pub fn saw_nothing(&self) -> bool {
        self.shown.is_none()
    }

    /// Shows a state, unless they have seen it.
    pub fn show(&mut self, present: Option<&Stored<M::State>>) {
        let version = present.map(|stored| stored.version);
        if self.shown != version {
            self.shown = version;
            let state = present.map(|stored| &stored.state);
            self.queues.retain(|queue| queue.try_send(state.cloned()).is_ok());
        }
    }

    /// One more, who is shown the present state at once.
    pub fn add(&mut self, present: Option<&Stored<M::State>>, backlog: usize, claim: Claim) -> Watcher<M> {
        self.show(present);
        let (queue, states) = mpsc::channel(backlog.max(1));
        if queue.try_send(present.map(|stored| Arc::clone(&stored.state))).is_ok() {
            self.queues.push(queue);
        }
        Watcher { states, _claim: claim }
    }
}
