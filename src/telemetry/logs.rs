//! Log lines: JSON for machines in production, text for people in development, and panics among them.
//!
//! What goes into them is the business of whoever logs; nobody logs an identifier, code, token or address.

use std::{
    backtrace::Backtrace,
    io::{self, BufWriter, IsTerminal as _},
    panic,
};

use tracing::{Level, Subscriber};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, Layer, filter::filter_fn, fmt, registry::LookupSpan};

use crate::config::{Log, LogFormat};

/// How many lines may wait to be written. Where standard error takes no more, whoever logs then waits, too: no line is
/// lost.
const WAITING: usize = 8192;
/// What is written at once at most, in bytes.
const AT_ONCE: usize = 64 * 1024;

/// Writes lines to standard error, on a thread of its own and many at once while there are many: a write a request, by
/// threads that get into each other's way, costs more than the request. What was logged until this is dropped is written
/// then.
#[must_use = "without it no line is written"]
#[derive(Debug)]
pub struct Lines {
    writer: NonBlocking,
    _written: WorkerGuard,
}

impl Lines {
    /// Starts the thread.
    pub fn start() -> Self {
        let builder = NonBlockingBuilder::default().lossy(false).buffered_lines_limit(WAITING).thread_name("log");
        let (writer, written) = builder.finish(BufWriter::with_capacity(AT_ONCE, io::stderr()));
        Self { writer, _written: written }
    }
}

/// Makes lines.
pub(super) fn layer<S>(log: &Log, to: &Lines) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let chosen = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(&log.level));
    // Below this, drivers show what they send, such as the parameters of statements: people's data. No level asked for
    // brings it out.
    let discreet = filter_fn(|event| *event.level() <= Level::INFO || event.target().starts_with("chatlink"));
    let lines = fmt::layer().with_writer(to.writer.clone());
    let lines = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
    };
    lines.with_filter(discreet).with_filter(chosen)
}

/// A panic is a line like any other, so that it is found where the others are.
pub(super) fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let (backtrace, thread) = (Backtrace::capture(), std::thread::current());
        tracing::error!(%backtrace, thread = thread.name(), "{info}");
    }));
}
