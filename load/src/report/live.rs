//! What is to be seen while it runs: a few lines that are redrawn in a terminal, else a line now and then.

use std::{fmt::Write as _, io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Tick;

/// How often there is a line where nothing can be redrawn.
const LINE_EACH: f64 = 5.0;
/// So many kinds of errors are shown.
const KINDS: usize = 3;

/// The progress of a run.
#[derive(Debug)]
pub struct Live {
    bar: ProgressBar,
    is_terminal: bool,
    last_line: f64,
    target: String,
}

impl Live {
    /// Of something that has so many parts.
    pub fn new(parts: u64, target: String) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let draw = if is_terminal { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(parts), draw);
        let style = ProgressStyle::with_template("{prefix} {bar:36.cyan/dim} {pos}/{len}  {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, is_terminal, last_line: f64::NEG_INFINITY, target }
    }

    /// Shows that so many accounts, sessions or sockets are prepared.
    pub fn prepared(&mut self, count: usize) {
        self.bar.set_prefix("preparing");
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.bar.set_position(count);
        if !self.is_terminal && (count.is_multiple_of(250) || Some(count) == self.bar.length()) {
            eprintln!("prepared {count} of {}", self.bar.length().unwrap_or_default());
        }
    }

    /// Shows a second, and what went wrong so far.
    pub fn tick(&mut self, tick: &Tick, measured: (f64, f64), errors: &[(u64, String)]) {
        // A tick tells of the second before it.
        let phase = match tick.at - 0.5 {
            at if at < measured.0 => "warming up",
            at if at < measured.1 => "measuring",
            _ => "finishing",
        };
        let lines = self.describe(tick, errors);
        if self.is_terminal {
            self.bar.set_style(style(&lines));
            self.bar.set_prefix(phase);
            self.bar.set_position(Duration::from_secs_f64(tick.at.max(0.0)).as_secs());
        } else if tick.at - self.last_line >= LINE_EACH - 0.5 {
            self.last_line = tick.at;
            eprintln!("{:>5.0} s  {phase:<10} {}", tick.at, lines.join("; "));
        }
    }

    fn describe(&self, tick: &Tick, errors: &[(u64, String)]) -> Vec<String> {
        let milliseconds = |time: Option<f64>| time.map_or_else(|| "-".into(), |time| format!("{time:.1} ms"));
        let mut lines = vec![format!(
            "{:.0}{} visits/s, {:.0} requests/s, {} in flight, p50 {}, p99 {}",
            tick.visits_rate,
            self.target,
            tick.requests.rate,
            tick.in_flight,
            milliseconds(tick.requests.p50_ms),
            milliseconds(tick.requests.p99_ms)
        )];
        if let Some(server) = &tick.server {
            lines.push(format!(
                "server {:.2} cores, {:.0} MB, {:.0} actors, {:.0} sockets",
                server.cpu, server.memory_mb, server.actors, server.sockets
            ));
        }
        if !errors.is_empty() {
            let mut line = "errors".to_owned();
            for (count, what) in errors.iter().take(KINDS) {
                let _ = write!(line, "  {count} × {what}");
            }
            lines.push(line);
        }
        lines
    }

    /// Takes it off the terminal.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// The bar with lines below it. They are part of the template, since a message has but one line.
fn style(lines: &[String]) -> ProgressStyle {
    let mut template = "{prefix:<10} {bar:36.cyan/dim} {pos}/{len} s".to_owned();
    for line in lines {
        let _ = write!(template, "\n  {}", line.replace('{', "{{").replace('}', "}}"));
    }
    ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
