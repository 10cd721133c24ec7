//! What operators see of a running process: log lines, metrics, traces.
//!
//! All parts may use this module, and it uses none of them but the settings. Log lines and traces go through `tracing`, set up once per
//! process; metrics are values that are handed to whoever counts, so that several servers fit into one process.

mod json;
mod lines;
mod logs;
pub mod metrics;
pub mod request;
pub mod traces;

pub use lines::Lines;
use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _, util::TryInitError};

use self::traces::{ExporterError, Traces};
use crate::config::{Log, Telemetry};

/// What operators would see cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// It was set up before, in this process.
    #[error("logging cannot be set up: {0}")]
    Twice(#[from] TryInitError),
    /// Traces.
    #[error(transparent)]
    Exporter(#[from] ExporterError),
}

/// Makes log lines from now on, and sends traces to the collector, if one is set. `RUST_LOG`, where it is
/// set and valid, overrides the level of the lines.
///
/// # Errors
/// It was called before, or the collector's endpoint cannot be used.
pub fn init(log: &Log, lines: &Lines, telemetry: Option<&Telemetry>) -> Result<Traces, TelemetryError> {
    let traces = telemetry.map(Traces::start).transpose()?.unwrap_or_default();
    tracing_subscriber::registry().with(logs::layer(log, lines)).with(traces.layer()).try_init()?;
    logs::log_panics();
    Ok(traces)
}
