//! What the program says and how it ends, where it is not to serve.

use std::{fs, path::Path, process::Output};

use super::harness::{chatlink, directory};

const SECRET: &str = "qvNcNcf2sC1Yk0l6r4mXo9h7Tj3eWb8u";
const SETTINGS: &str = r#"
[http]
public_url = "https://chat.example.org"
[postgres]
url = "postgres://chatlink:pg-pass@db.example.org/chatlink"
[redis]
url = "rediss://:redis-pass@redis.example.org"
[smtp]
url = "smtps://mailer:smtp-pass@mail.example.org"
from = "ChatLink <no-reply@example.org>"
"#;

async fn run(arguments: &[&str], directory: &Path, environment: &[(&str, &str)]) -> Output {
    let mut command = chatlink(arguments);
    command.current_dir(directory).envs(environment.iter().copied()).output().await.unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn each_command_explains_itself() {
    let directory = directory();
    for command in ["serve", "migrate", "dev", "check", "admin", "openapi"] {
        let output = run(&[command, "--help"], directory.path(), &[]).await;
        assert_eq!(output.status.code(), Some(0), "{command}");
        assert!(text(&output.stdout).contains("Usage: chatlink"), "{command}");
        assert!(text(&run(&["--help"], directory.path(), &[]).await.stdout).contains(command));
    }
}

#[tokio::test]
async fn wrong_usage_ends_with_2() {
    let directory = directory();
    for arguments in [&[][..], &["fly"], &["serve", "--fast"], &["check", "--set", "http.bind"]] {
        let output = run(arguments, directory.path(), &[]).await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("--help"), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[tokio::test]
async fn wrong_settings_end_with_2_and_are_all_named() {
    let directory = directory();
    for command in ["serve", "check"] {
        let wrong = [
            ("CHATLINK__OTP__REGISTRATION__TTL", "soon"),
            ("CHATLINK__OTP__TEST_IDENTIFIERS", "review@example.org=123456"),
            ("CHATLINK__OTP__TEST_IDENTIFIERS_UNTIL", "2020-01-01T00:00:00Z"),
        ];
        let output = run(&[command], directory.path(), &wrong).await;
        assert_eq!(output.status.code(), Some(2), "{command}");
        let keys = ["postgres.url", "redis.url", "smtp.url", "smtp.from", "secrets.key", "otp.registration.ttl"];
        for key in keys.into_iter().chain(["otp.test_identifiers_until"]) {
            assert!(text(&output.stderr).contains(key), "{command} {key}: {}", text(&output.stderr));
        }
        assert!(output.stdout.is_empty());
    }
    let output = run(&["migrate"], directory.path(), &[]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("postgres.url is missing"));
    assert!(!text(&output.stderr).contains("smtp"));
    let output = run(&["dev", "--set", "otp.registration.ttl=soon"], directory.path(), &[]).await;
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test]
async fn check_prints_what_holds_and_hides_what_is_secret() {
    let directory = directory();
    fs::write(directory.path().join("chatlink.toml"), SETTINGS).unwrap();
    let environment = [("CHATLINK__SECRETS__KEY", SECRET), ("CHATLINK__LOGIN__FAILURES", "7")];
    let output = run(&["check", "--set", "accounts.minimum_age=16"], directory.path(), &environment).await;
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{complained}");
    for line in [
        r#"public_url = "https://chat.example.org" # chatlink.toml"#,
        r"failures = 7 # environment variable CHATLINK__LOGIN__FAILURES",
        r"minimum_age = 16 # --set",
        r"code_length = 6 # default",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    for secret in ["pg-pass", "redis-pass", "smtp-pass", SECRET] {
        assert!(!said.contains(secret), "{secret}\n{said}");
    }

    // A named file takes the place of the one in the working directory.
    let other = directory.path().join("other.toml");
    fs::write(&other, SETTINGS.replace("chat.example", "other.example")).unwrap();
    let output = run(&["check", "--config", "other.toml"], directory.path(), &environment).await;
    assert!(text(&output.stdout).contains(r#"public_url = "https://other.example.org" # other.toml"#));
}
