//! The outbox: leases, their end, and what is left of the dead.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use chatlink::courier::ports::{Entry, EntryId, Outbox};
use chatlink_actors::time::Timestamp;
use futures_util::future::join_all;
use redis::Value;

use super::support::*;

const OUTBOX: &str = "test:{07}:outbox";

fn payloads(entries: &[Entry]) -> Vec<&[u8]> {
    entries.iter().map(|entry| &*entry.payload).collect()
}

/// Everything to be had now.
async fn lease(outbox: &Arc<dyn Outbox>) -> Vec<Entry> {
    outbox.lease(7, 100, Duration::ZERO).await.unwrap()
}

/// Makes it look as if the holder of an entry had been silent for a day.
async fn age(plain: &mut Plain, holder: &str, entry: &EntryId) {
    let day = "86400000";
    plain.ask::<Value>(&["XCLAIM", OUTBOX, "courier", holder, "0", &entry.position, "IDLE", day, "JUSTID"]).await;
}

async fn pending(plain: &mut Plain) -> Vec<(String, String, u64, u64)> {
    plain.ask(&["XPENDING", OUTBOX, "courier", "-", "+", "100"]).await
}

#[tokio::test]
async fn an_entry_is_leased_to_one_process_and_gone_when_done() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let (one, other) = (redis.outbox("one", AGE), redis.outbox("other", AGE));
    append(&redis, 1, b"first").await;
    append(&redis, 2, b"second").await;

    let held = lease(&one).await;
    assert_eq!(payloads(&held), [b"first".as_slice(), b"second"]);
    assert!(lease(&other).await.is_empty());
    assert!(lease(&one).await.is_empty());

    one.done(&held[0].id).await.unwrap();
    one.done(&held[0].id).await.unwrap();
    let mut plain = server.plain().await;
    assert_eq!(plain.ask::<usize>(&["XLEN", OUTBOX]).await, 1);
    let left = pending(&mut plain).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0, held[1].id.position);
}

#[tokio::test]
async fn what_is_appended_past_any_commit_is_leased_like_the_rest() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let writer = redis.outbox_writer();
    append(&redis, 1, b"first").await;
    writer.append(7, b"second").await.unwrap();
    writer.append(8, b"elsewhere").await.unwrap();
    assert_eq!(payloads(&lease(&redis.outbox("one", AGE)).await), [b"first".as_slice(), b"second"]);
}

#[tokio::test]
async fn an_entry_tells_when_it_was_appended() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    append(&redis, 1, b"first").await;
    let entry = lease(&redis.outbox("one", AGE)).await.remove(0);
    let now: (i64, i64) = server.plain().await.ask(&["TIME"]).await;
    let now = Timestamp::from_millis(now.0 * 1000 + now.1 / 1000);
    assert!(entry.id.age(now).unwrap() <= AGE);
    assert!(entry.id.age(now + AGE).unwrap() >= AGE);
}

#[tokio::test]
async fn a_limit_is_kept() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let outbox = redis.outbox("one", AGE);
    for n in 1..=5 {
        append(&redis, n, &[n]).await;
    }
    assert_eq!(payloads(&outbox.lease(7, 2, Duration::ZERO).await.unwrap()), [[1], [2]]);
    assert_eq!(payloads(&outbox.lease(7, 0, Duration::ZERO).await.unwrap()), [[3]]);
    assert_eq!(payloads(&lease(&outbox).await), [[4], [5]]);
}

#[tokio::test]
async fn a_waiting_reader_gets_an_entry_as_it_comes() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let outbox = redis.outbox("one", AGE);
    let reader = tokio::spawn(async move { outbox.lease(7, 10, AGE).await });
    blocked(&server, 1).await;
    append(&redis, 1, b"now").await;
    assert_eq!(payloads(&soon(reader).await.unwrap().unwrap()), [b"now"]);
}

/// Waits until so many readers wait.
async fn blocked(server: &Server, readers: usize) {
    let mut plain = server.plain().await;
    eventually("readers wait", async || plain.info("blocked_clients").await == readers).await;
}

