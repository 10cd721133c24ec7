//! Resetting a password, as its owner, a stranger and a thief do it.

mod equality;
mod faults;
mod journey;
mod races;
mod worth;

use serde_json::{Value, json};

use crate::support::{
    Flow, Server,
    client::{Client, NEW_PASSWORD},
};

const ANN: &str = "ann@example.org";

/// What a reset is completed with.
fn with_password(token: &Value, password: &str) -> Value {
    json!({"completion_token": token, "password": password})
}

/// Resets the password of whoever gets the mail of that address.
async fn reset(server: &Server, identifier: &str) {
    let client = server.client().on(Flow::PasswordReset);
    let (id, token) = server.verified(&client, identifier).await;
    client.complete(&id, with_password(&token, NEW_PASSWORD)).await.expect(204);
}

/// Whether that password lets somebody in, at an address where nobody has guessed yet.
async fn opens(server: &Server, login: &str, password: &str) -> bool {
    let answer = server.client().log_in(login, password).await;
    let let_in = answer.status == 201;
    if !let_in {
        answer.problem(401, "invalid-credentials");
    }
    let_in
}

async fn is_logged_in(member: &Client) -> bool {
    let answer = member.get("/v1/me").await;
    let logged_in = answer.status == 200;
    if !logged_in {
        answer.problem(401, "not-authenticated");
    }
    logged_in
}
