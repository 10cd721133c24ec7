//! One HTML file about a run: no other resource, light and dark, on a desk and on a phone.
//!
//! Charts are SVG, drawn here; a short script adds what is under the pointer. Everything that is not a number goes
//! through [`escape`].

mod chart;
mod charts;
mod escape;

use std::fmt::Write as _;

use self::escape::escape;
use super::{Report, Row, Spent, server::Calls};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The whole page.
pub fn page(report: &Report) -> String {
    let mut html = String::new();
    // Writing to a string does not fail.
    let _ = write_page(&mut html, report);
    html
}

fn write_page(html: &mut String, report: &Report) -> std::fmt::Result {
    let title = escape(&format!("{} · ChatLink load", report.scenario)).to_string();
    write!(
        html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>{STYLE}</style>\n<main>\n"
    )?;
    write_head(html, report)?;
    write_tiles(html, report)?;
    write_verdicts(html, report)?;
    html.push_str("<section class=\"charts\">\n");
    for chart in charts::all(report) {
        html.push_str(&chart);
    }
    html.push_str("</section>\n");
    write_steps(html, report)?;
    write_errors(html, report)?;
    if let Some(spent) = &report.server {
        write_server(html, spent)?;
    }
    write!(
        html,
        "<footer>Latency counts from when a visit was due, so that a stall is felt by everybody it delays. What is \
         shaded in a chart is before or after the measurement. The tool itself was late by {:.2} ms (p99).</footer>\n\
         </main>\n<div id=\"tip\" hidden></div>\n<script>{SCRIPT}</script>\n</html>\n",
        report.own_lateness_p99_ms
    )
}

fn write_head(html: &mut String, report: &Report) -> std::fmt::Result {
    let (class, word) = if report.passed() { ("good", "passed") } else { ("bad", "failed") };
    let early = if report.stopped_early { ", stopped early" } else { "" };
    writeln!(
        html,
        "<header>\n<h1>{} <span class=\"badge {class}\">{word}</span></h1>\n\
         <p>{} at {}<br>{}: {:.0} s measured after {:.0} s{early}, seed {}</p>\n</header>",
        escape(&report.scenario),
        escape(&report.load),
        escape(&report.url),
        escape(&report.began_at),
        report.measured_seconds,
        report.lead_in_seconds,
        report.seed
    )
}

fn write_tiles(html: &mut String, report: &Report) -> std::fmt::Result {
    let errors = report.visits.share(report.visits.failed).unwrap_or_default() * 100.0;
    let target = report.target_rate.map_or_else(String::new, |rate| format!("of {rate} asked for"));
    let mut tiles = vec![
        ("visits a second", format!("{:.1}", report.visits.rate), target),
        ("requests a second", format!("{:.1}", report.requests.rate), format!("{} in all", report.requests.count)),
        ("median", milliseconds(report.requests.p50_ms), "of all requests".to_owned()),
        ("p99", milliseconds(report.requests.p99_ms), format!("max {}", milliseconds(report.requests.max_ms))),
        ("errors", format!("{errors:.2} %"), format!("{} of visits", report.visits.failed)),
    ];
    if report.visits.shed > 0 {
        let shed = report.visits.share(report.visits.shed).unwrap_or_default() * 100.0;
        tiles.push(("shed", format!("{shed:.1} %"), format!("{} told to come back", report.visits.shed)));
    }
    if let Some(spent) = &report.server {
        let memory = format!("{:.0} MB at most", spent.memory_max_mb);
        tiles.push(("server", format!("{:.2} cores", spent.cores), memory));
    }
    html.push_str("<section class=\"tiles\">\n");
    for (name, value, note) in tiles {
        writeln!(
            html,
            "<div><b>{}</b><span>{}</span><small>{}</small></div>",
            escape(name),
            escape(&value),
            escape(&note)
        )?;
    }
    html.push_str("</section>\n");
    Ok(())
}

