//! What operators see: metrics on an address of their own, and traces.

mod admin;
mod metrics;
mod queries;
mod readme;
mod traces;
mod watching;
