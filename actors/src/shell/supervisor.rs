//! Keeps the live entities of one shard: activates, finds, wakes and passivates them.
//!
//! A registry, not a restarter: an entity that died is dropped when it is next asked for, and activated anew from the
//! store. Everything here is quick; whatever waits, waits in an entity.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, Addr, ArbiterHandle, AsyncContext as _, Context, Handler, Message,
    WrapFuture as _, dev::SendError as Undelivered,
};
use lru::LruCache;
use tokio::sync::{mpsc, oneshot};

use super::{
    SendError,
    actor::{EntityActor, mailbox_of},
    agenda::{Agenda, Errand},
    board::Board,
    entity::{Entity, News, Request, Work},
    transaction::Shard,
    watchers::Claims,
};
use crate::{identifier::ActorKey, machine::Machine, ports::Version, time::Timestamp};

/// What router and supervisor tell each other without a message.
#[derive(Default)]
pub(super) struct Notes {
    /// How many entities are live.
    pub live: AtomicUsize,
    /// That hints may have been missed.
    pub gap: AtomicBool,
}

/// A request to one entity of the shard.
pub(super) struct Post<M: Machine> {
    pub key: ActorKey,
    pub request: Request<M>,
}

/// Another node wrote this version.
pub(super) struct Changed {
    pub key: ActorKey,
    pub version: Version,
}

/// Look at the [`Notes`].
pub(super) struct Nudge;

/// Finish what was taken, then stop. Answered at once, with what closes when the last entity has ended.
pub(super) struct Drain(pub oneshot::Sender<mpsc::Receiver<()>>);

pub(super) struct Supervisor<M: Machine> {
    shard: Rc<Shard<M>>,
    notes: Arc<Notes>,
    board: Arc<Board<M::State>>,
    agenda: Rc<Agenda>,
    /// The least recently asked first out.
    live: LruCache<ActorKey, Slot<M>>,
    claims: Claims,
    running: mpsc::Sender<()>,
    ended: Option<mpsc::Receiver<()>>,
}

struct Slot<M: Machine> {
    /// The only one there is: when it is dropped, the entity ends.
    address: Addr<EntityActor<M>>,
    claims: Claims,
    news: Rc<Cell<News>>,
    used_at: Timestamp,
}

impl<M: Machine> Supervisor<M> {
    /// Starts a supervisor on a thread. It ends when it is drained.
    pub fn start(
        arbiter: &ArbiterHandle,
        shard: Shard<M>,
        notes: Arc<Notes>,
        board: Arc<Board<M::State>>,
    ) -> Addr<Self> {
        let (address, received) = mailbox_of(shard.settings.supervisor_mailbox);
        // If the thread has ended, the mailbox is closed.
        let _ = arbiter.spawn_fn(move || drop(Context::with_receiver(received).run(Self::new(shard, notes, board))));
        address
    }

    fn new(shard: Shard<M>, notes: Arc<Notes>, board: Arc<Board<M::State>>) -> Self {
        let (running, ended) = mpsc::channel(1);
        Self {
            shard: Rc::new(shard),
            notes,
            board,
            agenda: Rc::default(),
            live: LruCache::unbounded(),
            claims: Claims::default(),
            running,
            ended: Some(ended),
        }
    }

    fn deliver(&mut self, Post { key, request }: Post<M>) {
        let now = self.shard.clock.now();
        if self.live.peek(&key).is_none_or(|slot| !slot.address.connected()) {
            self.activate(key, now);
        }
        let Some(slot) = self.live.get_mut(&key) else { return request.refuse(SendError::Unavailable) };
        slot.used_at = now;
        let claim = slot.claims.claim(&self.claims);
        match slot.address.try_send(Work { request, claim }) {
            Ok(()) => {}
            Err(Undelivered::Full(work)) => work.request.refuse(SendError::Overloaded),
            Err(Undelivered::Closed(work)) => work.request.refuse(SendError::Unavailable),
        }
    }

    fn activate(&mut self, key: ActorKey, now: Timestamp) {
        // Where an entity died, it can take nothing down any more.
        self.board.take_down(key);
        let news = Rc::<Cell<News>>::default();
        let (shard, agenda, board) = (Rc::clone(&self.shard), Rc::clone(&self.agenda), Arc::clone(&self.board));
        let entity = Entity::new(key, shard, agenda, board, Rc::clone(&news));
        let address = EntityActor::start(entity, self.shard.settings.entity_mailbox, self.running.clone());
        if self.live.is_empty() {
            self.agenda.set(Errand::Sweep, now + self.idle());
        }
        self.live.push(key, Slot { address, claims: Claims::default(), news, used_at: now });
        self.passivate_surplus(now);
        self.count();
    }

