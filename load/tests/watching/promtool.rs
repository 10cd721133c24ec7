//! Prometheus' own judge of rules and queries.

use std::{path::Path, process::Command};

/// Asserts that `promtool` has nothing to say against that file.
pub fn judge(what: &str, folder: &Path, file: &str) {
    let run = Command::new("promtool").args([what, "rules", file]).current_dir(folder).output();
    let run = run.expect("promtool runs; `.ci/setup test` installs it");
    let said = [run.stdout, run.stderr].concat();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&said));
}
