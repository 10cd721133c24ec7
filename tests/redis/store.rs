//! Snapshots: the conformance suite, and what only a real server can do to them.

use std::{sync::Arc, time::Duration};

use chatlink::adapters::{redis::Redis, system::SystemClock};
use chatlink_actors::{
    identifier::ActorKey,
    ports::{Clock as _, Commit, Committed, Snapshot, SnapshotStore, StoreError, Version},
    testkit::conformance::{self, Bench},
    time::Timestamp,
};
use redis::streams::StreamRangeReply;

use super::support::*;

const ENTITY: &str = "test:{07}:otp:test:07010101010101010101010101010101";
const OUTBOX: &str = "test:{07}:outbox";

/// How much longer than asked a state is kept, in milliseconds.
const KEPT_LONGER: i64 = 2000;

/// The adapter as the conformance suite sees it.
struct RedisBench {
    server: Server,
    redis: Redis,
}

impl Bench for RedisBench {
    fn store(&self, key: ActorKey) -> Arc<dyn SnapshotStore> {
        self.redis.stores(NAMESPACE).swap_remove(key.shard().into())
    }

    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    async fn outbox(&self, shard: u8) -> Vec<Vec<u8>> {
        let stream = format!("test:{{{shard:02}}}:outbox");
        let entries: StreamRangeReply = self.server.plain().await.ask(&["XRANGE", &stream, "-", "+"]).await;
        entries.ids.into_iter().map(|entry| entry.get("m").unwrap()).collect()
    }

    async fn keep_until(&self, key: ActorKey) -> Option<Timestamp> {
        let entity = format!("test:{{{:02}}}:{NAMESPACE}:{key}", key.shard());
        let expiry: i64 = self.server.plain().await.ask(&["PEXPIRETIME", &entity]).await;
        assert_ne!(expiry, -1, "kept for ever");
        (expiry > 0).then(|| Timestamp::from_millis(expiry - KEPT_LONGER))
    }
}

#[tokio::test]
async fn the_store_conforms() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    conformance::run(&RedisBench { server, redis }).await.unwrap();
}

fn lost(version: u64) -> Committed {
    Committed::Lost(Some(Snapshot { version: Version(version), bytes: b"state".to_vec() }))
}

#[tokio::test]
async fn versions_that_a_float_cannot_tell_apart_are_told_apart() {
    let server = Server::start().await;
    let store = store(&server.adapter().await);

    for (n, version) in [(1, 1 << 53), (2, u64::MAX - 1), (3, 0)] {
        store.commit(commit(key(n), None, version)).await.unwrap();
        assert_eq!(store.commit(commit(key(n), Some(version + 1), 5)).await.unwrap(), lost(version));
        assert_eq!(store.commit(commit(key(n), Some(version), 5)).await.unwrap(), Committed::Won);
    }
}

#[tokio::test]
async fn of_parallel_swaps_one_wins_and_only_its_effects_are_appended() {
    let server = Server::start().await;
    let (one, other) = (server.adapter().await, server.adapter().await);
    let mut swaps = tokio::task::JoinSet::new();
    for version in 1..=100 {
        let store = store(if version % 2 == 0 { &one } else { &other });
        let effects = vec![version.to_string().into_bytes()];
        swaps.spawn(async move { (version, store.commit(Commit { effects, ..commit(key(1), None, version) }).await) });
    }

    let outcomes = swaps.join_all().await;

    let winners: Vec<u64> =
        outcomes.iter().filter(|(_, o)| *o.as_ref().unwrap() == Committed::Won).map(|(v, _)| *v).collect();
    assert_eq!(winners.len(), 1);
    for (_, outcome) in outcomes.iter().filter(|(version, _)| *version != winners[0]) {
        assert_eq!(*outcome.as_ref().unwrap(), lost(winners[0]));
    }
    let entries = one.outbox("reader", AGE).lease(7, 200, AGE).await.unwrap();
    assert_eq!(
        entries.into_iter().map(|entry| entry.payload).collect::<Vec<_>>(),
        [winners[0].to_string().into_bytes()]
    );
}

#[tokio::test]
async fn a_state_is_kept_a_little_longer_than_asked() {
    let server = Server::start().await;
    let store = store(&server.adapter().await);
    let mut plain = server.plain().await;

    store.commit(commit(key(1), None, 1)).await.unwrap();
    let expiry: i64 = plain.ask(&["PEXPIRETIME", ENTITY]).await;
    assert_eq!(expiry, far_future().as_millis() + KEPT_LONGER);

    for ended in [0, i64::MIN] {
        let keep_until = Timestamp::from_millis(ended);
        store.commit(Commit { keep_until, ..commit(key(2), None, 1) }).await.unwrap();
        assert_eq!(store.load(key(2)).await.unwrap(), None);
    }
    let keep_until = Timestamp::from_millis(i64::MAX);
    assert_eq!(store.commit(Commit { keep_until, ..commit(key(3), None, 1) }).await.unwrap(), Committed::Won);
}

