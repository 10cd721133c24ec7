//! Removing an identifier, of which there is always one left.

use serde_json::json;

use super::{ANN, KINDS, PHONE, changed, member, removal};
use crate::support::{Server, client::PASSWORD};

const PATH: &str = "/v1/me/identifiers/remove";

#[tokio::test(flavor = "multi_thread")]
async fn the_last_one_stays() {
    for kind in KINDS {
        let server = Server::start().await;
        let ann = member(&server, ANN, "ann", kind).await;
        ann.post(PATH, removal(ANN)).await.problem(409, "last-identifier");
        changed(&server, &ann, PHONE).await;
        ann.post(PATH, removal("+49 171 123-4567")).await.expect(204);
        ann.post(PATH, removal(ANN)).await.problem(409, "last-identifier");
        server.message_of(PHONE, "identifier_changed").await;
        server.client().log_in(ANN, PASSWORD).await.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_account_does_not_have_is_not_supported() {
    let server = Server::start().await;
    let ann = member(&server, ANN, "ann", "token").await;
    changed(&server, &ann, PHONE).await;
    server.register("bob@example.org", "bob").await;
    for other in ["bob@example.org", "nobody@example.org", "+491711234568"] {
        ann.post(PATH, removal(other)).await.invalid(&[("/identifier", "not_supported")]);
    }
    ann.post(PATH, removal(ANN)).await.expect(204);
    ann.post(PATH, removal(ANN)).await.invalid(&[("/identifier", "not_supported")]);
    assert_eq!(server.accounts_with_email("bob@example.org").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_with_the_password_removes_anything() {
    let server = Server::start().await;
    let ann = member(&server, ANN, "ann", "cookie").await;
    changed(&server, &ann, PHONE).await;
    ann.post(PATH, json!({})).await.invalid(&[("/identifier", "required"), ("/password", "required")]);
    ann.post(PATH, json!({"identifier": "nonsense", "password": 1}))
        .await
        .invalid(&[("/identifier", "invalid_format"), ("/password", "invalid_format")]);
    server.client().post(PATH, removal(ANN)).await.problem(401, "not-authenticated");
    let (_, cookie) = ann.credentials().into_iter().find(|(name, _)| *name == "cookie").unwrap();
    server.client().with_header("cookie", &cookie).post(PATH, removal(ANN)).await.problem(403, "csrf-failed");
    for _ in 0..5 {
        ann.post(PATH, json!({"identifier": ANN, "password": "a wrong one"})).await.problem(403, "password-incorrect");
    }
    ann.post(PATH, removal(ANN)).await.problem(429, "login-throttled");
    let me = ann.get("/v1/me").await.expect(200);
    assert_eq!((&me["email"], &me["phone"]), (&json!(ANN), &json!(PHONE)));
}
