//! The way in: finds the supervisor of a key, and waits for the answer.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use actix::{Addr, ArbiterHandle, dev::SendError as Undelivered};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    Arbiters, Ports, SendError, Settings, Watcher,
    board::Board,
    entity::Request,
    supervisor::{Changed, Drain, Notes, Nudge, Post, Supervisor},
    transaction::Shard,
};
use crate::{
    identifier::ActorKey,
    machine::{Decision, Machine},
    ports::{Clock, Entropy, Version},
};

/// All entities of one kind, by their keys. Cheap to clone; dropping the last clone drains, without waiting for it.
pub struct Router<M: Machine>(Arc<Inner<M>>);

struct Inner<M: Machine> {
    machine: Arc<M>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    desks: Vec<Desk<M>>,
    stopped: AtomicBool,
}

/// One shard, as seen from outside.
struct Desk<M: Machine> {
    /// Never cloned: every clone of an address may exceed the bound of the mailbox by one.
    supervisor: Addr<Supervisor<M>>,
    notes: Arc<Notes>,
    board: Arc<Board<M::State>>,
}

impl<M: Machine> Router<M> {
    /// Starts one supervisor for each shard, spread over the threads. They stop with the arbiters at the latest.
    pub fn start(arbiters: &Arbiters, machine: Arc<M>, ports: Ports, settings: Settings) -> Self {
        let Ports { store, clock, entropy } = ports;
        let shards = usize::from(ActorKey::SHARDS);
        let desks = store.into_iter().take(shards).enumerate().map_while(|(index, store)| {
            let shard = Shard {
                machine: Arc::clone(&machine),
                store,
                clock: Arc::clone(&clock),
                entropy: Arc::clone(&entropy),
                settings: settings.clone(),
            };
            Some(Desk::open(arbiters.of_shard(index)?, shard))
        });
        let desks = desks.collect();
        Self(Arc::new(Inner { machine, clock, entropy, settings, desks, stopped: AtomicBool::new(false) }))
    }

    /// The rules.
    pub fn machine(&self) -> &Arc<M> {
        &self.0.machine
    }

    /// The clock that the rules go by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Randomness for commands.
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.0.entropy
    }

    /// How many entities are in memory on this node.
    pub fn live(&self) -> usize {
        self.0.desks.iter().map(|desk| desk.notes.live.load(Ordering::Relaxed)).sum()
    }

    /// Carries out a command and gives its reply, confirmed by the store unless the command only looks.
    ///
    /// If the future is dropped, the command may be carried out or not.
    ///
    /// # Errors
    /// Any [`SendError`]. After [`Unavailable`](SendError::Unavailable) the command may have been carried out.
    pub async fn send(&self, key: ActorKey, command: M::Command) -> Result<M::Reply, SendError> {
        if let Some(reply) = self.glance(key, &command) {
            return Ok(reply);
        }
        let (answer, answered) = oneshot::channel();
        self.post(key, Request::Command(command, answer))?;
        self.answer(answered).await
    }

    /// The reply to a command that only looks, where what it looks at is on the board of its shard.
    fn glance(&self, key: ActorKey, command: &M::Command) -> Option<M::Reply> {
        if !self.machine().looks(command) || self.is_stopped() {
            return None;
        }
        let state = self.desk(key)?.board.look(key)?;
        match self.machine().decide(Some(&state), self.0.clock.now(), command) {
            Decision::Answer(reply) => Some(reply),
            Decision::Commit { .. } => None,
        }
    }

    /// Watches an entity, which stays in memory meanwhile.
    ///
    /// If the future is dropped, nothing is watched.
    ///
    /// # Errors
    /// Any [`SendError`].
    pub async fn watch(&self, key: ActorKey) -> Result<Watcher<M>, SendError> {
        let (answer, answered) = oneshot::channel();
        self.post(key, Request::Watch(answer))?;
        self.answer(answered).await
    }

    /// Tells that some node, this one perhaps, wrote that version. Never blocks, and loses nothing.
    pub fn changed(&self, key: ActorKey, version: Version) {
        let Some(desk) = self.desk(key) else { return };
        // At once; the supervisor does so again, for the entity may put up what it remembers until it hears of this.
        desk.board.heard(key, version);
        if desk.supervisor.try_send(Changed { key, version }).is_err() {
            desk.gap();
        }
    }

    /// Tells that changes may have been missed: everything that is watched is read again. Never blocks.
    pub fn resync(&self) {
        self.0.desks.iter().for_each(Desk::gap);
    }

    /// Takes no more commands, finishes those that were taken, and ends all watchers.
    ///
    /// Takes no longer than the commands in the mailboxes. Dropping the future cancels the waiting alone; a second call
    /// does not wait for what the first one began.
    pub async fn shutdown(&self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        let drains: Vec<_> = self.0.desks.iter().map(Desk::drain).collect();
        for drain in drains {
            // An error means that the supervisor has stopped before.
            if let Ok(mut ended) = drain.await {
                ended.recv().await;
            }
        }
    }

    fn post(&self, key: ActorKey, request: Request<M>) -> Result<(), SendError> {
        if self.is_stopped() {
            return Err(SendError::Stopped);
        }
        let desk = self.desk(key).ok_or(SendError::Unavailable)?;
        desk.supervisor.try_send(Post { key, request }).map_err(|error| match error {
            Undelivered::Full(_) => SendError::Overloaded,
            Undelivered::Closed(_) => SendError::Stopped,
        })
    }

    async fn answer<T>(&self, answered: oneshot::Receiver<Result<T, SendError>>) -> Result<T, SendError> {
        match timeout(self.0.settings.request_timeout, answered).await {
            Ok(Ok(outcome)) => outcome,
            // Dropped unanswered: by a router that stopped, or by an actor that panicked.
            Ok(Err(_)) if self.is_stopped() => Err(SendError::Stopped),
            Ok(Err(_)) | Err(_) => Err(SendError::Unavailable),
        }
    }

    fn desk(&self, key: ActorKey) -> Option<&Desk<M>> {
        self.0.desks.get(usize::from(key.shard()))
    }

    fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }
}

impl<M: Machine> Desk<M> {
    fn open(arbiter: &ArbiterHandle, shard: Shard<M>) -> Self {
        let notes = Arc::<Notes>::default();
        let board = Arc::new(Board::new());
        let supervisor = Supervisor::start(arbiter, shard, Arc::clone(&notes), Arc::clone(&board));
        Self { supervisor, notes, board }
    }

    /// A note that gets through a full mailbox too: what fills it is yet to be handled, and the note is seen with it.
    fn gap(&self) {
        self.board.clear();
        self.notes.gap.store(true, Ordering::SeqCst);
        drop(self.supervisor.try_send(Nudge));
    }

    fn drain(&self) -> oneshot::Receiver<mpsc::Receiver<()>> {
        let (answer, answered) = oneshot::channel();
        // The one message past the bound of the mailbox: whatever is in there, nothing is taken any more.
        self.supervisor.do_send(Drain(answer));
        answered
    }
}

impl<M: Machine> Drop for Inner<M> {
    fn drop(&mut self) {
        for desk in &self.desks {
            drop(desk.drain());
        }
    }
}

impl<M: Machine> Clone for Router<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: Machine> fmt::Debug for Router<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").field("live", &self.live()).finish_non_exhaustive()
    }
}
