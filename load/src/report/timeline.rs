//! What happened in each second.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Moment, float};
use crate::engine::{Sample, SampledStep};

/// A second.
#[derive(Clone, Debug, Serialize)]
pub struct Tick {
    /// Seconds since the start, at its end.
    pub at: f64,
    /// Visits that ended well, a second.
    pub visits_rate: f64,
    pub in_flight: usize,
    pub requests: Point,
    pub steps: BTreeMap<&'static str, Point>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<Moment>,
}

/// One step, or all of them, in a second.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Point {
    /// Answered as they should be, a second.
    pub rate: f64,
    pub errors: u64,
    pub shed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99_ms: Option<f64>,
}

impl Point {
    fn new(step: &SampledStep, seconds: f64) -> Self {
        let at = |share: f64| (!step.latency.is_empty()).then(|| float(step.latency.value_at_quantile(share)) / 1e6);
        Self {
            rate: float(step.latency.len()) / seconds,
            errors: step.errors,
            shed: step.shed,
            p50_ms: at(0.5),
            p99_ms: at(0.99),
        }
    }
}

/// The seconds so far.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    pub ticks: Vec<Tick>,
}

impl Timeline {
    /// Adds what was sampled at that time since the start. Less than half a second is no rate to look at.
    pub fn push(&mut self, at: f64, sample: &Sample, server: Option<Moment>) -> Option<&Tick> {
        let seconds = at - self.ticks.last().map_or(0.0, |tick| tick.at);
        if seconds < 0.5 {
            return None;
        }
        self.ticks.push(Tick {
            at,
            visits_rate: float(sample.visits) / seconds,
            in_flight: sample.in_flight,
            requests: Point::new(&sample.requests(), seconds),
            steps: sample.steps.iter().map(|(name, step)| (*name, Point::new(step, seconds))).collect(),
            server,
        });
        self.ticks.last()
    }
}
