//! Log lines: JSON for machines in production, text for people in development, and panics among them.
//!
//! What goes into them is the business of whoever logs; nobody logs an identifier, code, token or address.

use std::{backtrace::Backtrace, io::IsTerminal as _, panic};

use tracing::Level;
use tracing_subscriber::{EnvFilter, filter::filter_fn, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{Log, LogFormat};

/// Logging was set up before, in this process.
#[derive(Debug, thiserror::Error)]
#[error("logging cannot be set up: {0}")]
pub struct TelemetryError(#[from] tracing_subscriber::util::TryInitError);

/// Sends log lines to standard error from now on. `RUST_LOG`, where it is set and valid, overrides the level.
///
/// # Errors
/// It was called before.
pub fn init(log: &Log) -> Result<(), TelemetryError> {
    let chosen = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(&log.level));
    // Below this, drivers show what they send, such as the parameters of statements: people's data. No level asked for
    // brings it out.
    let discreet = filter_fn(|event| *event.level() <= Level::INFO || event.target().starts_with("chatlink"));
    let registry = tracing_subscriber::registry().with(chosen).with(discreet);
    let lines = fmt::layer().with_writer(std::io::stderr);
    match log.format {
        LogFormat::Json => registry.with(lines.json().flatten_event(true).with_span_list(false)).try_init()?,
        LogFormat::Text => registry.with(lines.with_ansi(std::io::stderr().is_terminal())).try_init()?,
    }
    log_panics();
    Ok(())
}

/// A panic is a line like any other, so that it is found where the others are.
fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let (backtrace, thread) = (Backtrace::capture(), std::thread::current());
        tracing::error!(%backtrace, thread = thread.name(), "{info}");
    }));
}
