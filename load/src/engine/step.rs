//! What came of one kind of request.

use std::{collections::BTreeMap, time::Duration};

use hdrhistogram::Histogram;

use crate::client::Failure;

/// Latencies are told apart from 1 µs; what takes longer than ten minutes counts as ten minutes.
const SHORTEST: u64 = 1_000;
const LONGEST: u64 = 600_000_000_000;

/// A histogram of nanoseconds that keeps so many significant digits.
pub fn histogram(digits: u8) -> Histogram<u64> {
    #[expect(clippy::expect_used, reason = "the bounds are constants, and these suit each other")]
    Histogram::new_with_bounds(SHORTEST, LONGEST, digits).expect("bounds")
}

/// In nanoseconds, as histograms hold it.
pub fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Counts and latencies of one kind of request. Latency is of those that were answered as they should be.
#[derive(Clone, Debug)]
pub struct Step {
    /// Nanoseconds.
    pub latency: Histogram<u64>,
    /// By what went wrong.
    pub errors: BTreeMap<String, u64>,
    /// Turned away with word of when to come back, where the scenario overloads on purpose.
    pub shed: u64,
    /// Answered as they should be between the beginning and the end of what is measured, whenever they began.
    pub(super) answered_within: u64,
    /// Whether it is a request; else it is a wait for something, such as a message, and not part of the whole.
    pub is_request: bool,
}

impl Default for Step {
    fn default() -> Self {
        Self { latency: histogram(3), errors: BTreeMap::new(), shed: 0, answered_within: 0, is_request: true }
    }
}

impl Step {
    /// How many were answered as they should be.
    pub fn count(&self) -> u64 {
        self.latency.len()
    }

    /// How many were not, without those that were shed.
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// The latency that this share does not exceed.
    pub fn quantile(&self, share: f64) -> Duration {
        Duration::from_nanos(self.latency.value_at_quantile(share))
    }

    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.latency.max())
    }

    pub fn mean(&self) -> Duration {
        Duration::try_from_secs_f64(self.latency.mean() / 1e9).unwrap_or_default()
    }

    pub(super) fn record(&mut self, took: Duration, outcome: Result<(), &Failure>) {
        match outcome {
            Ok(()) => self.latency.saturating_record(nanos(took)),
            Err(Failure::Shed) => self.shed += 1,
            Err(failure) => *self.errors.entry(failure.to_string()).or_default() += 1,
        }
    }

    /// Adds another one's.
    pub fn merge(&mut self, other: &Self) {
        // They have the same bounds, so nothing is left out.
        let _ = self.latency.add(&other.latency);
        self.shed += other.shed;
        self.answered_within += other.answered_within;
        for (what, count) in &other.errors {
            *self.errors.entry(what.clone()).or_default() += count;
        }
    }
}
