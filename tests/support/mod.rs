//! What the tests stand on: real services, places of their own in them, and servers that own their time.

pub mod client;
pub mod collector;
pub mod document;
pub mod exposition;
pub mod flow;
pub mod lucky;
pub mod place;
pub mod process;
pub mod schema;
pub mod server;
pub mod shape;
pub mod smtp;
pub mod socket;

pub use self::{exposition::Exposition, flow::Flow, place::Place, server::Server};

use std::{future::Future, time::Duration};

/// Longer than anything may take; a test that waits so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until the answer is yes.
pub async fn eventually<F: Future<Output = bool>>(question: impl Fn() -> F) {
    let asking = async {
        while !question().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("in time");
}
