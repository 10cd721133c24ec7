//! What a verified reset is worth: one account, once, for as long as the account is what it was.

use serde_json::{Value, json};

use super::{ANN, opens, with_password};
use crate::support::{
    Flow, Server,
    client::{Client, NEW_PASSWORD, PASSWORD, profile, with},
};

/// A verified reset of an address of one's own, and one that is under way for somebody else's.
async fn thief(server: &Server) -> (Client, (String, Value), String) {
    server.register(ANN, "ann").await;
    server.register("eve@example.org", "eve").await;
    let eve = server.client().on(Flow::PasswordReset);
    let own = server.verified(&eve, "eve@example.org").await;
    let anns = server.started(&eve, ANN).await;
    (eve, own, anns)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_reset_of_ones_own_is_worth_nothing_for_somebody_else() {
    let server = Server::start().await;
    let (eve, (own, token), anns) = thief(&server).await;
    eve.complete(&anns, with_password(&token, NEW_PASSWORD)).await.problem(410, "completion-token-invalid");
    // Whatever else is sent along, the session says whose password it is.
    let mut body = with_password(&token, NEW_PASSWORD);
    for (member, value) in [("identifier", ANN), ("login", "ann"), ("username", "ann"), ("id", &*anns)] {
        body = with(body, member, json!(value));
    }
    eve.complete(&own, body).await.expect(204);
    assert!(opens(&server, "ann", PASSWORD).await);
    assert!(opens(&server, "eve", NEW_PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_one_session_opens_no_other() {
    let server = Server::start().await;
    let (eve, (own, _), anns) = thief(&server).await;
    let own_code = server.code("eve@example.org").await;
    assert_ne!(own_code, server.code(ANN).await);
    eve.verify(&anns, &own_code).await.problem(422, "otp-code-incorrect");
    assert_eq!(eve.status(&own).await.expect(200)["state"], "verified");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_registration_is_worth_nothing_to_a_reset() {
    let server = Server::start().await;
    let (eve, (reset, reset_token), anns) = thief(&server).await;
    let registering = server.client();
    let (registration, token) = server.verified(&registering, "mallory@example.org").await;
    eve.complete(&registration, with_password(&token, NEW_PASSWORD)).await.problem(404, "otp-session-not-found");
    for id in [&anns, &reset] {
        eve.complete(id, with_password(&token, NEW_PASSWORD)).await.problem(410, "completion-token-invalid");
    }
    registering.complete(&reset, profile(&reset_token, "eve2")).await.problem(404, "otp-session-not-found");
    let body = profile(&reset_token, "eve2");
    registering.complete(&registration, body).await.problem(410, "completion-token-invalid");
    assert!(opens(&server, "ann", PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_resets_the_one_that_is_completed_ends_the_other() {
    let server = Server::start().await;
    server.register(ANN, "ann").await;
    let ann = server.client().on(Flow::PasswordReset);
    let (first, first_token) = server.verified(&ann, ANN).await;
    let (second, second_token) = server.verified(&ann, ANN).await;
    server.clock.advance(std::time::Duration::from_secs(1));
    ann.complete(&first, with_password(&first_token, NEW_PASSWORD)).await.expect(204);
    let other = with_password(&second_token, "another-Quartz-plum-12");
    ann.complete(&second, other).await.problem(410, "completion-token-invalid");
    assert!(opens(&server, "ann", NEW_PASSWORD).await);
}
