//! Schemathesis against a real server: whatever is sent to any operation, the document foresees the answer.
//!
//! `.ci/setup test` installs it. What it checks and why some of it is off, schemathesis.toml beside this file says.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::support::{Server, client::PASSWORD};

/// All of it comes from one address. That 429 is documented does not mean that there should be nothing else.
const NO_LIMITS: [(&str, &str); 5] = [
    ("otp.limits.starts_per_ip", "1000000/1h"),
    ("otp.limits.sends_per_identifier", "1000000/1h"),
    ("otp.limits.failures_per_identifier", "1000000/1h"),
    ("login.failures", "100"),
    ("login.address_failures", "10000/1h"),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_the_answer_is_documented() {
    let server = Server::with(&NO_LIMITS).await;
    server.register("ann@example.org", "ann").await;
    server.register("bo@example.org", "bob").await;
    let (here, folder) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract"), tempfile::tempdir().unwrap());
    let run = Command::new(python())
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(here.join("schemathesis.toml"))
        .args(["run", "--no-color", "--continue-on-failure"])
        .arg(format!("{}/openapi.json", server.url))
        .env("CHATLINK_HOOKS", here.join("hooks.py"))
        .env("CHATLINK_SERVER", &server.url)
        .env("CHATLINK_LOGIN", "ann")
        .env("CHATLINK_PASSWORD", PASSWORD)
        .env("CHATLINK_FORGETFUL", "bo@example.org")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(folder.path())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let (output, errors) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{output}\n{errors}");
}

/// Where `.ci/setup` puts it.
fn python() -> PathBuf {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("schemathesis").join("bin/python");
    assert!(python.exists(), "Schemathesis is missing. Run `.ci/setup test`.");
    python
}
