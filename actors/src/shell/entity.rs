//! One live entity: what it remembers, who watches it, and what it owes those who do.
//!
//! A plain struct. The actor around it sees to it that it does one thing at a time; `transaction` knows how that is
//! stored.

use std::{cell::Cell, rc::Rc, sync::Arc, time::Duration};

use tokio::{sync::oneshot, time::Instant};

use super::{
    SendError,
    agenda::{Agenda, Errand},
    board::Board,
    transaction::{Memory, Shard},
    watchers::{Claim, Watcher, Watchers},
};
use crate::{
    identifier::ActorKey,
    machine::{Decision, Machine},
    ports::Version,
    time::Timestamp,
};

/// How long a watched entity waits after a failure before it looks again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Where the answer to a request goes.
pub(super) type Answer<T> = oneshot::Sender<Result<T, SendError>>;

/// What an entity is asked to do.
pub(super) enum Request<M: Machine> {
    /// To carry out a command.
    Command(M::Command, Answer<M::Reply>),
    /// To show its states.
    Watch(Answer<Watcher<M>>),
    /// To see whether there is news, or something due.
    Wake,
}

impl<M: Machine> Request<M> {
    /// Answers that it is not carried out.
    pub fn refuse(self, error: SendError) {
        // Whoever asked may have gone.
        match self {
            Self::Command(_, answer) => drop(answer.send(Err(error))),
            Self::Watch(answer) => drop(answer.send(Err(error))),
            Self::Wake => {}
        }
    }

    fn is_abandoned(&self) -> bool {
        match self {
            Self::Command(_, answer) => answer.is_closed(),
            Self::Watch(answer) => answer.is_closed(),
            Self::Wake => false,
        }
    }
}

/// A request on its way to an entity.
pub(super) struct Work<M: Machine> {
    pub request: Request<M>,
    pub claim: Claim,
}

/// What was heard of other nodes since the entity last looked. Kept beside its mailbox, so that a full one loses none.
#[derive(Clone, Copy, Default)]
pub(super) enum News {
    /// Nothing.
    #[default]
    None,
    /// This version was written.
    Written(Version),
    /// Something may have been missed.
    Gap,
}

impl News {
    pub const fn is_none(self) -> bool {
        matches!(self, Self::None)
    }

    /// A newer hint replaces an older one, but no hint makes up for a gap.
    pub fn heard(self, version: Version) -> Self {
        if matches!(self, Self::Gap) { self } else { Self::Written(version) }
    }
}

pub(super) struct Entity<M: Machine> {
    key: ActorKey,
    shard: Rc<Shard<M>>,
    agenda: Rc<Agenda>,
    news: Rc<Cell<News>>,
    memory: Memory<M::State>,
    watchers: Watchers<M>,
    board: Arc<Board<M::State>>,
    /// Whether it is, or was, on the board.
    is_looked_at: bool,
    /// When the lease at the store is to be renewed. Means something only while somebody watches.
    renew_at: Timestamp,
    /// When it was renewed last, by a clock that nobody sets.
    leased_at: Option<Instant>,
}

impl<M: Machine> Entity<M> {
    pub fn new(
        key: ActorKey,
        shard: Rc<Shard<M>>,
        agenda: Rc<Agenda>,
        board: Arc<Board<M::State>>,
        news: Rc<Cell<News>>,
    ) -> Self {
        Self {
            key,
            shard,
            agenda,
            news,
            memory: Memory::Unknown,
            watchers: Watchers::new(),
            board,
            is_looked_at: false,
            renew_at: Timestamp::default(),
            leased_at: None,
        }
    }

    /// Does one piece of work, and then what being watched asks for. Takes no longer than the timeouts allow.
    pub async fn work(&mut self, Work { request, claim }: Work<M>) {
        // Nobody waits any more: behind a slow store, that is how the queue gets short again.
        if !request.is_abandoned() {
            match request {
                Request::Command(command, answer) => drop(answer.send(self.carry_out(&command).await)),
                Request::Watch(answer) => drop(answer.send(self.watch(claim).await)),
                Request::Wake => {}
            }
        }
        self.serve_watchers().await;
    }

