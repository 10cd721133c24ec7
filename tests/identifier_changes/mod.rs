//! Changing, adding and removing what an account is reached by.

mod faults;
mod journey;
mod owner;
mod races;
mod removal;

use serde_json::{Value, json};

use crate::support::{
    Flow, Server,
    client::{Client, PASSWORD},
};

const ANN: &str = "ann@example.org";
const NEW: &str = "new@example.org";
const PHONE: &str = "+491711234567";
const KINDS: [&str; 2] = ["token", "cookie"];

/// Somebody with an account, logged in by a session of that kind.
async fn member(server: &Server, identifier: &str, username: &str, kind: &str) -> Client {
    server.register(identifier, username).await;
    let credentials = json!({"login": username, "password": PASSWORD, "session_kind": kind});
    server.client().logged_in(credentials).await.on(Flow::IdentifierChange)
}

/// Gives an account another identifier.
async fn changed(server: &Server, member: &Client, identifier: &str) -> Value {
    let (id, token) = server.verified(member, identifier).await;
    member.complete(&id, json!({"completion_token": token})).await.expect(200)
}

fn removal(identifier: &str) -> Value {
    json!({"identifier": identifier, "password": PASSWORD})
}
