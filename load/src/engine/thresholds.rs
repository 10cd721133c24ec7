//! What a run has to keep to: `p99<50ms`, `verify.errors<0.1%`, `rate>1000/s`.

use std::{fmt, str::FromStr};

/// What a threshold is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// The latency, in seconds, that this percentage does not exceed.
    Quantile(f64),
    Mean,
    Max,
    /// The share that failed.
    Errors,
    /// The share that was shed.
    Shed,
    /// Answered a second; of the whole, visits that ended well.
    Rate,
    Count,
    /// By how much of what it was the server's memory grew over the run.
    MemoryGrowth,
    /// The server's memory at its highest, in bytes.
    Memory,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Unit {
    Seconds,
    Share,
    PerSecond,
    Bytes,
    Number,
}

/// Something that is to be less, or more, than something.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Of one step; else of the whole.
    pub step: Option<String>,
    pub metric: Metric,
    less: bool,
    limit: f64,
    text: String,
}

/// A threshold and what was found. What was not measured does not pass.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Verdict {
    pub threshold: String,
    pub found: String,
    pub passed: bool,
}

const EXPECTED: &str = "[STEP.]METRIC<LIMIT or >LIMIT, such as p99<50ms, verify.p99.9<20ms, errors<0.1%, rate>1000/s; \
    metrics: pNN, mean, max, errors, shed, rate, count, memory, memory-growth";

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| format!("expected {EXPECTED}"))
    }
}

impl Threshold {
    fn parse(text: &str) -> Option<Self> {
        let at = text.find(['<', '>'])?;
        let (name, rest) = text.split_at(at);
        let less = rest.starts_with('<');
        let limit = rest.trim_start_matches(['<', '>', '=']).trim();
        let name = name.trim();
        // The whole may be a metric with a dot in it: `p99.9`.
        let (step, metric) = if let Some(metric) = Metric::parse(name) {
            (None, metric)
        } else {
            let (step, metric) = name.split_once('.')?;
            (Some(step.to_owned()), Metric::parse(metric)?)
        };
        if step.is_some() && matches!(metric, Metric::Memory | Metric::MemoryGrowth) {
            return None;
        }
        let limit = metric.unit().parse(limit)?;
        Some(Self { step, metric, less, limit, text: text.to_owned() })
    }

    /// Compares it with what was found.
    pub fn judge(&self, found: Option<f64>) -> Verdict {
        let passed = found.is_some_and(|found| if self.less { found < self.limit } else { found > self.limit });
        // None at all is less than any share of errors, even than none.
        let passed = passed || (self.less && found == Some(0.0) && self.metric.unit() == Unit::Share);
        let found = found.map_or_else(|| "not measured".into(), |found| self.metric.unit().show(found));
        Verdict { threshold: self.text.clone(), found, passed }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Metric {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "mean" => Self::Mean,
            "max" => Self::Max,
            "errors" => Self::Errors,
            "shed" => Self::Shed,
            "rate" => Self::Rate,
            "count" => Self::Count,
            "memory" => Self::Memory,
            "memory-growth" => Self::MemoryGrowth,
            _ => {
                let percent: f64 = name.strip_prefix('p')?.parse().ok()?;
                (0.0..=100.0).contains(&percent).then_some(Self::Quantile(percent))?
            }
        })
    }

    fn unit(self) -> Unit {
        match self {
            Self::Quantile(_) | Self::Mean | Self::Max => Unit::Seconds,
            Self::Errors | Self::Shed | Self::MemoryGrowth => Unit::Share,
            Self::Rate => Unit::PerSecond,
            Self::Memory => Unit::Bytes,
            Self::Count => Unit::Number,
        }
    }
}

impl Unit {
    /// The units that are known, the ones that end like others first.
    fn names(self) -> &'static [(&'static str, f64)] {
        match self {
            Self::Seconds => &[("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("s", 1.0)],
            Self::Share => &[("%", 0.01)],
            Self::PerSecond => &[("/s", 1.0), ("/min", 1.0 / 60.0), ("", 1.0)],
            Self::Bytes => &[("MB", 1e6), ("MiB", 1_048_576.0), ("GB", 1e9)],
            Self::Number => &[("", 1.0)],
        }
    }

    fn parse(self, text: &str) -> Option<f64> {
        self.names().iter().find_map(|(name, factor)| {
            let number: f64 = text.strip_suffix(name)?.trim().parse().ok()?;
            (number.is_finite() && number >= 0.0).then_some(number * factor)
        })
    }

    fn show(self, value: f64) -> String {
        match self {
            Self::Seconds => format!("{:.2} ms", value * 1e3),
            Self::Share => format!("{:.3} %", value * 100.0),
            Self::PerSecond => format!("{value:.1}/s"),
            Self::Bytes => format!("{:.1} MB", value / 1e6),
            Self::Number => format!("{value:.0}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    fn parse(text: &str) -> Threshold {
        text.parse().unwrap()
    }

    #[test]
    fn thresholds_name_a_metric_of_the_whole_or_of_a_step() {
        let whole = parse("p99.9 < 50ms");
        assert_eq!((whole.step, whole.metric, whole.limit), (None, Metric::Quantile(99.9), 0.05));
        let step = parse("verify-wrong.p99<20ms");
        assert_eq!(
            (step.step.as_deref(), step.metric, step.limit),
            (Some("verify-wrong"), Metric::Quantile(99.0), 0.02)
        );
        assert_eq!(parse("start.p99.9<1s").step.as_deref(), Some("start"));
        for (text, limit) in [("errors<0.1%", 0.001), ("rate>1000/s", 1000.0), ("memory<200MB", 2e8)] {
            assert_eq!(parse(text).limit.total_cmp(&limit), Ordering::Equal, "{text}");
        }
        for wrong in
            ["", "p99", "p99<50", "p99<50parsecs", "p101<1s", "errors<1ms", "verify<1s", "x.memory<1MB", "p99<-1s"]
        {
            assert!(wrong.parse::<Threshold>().unwrap_err().contains("p99<50ms"), "{wrong}");
        }
    }

    #[test]
    fn they_are_judged_in_their_direction() {
        let p99 = parse("p99<50ms");
        assert!(p99.judge(Some(0.049)).passed);
        assert_eq!(
            p99.judge(Some(0.0512)),
            Verdict { threshold: "p99<50ms".into(), found: "51.20 ms".into(), passed: false }
        );
        assert!(parse("rate>10").judge(Some(11.0)).passed);
        assert!(!parse("rate>10").judge(Some(10.0)).passed);
        assert!(parse("errors<0%").judge(Some(0.0)).passed);
        assert!(!parse("errors<0%").judge(Some(0.001)).passed);
    }

    #[test]
    fn what_was_not_measured_does_not_pass() {
        assert_eq!(parse("verify.p99<1s").judge(None).found, "not measured");
        assert!(!parse("verify.p99<1s").judge(None).passed);
    }
}
