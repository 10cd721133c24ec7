//! The queue in front of Argon2, and how long a hash takes.

use std::time::Duration;

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// In seconds.
const DURATIONS: [f64; 9] = [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0];

/// Counts passwords.
#[derive(Clone, Debug)]
pub struct Hashing {
    waiting: Gauge,
    refused: Counter,
    durations: Histogram,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { waiting: Gauge::default(), refused: Counter::default(), durations: Histogram::new(DURATIONS) }
    }
}

impl Hashing {
    /// Notes that a password waits. To be called before anybody can take it.
    pub fn queued(&self) {
        self.waiting.inc();
    }

    /// Notes that there was no room for a password that was noted to wait.
    pub fn refused(&self) {
        self.waiting.dec();
        self.refused.inc();
    }

    /// Notes that a password waits no longer.
    pub fn taken(&self) {
        self.waiting.dec();
    }

    /// Notes how long a hash took.
    pub fn hashed(&self, took: Duration) {
        self.durations.observe(took.as_secs_f64());
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("password_hashes_waiting", "Passwords that wait to be hashed", self.waiting.clone());
        let help = "Passwords that were not hashed because too many waited";
        registry.register("password_hashes_refused", help, self.refused.clone());
        let help = "How long the hash of a password took, without waiting";
        registry.register("password_hash_duration_seconds", help, self.durations.clone());
    }
}
