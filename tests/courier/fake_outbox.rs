//! An outbox in memory: a stream with leases, as Redis keeps it, which can go out of reach.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use chatlink::courier::ports::{Entry, EntryId, Outbox, OutboxError, OutboxWriter};
use chatlink_actors::{
    ports::{BoxFuture, Clock as _},
    time::Timestamp,
};
use tokio::sync::Notify;

use super::fakes::{ManualClock, SECOND};

/// The only shard that there is.
pub const SHARD: u8 = 0;

/// A stream with leases, as Redis keeps it.
pub struct FakeOutbox {
    clock: Arc<ManualClock>,
    lease: Duration,
    entries: Mutex<Vec<(Entry, Option<Timestamp>)>>,
    added: Notify,
    count: AtomicUsize,
    pub down: AtomicBool,
    /// Renewals are lost, so that leases run out.
    pub forgetful: AtomicBool,
    /// How many seconds pass between leasing entries and saying so.
    pub slow: AtomicUsize,
    /// How often an entry was leased.
    pub leases: AtomicUsize,
    pub most_leased: AtomicUsize,
}

impl FakeOutbox {
    pub fn new(clock: Arc<ManualClock>, lease: Duration) -> Self {
        Self {
            clock,
            lease,
            entries: Mutex::default(),
            added: Notify::new(),
            count: AtomicUsize::new(0),
            down: AtomicBool::new(false),
            forgetful: AtomicBool::new(false),
            slow: AtomicUsize::new(0),
            leases: AtomicUsize::new(0),
            most_leased: AtomicUsize::new(0),
        }
    }

    fn reach(&self) -> Result<(), OutboxError> {
        if self.down.load(Ordering::SeqCst) { Err(OutboxError("down".into())) } else { Ok(()) }
    }

    fn take(&self, limit: usize) -> Vec<Entry> {
        let now = self.clock.now();
        let mut entries = self.entries.lock().unwrap();
        let free = entries.iter_mut().filter(|(_, leased)| leased.is_none_or(|until| until <= now)).take(limit);
        let taken = free.map(|(entry, leased)| {
            *leased = Some(now + self.lease);
            entry.clone()
        });
        let taken: Vec<_> = taken.collect();
        self.leases.fetch_add(taken.len(), Ordering::SeqCst);
        let leased = entries.iter().filter(|(_, leased)| leased.is_some_and(|until| until > now)).count();
        self.most_leased.fetch_max(leased, Ordering::SeqCst);
        taken
    }

    pub fn add(&self, payload: Vec<u8>) {
        let mut entries = self.entries.lock().unwrap();
        let position = format!("{}-{}", self.clock.now().as_millis(), self.count.fetch_add(1, Ordering::SeqCst));
        entries.push((Entry { id: EntryId { shard: SHARD, position }, payload }, None));
        self.added.notify_one();
    }

    pub fn len(&self) -> usize {
        self.entries.lock().unwrap().len()
    }

    pub fn payloads(&self) -> Vec<Vec<u8>> {
        self.entries.lock().unwrap().iter().map(|(entry, _)| entry.payload.clone()).collect()
    }

    /// How many entries another node could take over now.
    pub fn up_for_grabs(&self) -> usize {
        let now = self.clock.now();
        self.entries.lock().unwrap().iter().filter(|(_, leased)| leased.is_none_or(|until| until <= now)).count()
    }
}

impl OutboxWriter for FakeOutbox {
    fn append<'a>(&'a self, _: u8, payload: &'a [u8]) -> BoxFuture<'a, Result<(), OutboxError>> {
        Box::pin(async move {
            self.reach()?;
            self.add(payload.to_vec());
            Ok(())
        })
    }
}

impl Outbox for FakeOutbox {
    fn lease(&self, _: u8, limit: usize, patience: Duration) -> BoxFuture<'_, Result<Vec<Entry>, OutboxError>> {
        Box::pin(async move {
            let over = self.clock.now() + patience;
            let taken = loop {
                self.reach()?;
                let taken = self.take(limit);
                if !taken.is_empty() || self.clock.now() >= over {
                    break taken;
                }
                tokio::select! {
                    () = self.added.notified() => {}
                    () = self.clock.sleep_until(over) => {}
                }
            };
            let slow = SECOND * u32::try_from(self.slow.load(Ordering::SeqCst)).unwrap();
            self.clock.sleep_until(self.clock.now() + slow).await;
            Ok(taken)
        })
    }

    fn renew<'a>(&'a self, renewed: &'a [EntryId]) -> BoxFuture<'a, Result<(), OutboxError>> {
        Box::pin(async move {
            self.reach()?;
            if self.forgetful.load(Ordering::SeqCst) {
                return Ok(());
            }
            let until = self.clock.now() + self.lease;
            let mut entries = self.entries.lock().unwrap();
            entries.iter_mut().filter(|(entry, _)| renewed.contains(&entry.id)).for_each(|(_, it)| *it = Some(until));
            Ok(())
        })
    }

    fn done<'a>(&'a self, done: &'a EntryId) -> BoxFuture<'a, Result<(), OutboxError>> {
        Box::pin(async move {
            self.reach()?;
            self.entries.lock().unwrap().retain(|(entry, _)| entry.id != *done);
            Ok(())
        })
    }
}
