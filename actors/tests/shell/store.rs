//! The store in memory and the world, which all the other tests rely on.

use std::{sync::Arc, time::Duration};

use chatlink_actors::{
    identifier::ActorKey,
    ports::{Clock as _, Commit, SnapshotStore, Version},
    testkit::{
        MemoryStore, World,
        conformance::{self, Bench},
    },
    time::Timestamp,
};

use crate::lab::key;

struct InMemory {
    world: World,
    store: MemoryStore,
}

impl InMemory {
    fn new() -> Self {
        let world = World::new(7);
        let store = MemoryStore::new(world.clock());
        Self { world, store }
    }
}

impl Bench for InMemory {
    fn store(&self, _: ActorKey) -> Arc<dyn SnapshotStore> {
        Arc::new(self.store.clone())
    }

    fn now(&self) -> Timestamp {
        self.world.now()
    }

    async fn outbox(&self, shard: u8) -> Vec<Vec<u8>> {
        self.store.outbox(shard)
    }

    async fn keep_until(&self, key: ActorKey) -> Option<Timestamp> {
        self.store.keep_until(key)
    }
}

#[tokio::test]
async fn the_store_in_memory_conforms() {
    conformance::run(&InMemory::new()).await.unwrap();
}

#[tokio::test]
async fn a_key_is_there_until_its_time_and_no_longer() {
    let InMemory { world, store } = InMemory::new();
    let keep_until = world.now() + Duration::from_secs(10);
    let (key, version) = (key(0, 1), Version(1));
    store.commit(Commit { key, expected: None, version, bytes: vec![], keep_until, effects: vec![] }).await.unwrap();
    world.advance(Duration::from_millis(9_999));
    assert!(store.load(key).await.unwrap().is_some());
    world.advance(Duration::from_millis(1));
    assert!(store.load(key).await.unwrap().is_none());
}

#[tokio::test]
async fn changes_are_told_while_a_key_is_watched() {
    let InMemory { world, store } = InMemory::new();
    let mut changes = store.changes();
    let key = key(0, 1);
    let commit = |expected: Option<u64>, version| Commit {
        key,
        expected: expected.map(Version),
        version: Version(version),
        bytes: vec![],
        keep_until: world.now() + Duration::from_secs(3600),
        effects: vec![],
    };
    store.watch(key, Duration::from_secs(60)).await.unwrap();
    store.commit(commit(None, 1)).await.unwrap();
    store.watch(key, Duration::from_secs(60)).await.unwrap();
    store.commit(commit(Some(1), 2)).await.unwrap();
    store.commit(commit(Some(1), 3)).await.unwrap();
    world.advance(Duration::from_secs(60));
    store.commit(commit(Some(2), 4)).await.unwrap();
    assert_eq!(changes.try_recv(), Ok((key, Version(2))), "the only swap that won under a lease");
    assert!(changes.try_recv().is_err());
}

#[tokio::test]
async fn sleepers_wake_when_their_time_has_come() {
    let world = World::new(7);
    let mut sleep = world.sleep_until(World::BEGINNING + Duration::from_secs(10));
    let mut is_awake = async || {
        tokio::select! {
            biased;
            () = &mut sleep => true,
            () = std::future::ready(()) => false,
        }
    };
    assert!(!is_awake().await);
    world.advance(Duration::from_millis(9_999));
    assert!(!is_awake().await);
    world.set(World::BEGINNING);
    world.advance(Duration::from_secs(10));
    assert!(is_awake().await);
}

#[test]
fn equal_seeds_give_equal_randomness() {
    let draw = |seed| World::new(seed).entropy().array::<48>();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    let entropy = World::new(1).entropy();
    assert_ne!(entropy.array::<16>(), entropy.array::<16>());
}
