//! Files, environment and flags, laid over each other.

use std::time::Duration;

use super::*;

#[test]
fn file_then_environment_then_flags() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("settings.toml");
    let text = "[otp.registration]\nttl = '1m'\nmax_attempts = 3\nfree_resends = 1\n\
                [http]\nallowed_origins = ['https://a.example.org', 'https://b.example.org']";
    std::fs::write(&path, text).unwrap();
    let sources = sources(&production()[1..])
        .file(Some(&path))
        .environment(environment(&[
            ("CHATLINK__OTP__REGISTRATION__MAX_ATTEMPTS", "4"),
            ("CHATLINK__OTP__REGISTRATION__FREE_RESENDS", "2"),
            ("CHATLINK__HTTP__TRUSTED_PROXIES", "10.0.0.1, 10.1.0.0/16"),
            ("PATH", "/bin"),
        ]))
        .flags("--set", [("otp.registration.free_resends".into(), "3".into())]);
    let settings = Settings::read(sources, Mode::Production).unwrap();
    let policy = &settings.otp.registration;
    assert_eq!((policy.ttl, policy.max_attempts.get(), policy.free_resends), (Duration::from_secs(60), 4, 3));
    assert_eq!(settings.http.allowed_origins[1].as_str(), "https://b.example.org");
    assert_eq!(settings.http.trusted_proxies[1].to_string(), "10.1.0.0/16");

    let text = settings.describe();
    for line in [
        &format!("ttl = \"1m\" # {}", path.display()),
        "max_attempts = 4 # environment variable CHATLINK__OTP__REGISTRATION__MAX_ATTEMPTS",
        "free_resends = 3 # --set",
        "max_resends = 10 # default",
        "# provider is not set",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_a_problem_that_quotes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing.toml");
    let problems = Settings::read(sources(&production()).file(Some(&missing)), Mode::Production).unwrap_err();
    assert!(problems.to_string().contains("missing.toml cannot be read"), "{problems}");

    let broken = directory.path().join("broken.toml");
    std::fs::write(&broken, "[secrets]\nkey = \"hunter2\nx = 1").unwrap();
    let problems =
        Settings::read(sources(&production()).file(Some(&broken)), Mode::Production).unwrap_err().to_string();
    assert!(problems.contains("broken.toml, line 2, is not TOML"), "{problems}");
    assert!(!problems.contains("hunter2"), "{problems}");
}
