//! What the server spent, out of its own metrics.

use serde::Serialize;

use crate::scrape::{Buckets, Metrics};

const REDIS: &str = "chatlink_redis_call_duration_seconds";
const POSTGRES: &str = "chatlink_postgres_call_duration_seconds";
const HASHES: &str = "chatlink_password_hash_duration_seconds";
const MEMORY: &str = "process_resident_memory_bytes";
const CPU: &str = "process_cpu_seconds_total";

/// The server in a second.
#[derive(Clone, Debug, Serialize)]
pub struct Moment {
    /// Cores in use.
    pub cpu: f64,
    pub memory_mb: f64,
    pub actors: f64,
    pub sockets: f64,
    pub redis: Calls,
    pub postgres: Calls,
}

/// Calls to something, and how long they took.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Calls {
    pub count: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_ms: Option<f64>,
    /// As good as the server's buckets are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99_ms: Option<f64>,
}

impl Calls {
    fn new(buckets: &Buckets) -> Self {
        let milliseconds = |seconds: Option<f64>| seconds.map(|seconds| seconds * 1e3);
        Self {
            count: buckets.count,
            mean_ms: milliseconds(buckets.mean()),
            p99_ms: milliseconds(buckets.quantile(0.99)),
        }
    }

    fn between(name: &str, earlier: &Metrics, later: &Metrics) -> Self {
        Self::new(&later.histogram(name).since(&earlier.histogram(name)))
    }
}

impl Moment {
    /// What happened between two moments, so many seconds apart.
    pub fn between(earlier: &Metrics, later: &Metrics, seconds: f64) -> Self {
        Self {
            cpu: spent(earlier, later) / seconds.max(1e-3),
            memory_mb: later.value(MEMORY).unwrap_or_default() / 1e6,
            actors: later.value("chatlink_actors_live").unwrap_or_default(),
            sockets: later.value("chatlink_websockets_open").unwrap_or_default(),
            redis: Calls::between(REDIS, earlier, later),
            postgres: Calls::between(POSTGRES, earlier, later),
        }
    }
}

fn spent(earlier: &Metrics, later: &Metrics) -> f64 {
    later.value(CPU).unwrap_or_default() - earlier.value(CPU).unwrap_or_default()
}

/// The server while it was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Spent {
    pub cpu_seconds: f64,
    /// On average.
    pub cores: f64,
    pub memory_max_mb: f64,
    /// From the median of the first tenth to that of the last, as a share of the first.
    pub memory_growth: Option<f64>,
    pub actors_max: f64,
    pub sockets_max: f64,
    pub redis: Calls,
    pub postgres: Calls,
    pub password_hashes: Calls,
    pub hashes_refused: f64,
}

impl Spent {
    /// Between two moments, so many seconds apart, with what was seen meanwhile.
    pub fn between(earlier: &Metrics, later: &Metrics, seconds: f64, meanwhile: &[&Moment]) -> Self {
        let max = |of: fn(&Moment) -> f64| meanwhile.iter().map(|moment| of(moment)).fold(0.0, f64::max);
        let refused = |metrics: &Metrics| metrics.value("chatlink_password_hashes_refused_total").unwrap_or_default();
        let memory: Vec<f64> = meanwhile.iter().map(|moment| moment.memory_mb).collect();
        Self {
            cpu_seconds: spent(earlier, later),
            cores: spent(earlier, later) / seconds.max(1e-3),
            memory_max_mb: max(|moment| moment.memory_mb).max(later.value(MEMORY).unwrap_or_default() / 1e6),
            memory_growth: growth(&memory),
            actors_max: max(|moment| moment.actors),
            sockets_max: max(|moment| moment.sockets),
            redis: Calls::between(REDIS, earlier, later),
            postgres: Calls::between(POSTGRES, earlier, later),
            password_hashes: Calls::between(HASHES, earlier, later),
            hashes_refused: refused(later) - refused(earlier),
        }
    }
}

/// By how much it grew; nothing can be said of less than ten values.
pub fn growth(values: &[f64]) -> Option<f64> {
    let tenth = values.len() / 10;
    if tenth == 0 {
        return None;
    }
    let first = median(values.get(..tenth)?)?;
    let last = median(values.get(values.len() - tenth..)?)?;
    (first > 0.0).then(|| last / first - 1.0)
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}
