//! What must hold when things break.

use serde_json::{Value, json};

use super::{ANN, opens, with_password};
use crate::support::{
    Flow, Server,
    client::{NEW_PASSWORD, PASSWORD},
    eventually,
};

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_away_codes_go_on_and_the_completion_waits() {
    let server = Server::with_own_services().await;
    server.register(ANN, "ann").await;
    let ann = server.client().on(Flow::PasswordReset);
    let id = server.started(&ann, ANN).await;
    let code = server.code(ANN).await;

    server.stop_postgres().await;
    let token = ann.verify(&id, &code).await.expect(200)["completion_token"].clone();
    for name in ["ann", "nobody", "nobody@example.org"] {
        let session = ann.start(name).await.expect(202);
        assert_eq!(session["delivery"], "queued");
    }
    for password in [NEW_PASSWORD, "another-Quartz-plum-12"] {
        ann.complete(&id, with_password(&token, password)).await.problem(503, "temporarily-unavailable");
    }
    assert_eq!(ann.status(&id).await.expect(200)["state"], "verified");

    server.start_postgres().await;
    eventually(|| async { server.client().get("/readyz").await.status == 200 }).await;
    ann.complete(&id, with_password(&token, NEW_PASSWORD)).await.expect(204);
    assert!(opens(&server, "ann", NEW_PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_nothing_is_replaced_and_the_token_stays() {
    let server = Server::with_own_services().await;
    server.register(ANN, "ann").await;
    let ann = server.client().on(Flow::PasswordReset);
    let (id, token) = server.verified(&ann, ANN).await;
    server.pause_redis().await;
    ann.complete(&id, with_password(&token, NEW_PASSWORD)).await.problem(503, "temporarily-unavailable");
    assert!(opens(&server, "ann", PASSWORD).await);
    server.resume_redis().await;
    eventually(|| async { ann.status(&id).await.status == 200 }).await;
    ann.complete(&id, with_password(&token, NEW_PASSWORD)).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_cut_off_between_the_databases_is_repaired_by_its_retry() {
    let server = Server::start().await;
    server.register(ANN, "ann").await;
    let ann = server.client().on(Flow::PasswordReset);
    let (id, token) = server.verified(&ann, ANN).await;
    // Redis forgets the completion, as if the node had died right after Postgres had the new password.
    let before = server.redis_snapshot().await;
    ann.complete(&id, with_password(&token, NEW_PASSWORD)).await.expect(204);
    server.restore_redis(before).await;

    let other = with_password(&token, "another-Quartz-plum-12");
    ann.complete(&id, other.clone()).await.problem(410, "completion-token-invalid");
    assert_eq!(ann.status(&id).await.expect(200)["state"], "verified");
    ann.complete(&id, with_password(&token, NEW_PASSWORD)).await.expect(204);
    ann.complete(&id, with_password(&token, NEW_PASSWORD)).await.problem(410, "completion-token-invalid");
    ann.complete(&id, other).await.problem(410, "completion-token-invalid");
    assert!(opens(&server, "ann", NEW_PASSWORD).await);
    assert_eq!(server.count("select count(*) from audit_events where event = $1", "password_reset").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_waits_for_redis_and_then_goes_out() {
    let server = Server::with_own_services().await;
    server.register(ANN, "ann").await;
    let waiting = "select count(*) from notices where kind = $1";
    server.pause_redis().await;
    let login = json!({"login": "ann", "password": PASSWORD, "device_name": "tablet"});
    server.client().post("/v1/sessions", login).await.expect(201);
    assert_eq!(server.count(waiting, "new_login").await, 1);
    assert!(!server.kinds(ANN).contains(&"new_login".to_owned()));

    server.resume_redis().await;
    let notice = server.message_of(ANN, "new_login").await;
    assert_eq!(notice["code"], Value::Null);
    eventually(|| async { server.count(waiting, "new_login").await == 0 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_left_behind_is_sent_by_the_others() {
    let server = Server::start().await;
    server.register(ANN, "ann").await;
    let ann = server.client().on(Flow::PasswordReset);
    let (id, token) = server.verified(&ann, ANN).await;
    let other = server.second_node().await;
    server
        .execute(
            "insert into notices (id, user_id, kind, email, locale, created_at)
             select gen_random_uuid(), id, 'password_changed', email, 'en', created_at
             from users, generate_series(1, 150)",
        )
        .await;
    ann.at(&other.url).complete(&id, with_password(&token, NEW_PASSWORD)).await.expect(204);
    let sent = || [&server, &other].iter().map(|node| node.kinds(ANN)).collect::<Vec<_>>().concat();
    let notices = || sent().iter().filter(|kind| *kind == "password_changed").count();
    eventually(|| async { notices() >= 151 }).await;
    assert_eq!(server.count("select count(*) from notices where kind = $1", "password_changed").await, 0);
}
