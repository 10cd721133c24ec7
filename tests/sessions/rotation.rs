//! Secrets are rotated without anybody being logged out, and nodes that are a step behind do no harm.

use std::time::Duration;

use super::support::{log_in, refresh, register};
use crate::support::Server;

const OLD: &str = "b2xkIHNlY3JldCBvZiB0aGUgdGVzdHMsIGxvbmcgZW5vdWdo";
const NEW: &str = "bmV3IHNlY3JldCBvZiB0aGUgdGVzdHMsIGxvbmcgZW5vdWdo";
const KEY: &str = "secrets.key";

fn both() -> String {
    format!("{NEW},{OLD}")
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_given_out_is_good_after_a_rotation() {
    let server = Server::with(&[(KEY, OLD)]).await;
    let token = register(&server, "ann", "token").await;
    let cookie = log_in(&server.client(), "ann", "cookie").await;
    let spent = token.refresh_token();
    let current = refresh(&server.client(), spent).await.expect(200)["refresh_token"].clone();

    let server = server.restart_with(&[(KEY, both())]).await;
    let keys = server.client().get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    let (by_token, by_cookie) = (token.client.at(&server.url), cookie.client.at(&server.url));
    assert_eq!(by_token.get("/v1/me").await.expect(200)["username"], "ann");
    assert_eq!(by_cookie.get("/v1/me").await.expect(200)["username"], "ann");
    assert_eq!(by_cookie.post_empty(&format!("/v1/sessions/{}/revoke", cookie.session())).await.status, 204);

    // A refresh from before, repeated after: the same successor, though another secret would make another.
    let client = server.client();
    assert_eq!(refresh(&client, spent).await.expect(200)["refresh_token"], current);
    let next = refresh(&client, current.as_str().unwrap()).await.expect(200);
    assert_eq!(client.with_token(next["access_token"].as_str().unwrap()).get("/v1/me").await.status, 200);

    // Once the old secret is dropped, what the new one made is good.
    let server = server.restart_with(&[(KEY, NEW)]).await;
    let client = server.client();
    by_token.at(&server.url).get("/v1/me").await.problem(401, "not-authenticated");
    assert_eq!(client.with_token(next["access_token"].as_str().unwrap()).get("/v1/me").await.status, 200);
    refresh(&client, next["refresh_token"].as_str().unwrap()).await.expect(200);
    server.clock.advance(Duration::from_secs(10));
    // A token of the dropped secret is not known to have been ours: it ends nothing.
    refresh(&client, spent).await.problem(401, "not-authenticated");
    assert_eq!(client.with_token(next["access_token"].as_str().unwrap()).get("/v1/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_old_secret_that_is_current_is_good_when_that_is_dropped() {
    let server = Server::with(&[(KEY, OLD)]).await;
    let ann = register(&server, "ann", "token").await;
    let server = server.restart_with(&[(KEY, NEW)]).await;
    refresh(&server.client(), ann.refresh_token()).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_known_after_a_rotation() {
    let server = Server::with(&[(KEY, OLD)]).await;
    let ann = register(&server, "ann", "token").await;
    refresh(&server.client(), ann.refresh_token()).await.expect(200);
    let server = server.restart_with(&[(KEY, both())]).await;
    server.clock.advance(Duration::from_secs(10));
    refresh(&server.client(), ann.refresh_token()).await.problem(401, "refresh-token-reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_the_newest_secret_ends_no_session() {
    let behind = Server::with(&[(KEY, OLD)]).await;
    let ahead = behind.second_node_with(&[(KEY, both())]).await;
    let ann = register(&behind, "ann", "token").await;
    let client = behind.client();
    let ahead_client = client.at(&ahead.url);
    let next = refresh(&ahead_client, ann.refresh_token()).await.expect(200)["refresh_token"].clone();
    // It cannot make that successor, and says so; the node that can does.
    refresh(&client, ann.refresh_token()).await.problem(503, "temporarily-unavailable");
    assert_eq!(refresh(&ahead_client, ann.refresh_token()).await.expect(200)["refresh_token"], next);
    let next = refresh(&client, next.as_str().unwrap()).await.expect(200)["refresh_token"].clone();
    refresh(&ahead_client, next.as_str().unwrap()).await.expect(200);
    assert!(ann.is_logged_in().await);
}
