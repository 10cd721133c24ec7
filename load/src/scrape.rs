//! What the server says of itself at `/metrics`, in Prometheus' text format.
//!
//! Labels are summed over: this looks at the server as a whole. Histograms are kept as they are, so that their
//! difference between two moments is what happened meanwhile.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use url::Url;

use crate::client::{Connection, Failure, Request, Target, TargetError};

/// Asks for the metrics, over a connection of its own.
#[derive(Debug)]
pub struct Scraper {
    connection: Connection,
    path: String,
}

impl Scraper {
    /// At such a URL: `http://127.0.0.1:9090/metrics`.
    ///
    /// # Errors
    /// It is none, or not one of plain `http`.
    pub fn new(url: &str, patience: Duration) -> Result<Self, TargetError> {
        let mut url = Url::parse(url).map_err(|error| TargetError::Malformed(url.to_owned(), error))?;
        let path = url.path().to_owned();
        url.set_path("");
        url.set_query(None);
        let target = Arc::new(Target::parse(url.as_str())?);
        Ok(Self { connection: Connection::new(target, patience), path })
    }

    /// The metrics now.
    ///
    /// # Errors
    /// There is no answer, or not the right one.
    pub async fn scrape(&mut self) -> Result<Metrics, Failure> {
        let answer = self.connection.send(Request::get(self.path.clone())).await?.expect(200)?;
        Ok(Metrics::parse(&String::from_utf8_lossy(&answer.body)))
    }
}

/// All metrics of a moment, each summed over its labels.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    values: BTreeMap<String, f64>,
    /// By metric, the counts up to each bound.
    buckets: BTreeMap<String, Vec<(f64, f64)>>,
}

impl Metrics {
    /// Of the text format. Lines that are none are left out.
    pub fn parse(text: &str) -> Self {
        let mut metrics = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            metrics.line(line);
        }
        for bounds in metrics.buckets.values_mut() {
            bounds.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        }
        metrics
    }

    fn line(&mut self, line: &str) -> Option<()> {
        // A label may hold anything in its quotes, so the value is looked for after the last brace.
        let (series, value) = match line.rsplit_once('}') {
            Some((series, value)) => (series, value),
            None => line.split_once(' ')?,
        };
        // A timestamp may follow.
        let value: f64 = value.split_whitespace().next()?.parse().ok()?;
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        if let Some(name) = name.strip_suffix("_bucket") {
            let bound = labels.split_once("le=\"")?.1.split('"').next()?.parse().ok()?;
            let bounds = self.buckets.entry(name.to_owned()).or_default();
            match bounds.iter_mut().find(|(known, _)| f64::total_cmp(known, &bound).is_eq()) {
                Some((_, count)) => *count += value,
                None => bounds.push((bound, value)),
            }
        } else {
            *self.values.entry(name.to_owned()).or_default() += value;
        }
        Some(())
    }

    /// A counter or gauge.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.get(name).copied()
    }

    /// A histogram; empty where there is none yet.
    pub fn histogram(&self, name: &str) -> Buckets {
        let of = |suffix| self.value(&format!("{name}{suffix}")).unwrap_or_default();
        Buckets { bounds: self.buckets.get(name).cloned().unwrap_or_default(), sum: of("_sum"), count: of("_count") }
    }
}

/// A histogram of Prometheus': counts up to bounds.
#[derive(Clone, Debug, Default)]
pub struct Buckets {
    bounds: Vec<(f64, f64)>,
    pub sum: f64,
    pub count: f64,
}

impl Buckets {
    /// What was added since.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let before = |bound: f64| {
            let found = earlier.bounds.iter().find(|(known, _)| known.total_cmp(&bound).is_eq());
            found.map_or(0.0, |(_, count)| *count)
        };
        let bounds = self.bounds.iter().map(|&(bound, count)| (bound, count - before(bound))).collect();
        Self { bounds, sum: self.sum - earlier.sum, count: self.count - earlier.count }
    }

    pub fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    /// The value that this share does not exceed, taken to lie evenly within its bucket, as Prometheus does. Beyond the
    /// last bound nothing is known, and that bound is the answer.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let rank = share * self.count;
        let (mut below, mut counted) = (0.0, 0.0);
        for &(bound, count) in &self.bounds {
            if count > 0.0 && count >= rank && self.count > 0.0 {
                if bound.is_infinite() {
                    return Some(below);
                }
                let within = if count > counted { (rank - counted) / (count - counted) } else { 1.0 };
                return Some(below + (bound - below) * within);
            }
            (below, counted) = (bound, count);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLIER: &str = "# HELP x What.\n# TYPE x histogram\n\
        x_bucket{op=\"a\",le=\"0.1\"} 2\nx_bucket{op=\"a\",le=\"0.2\"} 2\nx_bucket{op=\"a\",le=\"+Inf\"} 2\n\
        x_sum{op=\"a\"} 0.1\nx_count{op=\"a\"} 2\nlive{purpose=\"a } b 7\"} 3\nlive{purpose=\"c\"} 4\nplain 5.5\n";
    const LATER: &str = "x_bucket{op=\"a\",le=\"0.1\"} 2\nx_bucket{op=\"a\",le=\"0.2\"} 6\nx_bucket{op=\"a\",le=\"+Inf\"} 6\n\
        x_sum{op=\"a\"} 0.7\nx_count{op=\"a\"} 6\n\
        x_bucket{op=\"b\",le=\"0.1\"} 0\nx_bucket{op=\"b\",le=\"0.2\"} 4\nx_bucket{op=\"b\",le=\"+Inf\"} 4\n\
        x_sum{op=\"b\"} 0.6\nx_count{op=\"b\"} 4\n";

    fn near(found: Option<f64>, expected: f64) -> bool {
        (found.unwrap() - expected).abs() < 1e-9
    }

    #[test]
    fn labels_are_summed_over() {
        let metrics = Metrics::parse(EARLIER);
        assert!(near(metrics.value("live"), 7.0) && near(metrics.value("plain"), 5.5));
        assert_eq!(metrics.value("none"), None);
        assert!(near(metrics.histogram("x").mean(), 0.05));
    }

    #[test]
    fn a_difference_is_what_happened_meanwhile() {
        let meanwhile = Metrics::parse(LATER).histogram("x").since(&Metrics::parse(EARLIER).histogram("x"));
        assert!(near(Some(meanwhile.count), 8.0));
        assert!(near(meanwhile.mean(), 0.15));
        // All eight lie in the second bucket: evenly, so half of them in its first half.
        assert!(near(meanwhile.quantile(0.5), 0.15) && near(meanwhile.quantile(1.0), 0.2));
    }

    #[test]
    fn what_is_not_known_is_none() {
        assert_eq!(Buckets::default().mean(), None);
        assert_eq!(Buckets::default().quantile(0.5), None);
        let metrics =
            Metrics::parse("x_bucket{le=\"1\"} 0\nx_bucket{le=\"+Inf\"} 3\nx_sum 9\nx_count 3\nnonsense\n\n{\n");
        assert!(near(metrics.histogram("x").quantile(0.99), 1.0));
    }
}
