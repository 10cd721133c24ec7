//! Metrics move as what they are named after happens, and tell nothing of anybody.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::support::{
    Exposition, Server,
    client::{Answer, PASSWORD, profile},
    eventually,
    socket::Socket,
};

const REQUESTS: &str = "chatlink_http_requests_total";
const OTP: &str = "chatlink_otp_outcomes_total";
const DELIVERIES: &str = "chatlink_deliveries_total";

/// Waits until what happens after an answer has been counted too.
async fn counted(server: &Server, name: &str, labels: &[(&str, &str)], number: u64) {
    eventually(|| async { Exposition::read(&server.admin_url).await.count(name, labels) >= number }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journey_shows_in_the_metrics_step_by_step() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    ann.verify(&id, &server.wrong_code("ann@example.org")).await.problem(422, "otp-code-incorrect");
    ann.resend(&id).await.expect(202);
    server.message("ann@example.org", 2).await;
    let token = ann.verify(&id, &server.code("ann@example.org").await).await.expect(200)["completion_token"].clone();
    ann.complete(&id, profile(&token, "ann.lee")).await.expect(201);
    counted(&server, DELIVERIES, &[("outcome", "sent")], 2).await;

    let metrics = Exposition::read(&server.admin_url).await;
    let route = "/v1/registrations/{id}/verify";
    for (status, number) in [("422", 1), ("200", 1), ("404", 0)] {
        let labels = [("route", route), ("method", "POST"), ("status", status)];
        assert_eq!(metrics.count(REQUESTS, &labels), number, "{status}");
    }
    let timed = metrics.count("chatlink_http_request_duration_seconds_count", &[("route", route), ("method", "POST")]);
    assert_eq!(timed, 2);
    assert_eq!(metrics.count("chatlink_http_requests_in_flight", &[]), 0);
    for (outcome, number) in [("started", 1), ("code_incorrect", 1), ("resent", 1), ("verified", 1), ("completed", 1)] {
        let count = metrics.count(OTP, &[("purpose", "registration"), ("outcome", outcome)]);
        assert_eq!(count, number, "{outcome}");
    }
    let sent = [("channel", "email"), ("kind", "registration_code"), ("outcome", "sent")];
    assert_eq!(metrics.count(DELIVERIES, &sent), 2);
    assert_eq!(metrics.count("chatlink_delivery_age_seconds_count", &[("channel", "email")]), 2);
    let pool = |what| metrics.count(&format!("chatlink_postgres_{what}"), &[]);
    assert_eq!((pool("connections_limit"), pool("callers_waiting")), (16, 0));
    assert!((1..=16).contains(&pool("connections_open")) && pool("connections_idle") <= pool("connections_open"));
    assert!(metrics.count("chatlink_actors_live", &[("purpose", "registration")]) >= 1);
    assert_eq!(metrics.count("chatlink_password_hash_duration_seconds_count", &[]), 1);
    assert!(metrics.count("chatlink_postgres_call_duration_seconds_count", &[("outcome", "answered")]) >= 1);
    assert!(metrics.count("chatlink_redis_call_duration_seconds_count", &[("operation", "commit")]) >= 5);
    assert!(metrics.value("process_resident_memory_bytes", &[]) > 1e6);
    assert!(metrics.value("process_cpu_seconds_total", &[]) > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_told_apart() {
    let server = Server::with(&[("otp.registration.free_resends", "0")]).await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    ann.resend(&id).await.problem(429, "otp-resend-cooldown");
    for _ in 0..5 {
        ann.verify(&id, &server.wrong_code("ann@example.org")).await;
    }
    ann.verify(&id, "123456").await.problem(410, "otp-session-locked");
    ann.verify(&"A".repeat(43), "123456").await.problem(404, "otp-session-not-found");
    let metrics = Exposition::read(&server.admin_url).await;
    for (outcome, number) in
        [("cooldown", 1), ("code_incorrect", 4), ("locked", 1), ("refused_locked", 1), ("unknown_session", 1)]
    {
        assert_eq!(metrics.count(OTP, &[("outcome", outcome)]), number, "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_are_counted_by_outcome() {
    let server = Server::start().await;
    server.register("ann@example.org", "ann.lee").await;
    let bo = server.client();
    bo.log_in("ann.lee", PASSWORD).await.expect(201);
    bo.log_in("ann.lee", "wrong-password-1").await.problem(401, "invalid-credentials");
    let metrics = Exposition::read(&server.admin_url).await;
    for (outcome, number) in [("succeeded", 1), ("failed", 1), ("throttled", 0)] {
        let count = metrics.count("chatlink_logins_total", &[("outcome", outcome)]);
        assert_eq!(count, number, "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refreshes_are_counted_by_what_they_came_to() {
    let server = Server::start().await;
    server.register("ann@example.org", "ann").await;
    let ann = server.client();
    let opened = ann.log_in("ann", PASSWORD).await.expect(201);
    let refresh = || ann.post("/v1/sessions/refresh", json!({"refresh_token": opened["refresh_token"]}));
    refresh().await.expect(200);
    refresh().await.expect(200);
    server.clock.advance(Duration::from_secs(10));
    refresh().await.problem(401, "refresh-token-reused");
    refresh().await.problem(401, "not-authenticated");
    let metrics = Exposition::read(&server.admin_url).await;
    for (outcome, number) in [("rotated", 1), ("repeated", 1), ("replayed", 1), ("refused", 1), ("unavailable", 0)] {
        assert_eq!(metrics.count("chatlink_refreshes_total", &[("outcome", outcome)]), number, "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_are_of_a_few_values_and_none_of_them_is_somebodys() {
    let server = Server::start().await;
    let ann = server.register("planted@example.org", "planted.name").await;
    let id = server.started(&ann, "other-planted@example.org").await;
    ann.status(&id).await.expect(200);
    ann.get("/v1/usernames/planted.name").await.expect(200);
    for n in 0..20 {
        ann.get(&format!("/planted/{n}")).await.problem(404, "not-found");
        ann.get(&format!("/v1/registrations/planted{n}")).await.problem(404, "otp-session-not-found");
        let method = Method::from_bytes(format!("PLANTED{n}").as_bytes()).unwrap();
        Answer::read(ann.request(method, "/v1/me")).await.problem(405, "method-not-allowed");
    }
    let metrics = Exposition::read(&server.admin_url).await;
    assert!(!metrics.text.to_lowercase().contains("planted"), "{}", metrics.text);
    assert!(!metrics.text.contains(&id) && !metrics.text.contains("example.org"), "{}", metrics.text);
    let routes = metrics.labels(REQUESTS, "route");
    assert!(routes.contains(&"(none)") && routes.contains(&"/v1/registrations/{id}"), "{routes:?}");
    assert!(routes.iter().all(|route| route.starts_with("/v1/") || *route == "(none)"), "{routes:?}");
    assert_eq!(metrics.labels(REQUESTS, "method"), ["GET", "POST", "other"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn open_sockets_are_counted_until_they_close() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let open = || async { Exposition::read(&server.admin_url).await.count("chatlink_websockets_open", &[]) };
    let socket = Socket::open(&server.url, &id, &[]).await.unwrap();
    assert_eq!(open().await, 1);
    drop(socket);
    eventually(|| async { open().await == 0 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_one_process_count_each_for_itself() {
    let (busy, idle) = tokio::join!(Server::start(), Server::start());
    busy.client().get("/healthz").await.expect(200);
    assert_eq!(Exposition::read(&busy.admin_url).await.count(REQUESTS, &[]), 1);
    assert_eq!(Exposition::read(&idle.admin_url).await.count(REQUESTS, &[]), 0);
}
