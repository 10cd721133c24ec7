//! The loop of one shard of the outbox: lease entries, have each delivered, keep what is held leased.
//!
//! Everything that is under way is a future that ends in an `Event`, and a step takes one event. Messages of one
//! actor form a lane, of which only the first is worked on: they go out in the order of the outbox, and nobody
//! waits behind another actor's message that is being retried. What cannot be worked on now, or not by this version
//! of the program, is not held: its lease runs out, and whoever can takes it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use chatlink_actors::ports::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::watch;

use super::{
    backoff::Backoff,
    desk::Desk,
    errand::{Errand, Lane, Unreadable},
    ports::{Entry, EntryId, OutboxError},
};

/// How many entries are asked for at once.
const BATCH: usize = 32;
/// How long an entry that this version cannot read is left to a newer one.
const LEFT_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

enum Event {
    Leased(Result<Vec<Entry>, OutboxError>),
    /// The first of a lane is settled: off the outbox, or leading to something else.
    Settled(EntryId, Lane, Option<Box<Errand>>),
    /// An entry that could not be read is off the outbox.
    Dropped(EntryId),
    RenewalDue,
    Renewed,
}

/// The courier's work on one shard.
pub struct Shard {
    desk: Arc<Desk>,
    index: u8,
    under_way: FuturesUnordered<BoxFuture<'static, Event>>,
    leasing: bool,
    stopping: bool,
    /// Between two failures to reach the outbox; `None` while it is in reach.
    outage: Option<Backoff>,
    held: HashSet<EntryId>,
    /// Those of them that are notices.
    notices: HashSet<EntryId>,
    /// What was left to a newer version of the program, and has been said to be.
    left: HashSet<EntryId>,
    /// What went while the present call for a lease was under way. The call may yet bring it again.
    gone_meanwhile: HashSet<EntryId>,
    /// What waits behind the first of its lane, which is being worked on.
    lanes: HashMap<Lane, VecDeque<(EntryId, Errand)>>,
}

impl Shard {
    pub(super) fn new(desk: Arc<Desk>, index: u8) -> Self {
        let mut this = Self {
            desk,
            index,
            under_way: FuturesUnordered::new(),
            leasing: false,
            stopping: false,
            outage: None,
            held: HashSet::new(),
            notices: HashSet::new(),
            left: HashSet::new(),
            gone_meanwhile: HashSet::new(),
            lanes: HashMap::new(),
        };
        this.await_renewal();
        this.lease();
        this
    }