    async fn carry_out(&mut self, command: &M::Command) -> Result<M::Reply, SendError> {
        if self.shard.machine.looks(command) {
            self.is_looked_at = true;
            if let Some(reply) = self.glance(command).await? {
                self.put_up();
                return Ok(reply);
            }
        }
        let machine = Arc::clone(&self.shard.machine);
        let decide = |state: Option<&_>, now| machine.decide(state, now, command);
        let outcome = self.shard.transact(self.key, &mut self.memory, decide).await;
        self.put_up();
        outcome
    }

    /// Puts what is remembered on the board, for those who only look, if every change of it would be heard of; and takes
    /// down what was there before, if not.
    fn put_up(&self) {
        if !self.is_looked_at {
            return;
        }
        match (self.memory.stored(), self.leased_at) {
            (Some(stored), Some(leased_at)) if self.news.get().is_none() => {
                self.board.put_up(self.key, stored, leased_at + self.shard.settings.watch_lease / 2);
            }
            _ => self.board.take_down(self.key),
        }
    }

    /// Answers by what is remembered, where every change of it would have been heard of. That is had by watching, so the
    /// first of many looks in a row reads and the others do not; nothing is heard of what is absent, so that is always
    /// read. `None`: there is more to do than to look.
    async fn glance(&mut self, command: &M::Command) -> Result<Option<M::Reply>, SendError> {
        let lease_is_old = self.leased_at.is_none_or(|at| at.elapsed() >= self.shard.settings.watch_lease / 2);
        if lease_is_old || self.memory.stored().is_none() {
            self.renew_at = Timestamp::default();
        }
        let now = self.shard.clock.now();
        self.catch_up(now).await?;
        let present = self.memory.stored().map(|stored| &*stored.state);
        match self.shard.machine.decide(present, now, command) {
            Decision::Answer(reply) => Ok(Some(reply)),
            Decision::Commit { .. } => Ok(None),
        }
    }

    async fn watch(&mut self, claim: Claim) -> Result<Watcher<M>, SendError> {
        let now = self.shard.clock.now();
        // The lease before the read: what is written in between is hinted at, so nothing is missed.
        self.renew_at = now;
        self.catch_up(now).await?;
        Ok(self.watchers.add(self.memory.stored(), self.shard.settings.watcher_backlog, claim))
    }

    async fn serve_watchers(&mut self) {
        if self.watchers.is_empty() {
            return;
        }
        let now = self.shard.clock.now();
        // What this node wrote is shown before anything else is waited for.
        self.show();
        let caught_up = self.catch_up(now).await;
        self.show();
        let next = self.deadline().map_or(self.renew_at, |at| at.min(self.renew_at));
        let wake_at = if caught_up.is_err() || next <= now { now + RETRY_AFTER } else { next };
        self.agenda.set(Errand::Wake(self.key), wake_at);
    }

    /// Renews the lease, reads what other nodes wrote, and settles what is due.
    async fn catch_up(&mut self, now: Timestamp) -> Result<(), SendError> {
        let outdated = match self.news.take() {
            News::None => false,
            News::Written(version) => self.memory.stored().is_none_or(|stored| stored.version != version),
            News::Gap => true,
        };
        if outdated {
            self.memory = Memory::Unknown;
        }
        if self.renew_at <= now {
            let leased_at = Instant::now();
            self.memory = Memory::Unknown;
            self.memory = Memory::Known(self.shard.watch(self.key).await?);
            self.renew_at = now + self.shard.settings.watch_lease / 2;
            self.leased_at = Some(leased_at);
        }
        if matches!(self.memory, Memory::Unknown) {
            self.memory = Memory::Known(self.shard.load(self.key).await?);
        }
        if self.deadline().is_some_and(|at| at <= now) {
            self.settle().await?;
        }
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), SendError> {
        let machine = Arc::clone(&self.shard.machine);
        let decide = |state: Option<&M::State>, now| match state.and_then(|state| machine.settle(state, now)) {
            Some(next) => Decision::Commit { next, effects: Vec::new(), reply: () },
            None => Decision::Answer(()),
        };
        self.shard.transact(self.key, &mut self.memory, decide).await
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.memory.stored().and_then(|stored| self.shard.machine.deadline(&stored.state))
    }

    fn show(&mut self) {
        let Memory::Known(present) = &self.memory else { return };
        if self.watchers.saw_nothing() && present.is_some() {
            // The lease did not stick to what was absent.
            self.renew_at = self.shard.clock.now();
        }
        self.watchers.show(present.as_ref());
    }
}
