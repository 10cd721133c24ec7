//! A snapshot store in memory, with an outbox one can read, and faults one can order.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{broadcast, watch};

use crate::{
    identifier::ActorKey,
    ports::{BoxFuture, Clock, Commit, Committed, Snapshot, SnapshotStore, StoreError, Version},
    time::Timestamp,
};

/// How many changes a subscriber may be behind before it misses some.
const CHANGES: usize = 1024;

/// Something that goes wrong with one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store is not reached.
    Unavailable,
    /// The request gets lost: it is not carried out, and the outcome is unknown.
    LoseRequest,
    /// The answer gets lost: it is carried out, and the outcome is unknown.
    LoseAnswer,
    /// It is carried out, and no answer ever comes.
    NeverAnswer,
    /// The outcome is unknown, and it is carried out just before the next commit.
    Linger,
}

/// Keeps snapshots in memory, for all shards. Clones share them, as nodes share a store.
#[derive(Clone)]
pub struct MemoryStore(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    contents: Mutex<Contents>,
    changes: broadcast::Sender<(ActorKey, Version)>,
    /// How many have ordered a standstill.
    holders: watch::Sender<usize>,
    /// How many requests are standing still.
    waiting: watch::Sender<usize>,
}

#[derive(Default)]
struct Contents {
    entries: HashMap<ActorKey, Entry>,
    outbox: HashMap<u8, Vec<Vec<u8>>>,
    faults: VecDeque<Fault>,
    lingering: Option<Commit>,
    down: bool,
    commits: usize,
    loads: usize,
}

struct Entry {
    snapshot: Snapshot,
    keep_until: Timestamp,
    watched_until: Option<Timestamp>,
}

/// Requests stand still as long as it exists.
#[derive(Debug)]
pub struct Held(MemoryStore);

impl MemoryStore {
    /// An empty store that forgets by that clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared {
            clock,
            contents: Mutex::default(),
            changes: broadcast::Sender::new(CHANGES),
            holders: watch::Sender::new(0),
            waiting: watch::Sender::new(0),
        }))
    }

    /// This store as a port, for each shard.
    pub fn shards(&self) -> Vec<Arc<dyn SnapshotStore>> {
        let shard = || -> Arc<dyn SnapshotStore> { Arc::new(self.clone()) };
        (0..ActorKey::SHARDS).map(|_| shard()).collect()
    }

    /// What was put in the outbox of a shard, oldest first.
    pub fn outbox(&self, shard: u8) -> Vec<Vec<u8>> {
        self.contents().outbox.get(&shard).cloned().unwrap_or_default()
    }

    /// When a key will be forgotten; `None` if it is absent.
    pub fn keep_until(&self, key: ActorKey) -> Option<Timestamp> {
        let now = self.0.clock.now();
        self.contents().present(key, now).map(|entry| entry.keep_until)
    }

    /// The changes of watched keys from now on, as nodes hear of them.
    pub fn changes(&self) -> broadcast::Receiver<(ActorKey, Version)> {
        self.0.changes.subscribe()
    }

    /// How many commits were carried out or lost to a newer version.
    pub fn commits(&self) -> usize {
        self.contents().commits
    }

    /// How many reads were answered.
    pub fn loads(&self) -> usize {
        self.contents().loads
    }

    /// Takes the store away, or gives it back.
    pub fn set_down(&self, down: bool) {
        self.contents().down = down;
    }

    /// Orders a fault for the next commit that has none yet.
    pub fn fail_commit(&self, fault: Fault) {
        self.contents().faults.push_back(fault);
    }

    /// How many of the faults that were ordered have yet to happen.
    pub fn faults_ordered(&self) -> usize {
        self.contents().faults.len()
    }

    /// Lets every request stand still before anything is done about it, until what is returned is dropped.
    pub fn hold(&self) -> Held {
        self.0.holders.send_modify(|count| *count += 1);
        Held(self.clone())
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way of every request: stands still while held, then fails or goes on.
    async fn arrive(&self) -> Result<(), StoreError> {
        let mut holders = self.0.holders.subscribe();
        if *holders.borrow_and_update() > 0 {
            let _waiting = Waiting::begin(&self.0.waiting);
            let _ = holders.wait_for(|count| *count == 0).await;
        }
        if self.contents().down { Err(StoreError::Unavailable("taken away".into())) } else { Ok(()) }
    }

    fn apply(&self, contents: &mut Contents, commit: Commit) -> Committed {
        let Commit { key, expected, version, bytes, keep_until, effects } = commit;
        let now = self.0.clock.now();
        contents.commits += 1;
        let found = contents.present(key, now);
        if found.map(|entry| entry.snapshot.version) != expected {
            return Committed::Lost(found.map(|entry| entry.snapshot.clone()));
        }
        let watched_until = found.and_then(|entry| entry.watched_until);
        contents.entries.insert(key, Entry { snapshot: Snapshot { version, bytes }, keep_until, watched_until });
        contents.outbox.entry(key.shard()).or_default().extend(effects);
        if watched_until.is_some_and(|until| now < until) {
            // Nobody may be listening.
            let _ = self.0.changes.send((key, version));
        }
        Committed::Won
    }
}

impl Contents {
    fn present(&self, key: ActorKey, now: Timestamp) -> Option<&Entry> {
        self.entries.get(&key).filter(|entry| now < entry.keep_until)
    }
}

impl SnapshotStore for MemoryStore {
    fn load(&self, key: ActorKey) -> BoxFuture<'_, Result<Option<Snapshot>, StoreError>> {
        Box::pin(async move {
            self.arrive().await?;
            let mut contents = self.contents();
            contents.loads += 1;
            Ok(contents.present(key, self.0.clock.now()).map(|entry| entry.snapshot.clone()))
        })
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Committed, StoreError>> {
        Box::pin(async move {
            self.arrive().await?;
            let fault = {
                let mut contents = self.contents();
                if let Some(lingering) = contents.lingering.take() {
                    self.apply(&mut contents, lingering);
                }
                let fault = contents.faults.pop_front();
                match fault {
                    None => return Ok(self.apply(&mut contents, commit)),
                    Some(Fault::Unavailable | Fault::LoseRequest) => {}
                    Some(Fault::LoseAnswer | Fault::NeverAnswer) => drop(self.apply(&mut contents, commit)),
                    Some(Fault::Linger) => contents.lingering = Some(commit),
                }
                fault
            };
            match fault {
                Some(Fault::Unavailable) => Err(StoreError::Unavailable("ordered".into())),
                Some(Fault::NeverAnswer) => std::future::pending().await,
                _ => Err(StoreError::Unknown("ordered".into())),
            }
        })
    }

    fn watch(&self, key: ActorKey, lease: Duration) -> BoxFuture<'_, Result<Option<Snapshot>, StoreError>> {
        Box::pin(async move {
            self.arrive().await?;
            let now = self.0.clock.now();
            let mut contents = self.contents();
            contents.loads += 1;
            Ok(contents.entries.get_mut(&key).filter(|entry| now < entry.keep_until).map(|entry| {
                entry.watched_until = Some(now + lease);
                entry.snapshot.clone()
            }))
        })
    }
}

impl Held {
    /// Waits until that many requests stand still.
    pub async fn arrived(&self, requests: usize) {
        let mut waiting = self.0.0.waiting.subscribe();
        let _ = waiting.wait_for(|count| *count >= requests).await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.holders.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// One request that stands still. Its end is noticed even if it is dropped.
struct Waiting<'a>(&'a watch::Sender<usize>);

impl<'a> Waiting<'a> {
    fn begin(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore(…)")
    }
}
