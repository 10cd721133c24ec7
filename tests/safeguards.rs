//! What operators can set against abuse, and for those who review the app.

use serde_json::Value;

use crate::support::{Server, client::Client, client::profile, eventually};

/// Waits until it is known what became of a session's message.
async fn delivery(client: &Client, id: &str) -> Value {
    let queued = async || client.status(id).await.expect(200)["delivery"] == "queued";
    eventually(async || !queued().await).await;
    client.status(id).await.expect(200)["delivery"].clone()
}

async fn start(client: &Client, identifier: &str) -> String {
    client.start(identifier).await.expect(202)["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn texts_over_a_limit_fail_and_nothing_else_does() {
    let server = Server::with(&[("sms.prefix_limit", "2/1h")]).await;
    let client = server.client();
    for (identifier, expected) in [
        ("+491711234567", "sent"),
        ("+491711234568", "sent"),
        ("+491711234569", "failed"),
        ("+491711244567", "sent"),
        ("ann@example.org", "sent"),
    ] {
        let id = start(&client, identifier).await;
        assert_eq!(delivery(&client, &id).await, expected, "{identifier}");
        assert_eq!(server.messages(identifier).len(), usize::from(expected == "sent"), "{identifier}");
    }
}

#[tokio::test]
async fn codes_that_come_back_keep_a_block_of_numbers_open() {
    let breaker = [("sms.breaker_sends", "2"), ("sms.breaker_verified_percent", "50")];
    let server = Server::with(&breaker).await;
    let client = server.client();
    server.verified(&client, "+491711234567").await;
    server.started(&client, "+491711234568").await;
    server.started(&client, "+491711234569").await;
    let id = start(&client, "+491711234560").await;
    assert_eq!(delivery(&client, &id).await, "failed", "one of three came back");
}

#[tokio::test]
async fn a_code_that_was_never_sent_does_not_come_back() {
    let settings = [
        ("otp.test_identifiers", "+491711234560=24681357"),
        ("otp.test_identifiers_until", "2030-01-01T01:00:00Z"),
        ("sms.breaker_sends", "2"),
        ("sms.breaker_verified_percent", "50"),
    ];
    let server = Server::with(&settings).await;
    let client = server.client();
    let review = start(&client, "+491711234560").await;
    client.verify(&review, "24681357").await.expect(200);
    server.started(&client, "+491711234568").await;
    server.started(&client, "+491711234569").await;
    let id = start(&client, "+491711234567").await;
    assert_eq!(delivery(&client, &id).await, "failed", "none of two came back");
}

#[tokio::test]
async fn a_reviewer_gets_in_with_a_code_that_was_never_sent() {
    let settings = [
        ("otp.test_identifiers", "review@example.org=24681357"),
        ("otp.test_identifiers_until", "2030-01-01T01:00:00Z"),
    ];
    let server = Server::with(&settings).await;
    let client = server.client();
    let session = client.start("Review@Example.org").await.expect(202);
    assert_eq!(session["code_length"], 8);
    let id = session["id"].as_str().unwrap();
    assert_eq!(delivery(&client, id).await, "sent");
    assert_eq!(client.verify(id, "24681358").await.problem(422, "otp-code-incorrect")["attempts_left"], 4);
    let token = client.verify(id, "24681357").await.expect(200)["completion_token"].clone();
    client.complete(id, profile(&token, "reviewer")).await.expect(201);
    assert!(server.messages("review@example.org").is_empty());

    server.clock.advance(std::time::Duration::from_secs(3600));
    assert_eq!(client.start("review@example.org").await.expect(202)["code_length"], 6);
    server.message("review@example.org", 1).await;
}
