//! Calls to Postgres and to Redis.

use prometheus_client::{encoding::EncodeLabelSet, metrics::histogram::Histogram, registry::Registry};

use tracing::Instrument as _;

use super::{Histograms, Stopwatch, histograms};
use crate::telemetry::traces;

/// In seconds: from a call on the same machine to the longest that is waited for.
const LATENCIES: [f64; 13] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    operation: &'static str,
    outcome: &'static str,
}

/// Measures and traces calls to a store.
#[derive(Clone, Debug)]
pub struct Calls {
    system: &'static str,
    durations: Histograms<Call>,
}

fn latencies() -> Histogram {
    Histogram::new(LATENCIES)
}

impl Calls {
    /// Of the store of that name.
    pub fn to(system: &'static str) -> Self {
        Self { system, durations: histograms(latencies) }
    }

    /// Does the work, and measures it unless it is dropped.
    pub async fn measure<T, E>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let watch = Stopwatch::start();
        let result = work.instrument(traces::call(self.system, operation)).await;
        let outcome = if result.is_ok() { "answered" } else { "failed" };
        self.durations.get_or_create(&Call { operation, outcome }).observe(watch.elapsed().as_secs_f64());
        result
    }

    pub(super) fn register(&self, name: &'static str, help: &'static str, registry: &mut Registry) {
        registry.register(name, help, self.durations.clone());
    }
}
