//! Log lines: JSON for machines in production, text for people in development, and panics among them.
//!
//! What goes into them is the business of whoever logs; nobody logs an identifier, code, token or address.

use std::{
    backtrace::Backtrace,
    io::{self, IsTerminal as _},
    panic,
};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{EnvFilter, Layer, filter::filter_fn, fmt, registry::LookupSpan};

use super::{json::Json, lines::Lines};
use crate::config::{Log, LogFormat};

/// Makes lines.
pub(super) fn layer<S>(log: &Log, to: &Lines) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let chosen = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(&log.level));
    // Below this, drivers show what they send, such as the parameters of statements: people's data. No level asked for
    // brings it out.
    let discreet = |event: &Metadata<'_>| *event.level() <= Level::INFO || event.target().starts_with("chatlink");
    let lines = fmt::layer().with_writer(to.writer());
    // JSON shows no spans: where nobody traces there are none, and nothing is spent on them.
    let lines = match log.format {
        LogFormat::Json => {
            lines.event_format(Json).with_filter(filter_fn(move |it| it.is_event() && discreet(it))).boxed()
        }
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).with_filter(filter_fn(discreet)).boxed(),
    };
    lines.with_filter(chosen)
}

/// A panic is a line like any other, so that it is found where the others are.
pub(super) fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let (backtrace, thread) = (Backtrace::capture(), std::thread::current());
        tracing::error!(%backtrace, thread = thread.name(), "{info}");
    }));
}
