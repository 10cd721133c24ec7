//! What a run came to: how often and how fast each step was answered, and what went wrong.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    time::{Duration, Instant},
};

/// How many failures are spelt out.
const SHOWN_FAILURES: usize = 5;

/// The present, to measure from.
#[expect(clippy::disallowed_methods, reason = "measuring real time is what this program is for")]
pub fn now() -> Instant {
    Instant::now()
}

/// Latencies by step, and failures.
#[derive(Debug, Default)]
pub struct Report {
    finished: usize,
    steps: BTreeMap<&'static str, Vec<Duration>>,
    failures: Vec<String>,
}

impl Report {
    /// A step was answered as it should be.
    pub fn step(&mut self, name: &'static str, took: Duration) {
        self.steps.entry(name).or_default().push(took);
    }

    /// One registration went through all steps.
    pub fn finish(&mut self) {
        self.finished += 1;
    }

    /// One did not.
    pub fn fail(&mut self, why: String) {
        self.failures.push(why);
    }

    /// Adds another worker's.
    pub fn merge(&mut self, other: Self) {
        self.finished += other.finished;
        self.failures.extend(other.failures);
        for (name, times) in other.steps {
            self.steps.entry(name).or_default().extend(times);
        }
    }

    /// Whether everything was answered as it should be.
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty()
    }

    /// A table to read.
    pub fn describe(&mut self, took: Duration) -> String {
        let rate = f64::from(u32::try_from(self.finished).unwrap_or(u32::MAX)) / took.as_secs_f64();
        let mut text = format!(
            "{} registrations in {:.1} s: {rate:.1} a second; {} failed\n\n{:<16}{:>8}{:>12}{:>12}{:>12}{:>12}\n",
            self.finished,
            took.as_secs_f64(),
            self.failures.len(),
            "step",
            "count",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "max ms"
        );
        for (name, times) in &mut self.steps {
            times.sort_unstable();
            let _ = write!(text, "{name:<16}{:>8}", times.len());
            for percent in [50, 95, 99, 100] {
                let _ = write!(text, "{:>12.1}", percentile(times, percent).as_secs_f64() * 1000.0);
            }
            text.push('\n');
        }
        for failure in self.failures.iter().take(SHOWN_FAILURES) {
            let _ = writeln!(text, "\nfailed: {failure}");
        }
        text
    }
}

/// The least of the sorted values that so many percent of them do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!([50, 95, 99, 100].map(|percent| percentile(&times, percent).as_millis()), [100, 190, 198, 200]);
        assert_eq!(percentile(&times[..1], 50).as_millis(), 1);
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }

    #[test]
    fn a_failure_anywhere_spoils_the_whole() {
        let (mut whole, mut part) = (Report::default(), Report::default());
        whole.finish();
        assert!(whole.is_clean());
        part.step("start", Duration::from_millis(3));
        part.fail("start: 500".into());
        whole.merge(part);
        assert!(!whole.is_clean());
        let text = whole.describe(Duration::from_secs(2));
        assert!(text.starts_with("1 registrations in 2.0 s: 0.5 a second; 1 failed"), "{text}");
        assert!(text.contains("failed: start: 500"), "{text}");
    }
}
