//! The table: medians of the rounds, side by side, and how many times ChatLink is each of the others.

use std::{fmt::Write as _, time::Duration};

use super::{drive::Operation, measure::Measured, processes::Usage};

/// What was measured of one candidate.
#[derive(Debug)]
pub struct Column {
    pub name: &'static str,
    /// All rounds of all operations.
    pub rounds: Vec<(Operation, Measured)>,
    /// After all of it.
    pub usage: Usage,
}

/// One line of an operation: what it is called, how it is taken from a round, how it is shown.
struct Line {
    name: &'static str,
    take: fn(&Measured) -> Option<f64>,
    show: fn(f64) -> String,
    /// Of two, the one that is better by so much: more of a rate, less of a time.
    more_is_better: bool,
}

const LINES: [Line; 6] = [
    Line { name: "answers a second", take: |it| Some(it.rate), show: count, more_is_better: true },
    Line { name: "mails a second", take: |it| it.mails, show: count, more_is_better: true },
    Line { name: "p50", take: |it| Some(it.p50.as_secs_f64()), show: time, more_is_better: false },
    Line { name: "p99", take: |it| Some(it.p99.as_secs_f64()), show: time, more_is_better: false },
    Line { name: "CPU each", take: |it| Some(it.cpu.as_secs_f64()), show: time, more_is_better: false },
    Line {
        name: "CPU each, Postgres and Redis",
        take: |it| Some(it.services_cpu.as_secs_f64()),
        show: time,
        more_is_better: false,
    },
];

/// As Markdown.
pub fn table(columns: &[Column]) -> String {
    let mut text = String::from("| |");
    for column in columns {
        _ = write!(text, " {} |", column.name);
    }
    _ = write!(text, "\n|---|{}\n", "---|".repeat(columns.len()));
    for operation in Operation::ALL {
        _ = writeln!(text, "| **{}** |{}", operation.name(), " |".repeat(columns.len()));
        for line in &LINES {
            row(&mut text, columns, operation, line);
        }
    }
    _ = write!(text, "| memory of its processes |");
    for column in columns {
        _ = write!(text, " {} MiB |", column.usage.memory / 1_048_576);
    }
    text.push('\n');
    text
}

fn row(text: &mut String, columns: &[Column], operation: Operation, line: &Line) {
    let values: Vec<_> = columns.iter().map(|column| median(column.rounds.iter(), operation, line.take)).collect();
    if values.iter().all(Option::is_none) {
        return;
    }
    let own = values.first().copied().flatten();
    _ = write!(text, "| {} |", line.name);
    for (index, value) in values.iter().enumerate() {
        _ = match (value, own) {
            (None, _) => write!(text, " |"),
            (Some(value), Some(own)) if index > 0 && *value > 0.0 && own > 0.0 => {
                let times = if line.more_is_better { own / value } else { value / own };
                write!(text, " {} (×{}) |", (line.show)(*value), digits(times))
            }
            (Some(value), _) => write!(text, " {} |", (line.show)(*value)),
        };
    }
    text.push('\n');
}

fn median<'a>(
    rounds: impl Iterator<Item = &'a (Operation, Measured)>,
    operation: Operation,
    take: fn(&Measured) -> Option<f64>,
) -> Option<f64> {
    let mut values: Vec<f64> = rounds.filter(|(of, _)| *of == operation).filter_map(|(_, it)| take(it)).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn count(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

fn time(seconds: f64) -> String {
    let time = Duration::from_secs_f64(seconds);
    match time.as_micros() {
        0..1_000 => format!("{} µs", time.as_micros()),
        1_000..100_000 => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{:.0} ms", seconds * 1e3),
    }
}

fn digits(times: f64) -> String {
    if times < 10.0 { format!("{times:.1}") } else { format!("{times:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &'static str, rates: [f64; 3], cpu: u64) -> Column {
        let measured = |rate| Measured {
            rate,
            p50: Duration::from_micros(900),
            p99: Duration::from_millis(9),
            mails: None,
            cpu: Duration::from_micros(cpu),
            services_cpu: Duration::ZERO,
            errors: 0,
        };
        let rounds = rates.into_iter().map(|rate| (Operation::LogIn, measured(rate))).collect();
        Column { name, rounds, usage: Usage { memory: 3 << 20, ..Usage::default() } }
    }

    #[test]
    fn medians_stand_beside_each_other_with_how_many_times_better_the_first_is() {
        let table = table(&[column("ours", [30.0, 500.0, 120.0], 200), column("theirs", [60.0, 10.0, 48.0], 4000)]);
        for line in [
            "| | ours | theirs |",
            "| **password login** | | |",
            "| answers a second | 120 | 48.0 (×2.5) |",
            "| p50 | 900 µs | 900 µs (×1.0) |",
            "| CPU each | 200 µs | 4.0 ms (×20) |",
            "| memory of its processes | 3 MiB | 3 MiB |",
        ] {
            assert!(table.lines().any(|found| found == line), "{line}\n{table}");
        }
        assert!(!table.contains("mails"), "{table}");
    }
}
