//! What is not counted but read when somebody looks.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, gauge::ConstGauge},
};

/// What can be asked for at any time.
pub type Readings = Box<dyn Fn() -> Reading + Send + Sync>;

/// How things stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Actors in memory, by purpose.
    pub actors: Vec<(&'static str, usize)>,
    /// The pool of Postgres connections.
    pub postgres: PoolReading,
}

/// How a pool of connections stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolReading {
    /// Connections at most.
    pub limit: usize,
    /// Connections that are open.
    pub open: usize,
    /// Open connections that nobody uses.
    pub idle: usize,
    /// Callers that wait for one.
    pub waiting: usize,
}

/// Reads when somebody looks.
pub(super) struct Gauges(pub Readings);

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gauges")
    }
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Reading { actors, postgres } = (self.0)();
        let mut live = encoder.encode_descriptor("actors_live", "Actors in memory.", None, MetricType::Gauge)?;
        for (purpose, number) in actors {
            ConstGauge::new(number).encode(live.encode_family(&[("purpose", purpose)])?)?;
        }
        for (name, help, number) in [
            ("postgres_connections_limit", "Connections to Postgres that may be open.", postgres.limit),
            ("postgres_connections_open", "Connections to Postgres that are open.", postgres.open),
            ("postgres_connections_idle", "Open connections to Postgres that nobody uses.", postgres.idle),
            ("postgres_callers_waiting", "Callers that wait for a connection to Postgres.", postgres.waiting),
        ] {
            let gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(number).encode(gauge)?;
        }
        Ok(())
    }
}
