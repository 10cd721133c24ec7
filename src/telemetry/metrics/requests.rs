//! Requests by route, method and status.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::{Histograms, histograms};

/// The label of a request that no route of the table is for.
pub const NO_ROUTE: &str = "(none)";
/// The label of a method that nothing here is asked by.
const OTHER_METHOD: &str = "other";
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// In seconds: from a cached list to a password that waited its turn.
const LATENCIES: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    route: &'static str,
    method: &'static str,
}

/// Counts requests.
#[derive(Clone, Debug)]
pub struct Requests {
    total: Family<Answered, Counter>,
    durations: Histograms<Asked>,
    in_flight: Gauge,
}

impl Default for Requests {
    fn default() -> Self {
        let durations = histograms(latencies);
        Self { total: Family::default(), durations, in_flight: Gauge::default() }
    }
}

fn latencies() -> Histogram {
    Histogram::new(LATENCIES)
}

/// A request that is being answered, until this is dropped.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Requests {
    /// Notes that a request came in.
    pub fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts an answer. `route` is the pattern in the route table, never the path: paths hold the ids of sessions.
    pub fn answered(&self, route: Option<&'static str>, method: &str, status: u16, took: Duration) {
        let (route, method) = (route.unwrap_or(NO_ROUTE), label_of(method));
        self.durations.get_or_create(&Asked { route, method }).observe(took.as_secs_f64());
        self.total.get_or_create(&Answered { route, method, status }).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "Requests that were answered", self.total.clone());
        let help = "How long requests took, until their answers began";
        registry.register("http_request_duration_seconds", help, self.durations.clone());
        registry.register("http_requests_in_flight", "Requests that are being answered", self.in_flight.clone());
    }
}

/// Clients may ask by any word as method, so that only the known ones are labels.
pub fn label_of(method: &str) -> &'static str {
    METHODS.into_iter().find(|known| *known == method).unwrap_or(OTHER_METHOD)
}
