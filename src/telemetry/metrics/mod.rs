//! Metrics, and how Prometheus reads them.
//!
//! [`Metrics`] is made by the composition root and handed out in parts: whoever counts gets what it counts by, and
//! nothing else. What can be asked for at any time ([`Reading`]) is not counted but read when somebody looks. A label
//! takes few values, all of them known beforehand; none is made of what a client sent.

mod deliveries;
mod exposition;
mod outcomes;
mod passwords;
mod process;
mod reading;
mod requests;
mod stores;

use std::{hash::Hash, time::Duration};

use prometheus_client::metrics::{family::Family, gauge::Gauge, histogram::Histogram};
use tokio::time::Instant;

pub use self::{
    deliveries::{Deliveries, DeliveryOutcome},
    exposition::{CONTENT_TYPE, Exposition},
    outcomes::{LoginOutcome, Outcomes, RefreshOutcome},
    passwords::Hashing,
    reading::{PoolReading, Reading, Readings},
    requests::{InFlight, NO_ROUTE, Requests, label_of},
    stores::Calls,
};

/// Everything that one server counts. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Requests on the public address.
    pub requests: Requests,
    /// Sockets that are open.
    pub sockets: Gauge,
    /// What became of the commands to OTP sessions, by purpose; logins; refreshed sessions.
    pub outcomes: Outcomes,
    /// What became of messages.
    pub deliveries: Deliveries,
    /// Passwords that wait, are hashed, or are refused.
    pub hashing: Hashing,
    /// Calls to Postgres.
    pub postgres: Calls,
    /// Calls to Redis.
    pub redis: Calls,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            requests: Requests::default(),
            sockets: Gauge::default(),
            outcomes: Outcomes::default(),
            deliveries: Deliveries::default(),
            hashing: Hashing::default(),
            postgres: Calls::to("postgres"),
            redis: Calls::to("redis"),
        }
    }
}

/// One histogram for each set of labels.
type Histograms<Labels> = Family<Labels, Histogram, fn() -> Histogram>;

/// A function's own type is another than that of a pointer to it, which is what this is for.
fn histograms<Labels: Clone + Hash + Eq>(make: fn() -> Histogram) -> Histograms<Labels> {
    Family::new_with_constructor(make)
}

/// Measures how long something takes, by a clock that nobody sets. For measuring alone: rules take the present from
/// the `Clock` port.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long it has been.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
