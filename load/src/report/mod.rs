//! What people read: lines while it runs, a table at the end, JSON for programs, HTML to look at.
//!
//! All of them are made of one [`Report`], which is also what the JSON is.

mod html;
mod live;
mod server;
mod table;
mod timeline;

use std::collections::BTreeMap;

use serde::Serialize;

pub use html::page;
pub use live::Live;
pub use server::{Moment, Spent};
pub use table::table;
pub use timeline::{Point, Tick, Timeline};

use crate::{
    engine::{Metric, Outcome, Step, Threshold, Verdict},
    scenarios::STEPS,
};

/// Everything about a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub scenario: String,
    pub url: String,
    pub began_at: String,
    /// How it was asked for, for people.
    pub load: String,
    /// Visits a second that were asked for, in the open model.
    pub target_rate: Option<f64>,
    pub seed: u64,
    pub lead_in_seconds: f64,
    pub measured_seconds: f64,
    pub stopped_early: bool,
    /// Whole visits, from when they were due to their end.
    pub visits: Row,
    /// All requests.
    pub requests: Row,
    pub steps: Vec<Row>,
    /// How late the tool itself was, 99th percentile.
    pub own_lateness_p99_ms: f64,
    pub verdicts: Vec<Verdict>,
    pub server: Option<Spent>,
    pub timeline: Vec<Tick>,
}

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub name: String,
    /// A request; else a wait for something else, which is not part of the whole.
    pub is_request: bool,
    pub count: u64,
    pub rate: f64,
    pub mean_ms: f64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    #[serde(rename = "p99.9_ms")]
    pub p999_ms: f64,
    pub max_ms: f64,
    pub failed: u64,
    pub shed: u64,
    pub errors: BTreeMap<String, u64>,
    /// Percentiles (0 to 100) with the latency, in milliseconds, that each does not exceed.
    pub curve: Vec<(f64, f64)>,
}

/// The percentiles of a curve.
const CURVE: [f64; 20] = [
    0.0, 10.0, 25.0, 40.0, 50.0, 60.0, 70.0, 75.0, 80.0, 85.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.9, 99.95, 99.99,
    99.999, 100.0,
];

impl Row {
    pub fn new(name: &str, step: &Step, outcome: &Outcome) -> Self {
        let at = |percent: f64| step.quantile(percent / 100.0).as_secs_f64() * 1e3;
        let known: Vec<f64> = CURVE.into_iter().filter(|percent| is_known(*percent, step.count())).collect();
        Self {
            name: name.to_owned(),
            is_request: step.is_request,
            count: step.count(),
            rate: outcome.rate(step),
            mean_ms: step.mean().as_secs_f64() * 1e3,
            p50_ms: at(50.0),
            p90_ms: at(90.0),
            p99_ms: at(99.0),
            p999_ms: at(99.9),
            max_ms: step.max().as_secs_f64() * 1e3,
            failed: step.failed(),
            shed: step.shed,
            errors: step.errors.clone(),
            curve: known.into_iter().map(|percent| (percent, at(percent))).collect(),
        }
    }

    /// The share of all that failed.
    pub fn share(&self, part: u64) -> Option<f64> {
        let all = self.count + self.failed + self.shed;
        (all > 0).then(|| float(part) / float(all))
    }
}

/// Whether enough was measured to tell that percentile from the highest value.
fn is_known(percent: f64, count: u64) -> bool {
    count > 0 && (percent >= 100.0 || (1.0 - percent / 100.0) * float(count) >= 1.0)
}

/// A count to calculate with.
pub fn float(count: u64) -> f64 {
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "no count comes near 2^53")]
    let float = count as f64;
    float
}

impl Report {
    /// The rows of an outcome: visits, requests, and each step.
    pub fn rows(outcome: &Outcome) -> (Row, Row, Vec<Row>) {
        let mut steps: Vec<Row> = outcome.steps.iter().map(|(name, step)| Row::new(name, step, outcome)).collect();
        steps.sort_by_key(|row| STEPS.iter().position(|name| *name == row.name).unwrap_or(usize::MAX));
        let visits = Row::new("visits", &outcome.visits, outcome);
        (visits, Row::new("all requests", &outcome.requests(), outcome), steps)
    }

    /// Judges what was found by each threshold. Of the whole, errors and rates are those of visits, latencies those of
    /// requests.
    pub fn judge(&mut self, thresholds: &[Threshold], outcome: &Outcome) {
        let requests = outcome.requests();
        for threshold in thresholds {
            let found = match &threshold.step {
                None => self.find(threshold.metric, &self.visits, &requests),
                Some(name) => {
                    let (row, step) =
                        (self.steps.iter().find(|row| row.name == *name), outcome.steps.get(name.as_str()));
                    row.zip(step).and_then(|(row, step)| self.find(threshold.metric, row, step))
                }
            };
            self.verdicts.push(threshold.judge(found));
        }
    }

    fn find(&self, metric: Metric, row: &Row, step: &Step) -> Option<f64> {
        let measured = |found: f64| (step.count() > 0).then_some(found);
        match metric {
            Metric::Quantile(percent) => measured(step.quantile(percent / 100.0).as_secs_f64()),
            Metric::Mean => measured(step.mean().as_secs_f64()),
            Metric::Max => measured(step.max().as_secs_f64()),
            Metric::Errors => row.share(row.failed),
            Metric::Shed => row.share(row.shed),
            Metric::Rate => Some(row.rate),
            Metric::Count => Some(float(row.count)),
            Metric::MemoryGrowth => self.server.as_ref()?.memory_growth,
            Metric::Memory => Some(self.server.as_ref()?.memory_max_mb * 1e6),
        }
    }

    /// What went wrong, the most frequent first: how often, in which step, what. A visit that failed with a step is told
    /// with that.
    pub fn errors(&self) -> Vec<(u64, &str, &str)> {
        let of_steps = self.steps.iter().flat_map(|row| row.errors.iter().map(|it| (row.name.as_str(), it)));
        let of_visits =
            self.visits.errors.iter().filter(|(what, _)| !self.steps.iter().any(|row| row.errors.contains_key(*what)));
        let all = of_steps.chain(of_visits.map(|it| (self.visits.name.as_str(), it)));
        let mut all: Vec<_> = all.map(|(name, (what, count))| (*count, name, what.as_str())).collect();
        all.sort_by(|one, other| other.cmp(one));
        all
    }

    /// Whether all thresholds were kept to.
    pub fn passed(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.passed)
    }
}

#[cfg(test)]
mod tests;