#[tokio::test]
async fn namespaces_do_not_meet() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let (mine, theirs) = (redis.stores("otp:a").swap_remove(7), redis.stores("otp:b").swap_remove(7));
    mine.commit(commit(key(1), None, 1)).await.unwrap();
    assert_eq!(theirs.load(key(1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_server_that_forgot_the_scripts_gets_them_again() {
    let server = Server::start().await;
    let store = store(&server.adapter().await);
    let mut plain = server.plain().await;
    for version in 1..=2 {
        plain.ask::<()>(&["SCRIPT", "FLUSH"]).await;
        let expected = (version > 1).then(|| version - 1);
        assert_eq!(store.commit(commit(key(1), expected, version)).await.unwrap(), Committed::Won);
        plain.ask::<()>(&["SCRIPT", "FLUSH"]).await;
        store.watch(key(1), HOUR).await.unwrap();
    }
}

/// Does something to the server that makes it refuse, and checks that the refusal is certain and undoable.
async fn refuses(refuse: &[&str], relent: &[&str], code: &str) {
    let server = Server::start().await;
    let store = store(&server.adapter().await);
    let mut plain = server.plain().await;
    let with_effect = || Commit { effects: vec![b"secret".to_vec()], ..commit(key(1), None, 1) };

    plain.ask::<redis::Value>(refuse).await;
    match store.commit(with_effect()).await {
        Err(StoreError::Unavailable(reason)) => assert_eq!(&*reason, code),
        outcome => panic!("{refuse:?}: {outcome:?}"),
    }
    plain.ask::<redis::Value>(relent).await;

    assert_eq!(store.load(key(1)).await.unwrap(), None, "{refuse:?}");
    assert_eq!(plain.ask::<usize>(&["XLEN", OUTBOX]).await, 0, "{refuse:?}");
    assert_eq!(store.commit(with_effect()).await.unwrap(), Committed::Won, "{refuse:?}");
}

#[tokio::test]
async fn a_refusal_means_that_nothing_happened() {
    refuses(&["CONFIG", "SET", "maxmemory", "1"], &["CONFIG", "SET", "maxmemory", "0"], "OOM").await;
    refuses(&["REPLICAOF", "127.0.0.1", "1"], &["REPLICAOF", "NO", "ONE"], "READONLY").await;
    refuses(
        &["CONFIG", "SET", "min-replicas-to-write", "1"],
        &["CONFIG", "SET", "min-replicas-to-write", "0"],
        "NOREPLICAS",
    )
    .await;
    refuses(&["SET", OUTBOX, "not a stream"], &["DEL", OUTBOX], "WRONGTYPE").await;
    refuses(&["SET", ENTITY, "not a hash"], &["DEL", ENTITY], "WRONGTYPE").await;
}

#[tokio::test]
async fn a_refused_hint_does_not_fail_a_commit() {
    let server = Server::start().await;
    let store = store(&server.adapter().await);
    store.commit(commit(key(1), None, 1)).await.unwrap();
    store.watch(key(1), HOUR).await.unwrap();
    server.plain().await.ask::<()>(&["ACL", "SETUSER", "default", "resetchannels"]).await;
    assert_eq!(store.commit(commit(key(1), Some(1), 2)).await.unwrap(), Committed::Won);
}

#[tokio::test]
async fn without_an_answer_the_outcome_of_a_commit_is_unknown() {
    let server = Server::start().await;
    let store = store(&connect(&server.url(), BRIEFLY).await);
    store.commit(commit(key(1), None, 1)).await.unwrap();

    server.freeze();
    let outcome = store.commit(commit(key(1), Some(1), 2)).await;
    assert!(matches!(outcome, Err(StoreError::Unknown(_))), "{outcome:?}");
    let outcome = store.load(key(1)).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    // The connection was given up, and a new one is not to be had: this is not even sent.
    let outcome = store.commit(commit(key(1), Some(1), 3)).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    server.thaw();

    eventually("the store is back", async || store.load(key(1)).await.is_ok()).await;
    let version = store.load(key(1)).await.unwrap().unwrap().version;
    assert!([Version(1), Version(2)].contains(&version));
}

#[tokio::test]
async fn watching_an_absent_key_leaves_it_absent() {
    let server = Server::start().await;
    store(&server.adapter().await).watch(key(1), HOUR).await.unwrap();
    assert!(!server.plain().await.ask::<bool>(&["EXISTS", ENTITY]).await);
}

#[tokio::test]
async fn a_shorter_watch_does_not_shorten_a_longer_one() {
    let server = Server::start().await;
    let store = store(&server.adapter().await);
    store.commit(commit(key(1), None, 1)).await.unwrap();
    let mut plain = server.plain().await;
    store.watch(key(1), HOUR).await.unwrap();
    let long: i64 = plain.ask(&["HGET", ENTITY, "w"]).await;
    store.watch(key(1), Duration::ZERO).await.unwrap();
    let until: i64 = plain.ask(&["HGET", ENTITY, "w"]).await;
    assert_eq!(until, long);
    let [seconds, _]: [i64; 2] = plain.ask(&["TIME"]).await;
    assert!((seconds + 3600 - long / 1000).abs() <= 60, "it begins now, by the server's clock");
}
