//! Guessing passwords, as clients see it.

use std::time::Duration;

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use serde_json::Value;

use crate::support::{
    Server,
    client::{Answer, PASSWORD},
};

const WRONG: &str = "another-Quartz-plum-12";

#[tokio::test(flavor = "multi_thread")]
async fn pauses_double_from_a_second_to_a_quarter_of_an_hour() {
    let server = Server::start().await;
    server.register("ann@example.org", "ann").await;
    let guesser = server.client();
    for _ in 0..4 {
        guesser.log_in("ann", WRONG).await.problem(401, "invalid-credentials");
    }
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        guesser.log_in("ann", WRONG).await.problem(401, "invalid-credentials");
        let throttled = guesser.log_in("ann", PASSWORD).await.problem(429, "login-throttled");
        assert_eq!(throttled["retry_after"], seconds);
        server.clock.advance(Duration::from_millis(seconds * 1000 - 1));
        assert_eq!(guesser.log_in("ann", PASSWORD).await.problem(429, "login-throttled")["retry_after"], 1);
        server.clock.advance(Duration::from_millis(1));
    }
    server.client().log_in("ann", PASSWORD).await.expect(201);
    guesser.log_in("ann", PASSWORD).await.expect(201);
}

/// All of an answer but what is different in every one.
fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, Value) {
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let mut body = answer.body.clone();
    assert_eq!(body["instance"], answer.header("x-request-id"));
    body.as_object_mut().unwrap().remove("instance");
    (answer.status, headers, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_exchange_is_the_same_whether_or_not_there_is_an_account() {
    let server = Server::start().await;
    server.register("ann@example.org", "ann").await;
    server.register("+491711234567", "ben").await;
    let names = [
        ("ann", "ann2"),
        ("ann@example.org", "ann2@example.org"),
        ("+491711234567", "+491711234568"),
        ("ann", "no name"),
        ("ann", "@"),
    ];
    for (known, unknown) in names {
        let (one, other) = (server.client(), server.client());
        for round in 0..8 {
            let there = seen(&one.log_in(known, WRONG).await);
            let not_there = seen(&other.log_in(unknown, WRONG).await);
            assert_eq!(there, not_there, "{known} and {unknown}, {round}");
            assert_eq!(there.0, if round == 5 || round == 7 { 429 } else { 401 });
            if round == 5 {
                server.clock.advance(Duration::from_secs(1));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_parallel_logins_do_not_disturb_who_is_logged_in() {
    // Each hash takes long enough for the queue to fill, whatever else the machine does.
    let server = Server::with(&[("passwords.argon2_iterations", "40")]).await;
    let member = server.register("ann@example.org", "ann").await;
    let crowd = server.client();
    let mut logins: FuturesUnordered<_> = (0..200).map(|_| crowd.log_in("nobody", WRONG)).collect();
    // Of 200, two are hashed and 64 wait: this is the first that there was no room for, and the others still wait.
    let refused = logins.next().await.unwrap();
    refused.problem(503, "temporarily-unavailable");
    for _ in 0..20 {
        member.get("/v1/me").await.expect(200);
    }
    let mut refused = 1;
    while let Some(answer) = logins.next().await {
        if answer.status != 503 {
            answer.problem(401, "invalid-credentials");
            break;
        }
        answer.problem(503, "temporarily-unavailable");
        refused += 1;
    }
    assert!(refused >= 100, "{refused}");
}
