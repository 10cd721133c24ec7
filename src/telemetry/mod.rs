//! What operators see of a running process: log lines, metrics, traces.
//!
//! All parts may use this module, and it uses none of them. Log lines and traces go through `tracing`, set up once per
//! process; metrics are values that are handed to whoever counts, so that several servers fit into one process.

mod logs;
pub mod metrics;

pub use logs::{TelemetryError, init};
