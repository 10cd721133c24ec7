//! What an operator tunes: memory of the actors, and what is logged how.

use tracing_subscriber::EnvFilter;

use super::{reader::Reader, value::Setting};

/// `actors.*`
#[derive(Clone, Debug)]
pub struct Actors {
    /// How many actors of one kind stay in memory; above it the least recently used leave.
    pub max_live: usize,
}

impl Actors {
    pub(super) fn read(r: &mut Reader) -> Self {
        Self { max_live: r.number("actors.max_live", 100_000, &(16..=100_000_000)) }
    }
}

/// `log.*`
#[derive(Clone, Debug)]
pub struct Log {
    /// For machines or for people.
    pub format: LogFormat,
    /// What is logged, in the syntax of `RUST_LOG`, which overrides it. Valid.
    pub level: String,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Lines to read in a terminal.
    Text,
}

impl Log {
    pub(super) fn read(r: &mut Reader) -> Self {
        let format = if r.is_production() { LogFormat::Json } else { LogFormat::Text };
        Self {
            format: r.with_default("log.format", format),
            level: r.with_default("log.level", Filter("info,actix_server=warn".into())).0,
        }
    }
}

impl Setting for LogFormat {
    fn expected() -> String {
        r#""json" or "text""#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "json" => Some(Self::Json),
            "text" => Some(Self::Text),
            _ => None,
        }
    }

    fn show(&self) -> toml::Value {
        let name = match self {
            Self::Json => "json",
            Self::Text => "text",
        };
        toml::Value::String(name.into())
    }
}

struct Filter(String);

impl Setting for Filter {
    fn expected() -> String {
        r#"a level such as "info", or directives such as "warn,chatlink=debug""#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        (!text.trim().is_empty() && EnvFilter::try_new(text).is_ok()).then(|| Self(text.to_owned()))
    }

    fn show(&self) -> toml::Value {
        toml::Value::String(self.0.clone())
    }
}
