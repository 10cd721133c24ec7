//! From one address to another, in both kinds of session.

use serde_json::{Value, json};

use super::{ANN, KINDS, NEW, PHONE, changed, member, removal};
use crate::support::{Flow, Server, client::PASSWORD, socket::Socket};

#[tokio::test(flavor = "multi_thread")]
async fn an_email_address_is_replaced_and_the_old_one_told() {
    for kind in KINDS {
        let server = Server::start().await;
        let ann = member(&server, ANN, "ann", kind).await;
        let before = ann.get("/v1/me").await;
        let started = ann.start("New@Example.org").await;
        assert_eq!(started.status, 202, "{}", started.text);
        let id = started.body["id"].as_str().unwrap().to_owned();
        assert_eq!(started.header("location"), format!("/v1/identifier-changes/{id}"));
        assert_eq!(started.body["purpose"], "identifier_change");
        assert_eq!(started.body["destination"], "N•••@example.org");

        let message = server.message_of(NEW, "identifier_change_code").await;
        let verified = ann.verify(&id, message["code"].as_str().unwrap()).await.expect(200);
        let completion = json!({"completion_token": verified["completion_token"]});
        let completed = ann.complete(&id, completion).await;
        assert_eq!(completed.status, 200, "{}", completed.text);
        let me = ann.get("/v1/me").await;
        assert_eq!(completed.header("etag"), me.header("etag"));
        assert_ne!(completed.header("etag"), before.header("etag"));
        assert_eq!(completed.body, me.body);
        assert_eq!((&me.body["email"], &me.body["phone"]), (&json!("New@example.org"), &Value::Null));
        assert_eq!(ann.status(&id).await.expect(200)["state"], "completed");

        server.message_of(ANN, "identifier_changed").await;
        assert!(!server.kinds(NEW).contains(&"identifier_changed".to_owned()));
        server.client().log_in("NEW@example.org", PASSWORD).await.expect(201);
        server.client().log_in(ANN, PASSWORD).await.problem(401, "invalid-credentials");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_is_added_and_the_email_address_removed() {
    for kind in KINDS {
        let server = Server::start().await;
        let ann = member(&server, ANN, "ann", kind).await;
        let user = changed(&server, &ann, PHONE).await;
        assert_eq!((&user["email"], &user["phone"]), (&json!(ANN), &json!(PHONE)));
        server.message_of(ANN, "identifier_changed").await;
        assert!(!server.kinds(PHONE).contains(&"identifier_changed".to_owned()));

        let removed = ann.post("/v1/me/identifiers/remove", removal("ANN@example.org")).await;
        assert_eq!((removed.status, removed.text.as_str()), (204, ""));
        assert_eq!(ann.get("/v1/me").await.expect(200)["email"], Value::Null);
        // The second notice of that kind: the first told of the phone.
        let told = || server.kinds(ANN).iter().filter(|kind| *kind == "identifier_changed").count();
        crate::support::eventually(|| async { told() == 2 }).await;
        server.client().log_in(PHONE, PASSWORD).await.expect(201);
        server.client().log_in(ANN, PASSWORD).await.problem(401, "invalid-credentials");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_seen_from_pending_to_completed() {
    for kind in KINDS {
        let server = Server::start().await;
        let ann = member(&server, ANN, "ann", kind).await;
        let id = server.started(&ann, NEW).await;
        let credentials = ann.credentials();
        let credentials: Vec<_> = credentials.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut socket = Socket::open_in(Flow::IdentifierChange, &server.url, &id, &credentials).await.unwrap();
        assert_eq!(socket.session(1).await["state"], "pending");
        let code = server.code(NEW).await;
        let token = ann.verify(&id, &code).await.expect(200)["completion_token"].clone();
        let verified = socket.until(|session| session["state"] == "verified").await;
        assert!(verified.get("completion_token").is_none(), "a socket never bears the token");
        ann.complete(&id, json!({"completion_token": token})).await.expect(200);
        socket.until(|session| session["state"] == "completed").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_is_reset_by_its_new_address_and_not_by_the_old_one() {
    let server = Server::start().await;
    let ann = member(&server, ANN, "ann", "token").await;
    let stale = ann.on(Flow::PasswordReset);
    let (old, token) = server.verified(&stale, "ann@example.org").await;
    server.clock.advance(std::time::Duration::from_secs(1));
    changed(&server, &ann, NEW).await;
    let completion = Flow::PasswordReset.completion(&token);
    stale.complete(&old, completion).await.problem(410, "completion-token-invalid");
    let (new, token) = server.verified(&stale, NEW).await;
    stale.complete(&new, Flow::PasswordReset.completion(&token)).await.expect(204);
}
