//! Runs a [`Machine`] as one actix actor per key, activated on first use and passivated when idle.
//!
//! `router` is the way in; `supervisor` keeps the live entities of one of the 16 shards; `actor` is the mailbox around
//! an `entity`, which is a plain struct; `transaction` is how a stored state is read and changed; `watchers` are shown
//! the changes; `board` has what may be looked at; `agenda` is the one timer of a shard; `arbiters` are the threads.
//! Actix stands only in `arbiters`, `router`, `supervisor` and `actor`.
//!
//! # What holds
//! * **Confirmation.** Every answer is confirmed by the store: a transition by its compare-and-swap, an answer without
//!   transition by a read made after the command arrived. What an entity remembers only saves a read.
//! * **Looks.** A command that only [looks](Machine::looks) is the exception: it is answered by what is remembered while
//!   every change of that would be heard of, so it is as fresh as what a watcher is shown. This node's own changes show
//!   at once.
//! * **Exclusivity.** On one node the commands to one key are taken one at a time, and the next begins when the one
//!   before is stored. Between nodes the compare-and-swap decides: who loses decides the *command* again on the newer
//!   state. Nothing depends on a key being live on one node only.
//! * **Order.** Commands that one task sends to one key through one router, each after the other was polled, are taken
//!   in that order. There is no order between keys.
//! * **Once.** A commit whose outcome is unknown is looked for under the version that was chosen for it, and sent again
//!   only where it has not landed. A command counts twice in one case: its commit landed, the answer was lost, and
//!   another node wrote over it before this one looked.
//! * **Deadlines** are settled by whoever asks next. A watched entity is settled by a timer besides.
//! * **Mailboxes** are bounded. A full one refuses at once, with [`SendError::Overloaded`].
//! * **Cancellation.** Dropping a call to the router undoes nothing and blocks nobody. A command that was begun is
//!   finished; one that was not is dropped.
//! * **Failure.** Every wait for the store ends in time. An entity that panics loses what it remembers, its mailbox and
//!   its watchers; the next command to its key activates it anew.

mod actor;
mod agenda;
mod arbiters;
mod board;
mod entity;
mod router;
mod supervisor;
mod transaction;
mod watchers;

use std::{sync::Arc, time::Duration};

pub use arbiters::Arbiters;
pub use router::Router;
pub use watchers::Watcher;

use crate::ports::{Clock, Entropy, SnapshotStore};

#[cfg(doc)]
use crate::machine::Machine;

/// The world of one kind of entity.
#[derive(Clone)]
pub struct Ports {
    /// One for each shard, in order: [`ActorKey::SHARDS`](crate::identifier::ActorKey::SHARDS) of them. The keys of a
    /// shard without a store are [`Unavailable`](SendError::Unavailable).
    pub store: Vec<Arc<dyn SnapshotStore>>,
    /// The time by which the rules decide, entities grow idle and leases run out.
    pub clock: Arc<dyn Clock>,
    /// Where the versions come from.
    pub entropy: Arc<dyn Entropy>,
}

/// How much, and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many entities stay in memory on this node, besides those that are watched or at work.
    pub max_live: usize,
    /// How long an entity that nobody asks stays in memory.
    pub idle: Duration,
    /// How many messages wait for one supervisor.
    pub supervisor_mailbox: usize,
    /// How many messages wait for one entity.
    pub entity_mailbox: usize,
    /// How long one request to the store may take.
    pub store_timeout: Duration,
    /// How long a command may take, from end to end.
    pub request_timeout: Duration,
    /// For how long changes of a watched key are asked for at a time. What is watched is read again twice as often, so
    /// this also bounds for how long a lost hint goes unnoticed.
    pub watch_lease: Duration,
    /// How many states a watcher may be behind before it is cut off.
    pub watcher_backlog: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_live: 100_000,
            idle: Duration::from_secs(5 * 60),
            supervisor_mailbox: 4096,
            entity_mailbox: 128,
            store_timeout: Duration::from_secs(2),
            request_timeout: Duration::from_secs(5),
            watch_lease: Duration::from_secs(60),
            watcher_backlog: 16,
        }
    }
}

/// Why there is no answer. None of these is a refusal by the rules: those are replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SendError {
    /// A mailbox is full; the command was not taken.
    #[error("too much to do")]
    Overloaded,
    /// The store, or the actor, did not confirm the command in time. It may have been carried out all the same.
    #[error("the outcome could not be confirmed")]
    Unavailable,
    /// The router is shut down; the command was not taken.
    #[error("shut down")]
    Stopped,
}