    /// Works until told to stop (or until nobody is left to tell), then finishes what it holds within the grace.
    /// What remains stays leased, and another node takes it over when the lease runs out.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                () = self.step() => {}
            }
        }
        self.drain().await;
    }

    /// Waits for one thing to happen and takes note of it. Cancel-safe.
    pub async fn step(&mut self) {
        if let Some(event) = self.under_way.next().await {
            self.take(event);
        }
    }

    async fn drain(&mut self) {
        self.stopping = true;
        let mut end = self.desk.sleep(self.desk.settings.grace);
        while self.leasing || !self.held.is_empty() {
            tokio::select! {
                biased;
                () = &mut end => break,
                () = self.step() => {}
            }
        }
        if !self.held.is_empty() {
            tracing::info!(shard = self.index, abandoned = self.held.len(), "messages left to other nodes");
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Leased(result) => self.leased(result),
            Event::Settled(entry, lane, next) => self.settled(entry, lane, next),
            Event::Dropped(entry) => self.gone(entry),
            Event::RenewalDue => self.renew(),
            Event::Renewed => self.await_renewal(),
        }
    }

    /// Asks for more entries, unless that is being done or there is no room for more.
    fn lease(&mut self) {
        let room = self.desk.settings.held_per_shard.saturating_sub(self.held.len()).min(BATCH);
        if self.leasing || self.stopping || room == 0 {
            return;
        }
        self.leasing = true;
        let delay = self.outage.as_mut().map(|backoff| backoff.delay(&*self.desk.ports.entropy));
        let (desk, shard) = (Arc::clone(&self.desk), self.index);
        self.under_way.push(Box::pin(async move {
            if let Some(delay) = delay {
                desk.sleep(delay).await;
            }
            let patience = desk.settings.patience;
            let limit = patience + desk.settings.attempt_timeout;
            let leased = desk.within(limit, desk.ports.outbox.lease(shard, room, patience)).await;
            Event::Leased(leased.unwrap_or_else(|| Err(OutboxError("timed out".into()))))
        }));
    }

    fn leased(&mut self, result: Result<Vec<Entry>, OutboxError>) {
        self.leasing = false;
        let gone = std::mem::take(&mut self.gone_meanwhile);
        match result {
            Ok(entries) => {
                if self.outage.take().is_some() {
                    tracing::info!(shard = self.index, "the outbox is in reach again");
                }
                // A lease that ran out, because it could not be renewed, may come back to where the work goes on.
                entries.into_iter().filter(|entry| !gone.contains(&entry.id)).for_each(|entry| self.accept(entry));
            }
            Err(error) => {
                if self.outage.is_none() {
                    tracing::warn!(shard = self.index, %error, "no entries can be leased");
                    self.outage = Some(self.desk.backoff());
                }
            }
        }
        self.lease();
    }

    fn accept(&mut self, entry: Entry) {
        if self.held.contains(&entry.id) {
            return;
        }
        match Errand::decode(&entry.payload) {
            Ok(errand) if errand.is_notice() && self.notices.len() >= self.most_notices() => {}
            Ok(errand) => {
                if errand.is_notice() {
                    self.notices.insert(entry.id.clone());
                }
                self.hold(entry.id.clone());
                self.enqueue(entry.id, errand);
            }
            Err(Unreadable::Unknown) if self.desk.age(&entry.id) < LEFT_AT_MOST => self.leave(entry.id),
            Err(error) => self.discard(entry.id, error),
        }
    }

    fn most_notices(&self) -> usize {
        self.desk.settings.held_per_shard / 2
    }

    /// At the end of its lane; if that is its beginning too, it is worked on.
    fn enqueue(&mut self, entry: EntryId, errand: Errand) {
        let lane = errand.lane();
        if let Some(waiting) = self.lanes.get_mut(&lane) {
            waiting.push_back((entry, errand));
        } else {
            self.lanes.insert(lane, VecDeque::new());
            self.settle(lane, entry, errand);
        }
    }

    fn settle(&self, lane: Lane, entry: EntryId, errand: Errand) {
        let desk = Arc::clone(&self.desk);
        self.under_way.push(Box::pin(async move {
            let next = desk.settle(&entry, &errand).await.map(Box::new);
            Event::Settled(entry, lane, next)
        }));
    }

    fn settled(&mut self, entry: EntryId, lane: Lane, next: Option<Box<Errand>>) {
        match self.lanes.get_mut(&lane).and_then(VecDeque::pop_front) {
            Some((entry, errand)) => self.settle(lane, entry, errand),
            None => drop(self.lanes.remove(&lane)),
        }
        match next {
            Some(errand) => self.enqueue(entry, *errand),
            None => self.gone(entry),
        }
    }

    /// Holds it no longer: once its lease has run out it comes again, here or at a node that can read it.
    fn leave(&mut self, entry: EntryId) {
        self.left.retain(|entry| self.desk.age(entry) < LEFT_AT_MOST);
        if self.left.insert(entry) {
            tracing::warn!(shard = self.index, error = %Unreadable::Unknown, "an outbox entry is left to a newer node");
        }
    }

    fn discard(&mut self, entry: EntryId, error: Unreadable) {
        tracing::error!(shard = self.index, %error, "an outbox entry is dropped");
        self.hold(entry.clone());
        let desk = Arc::clone(&self.desk);
        self.under_way.push(Box::pin(async move {
            desk.done(&entry).await;
            Event::Dropped(entry)
        }));
    }

    fn hold(&mut self, entry: EntryId) {
        if self.held.insert(entry) {
            self.desk.ports.deliveries.held();
        }
    }

    fn gone(&mut self, entry: EntryId) {
        if self.held.remove(&entry) {
            self.desk.ports.deliveries.gone();
        }
        self.notices.remove(&entry);
        if self.leasing {
            self.gone_meanwhile.insert(entry);
        }
        self.lease();
    }

    fn await_renewal(&self) {
        let timer = self.desk.sleep(self.desk.settings.lease / 3);
        self.under_way.push(Box::pin(async move {
            timer.await;
            Event::RenewalDue
        }));
    }

    fn renew(&self) {
        let held: Vec<EntryId> = self.held.iter().cloned().collect();
        let desk = Arc::clone(&self.desk);
        self.under_way.push(Box::pin(async move {
            if !held.is_empty() {
                // If this fails, the next one is due before the lease has run out; after that, others may send too.
                let renewed = desk.in_time(desk.ports.outbox.renew(&held)).await;
                if !matches!(renewed, Some(Ok(()))) {
                    tracing::debug!(held = held.len(), "leases could not be renewed");
                }
            }
            Event::Renewed
        }));
    }
}
