//! The table at the end of a run.

use std::fmt::Write as _;

use super::{Report, Row, Spent, server::Calls};

/// All of a report that fits a terminal.
pub fn table(report: &Report) -> String {
    let mut text = String::new();
    let _ = write_table(&mut text, report);
    text
}

fn write_table(text: &mut String, report: &Report) -> std::fmt::Result {
    let early = if report.stopped_early { ", stopped early" } else { "" };
    writeln!(text, "\n{} at {}: {}", report.scenario, report.url, report.load)?;
    writeln!(text, "measured {:.1} s after {:.1} s{early}\n", report.measured_seconds, report.lead_in_seconds)?;
    writeln!(
        text,
        "{:<18}{:>9}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>8}{:>7}",
        "", "count", "per s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms", "errors", "shed"
    )?;
    for row in report.steps.iter().filter(|row| row.is_request).chain([&report.requests]) {
        write_row(text, row)?;
    }
    // What is not a request is told apart: it is not part of the whole.
    writeln!(text)?;
    for row in report.steps.iter().filter(|row| !row.is_request).chain([&report.visits]) {
        write_row(text, row)?;
    }
    write_errors(text, report)?;
    if let Some(spent) = &report.server {
        write_server(text, spent)?;
    }
    if report.own_lateness_p99_ms > 5.0 {
        writeln!(
            text,
            "\nnote: this tool itself was late, p99 {:.1} ms; it had too little of the machine, or too few connections",
            report.own_lateness_p99_ms
        )?;
    }
    writeln!(text)?;
    for verdict in &report.verdicts {
        let mark = if verdict.passed { "ok  " } else { "FAIL" };
        writeln!(text, "{mark}  {:<26} {}", verdict.threshold, verdict.found)?;
    }
    Ok(())
}

fn write_row(text: &mut String, row: &Row) -> std::fmt::Result {
    write!(text, "{:<18}{:>9}{:>10.1}", row.name, row.count, row.rate)?;
    for milliseconds in [row.p50_ms, row.p90_ms, row.p99_ms, row.p999_ms, row.max_ms] {
        write!(text, "{milliseconds:>10.2}")?;
    }
    writeln!(text, "{:>8}{:>7}", row.failed, row.shed)
}

fn write_errors(text: &mut String, report: &Report) -> std::fmt::Result {
    let errors = report.errors();
    if errors.is_empty() {
        return Ok(());
    }
    writeln!(text, "\nerrors")?;
    for (count, step, what) in errors {
        writeln!(text, "{count:>9}  {step}: {what}")?;
    }
    Ok(())
}

fn write_server(text: &mut String, spent: &Spent) -> std::fmt::Result {
    writeln!(
        text,
        "\nserver: {:.1} s of CPU ({:.2} cores), {:.0} MB at most, {:.0} actors, {:.0} sockets",
        spent.cpu_seconds, spent.cores, spent.memory_max_mb, spent.actors_max, spent.sockets_max
    )?;
    for (name, calls) in [("Redis", &spent.redis), ("Postgres", &spent.postgres), ("Argon2", &spent.password_hashes)] {
        if let Calls { count, mean_ms: Some(mean), p99_ms: Some(p99) } = calls {
            writeln!(text, "  {name:<9}{count:>9.0} calls, mean {mean:.2} ms, p99 {p99:.2} ms")?;
        }
    }
    Ok(())
}
