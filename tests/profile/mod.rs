//! The caller's own account: changing it, its password, reading all of it, leaving.

mod change;
mod conditions;
mod cooldown;
mod deletion;
mod export;
mod password;
pub mod search;

use reqwest::Method;
use serde_json::Value;

use crate::support::{
    Server,
    client::{Answer, Client},
};

/// Ann, who speaks German, learns Spanish and Japanese, and is logged in.
async fn ann(server: &Server) -> Client {
    server.register("ann@example.org", "ann").await
}

async fn patch(client: &Client, body: Value) -> Answer {
    Answer::read(client.request(Method::PATCH, "/v1/me").json(&body)).await
}

async fn me(client: &Client) -> Value {
    client.get("/v1/me").await.expect(200)
}

async fn etag(client: &Client) -> String {
    client.get("/v1/me").await.header("etag").to_owned()
}

/// The codes of the languages of a user, the native one first.
fn languages(user: &Value) -> Vec<String> {
    let learning = user["learning_languages"].as_array().unwrap();
    let all = std::iter::once(&user["native_language"]).chain(learning);
    all.map(|language| language["code"].as_str().unwrap().to_owned()).collect()
}

/// How often the trail has that event.
async fn audited(server: &Server, event: &str) -> i64 {
    server.count("select count(*) from audit_events where event = $1", event).await
}
