//! All metrics of a server as one text.

use std::{fmt, sync::Arc};

use chatlink_actors::time::Timestamp;
use prometheus_client::{encoding::prometheus_text, metrics::info::Info, registry::Registry};

use super::{
    Metrics,
    process::Process,
    reading::{Gauges, Readings},
};

/// Prometheus' text format.
pub const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// What Prometheus reads. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Exposition(Arc<Registry>);

impl Exposition {
    /// Of these metrics, and of what can be read besides.
    pub fn new(metrics: &Metrics, readings: Readings, started_at: Timestamp) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Process { started_at }));
        let ours = registry.sub_registry_with_prefix("chatlink");
        ours.register("build", "The version that runs", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
        metrics.requests.register(ours);
        ours.register("websockets_open", "WebSockets that are open", metrics.sockets.clone());
        metrics.outcomes.register(ours);
        metrics.deliveries.register(ours);
        metrics.hashing.register(ours);
        let help = "How long calls to Postgres took, the wait for a connection included";
        metrics.postgres.register("postgres_call_duration_seconds", help, ours);
        let help = "How long calls to Redis took";
        metrics.redis.register("redis_call_duration_seconds", help, ours);
        ours.register_collector(Box::new(Gauges(readings)));
        Self(Arc::new(registry))
    }

    /// How everything stands.
    ///
    /// # Errors
    /// None that memory for the text would not bring.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.0)?;
        Ok(text)
    }
}
