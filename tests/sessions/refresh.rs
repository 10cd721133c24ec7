//! Renewing sessions, also many times at once, and what a thief of a token gets.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::support::{log_in, refresh, register, trail};
use crate::support::{Server, client::Client};

const GRACE: Duration = Duration::from_secs(10);

/// Refreshes, and gives the successor.
async fn successor(client: &Client, token: &str) -> String {
    refresh(client, token).await.expect(200)["refresh_token"].as_str().unwrap().to_owned()
}

async fn sessions(server: &Server) -> i64 {
    server.count("select count(*) from sessions where $1 <> ''", "x").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_renewed_by_a_token_that_is_spent_by_that() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "token").await;
    let renewed = refresh(&server.client(), ann.refresh_token()).await;
    assert_eq!((renewed.header("set-cookie"), renewed.header("cache-control")), ("", "no-store"));
    let body = renewed.expect(200);
    assert_eq!(
        (&body["token_type"], &body["expires_in"], &body["refresh_expires_in"]),
        (&json!("Bearer"), &json!(600), &json!(2_592_000))
    );
    assert_eq!(body["session"]["id"], ann.session());
    assert_eq!(body["user"], ann.body["user"]);
    assert_ne!(body["refresh_token"], ann.body["refresh_token"]);
    assert_ne!(body["access_token"], ann.body["access_token"]);
    let again = ann.client.with_token(body["access_token"].as_str().unwrap());
    assert_eq!(again.get("/v1/me").await.expect(200)["username"], "ann");
    assert!(ann.is_logged_in().await, "the access token from before is good until it expires");

    let token = body["refresh_token"].as_str().unwrap();
    let secret = token.get(22..64).unwrap();
    for table in ["sessions", "spent_refresh_tokens"] {
        let stored = format!("select count(*) from {table} t where t::text like '%' || $1 || '%'");
        assert_eq!(server.count(&stored, secret).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_refresh_token_of_a_live_session_is_refused() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "token").await;
    let token = ann.refresh_token();
    let client = server.client();
    let altered = |index: usize| {
        let other = if token.as_bytes()[index] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &token[..index], &token[index + 1..])
    };
    let access = ann.body["access_token"].as_str().unwrap();
    let altered: Vec<String> = [0, 30, 80].map(altered).to_vec();
    let longer = format!("{token}A");
    let wrong = ["", "nonsense", access, &longer, &token[1..]];
    for wrong in wrong.into_iter().chain(altered.iter().map(String::as_str)) {
        let answer = refresh(&client, wrong).await;
        assert!(!answer.header("www-authenticate").is_empty());
        answer.problem(401, "not-authenticated");
    }
    let path = "/v1/sessions/refresh";
    client.post(path, json!({})).await.invalid(&[("/refresh_token", "required")]);
    client.post(path, json!({"refresh_token": 7})).await.invalid(&[("/refresh_token", "invalid_format")]);
    // None of this did the session any harm.
    successor(&client, token).await;

    let cookie = log_in(&client, "ann", "cookie").await;
    let secret = cookie.cookie.as_deref().unwrap().split_once('=').unwrap().1.to_owned();
    refresh(&client, &secret).await.problem(401, "not-authenticated");
    refresh(&cookie.client, "nonsense").await.problem(401, "not-authenticated");
    assert!(cookie.is_logged_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_an_ended_session_is_unknown() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "token").await;
    ann.client.post_empty("/v1/logout").await.expect(204);
    refresh(&server.client(), ann.refresh_token()).await.problem(401, "not-authenticated");
    assert_eq!(trail(&server, "ann", "refresh_reused").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_repeated_within_ten_seconds_gets_the_same_successor() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "token").await;
    let client = server.client();
    let first = successor(&client, ann.refresh_token()).await;
    server.clock.advance(Duration::from_secs(5));
    let second = successor(&client, &first).await;
    server.clock.advance(Duration::from_millis(4_999));
    // Though that successor was spent in turn, it is the one.
    assert_eq!(successor(&client, ann.refresh_token()).await, first);
    assert_eq!(successor(&client, &first).await, second);
    assert_ne!(first, second);
    assert!(ann.is_logged_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_replayed_after_the_grace_ends_the_whole_session() {
    for generations in [1, 3] {
        let server = Server::start().await;
        let ann = register(&server, "ann", "token").await;
        let other = log_in(&server.client(), "ann", "token").await;
        let client = server.client();
        let mut newest = ann.refresh_token().to_owned();
        for _ in 0..generations {
            newest = successor(&client, &newest).await;
            server.clock.advance(GRACE);
        }
        let answer = refresh(&client, ann.refresh_token()).await;
        assert!(!answer.header("www-authenticate").is_empty());
        answer.problem(401, "refresh-token-reused");
        assert!(!ann.is_logged_in().await);
        refresh(&client, &newest).await.problem(401, "not-authenticated");
        refresh(&client, ann.refresh_token()).await.problem(401, "not-authenticated");
        assert!(other.is_logged_in().await, "other sessions of the account go on");
        assert_eq!(trail(&server, "ann", "refresh_reused").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_parallel_refreshes_give_one_family_and_log_nobody_out() {
    let server = Server::start().await;
    let other = server.second_node().await;
    let ann = register(&server, "ann", "token").await;
    let client = server.client();
    let there = client.at(&other.url);
    let node = |index: usize| [&client, &there][index % 2];

    let (token, node) = (ann.refresh_token(), &node);
    // Each goes on at once with what it got.
    let chains = join_all((0..20).map(|index| async move {
        let first = successor(node(index), token).await;
        let second = successor(node(index + 1), &first).await;
        (first, second)
    }))
    .await;
    assert!(chains.iter().all(|chain| *chain == chains[0]), "one family");
    assert_eq!(sessions(&server).await, 1);
    let third = successor(&client, &chains[0].1).await;
    let answer = refresh(&there, &third).await.expect(200);
    let member = client.with_token(answer["access_token"].as_str().unwrap());
    assert_eq!(member.get("/v1/me").await.expect(200)["username"], "ann");
    assert!(ann.is_logged_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_replays_one_is_told_and_the_session_ends_once() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "token").await;
    let client = server.client();
    let newest = successor(&client, ann.refresh_token()).await;
    server.clock.advance(GRACE);
    let answers = join_all((0..10).map(|_| refresh(&client, ann.refresh_token()))).await;
    let told = answers.iter().filter(|answer| answer.text.contains("refresh-token-reused")).count();
    assert_eq!(told, 1);
    assert!(answers.iter().all(|answer| answer.status == 401));
    refresh(&client, &newest).await.problem(401, "not-authenticated");
    assert_eq!(trail(&server, "ann", "refresh_reused").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn spent_tokens_are_forgotten_after_the_grace() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "token").await;
    let client = server.client();
    let mut token = ann.refresh_token().to_owned();
    for _ in 0..5 {
        token = successor(&client, &token).await;
        server.clock.advance(GRACE);
    }
    assert_eq!(server.count("select count(*) from spent_refresh_tokens where $1 <> ''", "x").await, 1);
}
