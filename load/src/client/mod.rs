//! A lean HTTP/1.1 client: one kept connection each, one request in flight on it.
//!
//! It stands on hyper's connection, not on a client with a pool, since the tool must cost far less than what it
//! measures. Plain `http` alone: in front of ChatLink something else ends TLS, and a load test of that is another test.

mod connection;
mod failure;
mod request;
mod target;

pub use connection::{Answer, Connection};
pub use failure::Failure;
pub use request::Request;
pub use target::{Target, TargetError};
