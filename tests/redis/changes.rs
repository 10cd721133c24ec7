//! Hints of changes: when they come, and when a gap comes instead.

use std::time::Duration;

use chatlink::adapters::redis::{Change, Changes};
use chatlink_actors::{identifier::ActorKey, ports::Version};

use super::support::*;

fn written(n: u8, version: u64) -> Change {
    Change::Written { namespace: NAMESPACE.to_owned(), key: key(n), version: Version(version) }
}

async fn next(changes: &mut Changes) -> Change {
    soon(changes.step()).await
}

#[tokio::test]
async fn only_what_is_watched_is_told() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let mut changes = redis.changes();
    assert_eq!(next(&mut changes).await, Change::Gap);
    let store = store(&redis);
    for n in 1..=3 {
        store.commit(commit(key(n), None, 1)).await.unwrap();
    }
    store.watch(key(2), Duration::ZERO).await.unwrap();
    store.watch(key(3), HOUR).await.unwrap();

    for n in 1..=3 {
        store.commit(commit(key(n), Some(1), 2)).await.unwrap();
        // One that lost has changed nothing.
        store.commit(commit(key(n), Some(1), 3)).await.unwrap();
    }
    store.commit(commit(key(3), Some(2), u64::MAX)).await.unwrap();

    assert_eq!(next(&mut changes).await, written(3, 2));
    assert_eq!(next(&mut changes).await, written(3, u64::MAX));
}

#[tokio::test]
async fn every_shard_and_every_node_is_heard() {
    let server = Server::start().await;
    let (here, there) = (server.adapter().await, server.adapter().await);
    let mut changes = here.changes();
    assert_eq!(next(&mut changes).await, Change::Gap);
    for (shard, store) in (0..16).zip(there.stores(NAMESPACE)) {
        let key = ActorKey::from_bytes([shard; 16]);
        store.commit(commit(key, None, 1)).await.unwrap();
        store.watch(key, HOUR).await.unwrap();
        store.commit(commit(key, Some(1), 2)).await.unwrap();
        assert_eq!(
            next(&mut changes).await,
            Change::Written { namespace: NAMESPACE.to_owned(), key, version: Version(2) }
        );
    }
}

#[tokio::test]
async fn an_interruption_is_a_gap_and_then_it_goes_on() {
    let mut server = Server::start().await;
    let redis = server.adapter().await;
    let mut changes = redis.changes();
    assert_eq!(next(&mut changes).await, Change::Gap);

    server.plain().await.ask::<usize>(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
    assert_eq!(next(&mut changes).await, Change::Gap);

    server.restart().await;
    assert_eq!(next(&mut changes).await, Change::Gap);
    let store = store(&redis);
    store.load(key(1)).await.unwrap();
    store.commit(commit(key(1), None, 1)).await.unwrap();
    store.watch(key(1), HOUR).await.unwrap();
    store.commit(commit(key(1), Some(1), 2)).await.unwrap();
    assert_eq!(next(&mut changes).await, written(1, 2));
}

#[tokio::test]
async fn a_connection_that_died_without_a_word_is_found_out() {
    let server = Server::start().await;
    let cable = server.cable();
    let mut changes = connect(&cable.url(), BRIEFLY).await.changes();
    assert_eq!(next(&mut changes).await, Change::Gap);
    cable.cut();
    assert_eq!(next(&mut changes).await, Change::Gap);
}

#[tokio::test]
async fn a_slow_reader_is_told_that_it_missed_something() {
    let server = Server::start().await;
    let mut changes = server.adapter().await.changes();
    assert_eq!(next(&mut changes).await, Change::Gap);
    let mut plain = server.plain().await;
    let payload = format!("{}{}", "k".repeat(24), NAMESPACE);
    for _ in 0..5000 {
        assert_eq!(plain.ask::<usize>(&["PUBLISH", "test:{07}:changes", &payload]).await, 1);
    }
    let mut heard = 0;
    while next(&mut changes).await != Change::Gap {
        heard += 1;
        assert!(heard < 5000, "nothing was missed");
    }
}

#[tokio::test]
async fn what_is_no_hint_is_skipped() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let mut changes = redis.changes();
    assert_eq!(next(&mut changes).await, Change::Gap);
    let mut plain = server.plain().await;
    plain.ask::<usize>(&["PUBLISH", "test:{07}:changes", "nonsense"]).await;
    let hint = format!("{}{}", "k".repeat(24), NAMESPACE);
    plain.ask::<usize>(&["PUBLISH", "test:{07}:changes", &hint]).await;
    assert!(matches!(next(&mut changes).await, Change::Written { .. }));
}
