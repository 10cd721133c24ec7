//! How much load, and for how long.

use std::{num::NonZero, time::Duration};

use super::Arrivals;

/// A run: first the load rises, then it warms up, and only then it counts.
#[derive(Clone, Debug)]
pub struct Plan {
    pub load: Load,
    /// Threads that drive connections, each with a runtime of its own.
    pub threads: usize,
    /// How long the load rises to what it is to be. Not measured.
    pub ramp_up: Duration,
    /// How long it is kept there before anything counts.
    pub warm_up: Duration,
    /// How long is measured.
    pub duration: Duration,
    /// How long visits that began in time may go on after the end.
    pub grace: Duration,
}

/// What drives the load.
#[derive(Clone, Debug)]
pub enum Load {
    /// So many visits a second, whatever the server does, by at most so many users at once.
    Open { rate: f64, arrivals: Arrivals, most_users: usize, seed: u64 },
    /// So many users, each beginning a visit when its last one has ended.
    Closed { users: usize },
}

impl Plan {
    /// So many users for so long, at once and without warming up.
    pub fn closed(users: usize, duration: Duration) -> Self {
        Self::of(Load::Closed { users }, duration)
    }

    /// So many visits a second for so long, at once and without warming up.
    pub fn open(rate: f64, arrivals: Arrivals, duration: Duration) -> Self {
        Self::of(Load::Open { rate, arrivals, most_users: 1000, seed: 0 }, duration)
    }

    fn of(load: Load, duration: Duration) -> Self {
        Self {
            load,
            threads: half_the_cores(),
            ramp_up: Duration::ZERO,
            warm_up: Duration::ZERO,
            duration,
            grace: Duration::from_secs(10),
        }
    }

    /// From the start to what is measured.
    pub fn lead_in(&self) -> Duration {
        self.ramp_up + self.warm_up
    }
}

/// The other half is for the server, which usually is on the same machine.
fn half_the_cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).div_ceil(2)
}