#[tokio::test]
async fn patience_ends() {
    let server = Server::start().await;
    let outbox = server.adapter().await.outbox("one", AGE);
    assert!(soon(outbox.lease(7, 10, Duration::from_millis(30))).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_dead_process_held_is_leased_again() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let (dead, heir) = (redis.outbox("dead", AGE), redis.outbox("heir", AGE));
    for n in 1..=5 {
        append(&redis, n, &[n]).await;
    }
    let held = lease(&dead).await;
    let mut plain = server.plain().await;
    for entry in &held[..4] {
        age(&mut plain, "dead", &entry.id).await;
    }

    // A sweep goes on where the limit ended it, and comes before what is new.
    append(&redis, 6, &[6]).await;
    assert_eq!(payloads(&heir.lease(7, 3, Duration::ZERO).await.unwrap()), [[1], [2], [3]]);
    assert_eq!(payloads(&heir.lease(7, 3, Duration::ZERO).await.unwrap()), [[4]]);
    // The fifth is not the heir's to take.
    assert_eq!(payloads(&lease(&heir).await), [[6]]);
    assert!(lease(&heir).await.is_empty());
}

#[tokio::test]
async fn a_sweep_gets_past_what_others_hold() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let (busy, heir) = (redis.outbox("busy", AGE), redis.outbox("heir", AGE));
    for n in 1..=100 {
        append(&redis, n, &[n]).await;
    }
    let held = lease(&busy).await;
    age(&mut server.plain().await, "busy", &held[99].id).await;
    // Redis looks at ten entries for each that is asked for.
    for _ in 0..10 {
        let entries = heir.lease(7, 1, Duration::ZERO).await.unwrap();
        if payloads(&entries) == [[100]] {
            return;
        }
    }
    panic!("the sweep does not advance");
}

#[tokio::test]
async fn processes_that_start_together_share_the_group() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    append(&redis, 1, b"x").await;
    let outboxes: Vec<_> = (0..10).map(|n| redis.outbox(&n.to_string(), AGE)).collect();
    let leased = join_all(outboxes.iter().map(lease)).await;
    assert_eq!(leased.concat().len(), 1);
}

#[tokio::test]
async fn a_namesake_inherits_what_its_former_life_held() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    append(&redis, 1, b"x").await;
    let held = lease(&redis.outbox("one", AGE)).await;
    age(&mut server.plain().await, "one", &held[0].id).await;
    assert_eq!(payloads(&lease(&redis.outbox("one", AGE)).await), [b"x"]);
}

#[tokio::test]
async fn a_lease_runs_out_by_itself_while_others_wait() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let brief = Duration::from_millis(50);
    append(&redis, 1, b"x").await;
    assert_eq!(lease(&redis.outbox("dead", brief)).await.len(), 1);
    let heir = redis.outbox("heir", brief);
    // Far more patience than the lease: the reader must not be blocked when it is time to look.
    assert_eq!(payloads(&soon(heir.lease(7, 10, AGE)).await.unwrap()), [b"x"]);
}

#[tokio::test]
async fn abandoned_entries_are_found_while_new_ones_keep_coming() {
    const NEW: usize = 3000;
    let server = Server::start().await;
    let redis = server.adapter().await;
    let (dead, heir) = (redis.outbox("dead", AGE), redis.outbox("heir", Duration::from_millis(40)));
    assert!(lease(&heir).await.is_empty());
    append(&redis, 1, b"abandoned").await;
    let held = lease(&dead).await;
    let mut plain = server.plain().await;
    age(&mut plain, "dead", &held[0].id).await;
    for _ in 0..NEW {
        plain.ask::<Value>(&["XADD", OUTBOX, "*", "m", "new"]).await;
    }
    for _ in 0..NEW {
        let entries = heir.lease(7, 1, Duration::ZERO).await.unwrap();
        if payloads(&entries) == [b"abandoned"] {
            return;
        }
        heir.done(&entries[0].id).await.unwrap();
    }
    panic!("all that was new came first");
}

#[tokio::test]
async fn a_renewed_entry_is_not_given_to_others() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let (holder, other) = (redis.outbox("holder", AGE), redis.outbox("other", AGE));
    append(&redis, 1, b"x").await;
    append(&redis, 2, b"y").await;
    let ids: Vec<EntryId> = lease(&holder).await.into_iter().map(|entry| entry.id).collect();
    let mut plain = server.plain().await;
    for id in &ids {
        age(&mut plain, "holder", id).await;
    }

    holder.renew(&ids[..1]).await.unwrap();

    assert_eq!(payloads(&lease(&other).await), [b"y"]);
    let deliveries: Vec<u64> = pending(&mut plain).await.into_iter().map(|(.., deliveries)| deliveries).collect();
    assert_eq!(deliveries, [1, 2], "a renewal is no delivery");
}

