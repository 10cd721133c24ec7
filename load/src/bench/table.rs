//! What was measured, to be read.

use std::fmt::Write as _;

use super::results::{Report, Row, median};

const HEADINGS: [&str; 7] = ["measure", "floor /s", "ChatLink /s", "ratio", "p50 / p99 ms", "target", "verdict"];

/// For a terminal.
pub fn plain(report: &Report) -> String {
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    lines.extend(report.rows.iter().map(cells));
    let mut widths = [0; HEADINGS.len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = format!("{}\n{}\n\n", report.machine.describe(), report.command);
    for line in &lines {
        for (width, cell) in widths.iter().zip(line) {
            let padding = " ".repeat(width - cell.chars().count() + 2);
            let _ = write!(text, "{cell}{padding}");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    notes(report, &mut text, "");
    text
}

/// For a page.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("{}. `{}`:\n\n", report.machine.describe(), report.command);
    let _ = writeln!(text, "| {} |\n|{}", HEADINGS.join(" | "), "---|".repeat(HEADINGS.len()));
    for row in &report.rows {
        let _ = writeln!(text, "| {} |", cells(row).join(" | "));
    }
    notes(report, &mut text, "- ");
    text
}

fn notes(report: &Report, text: &mut String, bullet: &str) {
    text.push('\n');
    for row in &report.rows {
        let _ = writeln!(text, "{bullet}{}: the floor is {}.", row.name, row.floor);
        for note in &row.notes {
            let _ = writeln!(text, "{bullet}{}: {note}.", row.name);
        }
        for (what, count) in &row.errors {
            let _ = writeln!(text, "{bullet}{}: {count} answers were wrong: {what}.", row.name);
        }
    }
}

fn cells(row: &Row) -> [String; 7] {
    let rate = |rates: &[f64]| number(median(rates), 0);
    let targets: Vec<_> = row.checks.iter().map(|check| check.what.as_str()).collect();
    let missed: Vec<_> = row.checks.iter().filter(|check| !check.is_met).map(|check| check.what.as_str()).collect();
    let verdict = match (row.errors.is_empty(), missed.is_empty(), row.checks.is_empty()) {
        (false, ..) => "wrong answers".to_owned(),
        (_, false, _) => format!("MISS: {}", missed.join(", ")),
        (.., true) => "–".to_owned(),
        _ => "pass".to_owned(),
    };
    [
        row.name.clone(),
        rate(&row.floor_rates),
        rate(&row.rates),
        ratio(&row.ratios()),
        format!("{} / {}", number(median(&row.p50), 2), number(median(&row.p99), 2)),
        targets.join(", "),
        verdict,
    ]
}

/// The median, and between what the rounds were.
fn ratio(ratios: &[f64]) -> String {
    let (least, most) =
        ratios.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), &it| (least.min(it), most.max(it)));
    if ratios.is_empty() { "–".into() } else { format!("{:.2} ({least:.2}–{most:.2})", median(ratios)) }
}

fn number(value: f64, digits: usize) -> String {
    if value.is_nan() { "–".into() } else { format!("{value:.digits$}") }
}