fn write_verdicts(html: &mut String, report: &Report) -> std::fmt::Result {
    html.push_str("<ul class=\"verdicts\">\n");
    for verdict in &report.verdicts {
        let (class, mark) = if verdict.passed { ("good", "✓") } else { ("bad", "✗") };
        writeln!(
            html,
            "<li class=\"{class}\"><span>{mark}</span> <code>{}</code> {}</li>",
            escape(&verdict.threshold),
            escape(&verdict.found)
        )?;
    }
    html.push_str("</ul>\n");
    Ok(())
}

const COLUMNS: &str = "<th>count<th>per s<th>p50<th>p90<th>p99<th>p99.9<th>max<th>errors<th>shed";

fn write_steps(html: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(html, "<section><h2>Steps</h2><div class=\"scroll\"><table>\n<thead><tr><th>{COLUMNS}</thead>\n<tbody>")?;
    let requests = report.steps.iter().filter(|row| row.is_request);
    let waits = report.steps.iter().filter(|row| !row.is_request);
    for row in requests {
        write_row(html, row, "")?;
    }
    write_row(html, &report.requests, "sum")?;
    for row in waits.chain([&report.visits]) {
        write_row(html, row, "apart")?;
    }
    html.push_str(
        "</tbody></table></div><p class=\"note\">Milliseconds, of what was answered as it should be. What is \
        in italics is no request, and not part of the whole.</p></section>\n",
    );
    Ok(())
}

fn write_row(html: &mut String, row: &Row, class: &str) -> std::fmt::Result {
    write!(html, "<tr class=\"{class}\"><th>{}<td>{}<td>{:.1}", escape(&row.name), row.count, row.rate)?;
    for time in [row.p50_ms, row.p90_ms, row.p99_ms, row.p999_ms, row.max_ms] {
        write!(html, "<td>{time:.2}")?;
    }
    let class = if row.failed > 0 { " class=\"bad\"" } else { "" };
    writeln!(html, "<td{class}>{}<td>{}", row.failed, row.shed)
}

fn write_errors(html: &mut String, report: &Report) -> std::fmt::Result {
    let errors = report.errors();
    let Some(most) = errors.first().map(|(count, ..)| *count) else { return Ok(()) };
    html.push_str("<section><h2>Errors</h2><div class=\"bars\">\n");
    for (count, step, what) in errors {
        let width = super::float(count) / super::float(most.max(1)) * 100.0;
        writeln!(
            html,
            "<div><span>{}: {}</span><i style=\"width:{width:.1}%\"></i><b>{count}</b></div>",
            escape(step),
            escape(what)
        )?;
    }
    html.push_str("</div></section>\n");
    Ok(())
}

fn write_server(html: &mut String, spent: &Spent) -> std::fmt::Result {
    write!(
        html,
        "<section><h2>What the server spent</h2><div class=\"scroll\"><table><tbody>\n\
         <tr><th>CPU<td>{:.1} s, {:.2} cores on average\n<tr><th>memory<td>{:.1} MB at most",
        spent.cpu_seconds, spent.cores, spent.memory_max_mb
    )?;
    if let Some(growth) = spent.memory_growth {
        write!(html, ", {:+.1} % over the run", growth * 100.0)?;
    }
    write!(html, "\n<tr><th>actors, sockets<td>{:.0}, {:.0} at most\n", spent.actors_max, spent.sockets_max)?;
    for (name, calls) in [("Redis", &spent.redis), ("Postgres", &spent.postgres), ("Argon2", &spent.password_hashes)] {
        if let Calls { count, mean_ms: Some(mean), p99_ms: Some(p99) } = calls {
            writeln!(html, "<tr><th>{name}<td>{count:.0} calls, mean {mean:.2} ms, p99 {p99:.2} ms")?;
        }
    }
    writeln!(html, "<tr><th>passwords refused<td>{:.0}\n</tbody></table></div></section>", spent.hashes_refused)
}

fn milliseconds(time: f64) -> String {
    if time >= 1000.0 { format!("{:.2} s", time / 1e3) } else { format!("{time:.1} ms") }
}
