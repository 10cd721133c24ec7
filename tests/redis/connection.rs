//! Kept connections: how they break, and what the next request finds.

use chatlink_actors::ports::{Committed, StoreError};
use futures_util::future::join_all;

use super::support::*;

const KILL: [&str; 6] = ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"];

#[tokio::test]
async fn what_was_kept_is_replaced_after_a_restart_of_the_server() {
    let mut server = Server::start().await;
    let redis = server.adapter().await;
    let store = store(&redis);
    store.commit(commit(key(1), None, 1)).await.unwrap();

    server.stop().await;
    let outcome = store.load(key(1)).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    let outcome = store.commit(commit(key(1), Some(1), 2)).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    redis.ping().await.unwrap_err();

    server.restart().await;
    assert_eq!(store.load(key(1)).await.unwrap(), None);
    assert_eq!(store.commit(commit(key(1), None, 1)).await.unwrap(), Committed::Won);
    redis.ping().await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_away_at_the_start_is_found_later() {
    let mut server = Server::absent().await;
    let redis = server.adapter().await;
    redis.ping().await.unwrap_err();
    server.restart().await;
    redis.ping().await.unwrap();
    assert_eq!(store(&redis).load(key(1)).await.unwrap(), None);
}

#[tokio::test]
async fn reads_survive_the_silent_death_of_an_idle_connection() {
    let server = Server::start().await;
    let store = store(&server.adapter().await);
    let mut plain = server.plain().await;
    for _ in 0..10 {
        plain.ask::<usize>(&KILL).await;
        store.load(key(1)).await.unwrap();
        plain.ask::<usize>(&KILL).await;
        store.watch(key(1), HOUR).await.unwrap();
    }
}

#[tokio::test]
async fn a_commit_is_never_sent_twice() {
    let server = Server::start().await;
    let store = store(&server.adapter().await);
    server.plain().await.ask::<usize>(&KILL).await;
    let outcome = store.commit(commit(key(1), None, 1)).await;
    assert!(matches!(outcome, Err(StoreError::Unknown(_))), "{outcome:?}");
}

#[tokio::test]
async fn concurrent_requests_share_one_connection_and_one_attempt_to_replace_it() {
    let server = Server::start().await;
    let store = store(&server.adapter().await);
    let mut plain = server.plain().await;
    let before = plain.info("total_connections_received").await;

    plain.ask::<usize>(&KILL).await;
    for outcome in join_all((0..100).map(|n| store.load(key(n)))).await {
        outcome.unwrap();
    }

    assert_eq!(plain.info("total_connections_received").await - before, 1);
}

#[tokio::test]
async fn a_connection_opened_for_a_passing_runtime_survives_it() {
    let server = Server::start().await;
    let store = store(&server.adapter().await);
    let mut plain = server.plain().await;
    plain.ask::<usize>(&KILL).await;

    let passing = std::sync::Arc::clone(&store);
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(passing.load(key(1))).unwrap();
    })
    .await
    .unwrap();

    let before = plain.info("total_connections_received").await;
    store.commit(commit(key(1), None, 1)).await.unwrap();
    assert_eq!(plain.info("total_connections_received").await, before);
}

#[tokio::test]
async fn a_connection_without_answers_is_given_up() {
    let server = Server::start().await;
    let cable = server.cable();
    let store = store(&connect(&cable.url(), BRIEFLY).await);
    store.commit(commit(key(1), None, 1)).await.unwrap();

    cable.cut();
    let outcome = store.commit(commit(key(1), Some(1), 2)).await;
    assert!(matches!(outcome, Err(StoreError::Unknown(_))), "{outcome:?}");

    assert_eq!(store.commit(commit(key(1), Some(1), 3)).await.unwrap(), Committed::Won);
}

#[tokio::test]
async fn a_frozen_server_does_not_hold_up_the_answer() {
    let server = Server::start().await;
    let redis = connect(&server.url(), BRIEFLY).await;
    redis.ping().await.unwrap();
    server.freeze();
    soon(redis.ping()).await.unwrap_err();
    soon(connect(&server.url(), BRIEFLY)).await;
    server.thaw();
    eventually("the server is back", async || redis.ping().await.is_ok()).await;
}

#[tokio::test]
async fn a_password_is_used_and_never_quoted() {
    let server = Server::start().await;
    server.plain().await.ask::<()>(&["CONFIG", "SET", "requirepass", "right-horse"]).await;
    let ping = async |password: &str| {
        let url = format!("{}?pass={password}", server.url());
        connect(&url, PATIENTLY).await.ping().await
    };
    ping("right-horse").await.unwrap();
    let refusal = ping("wrong-horse").await.unwrap_err().to_string();
    assert!(!refusal.contains("horse"), "{refusal}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_out_of_reach() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("rediss://{}", listener.local_addr().unwrap());
    let hang_up = async { while listener.accept().await.is_ok() {} };
    let ping = async { connect(&url, PATIENTLY).await.ping().await };
    tokio::select! {
        () = hang_up => unreachable!("the listener lives"),
        answer = soon(ping) => answer.unwrap_err(),
    };
}
