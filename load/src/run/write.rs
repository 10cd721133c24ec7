//! Where reports go.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::Options;
use crate::report::{Report, page};

const DIRECTORY: &str = "target/load";

/// The present, as it is written.
#[expect(clippy::disallowed_methods, reason = "a report says when it was made")]
pub fn now() -> String {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default()
}

/// Writes the report as JSON and as HTML, and says where.
///
/// # Errors
/// Those of the file system.
pub fn files(options: &Options, report: &Report) -> io::Result<[PathBuf; 2]> {
    let time: String = report.began_at.chars().filter(char::is_ascii_alphanumeric).collect();
    let usual = |kind: &str| Path::new(DIRECTORY).join(format!("{}-{time}.{kind}", report.scenario));
    let json = options.json.clone().unwrap_or_else(|| usual("json"));
    let html = options
        .html
        .clone()
        .unwrap_or_else(|| options.json.as_ref().map_or_else(|| usual("html"), |json| json.with_extension("html")));
    let text = serde_json::to_string_pretty(report).map_err(io::Error::other)?;
    for (file, content) in [(&json, text), (&html, page(report))] {
        if let Some(directory) = file.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(file, content)?;
    }
    Ok([json, html])
}

/// Prints; whoever closed the pipe has read enough.
pub fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
