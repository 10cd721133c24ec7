//! Which charts a report has.

use super::chart::{Chart, Series, seconds};
use crate::report::{Moment, Report, Row, Tick};

/// At most so many lines can be told apart.
const MOST: usize = 5;

/// All of them, drawn.
pub fn all(report: &Report) -> Vec<String> {
    let mut charts = vec![latency(report), percentiles(report), throughput(report), steps(report), errors(report)];
    if report.timeline.iter().any(|tick| tick.server.is_some()) {
        charts.extend(server(report));
    }
    charts.iter().map(Chart::render).collect()
}

fn over_time(report: &Report, title: &'static str, unit: &'static str, series: Vec<Series>) -> Chart {
    let until = report.timeline.last().map_or(1.0, |tick| tick.at);
    Chart {
        title,
        unit,
        series,
        marks: seconds(until),
        x_label: "s",
        x: (0.0, until),
        measured: (report.lead_in_seconds, report.lead_in_seconds + report.measured_seconds),
        target: None,
    }
}

/// A line of something of each second, where there is any.
fn line(report: &Report, name: &str, colour: usize, of: impl Fn(&Tick) -> Option<f64>) -> Series {
    let points = report.timeline.iter().filter_map(|tick| Some((tick.at, of(tick)?))).collect();
    Series { name: name.to_owned(), colour, points }
}

fn latency(report: &Report) -> Chart {
    let series = vec![
        line(report, "p99", 1, |tick| tick.requests.p99_ms),
        line(report, "median", 0, |tick| tick.requests.p50_ms),
    ];
    over_time(report, "Latency of all requests", "ms, each second", series)
}

/// The kinds of requests of which there were most, in the order of a visit.
fn most_frequent(report: &Report) -> Vec<&Row> {
    let requests = || report.steps.iter().filter(|row| row.is_request && row.count > 0);
    let mut counts: Vec<u64> = requests().map(|row| row.count).collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let least = counts.get(MOST - 1).copied().unwrap_or_default();
    requests().filter(|row| row.count >= least).take(MOST).collect()
}

fn steps(report: &Report) -> Chart {
    let series = most_frequent(report).into_iter().enumerate().map(|(colour, row)| {
        line(report, &row.name, colour, |tick| tick.steps.get(row.name.as_str()).and_then(|point| point.p99_ms))
    });
    over_time(report, "p99 of the most frequent steps", "ms, each second", series.collect())
}

fn throughput(report: &Report) -> Chart {
    let series = vec![
        line(report, "requests", 2, |tick| Some(tick.requests.rate)),
        line(report, "visits", 0, |tick| Some(tick.visits_rate)),
    ];
    Chart { target: report.target_rate, ..over_time(report, "Throughput", "a second", series) }
}

fn errors(report: &Report) -> Chart {
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "no count comes near 2^53")]
    let series = vec![
        line(report, "errors", 1, |tick| Some(tick.requests.errors as f64)),
        line(report, "shed", 3, |tick| Some(tick.requests.shed as f64)),
    ];
    over_time(report, "Errors and shed requests", "each second", series)
}

fn server(report: &Report) -> Vec<Chart> {
    type Of = fn(&Moment) -> Option<f64>;
    let of = |name: &str, colour: usize, of: Of| line(report, name, colour, |tick| tick.server.as_ref().and_then(of));
    vec![
        over_time(report, "Server: CPU", "cores", vec![of("in use", 0, |it| Some(it.cpu))]),
        over_time(report, "Server: memory", "MB", vec![of("resident", 4, |it| Some(it.memory_mb))]),
        over_time(
            report,
            "Server: live actors and sockets",
            "",
            vec![of("actors", 0, |it| Some(it.actors)), of("sockets", 3, |it| Some(it.sockets))],
        ),
        over_time(
            report,
            "Redis and Postgres: mean",
            "ms a call",
            vec![of("Redis", 1, |it| it.redis.mean_ms), of("Postgres", 0, |it| it.postgres.mean_ms)],
        ),
        over_time(
            report,
            "Redis and Postgres: p99",
            "ms a call, from the server's buckets",
            vec![of("Redis", 1, |it| it.redis.p99_ms), of("Postgres", 0, |it| it.postgres.p99_ms)],
        ),
    ]
}

/// How far a percentile is on an axis that has the same room for each further nine.
fn nines(percentile: f64) -> f64 {
    -(1.0 - percentile / 100.0).max(1e-6).log10()
}

fn percentiles(report: &Report) -> Chart {
    let rows: Vec<&Row> = most_frequent(report).into_iter().chain([&report.requests]).collect();
    let series: Vec<Series> = rows
        .iter()
        .enumerate()
        .map(|(colour, row)| {
            let known = row.curve.iter().filter(|(percentile, _)| *percentile < 100.0);
            let points = known.map(|&(percentile, time)| (nines(percentile), time)).collect();
            Series { name: row.name.clone(), colour, points }
        })
        .collect();
    let furthest = series.iter().filter_map(|series| series.points.last()).map(|(x, _)| *x).fold(0.0, f64::max);
    let marks =
        [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999].map(|percentile| (nines(percentile), format!("{percentile}")));
    let marks = marks.into_iter().filter(|(x, _)| *x <= furthest + 1e-9).collect();
    Chart {
        title: "Latency by percentile",
        unit: "ms; to the right, ever rarer",
        series,
        marks,
        x_label: "nines",
        x: (0.0, furthest.max(0.3)),
        measured: (0.0, f64::INFINITY),
        target: None,
    }
}
