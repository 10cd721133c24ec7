//! A world, a store, and nodes that share both.

use std::{sync::Arc, time::Duration};

use chatlink_actors::{
    identifier::ActorKey,
    machine::Machine,
    shell::{Arbiters, Ports, Router, SendError, Settings, Watcher},
    testkit::{MemoryStore, World},
};
use tokio::{sync::broadcast::error::RecvError, task::JoinSet, time::timeout};

use crate::counter::{Command, Count, Counter};

/// Against tests that hang. Nothing that is right takes as long, whatever the machine is busy with.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Lab {
    pub world: World,
    pub store: MemoryStore,
    arbiters: Arbiters,
}

/// The defaults, but with all the time one may need.
pub fn settings() -> Settings {
    Settings { store_timeout: PATIENCE, request_timeout: PATIENCE, ..Settings::default() }
}

/// A key of a shard, different for each number.
pub fn key(shard: u8, number: u8) -> ActorKey {
    let mut bytes = [number; 16];
    bytes[0] = shard;
    ActorKey::from_bytes(bytes)
}

impl Lab {
    pub fn new() -> Self {
        let world = World::new(1);
        let store = MemoryStore::new(world.clock());
        Self { world, store, arbiters: Arbiters::start(2).unwrap() }
    }

    /// The same world and store, but threads that do not wait for those of this lab.
    pub fn with_other_threads(&self) -> Self {
        Self { world: self.world.clone(), store: self.store.clone(), arbiters: Arbiters::start(1).unwrap() }
    }

    /// A node on the same threads that the store of this lab does not hold up.
    pub fn node_apart(&self) -> Router<Counter> {
        let ports = Ports { store: MemoryStore::new(self.world.clock()).shards(), ..self.ports() };
        Router::start(&self.arbiters, Arc::new(Counter), ports, settings())
    }

    fn ports(&self) -> Ports {
        Ports { store: self.store.shards(), clock: self.world.clock(), entropy: self.world.entropy() }
    }

    /// A node on the threads of this lab.
    pub fn node_of<M: Machine>(&self, machine: M, settings: Settings) -> Router<M> {
        Router::start(&self.arbiters, Arc::new(machine), self.ports(), settings)
    }

    pub fn node_with(&self, settings: Settings) -> Router<Counter> {
        self.node_of(Counter, settings)
    }

    pub fn node(&self) -> Router<Counter> {
        self.node_with(settings())
    }

    /// Brings a node every hint that the store gives from now on, as a subscription does.
    pub fn bring_hints<M: Machine>(&self, node: &Router<M>) {
        let (mut changes, node) = (self.store.changes(), node.clone());
        tokio::spawn(async move {
            loop {
                match changes.recv().await {
                    Ok((key, version)) => node.changed(key, version),
                    Err(RecvError::Lagged(_)) => node.resync(),
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }

    /// The numbers in the outbox of a shard.
    pub fn effects(&self, shard: u8) -> Vec<u64> {
        self.store.outbox(shard).iter().map(|effect| u64::from_be_bytes(effect[..].try_into().unwrap())).collect()
    }
}

/// Sends many commands at once; the replies in the order in which they came.
pub async fn all_at_once<M: Machine>(
    commands: impl IntoIterator<Item = (Router<M>, ActorKey, M::Command)>,
) -> Vec<Result<M::Reply, SendError>> {
    let mut sends = JoinSet::new();
    for (node, key, command) in commands {
        sends.spawn(async move { node.send(key, command).await });
    }
    within_patience(sends.join_all()).await
}

pub async fn add(node: &Router<Counter>, key: ActorKey, number: u64) -> Result<u64, SendError> {
    within_patience(node.send(key, Command::Add(number))).await
}

pub async fn peek(node: &Router<Counter>, key: ActorKey) -> Result<u64, SendError> {
    within_patience(node.send(key, Command::Peek)).await
}

/// The next state that is shown: the inner `None` for an absent one, the outer at the end.
pub async fn shown(watcher: &mut Watcher<Counter>) -> Option<Option<Count>> {
    within_patience(watcher.next()).await.map(|state| state.map(|state| (*state).clone()))
}

/// The number in the next state that is shown.
pub async fn shown_value(watcher: &mut Watcher<Counter>) -> u64 {
    shown(watcher).await.expect("not cut off").expect("present").value
}

pub async fn eventually(condition: impl Fn() -> bool) {
    within_patience(async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

pub async fn within_patience<T>(work: impl Future<Output = T>) -> T {
    timeout(PATIENCE, work).await.expect("it hangs")
}
