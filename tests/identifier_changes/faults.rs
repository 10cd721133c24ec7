//! What must hold when things break.

use serde_json::json;

use super::{ANN, NEW, changed, member};
use crate::support::{Server, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_cut_off_between_the_databases_is_repaired_by_its_retry() {
    let server = Server::start().await;
    let ann = member(&server, ANN, "ann", "token").await;
    let (id, token) = server.verified(&ann, NEW).await;
    // Redis forgets the completion, as if the node had died right after Postgres had the change.
    let before = server.redis_snapshot().await;
    let completion = json!({"completion_token": token});
    let first = ann.complete(&id, completion.clone()).await.expect(200);
    server.restore_redis(before.clone()).await;
    assert_eq!(ann.complete(&id, completion.clone()).await.expect(200), first);
    ann.complete(&id, completion.clone()).await.problem(410, "completion-token-invalid");

    // What was changed again since stays as it is.
    changed(&server, &ann, "third@example.org").await;
    server.restore_redis(before).await;
    ann.complete(&id, completion).await.problem(410, "completion-token-invalid");
    assert_eq!(ann.get("/v1/me").await.expect(200)["email"], "third@example.org");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_either_database_is_away_nothing_changes_and_the_token_stays() {
    let server = Server::with_own_services().await;
    let ann = member(&server, ANN, "ann", "token").await;
    let (id, token) = server.verified(&ann, NEW).await;
    let completion = json!({"completion_token": token});
    server.stop_postgres().await;
    ann.complete(&id, completion.clone()).await.problem(503, "temporarily-unavailable");
    server.start_postgres().await;
    eventually(|| async { ann.status(&id).await.status == 200 }).await;

    server.pause_redis().await;
    ann.status(&id).await.problem(503, "temporarily-unavailable");
    ann.complete(&id, completion.clone()).await.problem(503, "temporarily-unavailable");
    assert_eq!(ann.get("/v1/me").await.expect(200)["email"], ANN);
    server.resume_redis().await;
    eventually(|| async { ann.status(&id).await.status == 200 }).await;
    ann.complete(&id, completion).await.expect(200);
}
