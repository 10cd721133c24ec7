//! What was measured, and whether it is as good as it was meant to be.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::machine::Machine;

/// A whole run.
#[derive(Debug, Serialize)]
pub struct Report {
    pub machine: Machine,
    pub command: String,
    pub rows: Vec<Row>,
}

/// One measure.
#[derive(Debug, Default, Serialize)]
pub struct Row {
    pub name: String,
    /// What the floor is.
    pub floor: String,
    /// How many a second the floor did, round by round.
    pub floor_rates: Vec<f64>,
    /// How many a second the server did, round by round.
    pub rates: Vec<f64>,
    /// Of the server, in milliseconds, round by round.
    pub p50: Vec<f64>,
    pub p99: Vec<f64>,
    pub checks: Vec<Check>,
    /// Answers that were not as they should be, of floor and server, by what was wrong.
    pub errors: BTreeMap<String, u64>,
    pub notes: Vec<String>,
}

/// A target and what came of it.
#[derive(Debug, Serialize)]
pub struct Check {
    pub what: String,
    pub is_met: bool,
}

impl Report {
    pub const fn new(machine: Machine, command: String) -> Self {
        Self { machine, command, rows: Vec::new() }
    }

    pub fn is_passed(&self) -> bool {
        self.rows.iter().all(Row::is_passed)
    }
}

impl Row {
    pub fn new(name: &str, floor: &str) -> Self {
        Self { name: name.to_owned(), floor: floor.to_owned(), ..Self::default() }
    }

    /// Whether every answer was as it should be, and every target was met.
    pub fn is_passed(&self) -> bool {
        self.errors.is_empty() && self.checks.iter().all(|check| check.is_met)
    }

    /// The share of the floor, round by round.
    pub fn ratios(&self) -> Vec<f64> {
        self.rates.iter().zip(&self.floor_rates).map(|(rate, floor)| rate / floor).collect()
    }

    /// That the share of the floor is at least this.
    pub fn expect_ratio(&mut self, least: f64) {
        let ratio = median(&self.ratios());
        self.check(format!("≥ {least:.2} of the floor"), ratio >= least);
    }

    /// That the 99th percentile is at most this, in milliseconds.
    pub fn expect_p99(&mut self, most: f64) {
        let p99 = median(&self.p99);
        self.check(format!("p99 ≤ {most} ms"), p99 <= most);
    }

    pub fn check(&mut self, what: String, is_met: bool) {
        self.checks.push(Check { what, is_met });
    }

    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

/// The middle one; of an even number, the lower of the two. Not a number where there are none.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_a_value_that_occurred() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        let mut row = Row { floor_rates: vec![100.0, 10.0, 50.0], rates: vec![60.0, 6.0, 20.0], ..Row::default() };
        row.expect_ratio(0.6);
        assert!(row.is_passed());
        row.expect_ratio(0.61);
        assert!(!row.is_passed());
    }

    #[test]
    fn what_was_never_measured_meets_no_target() {
        let mut row = Row::default();
        row.expect_p99(5.0);
        assert!(!row.is_passed());
    }

    #[test]
    fn one_wrong_answer_spoils_a_row() {
        let mut row = Row { p99: vec![1.0], ..Row::default() };
        row.expect_p99(5.0);
        assert!(row.is_passed());
        row.errors.insert("500".into(), 1);
        assert!(!row.is_passed());
    }
}
