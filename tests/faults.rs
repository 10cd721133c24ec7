//! What must hold when things break.

use std::time::Duration;

use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::{
    Place, Server,
    client::{Client, PASSWORD, profile},
    eventually,
    process::{HalfRequest, Node},
    smtp::SmtpServer,
    socket::Socket,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_forgets_no_attempt_no_cooldown_and_no_expiry() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let wrong = server.wrong_code("ann@example.org");
    let code = server.code("ann@example.org").await;
    ann.verify(&id, &wrong).await.problem(422, "otp-code-incorrect");
    for _ in 0..5 {
        ann.resend(&id).await.expect(202);
    }
    let before = ann.status(&id).await.expect(200);

    let server = server.restart().await;
    let ann = ann.at(&server.url);
    let mut after = ann.status(&id).await.expect(200);
    after["delivery"] = before["delivery"].clone();
    assert_eq!(after, before);
    ann.resend(&id).await.problem(429, "otp-resend-cooldown");
    assert_eq!(ann.verify(&id, &wrong).await.problem(422, "otp-code-incorrect")["attempts_left"], 3);
    server.clock.advance(Duration::from_secs(299));
    let server = server.restart().await;
    let ann = ann.at(&server.url);
    server.clock.advance(Duration::from_secs(1));
    ann.verify(&id, &code).await.problem(410, "otp-session-expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_codes_wait_and_accounts_go_on() {
    let server = Server::with_own_services().await;
    let member = server.register("known@example.org", "known").await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let code = server.code("ann@example.org").await;
    let wrong = server.wrong_code("ann@example.org");
    ann.verify(&id, &wrong).await.problem(422, "otp-code-incorrect");

    server.pause_redis().await;
    ann.start("bo@example.org").await.problem(503, "temporarily-unavailable");
    ann.status(&id).await.problem(503, "temporarily-unavailable");
    ann.resend(&id).await.problem(503, "temporarily-unavailable");
    ann.verify(&id, &code).await.problem(503, "temporarily-unavailable");
    ann.get("/healthz").await.expect(200);
    let ready = ann.get("/readyz").await;
    assert!(ready.text.contains("redis") && !ready.text.contains("\"postgres"), "{}", ready.text);
    ready.problem(503, "temporarily-unavailable");
    member.get("/v1/me").await.expect(200);
    ann.log_in("known", PASSWORD).await.expect(201);
    for _ in 0..5 {
        ann.log_in("known", "another-Quartz-plum-12").await.problem(401, "invalid-credentials");
    }
    ann.log_in("known", PASSWORD).await.problem(429, "login-throttled");

    server.resume_redis().await;
    eventually(|| async { ann.status(&id).await.status == 200 }).await;
    assert_eq!(ann.status(&id).await.expect(200)["attempts_left"], 4, "an outage resets nothing");
    ann.verify(&id, &code).await.expect(200);
    server.started(&ann, "bo@example.org").await;
    server.code("bo@example.org").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_away_accounts_wait_and_codes_go_on() {
    let server = Server::with_own_services().await;
    let member = server.register("known@example.org", "known").await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let code = server.code("ann@example.org").await;

    server.stop_postgres().await;
    let token = ann.verify(&id, &code).await.expect(200)["completion_token"].clone();
    let waiting = ann.start("bo@example.org").await.expect(202)["id"].as_str().unwrap().to_owned();
    ann.complete(&id, profile(&token, "ann")).await.problem(503, "temporarily-unavailable");
    assert_eq!(ann.status(&id).await.expect(200)["state"], "verified", "no completed session without an account");
    member.get("/v1/me").await.problem(503, "temporarily-unavailable");
    ann.log_in("known", PASSWORD).await.problem(503, "temporarily-unavailable");
    assert!(ann.get("/readyz").await.text.contains("postgres"));
    assert_eq!(ann.status(&waiting).await.expect(200)["delivery"], "queued");

    server.start_postgres().await;
    eventually(|| async { member.get("/v1/me").await.status == 200 }).await;
    ann.complete(&id, profile(&token, "ann")).await.expect(201);
    assert_eq!(server.message("bo@example.org", 1).await["kind"], "registration_code", "what waited is sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_nobody_takes_stays_queued_and_then_fails() {
    let server = Server::with(&[("smtp.url", "smtp://127.0.0.1:1")]).await;
    let ann = server.client();
    let id = ann.start("ann@example.org").await.expect(202)["id"].as_str().unwrap().to_owned();
    let mut socket = Socket::open(&server.url, &id, &[]).await.unwrap();
    assert_eq!(socket.session(1).await["delivery"], "queued");
    server.clock.advance(Duration::from_secs(300));
    socket.until(|session| session["state"] == "expired").await;
    eventually(|| async { ann.status(&id).await.expect(200)["delivery"] == "failed" }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_arrives_over_tls_from_an_authenticated_sender() {
    let mut smtp = SmtpServer::start(&[]).await;
    let server = Server::with(&smtp.settings()).await;
    let ann = server.client();
    let id = ann.start("ann@example.org").await.expect(202)["id"].as_str().unwrap().to_owned();
    let code = smtp.code().await;
    ann.verify(&id, &code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_killed_between_commit_and_send_loses_nothing() {
    let place = Place::new().await;
    let dead_end = Node::start(&place, &[("smtp.url", "smtp://127.0.0.1:1")]).await;
    let ann = Client::new(&dead_end.url);
    let id = ann.start("ann@example.org").await.expect(202)["id"].as_str().unwrap().to_owned();
    dead_end.signal("KILL").await;
    dead_end.ended().await;

    let mut smtp = SmtpServer::start(&[]).await;
    let survivor = Node::start(&place, &smtp.settings()).await;
    let code = smtp.code().await;
    Client::new(&survivor.url).verify(&id, &code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sigterm_requests_finish_and_the_process_ends_well() {
    let place = Place::new().await;
    let mut smtp = SmtpServer::start(&[]).await;
    let node = Node::start(&place, &smtp.settings()).await;
    let ann = Client::new(&node.url);
    let id = ann.start("ann@example.org").await.expect(202)["id"].as_str().unwrap().to_owned();
    let code = smtp.code().await;
    let token = ann.verify(&id, &code).await.expect(200)["completion_token"].clone();
    let mut socket = Socket::open(&node.url, &id, &[]).await.unwrap();
    socket.session(1).await;

    // The server asks for the body, so the request is in its hands when the signal comes.
    let mut request =
        HalfRequest::post(&node.url, &format!("/v1/registrations/{id}/complete"), &profile(&token, "ann")).await;
    node.signal("TERM").await;
    assert_eq!(socket.closed().await, CloseCode::Away);
    let answer = request.finish().await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(node.ended().await.0.code(), Some(0));
    assert_eq!(place.count("select count(*) from users where username = $1", "ann").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_logs_of_a_whole_journey_hold_nothing_secret() {
    let place = Place::new().await;
    let mut smtp = SmtpServer::start(&[]).await;
    let mut settings = smtp.settings();
    settings.push(("log.level", "trace".into()));
    let node = Node::start(&place, &settings).await;
    let ann = Client::new(&node.url);
    let mut secrets = vec!["planted.local.part".to_owned(), PASSWORD.to_owned(), "planted-username".to_owned()];

    let started = ann.start("planted.local.part@example.org").await.expect(202);
    let id = started["id"].as_str().unwrap().to_owned();
    let code = smtp.code().await;
    ann.verify(&id, "000000").await;
    let verified = ann.verify(&id, &code).await.expect(200);
    let token = verified["completion_token"].clone();
    ann.complete(&id, profile(&token, "planted..username")).await.problem(422, "validation-failed");
    let completed = ann.complete(&id, profile(&token, "planted.username")).await.expect(201);
    let access = completed["access_token"].as_str().unwrap();
    let member = ann.with_token(access);
    member.get("/v1/me").await.expect(200);
    ann.log_in("planted.username", "planted-wrong-password").await.problem(401, "invalid-credentials");
    member.post_empty("/v1/logout").await.expect(204);
    secrets.extend([
        id,
        code,
        token.as_str().unwrap().to_owned(),
        access.to_owned(),
        "planted-wrong-password".to_owned(),
    ]);
    secrets.push(completed["refresh_token"].as_str().unwrap().to_owned());
    secrets.push(completed["session"]["id"].as_str().unwrap().to_owned());

    node.signal("TERM").await;
    let (status, log) = node.ended().await;
    assert_eq!(status.code(), Some(0));
    assert!(
        log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()),
        "JSON, a line each:\n{log}"
    );
    assert!(log.contains("/v1/registrations/{id}/verify"), "the routes are named:\n{log}");
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} is in the log:\n{log}");
    }
}
