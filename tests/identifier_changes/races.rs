//! Races, with real parallel requests on two nodes.

use futures_util::future::{join, join_all};
use serde_json::json;

use super::{ANN, NEW, PHONE, changed, member, removal};
use crate::support::{Server, client::PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn of_all_who_claim_one_address_at_once_one_gets_it() {
    let server = Server::start().await;
    let mut claims = Vec::new();
    for n in 0..6 {
        let somebody = member(&server, &format!("ann{n}@example.org"), &format!("ann{n}"), "token").await;
        let (id, token) = server.verified(&somebody, NEW).await;
        claims.push((somebody, id, token));
    }
    let other = server.second_node().await;
    let completions = claims.iter().enumerate().map(|(n, (somebody, id, token))| {
        let node = somebody.at(if n % 2 == 0 { &server.url } else { &other.url });
        async move { node.complete(id, json!({"completion_token": token})).await }
    });
    let answers = join_all(completions).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 409).count(), 5);
    assert_eq!(server.accounts_with_email(NEW).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_completions_one_is_told_so_and_the_change_is_made_once() {
    let server = Server::start().await;
    let ann = member(&server, ANN, "ann", "cookie").await;
    let (id, token) = server.verified(&ann, NEW).await;
    let answers = join_all((0..8).map(|_| ann.complete(&id, json!({"completion_token": token})))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 410).count(), 7);
    assert_eq!(server.count("select count(*) from audit_events where event = $1", "identifier_changed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_removals_at_once_leave_one() {
    let server = Server::start().await;
    let ann = member(&server, ANN, "ann", "token").await;
    let other = server.second_node().await;
    let there = ann.at(&other.url);
    let path = "/v1/me/identifiers/remove";
    server.execute(&format!("update users set phone = '{PHONE}'")).await;
    for _ in 0..6 {
        let (email, phone) = join(ann.post(path, removal(ANN)), there.post(path, removal(PHONE))).await;
        let mut statuses = [email.status, phone.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "{} {}", email.text, phone.text);
        server
            .execute(&format!("update users set email = '{ANN}', email_canonical = '{ANN}', phone = '{PHONE}'"))
            .await;
    }
    server.client().log_in(ANN, PASSWORD).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_and_a_removal_at_once_are_one_after_the_other() {
    let server = Server::start().await;
    let ann = member(&server, ANN, "ann", "token").await;
    changed(&server, &ann, PHONE).await;
    let (id, token) = server.verified(&ann, NEW).await;
    let removing = ann.post("/v1/me/identifiers/remove", removal(PHONE));
    let (completed, removed) = join(ann.complete(&id, json!({"completion_token": token})), removing).await;
    assert_eq!((completed.status, removed.status), (200, 204), "{} {}", completed.text, removed.text);
    let me = ann.get("/v1/me").await.expect(200);
    assert_eq!((&me["email"], &me["phone"]), (&json!(NEW), &json!(null)));
}
