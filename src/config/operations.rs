//! What an operator tunes: memory of the actors, how long the audit trail is, what is logged how, where traces go.

use std::time::Duration;

use tracing_subscriber::EnvFilter;

use super::{
    reader::Reader,
    urls::GatewayUrl,
    value::{Setting, Word},
};

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

/// `audit.*`
#[derive(Clone, Debug)]
pub struct Audit {
    /// How long the audit trail is kept.
    pub retention: Duration,
}

impl Audit {
    pub(super) fn read(r: &mut Reader) -> Self {
        Self { retention: r.with_default("audit.retention", Duration::from_secs(90 * 24 * 3600)) }
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

/// `telemetry.*`
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// Where an OpenTelemetry collector listens for OTLP over HTTP. Without it nothing is traced.
    pub otlp_endpoint: Option<GatewayUrl>,
    /// What this server is called in traces.
    pub service_name: String,
    /// How many of all traces are exported.
    pub sampling_ratio: Share,
}

impl Telemetry {
    pub(super) fn read(r: &mut Reader) -> Self {
        let telemetry = Self {
            otlp_endpoint: r.optional("telemetry.otlp_endpoint"),
            service_name: r.with_default("telemetry.service_name", Word("chatlink".into())).0,
            sampling_ratio: r.with_default("telemetry.sampling_ratio", Share(1.0)),
        };
        let in_query = telemetry.otlp_endpoint.as_ref().is_some_and(|it| it.url().query().is_some());
        if in_query {
            r.refuse("telemetry.otlp_endpoint", "has a query, which nothing can be appended to");
        }
        telemetry
    }
}

/// A share of a whole.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// From 0 to 1.
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl Setting for Share {
    fn expected() -> String {
        "a number from 0 to 1".into()
    }

    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().filter(|share| (0.0..=1.0).contains(share)).map(Self)
    }

    fn show(&self) -> toml::Value {
        toml::Value::Float(self.0)
    }
}