#[tokio::test]
async fn to_renew_what_is_done_does_not_bring_it_back() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let outbox = redis.outbox("one", AGE);
    append(&redis, 1, b"x").await;
    let held = lease(&outbox).await;
    outbox.done(&held[0].id).await.unwrap();
    outbox.renew(&[held[0].id.clone()]).await.unwrap();
    outbox.renew(&[]).await.unwrap();
    assert!(pending(&mut server.plain().await).await.is_empty());
}

#[tokio::test]
async fn a_server_that_lost_its_data_is_read_anew() {
    let mut server = Server::start().await;
    let redis = server.adapter().await;
    let outbox = redis.outbox("one", AGE);
    append(&redis, 1, b"x").await;
    let held = lease(&outbox).await;

    server.plain().await.ask::<()>(&["FLUSHALL"]).await;
    outbox.renew(&[held[0].id.clone()]).await.unwrap();
    outbox.done(&held[0].id).await.unwrap();
    append(&redis, 1, b"after the flush").await;
    assert_eq!(payloads(&lease(&outbox).await), [b"after the flush"]);

    server.restart().await;
    store(&redis).load(key(1)).await.unwrap();
    append(&redis, 1, b"after the restart").await;
    assert_eq!(payloads(&lease(&outbox).await), [b"after the restart"]);
}

#[tokio::test]
async fn a_flush_under_a_waiting_reader_is_survived() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let outbox = redis.outbox("one", AGE);
    let reader = tokio::spawn(async move { outbox.lease(7, 10, AGE).await });
    blocked(&server, 1).await;
    server.plain().await.ask::<()>(&["FLUSHALL"]).await;
    append(&redis, 1, b"x").await;
    assert_eq!(payloads(&soon(reader).await.unwrap().unwrap()), [b"x"]);
}

#[tokio::test]
async fn a_reader_that_went_away_takes_nothing_with_it() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    let outbox = redis.outbox("one", AGE);
    let reader = tokio::spawn({
        let outbox = Arc::clone(&outbox);
        async move { outbox.lease(7, 10, AGE).await }
    });
    blocked(&server, 1).await;
    reader.abort();
    blocked(&server, 0).await;
    append(&redis, 1, b"x").await;
    assert_eq!(payloads(&lease(&outbox).await), [b"x"]);
}

#[tokio::test]
async fn consumers_without_life_or_duty_are_forgotten() {
    let server = Server::start().await;
    let redis = server.adapter().await;
    append(&redis, 1, b"x").await;
    assert_eq!(lease(&redis.outbox("holds something", AGE)).await.len(), 1);
    let mut plain = server.plain().await;
    plain.ask::<usize>(&["XGROUP", "CREATECONSUMER", OUTBOX, "courier", "idle"]).await;

    // A lease of an hour: the idle ones are not idle enough.
    lease(&redis.outbox("patient", AGE)).await;
    assert_eq!(consumers(&mut plain).await, ["holds something", "idle"]);

    // With a lease of a millisecond, a twentieth of this is enough.
    eventually("all are idle", async || consumers_idle(&mut plain).await.into_iter().all(|(_, idle)| idle >= 20)).await;
    let heir = redis.outbox("heir", Duration::from_millis(1));
    assert_eq!(payloads(&lease(&heir).await), [b"x"], "to forget its holder would have lost it");
    assert_eq!(consumers(&mut plain).await, ["heir", "holds something"]);
}

async fn consumers(plain: &mut Plain) -> Vec<String> {
    consumers_idle(plain).await.into_keys().collect()
}

/// Names in order, and milliseconds of silence.
async fn consumers_idle(plain: &mut Plain) -> BTreeMap<String, u64> {
    let consumers: Vec<HashMap<String, Value>> = plain.ask(&["XINFO", "CONSUMERS", OUTBOX, "courier"]).await;
    let named = |mut consumer: HashMap<String, Value>| {
        let mut field = |name| consumer.remove(name).unwrap();
        (redis::from_redis_value(field("name")).unwrap(), redis::from_redis_value(field("idle")).unwrap())
    };
    consumers.into_iter().map(named).collect()
}
