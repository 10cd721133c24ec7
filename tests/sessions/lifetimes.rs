//! How long sessions live, used and unused.

use std::time::Duration;

use super::support::{KINDS, Member, log_in, refresh, register};
use crate::support::Server;

const MINUTE: Duration = Duration::from_secs(60);
const SETTINGS: [(&str, &str); 4] = [
    ("sessions.access_ttl", "5m"),
    ("sessions.refresh_ttl", "20m"),
    ("sessions.cookie_idle_ttl", "5m"),
    ("sessions.max_age", "1h"),
];

async fn seen(server: &Server, member: &Member) -> i64 {
    let sql = "select extract(epoch from last_seen_at - created_at)::bigint from sessions where id::text = $1";
    server.count(sql, member.session()).await
}

fn just_less(duration: Duration) -> Duration {
    duration.checked_sub(Duration::from_millis(1)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_lives_while_it_is_used_and_ends_when_it_is_not() {
    let server = Server::with(&SETTINGS).await;
    let used = register(&server, "ann", "cookie").await;
    let unused = log_in(&server.client(), "ann", "cookie").await;
    server.clock.advance(4 * MINUTE);
    assert!(used.is_logged_in().await);
    server.clock.advance(just_less(MINUTE));
    assert!(unused.client.get("/v1/csrf").await.status == 200, "used on the last instant");
    let late = log_in(&server.client(), "ann", "cookie").await;
    server.clock.advance(5 * MINUTE);
    assert!(!late.is_logged_in().await && !unused.is_logged_in().await);
    assert!(!used.is_logged_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_use_lets_a_cookie_live_beyond_the_greatest_age() {
    let server = Server::with(&SETTINGS).await;
    let ann = register(&server, "ann", "cookie").await;
    for _ in 0..14 {
        server.clock.advance(4 * MINUTE);
        assert!(ann.is_logged_in().await);
    }
    server.clock.advance(just_less(4 * MINUTE));
    assert!(ann.is_logged_in().await);
    server.clock.advance(Duration::from_millis(1));
    assert!(!ann.is_logged_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_refresh_lets_tokens_live_beyond_the_greatest_age() {
    let server = Server::with(&SETTINGS).await;
    let ann = register(&server, "ann", "token").await;
    let mut body = ann.body.clone();
    let client = server.client();
    let mut left = Vec::new();
    for _ in 0..3 {
        left.push((body["expires_in"].as_u64().unwrap(), body["refresh_expires_in"].as_u64().unwrap()));
        server.clock.advance(19 * MINUTE);
        body = refresh(&client, body["refresh_token"].as_str().unwrap()).await.expect(200);
    }
    // 57 minutes have gone by: neither token outlives the session.
    left.push((body["expires_in"].as_u64().unwrap(), body["refresh_expires_in"].as_u64().unwrap()));
    assert_eq!(left, [(300, 1200), (300, 1200), (300, 1200), (180, 180)]);
    let member = client.with_token(body["access_token"].as_str().unwrap());
    server.clock.advance(just_less(3 * MINUTE));
    member.get("/v1/me").await.expect(200);
    let token = body["refresh_token"].as_str().unwrap();
    let last = refresh(&client, token).await.expect(200);
    assert_eq!(last["refresh_expires_in"], 0);
    server.clock.advance(Duration::from_millis(1));
    member.get("/v1/me").await.problem(401, "not-authenticated");
    refresh(&client, last["refresh_token"].as_str().unwrap()).await.problem(401, "not-authenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_not_refreshed_end() {
    let server = Server::with(&SETTINGS).await;
    let ann = register(&server, "ann", "token").await;
    server.clock.advance(4 * MINUTE);
    assert!(ann.is_logged_in().await, "using an access token renews nothing");
    server.clock.advance(just_less(16 * MINUTE));
    let in_time = refresh(&server.client(), ann.refresh_token()).await.expect(200);
    server.clock.advance(20 * MINUTE);
    let token = in_time["refresh_token"].as_str().unwrap();
    refresh(&server.client(), token).await.problem(401, "not-authenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn use_is_noted_to_a_minute_or_to_a_tenth_of_the_idle_lifetime() {
    // A tenth of 5 minutes is less than a minute; a tenth of 20 minutes is not.
    for (kind, resolution) in KINDS.into_iter().zip([MINUTE, MINUTE / 2]) {
        let server = Server::with(&SETTINGS).await;
        let ann = register(&server, "ann", kind).await;
        server.clock.advance(just_less(resolution));
        assert!(ann.is_logged_in().await);
        assert_eq!(seen(&server, &ann).await, 0, "{kind}");
        server.clock.advance(Duration::from_millis(1));
        assert!(ann.is_logged_in().await);
        assert_eq!(seen(&server, &ann).await, i64::try_from(resolution.as_secs()).unwrap(), "{kind}");
    }
}
