//! The Redis adapter against a real server of its own.

mod changes;
mod connection;
mod outbox;
mod store;
mod support;
mod text_guard;
