//! What is swept, and what is not yet.

use std::{sync::Arc, time::Duration};

use chatlink::accounts::{
    Settings,
    housekeeping::{Housekeeper, Swept},
};
use chatlink_actors::{otp::Rate, testkit::World as Time};

use super::support::{World, cheap_settings};

/// One row for each, by what makes it, where `{at}` stands for its instant and `{n}` for what tells it from others;
/// and after how long it is past.
const ROWS: [(&str, &str); 10] = [
    (
        "insert into sessions (id, user_id, kind, ip, created_at, last_seen_at, expires_at, refresh_hash)
         select gen_random_uuid(), id, 'token', '127.0.0.1', {at}, {at}, {at}, sha256('{n}') from users",
        "0",
    ),
    (
        "with s as (
             insert into sessions (id, user_id, kind, ip, created_at, last_seen_at, expires_at, refresh_hash)
             select gen_random_uuid(), id, 'token', '127.0.0.1', {at}, {at}, '2100-01-01', sha256('live{n}') from users
             returning id
         ) insert into spent_refresh_tokens (hash, session_id, spent_at) select sha256('{n}'), id, {at} from s",
        "1 hour",
    ),
    (
        "insert into login_throttles (account, address, failures, last_failure_at) values ('{n}', 'a', 1, {at})",
        "24 hours",
    ),
    ("insert into login_addresses (address, failures, last_failure_at) values ('{n}', array[{at}], {at})", "2 hours"),
    (
        "insert into otp_completions (otp_session, user_id, completed_at) select sha256('{n}'), id, {at} from users",
        "30 days",
    ),
    (
        "insert into otp_traces (user_id, purpose, actor, noted_at)
         select id, 'registration', substring(sha256('{n}') for 16), {at} from users",
        "24 hours",
    ),
    ("insert into known_devices (user_id, mark, seen_at) select id, sha256('{n}'), {at} from users", "365 days"),
    (
        "insert into notices (id, user_id, kind, email, locale, created_at)
         select gen_random_uuid(), id, 'password_changed', 'ann@example.org', 'en', {at} from users",
        "2 days",
    ),
    ("insert into audit_events (at, event, user_id) select {at}, 'logged_in', id from users", "7 days"),
    ("insert into audit_events (at, event, operator) select {at}, 'looked_up', 'ann' from users", "7 days"),
];

const TABLES: &str = "select (select count(*) from sessions) + (select count(*) from spent_refresh_tokens)
    + (select count(*) from login_throttles) + (select count(*) from login_addresses)
    + (select count(*) from otp_completions) + (select count(*) from known_devices)
    + (select count(*) from otp_traces) + (select count(*) from notices) + (select count(*) from audit_events)";

async fn insert(world: &World, after: &str, name: &str) {
    let client = world.pool.get().await.unwrap();
    for (row, age) in ROWS {
        let at = format!("timestamptz '2026-01-02 03:04:05Z' - interval '{age}' + interval '{after}'");
        client.batch_execute(&row.replace("{at}", &at).replace("{n}", name)).await.unwrap();
    }
}

/// With an account and nothing else.
async fn world() -> (World, Housekeeper) {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    world.pool.get().await.unwrap().batch_execute("delete from audit_events").await.unwrap();
    let settings = Settings {
        audit_retention: Duration::from_secs(7 * 24 * 3600),
        login_address_failures: Rate { limit: 100, window: Duration::from_secs(2 * 3600) },
        ..cheap_settings()
    };
    let housekeeper = Housekeeper::new(world.reopened(settings), Time::new(2).clock());
    (world, housekeeper)
}

#[tokio::test]
async fn what_is_past_goes_and_nothing_else() {
    let (world, housekeeper) = world().await;
    insert(&world, "1 millisecond", "fresh").await;
    let fresh = world.count(TABLES).await;
    // The session that a spent token hangs on lives.
    assert_eq!(fresh, 11);
    assert_eq!(housekeeper.sweep().await.unwrap(), Swept { rows: 0, more: false });
    insert(&world, "0", "past").await;
    assert_eq!(housekeeper.sweep().await.unwrap(), Swept { rows: 10, more: false });
    assert_eq!(world.count(TABLES).await, fresh + 1, "what is fresh, and the session of the spent token");
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(housekeeper.sweep().await.unwrap(), Swept { rows: 10, more: false });
    assert_eq!(world.count(TABLES).await, 2);
    assert_eq!(world.count("select count(*) from users").await, 1);
}

#[tokio::test]
async fn a_sweep_is_a_batch_of_each_kind_the_oldest_first() {
    let (world, housekeeper) = world().await;
    for day in 0..5 {
        let event = format!(
            "insert into audit_events (at, event, operator)
             values (timestamptz '2025-01-01 00:00:00Z' + interval '{day} days', 'looked_up', 'n{day}')"
        );
        world.pool.get().await.unwrap().batch_execute(&event).await.unwrap();
    }
    let housekeeper = housekeeper.with_batch(2);
    assert_eq!(housekeeper.sweep().await.unwrap(), Swept { rows: 2, more: true });
    assert_eq!(world.count("select count(*) from audit_events where operator in ('n2', 'n3', 'n4')").await, 3);
    assert_eq!(housekeeper.sweep().await.unwrap(), Swept { rows: 2, more: true });
    assert_eq!(housekeeper.sweep().await.unwrap(), Swept { rows: 1, more: false });
}

#[tokio::test]
async fn nobody_is_waited_for() {
    let (world, housekeeper) = world().await;
    insert(&world, "0", "past").await;
    let mut other = world.pool.get().await.unwrap();
    let busy = other.transaction().await.unwrap();
    busy.execute("select from audit_events where event = 'logged_in' for update", &[]).await.unwrap();
    assert_eq!(housekeeper.sweep().await.unwrap().rows, 9);
    busy.rollback().await.unwrap();
    assert_eq!(housekeeper.sweep().await.unwrap().rows, 1);
}

#[tokio::test]
async fn a_step_ends_with_its_rest_even_where_the_database_is_away() {
    let (world, _) = world().await;
    let timer = Time::new(2);
    let housekeeper = Arc::new(Housekeeper::new(world.accounts.clone(), timer.clock()));
    for closed in [false, true] {
        if closed {
            world.pool.close();
        }
        let resting = Arc::clone(&housekeeper);
        let step = tokio::spawn(async move { resting.step().await });
        while !step.is_finished() {
            timer.advance(Duration::from_secs(60));
            tokio::task::yield_now().await;
        }
        step.await.unwrap();
    }
}
