//! Races, with real parallel requests.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{
    Server,
    client::{Answer, PASSWORD, profile, with},
};

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_parallel_wrong_codes_count_exactly_five() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let wrong = server.wrong_code("ann@example.org");
    let answers = join_all((0..100).map(|_| ann.verify(&id, &wrong))).await;
    assert_eq!((count(&answers, 422), count(&answers, 410)), (5, 95), "the rest is locked out");
    let mut left: Vec<i64> = answers.iter().filter_map(|answer| answer.body["attempts_left"].as_i64()).collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4]);
    assert_eq!(ann.status(&id).await.expect(200)["state"], "locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_one_budget_of_attempts() {
    let server = Server::start().await;
    let other = server.second_node().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let wrong = server.wrong_code("ann@example.org");
    let there = ann.at(&other.url);
    let answers =
        join_all((0..60).map(|n| if n % 2 == 0 { ann.verify(&id, &wrong) } else { there.verify(&id, &wrong) })).await;
    assert_eq!((count(&answers, 422), count(&answers, 410)), (5, 55));
    assert_eq!(there.status(&id).await.expect(200)["state"], "locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_parallel_right_codes_give_one_token() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let code = server.code("ann@example.org").await;
    let answers = join_all((0..50).map(|_| ann.verify(&id, &code))).await;
    assert_eq!((count(&answers, 200), count(&answers, 410)), (1, 49));
    let tokens: Vec<_> = answers.iter().filter(|answer| answer.body["completion_token"].is_string()).collect();
    assert_eq!(tokens.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_completions_of_one_session_make_one_account() {
    let server = Server::start().await;
    let ann = server.client();
    let (id, token) = server.verified(&ann, "ann@example.org").await;
    let answers = join_all((0..20).map(|_| ann.complete(&id, profile(&token, "ann")))).await;
    assert_eq!((count(&answers, 201), count(&answers, 410)), (1, 19));
    assert_eq!(server.accounts_named("ann").await, 1);
    ann.log_in("ann", PASSWORD).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_completions_with_one_username_make_one_account() {
    let server = Server::start().await;
    let ann = server.client();
    let sessions = join_all((0..20).map(|n| {
        let (server, ann) = (&server, &ann);
        async move { server.verified(ann, &format!("a{n}@example.org")).await }
    }))
    .await;
    let answers = join_all(sessions.iter().map(|(id, token)| ann.complete(id, profile(token, "only.one")))).await;
    assert_eq!((count(&answers, 201), count(&answers, 409)), (1, 19));
    assert_eq!(server.accounts_named("only.one").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_completions_with_one_email_make_one_account() {
    let server = Server::with(&[("otp.limits.sends_per_identifier", "40/24h")]).await;
    let ann = server.client();
    let mut sessions = Vec::new();
    for _ in 0..20 {
        sessions.push(server.verified(&ann, "ann@example.org").await);
    }
    let answers = join_all(
        sessions.iter().enumerate().map(|(n, (id, token))| ann.complete(id, profile(token, &format!("ann{n}")))),
    )
    .await;
    assert_eq!((count(&answers, 201), count(&answers, 409)), (1, 19));
    assert_eq!(server.accounts_with_email("ann@example.org").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_starts_never_exceed_the_limit_of_sends() {
    let server = Server::with(&[("otp.limits.sends_per_identifier", "7/24h")]).await;
    let ann = server.client();
    let answers = join_all((0..30).map(|_| ann.start("ann@example.org"))).await;
    assert_eq!((count(&answers, 202), count(&answers, 429)), (7, 23));
    assert_eq!(server.message("ann@example.org", 7).await["kind"], "registration_code");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_cut_off_between_the_databases_is_repaired_by_its_retry() {
    let server = Server::start().await;
    let ann = server.client();
    let (id, token) = server.verified(&ann, "ann@example.org").await;
    // Redis forgets the completion, as if the node had died right after Postgres had the account.
    let before = server.redis_snapshot().await;
    ann.complete(&id, profile(&token, "ann")).await.expect(201);
    server.restore_redis(before).await;

    let stranger = with(profile(&token, "ann"), "password", json!("another-Quartz-plum-12"));
    ann.complete(&id, stranger).await.problem(409, "identifier-taken");
    ann.complete(&id, profile(&token, "ann")).await.expect(201);
    ann.complete(&id, profile(&token, "ann")).await.problem(410, "completion-token-invalid");
    assert_eq!(server.accounts_named("ann").await, 1);
}