    /// Passivates the least recently used. There is one that can be: more are live than are claimed.
    fn passivate_surplus(&mut self, now: Timestamp) {
        let share = self.shard.settings.max_live.div_ceil(usize::from(ActorKey::SHARDS)).max(1);
        while self.live.len() > share.saturating_add(self.claims.count()) {
            self.passivate_oldest(now);
        }
    }

    /// Passivates what has been idle for long enough.
    fn sweep(&mut self, now: Timestamp) {
        let idle = self.idle();
        while let Some((_, oldest)) = self.live.peek_lru() {
            if now < oldest.used_at + idle {
                self.agenda.set(Errand::Sweep, oldest.used_at + idle);
                break;
            }
            self.passivate_oldest(now);
        }
        self.count();
    }

    /// Nobody else has the address, and nothing is in the mailbox of what is not claimed: it ends at once.
    fn passivate_oldest(&mut self, now: Timestamp) {
        let Some((key, slot)) = self.live.pop_lru() else { return };
        if slot.claims.count() > 0 {
            self.live.push(key, Slot { used_at: now, ..slot });
        } else {
            self.board.take_down(key);
        }
    }

    /// Never nothing, or a sweep would find work for ever.
    fn idle(&self) -> Duration {
        self.shard.settings.idle.max(Duration::from_millis(1))
    }

    fn wake(&self, key: ActorKey) {
        if let Some(slot) = self.live.peek(&key) {
            slot.wake(&self.claims);
        }
    }

    /// Sees to it that everything watched is read again, if hints may have been missed.
    fn mind_the_gap(&self) {
        if self.notes.gap.swap(false, Ordering::SeqCst) {
            self.board.clear();
            for (_, slot) in &self.live {
                slot.news.set(News::Gap);
                slot.wake(&self.claims);
            }
        }
    }

    fn run_errands(&mut self) {
        let now = self.shard.clock.now();
        for errand in self.agenda.due(now) {
            match errand {
                Errand::Sweep => self.sweep(now),
                Errand::Wake(key) => self.wake(key),
            }
        }
    }

    fn wait_for_errands(&self, context: &mut Context<Self>) {
        let (agenda, clock) = (Rc::clone(&self.agenda), Arc::clone(&self.shard.clock));
        let waiting = async move { agenda.wait(&*clock).await };
        context.spawn(waiting.into_actor(self).map(|(), supervisor, context| {
            supervisor.run_errands();
            supervisor.wait_for_errands(context);
        }));
    }

    fn count(&self) {
        self.notes.live.store(self.live.len(), Ordering::Relaxed);
    }
}

impl<M: Machine> Slot<M> {
    /// Does nothing to an entity that nobody watches: it is none the worse for being late.
    fn wake(&self, shard: &Claims) {
        if self.claims.count() == 0 {
            return;
        }
        // If the mailbox is full, the entity will look at its news and its deadline after what fills it.
        drop(self.address.try_send(Work { request: Request::Wake, claim: self.claims.claim(shard) }));
    }
}

impl<M: Machine> Actor for Supervisor<M> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        self.wait_for_errands(context);
    }
}

impl<M: Machine> Message for Post<M> {
    type Result = ();
}

impl<M: Machine> Handler<Post<M>> for Supervisor<M> {
    type Result = ();

    fn handle(&mut self, post: Post<M>, _: &mut Self::Context) {
        self.mind_the_gap();
        self.deliver(post);
    }
}

impl Message for Changed {
    type Result = ();
}

impl<M: Machine> Handler<Changed> for Supervisor<M> {
    type Result = ();

    fn handle(&mut self, Changed { key, version }: Changed, _: &mut Self::Context) {
        self.mind_the_gap();
        self.board.heard(key, version);
        if let Some(slot) = self.live.peek(&key) {
            slot.news.set(slot.news.get().heard(version));
            slot.wake(&self.claims);
        }
    }
}

impl Message for Nudge {
    type Result = ();
}

impl<M: Machine> Handler<Nudge> for Supervisor<M> {
    type Result = ();

    fn handle(&mut self, _: Nudge, _: &mut Self::Context) {
        self.mind_the_gap();
    }
}

impl Message for Drain {
    type Result = ();
}

impl<M: Machine> Handler<Drain> for Supervisor<M> {
    type Result = ();

    fn handle(&mut self, Drain(answer): Drain, context: &mut Self::Context) {
        // Without its address an entity does what is in its mailbox, and ends.
        self.live.clear();
        self.board.clear();
        self.count();
        context.stop();
        if let Some(ended) = self.ended.take() {
            let _ = answer.send(ended);
        }
    }
}
