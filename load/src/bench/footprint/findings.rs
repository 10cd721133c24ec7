//! Figures beside what they were meant to be.

use std::fmt::Write as _;

use serde::Serialize;

/// One figure.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// Of what.
    pub what: String,
    /// As it was measured, with its unit.
    pub found: String,
    /// What it was meant to be, and whether it is; nothing where it is told for its own sake.
    pub target: Option<Verdict>,
    /// How it came about, and what it does not say.
    pub note: String,
}

/// A target and what came of it.
#[derive(Debug, Serialize)]
pub struct Verdict {
    pub target: String,
    pub is_met: bool,
}

impl Finding {
    /// A figure that no target is set for.
    pub fn new(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what: what.into(), found: found.into(), target: None, note: String::new() }
    }

    /// With the target that it meets or misses.
    #[must_use]
    pub fn target(self, target: impl Into<String>, is_met: bool) -> Self {
        Self { target: Some(Verdict { target: target.into(), is_met }), ..self }
    }

    /// With what has to be known to read it.
    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    pub fn is_missed(&self) -> bool {
        self.target.as_ref().is_some_and(|verdict| !verdict.is_met)
    }

    fn cells(&self) -> [&str; 4] {
        let (target, verdict) = match &self.target {
            None => ("–", "–"),
            Some(Verdict { target, is_met: true }) => (target.as_str(), "pass"),
            Some(Verdict { target, is_met: false }) => (target.as_str(), "MISS"),
        };
        [&self.what, &self.found, target, verdict]
    }
}

/// All of them, to be read; the notes below.
pub fn table(findings: &[Finding]) -> String {
    let mut lines = vec![["measure", "found", "target", "verdict"]];
    lines.extend(findings.iter().map(Finding::cells));
    let mut widths = [0; 4];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for line in &lines {
        for (width, cell) in widths.iter().zip(line) {
            let padding = " ".repeat(width - cell.chars().count() + 2);
            let _ = write!(text, "{cell}{padding}");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text.push('\n');
    for finding in findings.iter().filter(|finding| !finding.note.is_empty()) {
        let _ = writeln!(text, "{}: {}.", finding.what, finding.note);
    }
    text
}

/// A count as a number that can be divided.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "no count here has more than 53 bits")]
pub const fn float(count: u64) -> f64 {
    count as f64
}

/// What `count` things share of `bytes`, each.
pub fn each(bytes: u64, count: usize) -> f64 {
    float(bytes) / float(u64::try_from(count).unwrap_or(u64::MAX))
}

/// In MiB.
pub fn mebibytes(bytes: u64) -> f64 {
    float(bytes) / 1_048_576.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miss_can_be_seen() {
        let findings = [
            Finding::new("rest", "26 MiB").target("≤ 25 MiB", false).note("busy"),
            Finding::new("start", "80 ms").target("≤ 100 ms", true),
            Finding::new("threads", "9"),
        ];
        let missed: Vec<_> = findings.iter().map(Finding::is_missed).collect();
        assert_eq!(missed, [true, false, false]);
        let text = table(&findings);
        assert!(text.contains("rest     26 MiB  ≤ 25 MiB  MISS\n"), "{text}");
        assert!(text.ends_with("\n\nrest: busy.\n"), "{text}");
    }

    #[test]
    fn shares_are_not_rounded() {
        assert!((each(1025, 2) - 512.5).abs() < f64::EPSILON);
        assert!((mebibytes(1_572_864) - 1.5).abs() < f64::EPSILON);
    }
}
