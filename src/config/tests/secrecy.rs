//! What secrets have to be like, and that nobody sees them.

use super::*;

#[test]
fn a_secret_that_can_be_guessed_is_refused() {
    for weak in [
        "0123456789abcdef0123456789abcdef",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabcabcabcabcabcabcabc",
        "passwordpasswordpasswordpassword1",
        "changeme-changeme-changeme-changeme",
        "qvNcNcf2sC1Yk0l6r4mXo9h7Tj3eWb8",
    ] {
        let problems = refused(&[("secrets.key", weak)]);
        assert_eq!(problems.len(), 1, "{weak}: {problems:?}");
        assert!(problems[0].starts_with("secrets.key (--set) should be"), "{weak}: {problems:?}");
    }
    let problems = refused(&[("secrets.key", &format!("{KEY},{KEY}"))]);
    assert_eq!(problems, ["secrets.key (--set) has the same secret twice"]);
}

proptest::proptest! {
    #[test]
    fn a_random_secret_is_accepted_in_hexadecimal_too(random in 0_u128..) {
        development(&[("secrets.key", &format!("{random:032x}"))]).unwrap();
    }
}

#[test]
fn secrets_rotate_newest_first_from_a_list_or_a_file() {
    let older = "hZ2n5pYw8Rk1TqLx0Vd7Gc4MfB9sJe6A";
    let inline = accepted(&[("secrets.key", &format!("{KEY}, {older}"))]).secrets;
    assert_eq!((inline.newest.expose(), inline.older[0].expose()), (KEY, older));

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{KEY}\n\n{older}\n")).unwrap();
    let path = file.path().to_str().unwrap();
    let mut pairs = production();
    pairs.retain(|(key, _)| *key != "secrets.key");
    pairs.push(("secrets.key_file", path));
    let filed = read(&pairs, Mode::Production).unwrap().secrets;
    assert_eq!((filed.newest.expose(), filed.older[0].expose()), (KEY, older));

    assert_eq!(
        refused(&[("secrets.key_file", path)]),
        ["secrets.key (--set) contradicts secrets.key_file: set one of them"]
    );
    std::fs::write(file.path(), "short\n").unwrap();
    let problems = read(&pairs, Mode::Production).unwrap_err();
    assert!(problems[0].starts_with("secrets.key_file (--set) should hold one secret per line"), "{problems:?}");
}

#[test]
fn secrets_are_never_shown() {
    let changes = [
        ("sms.provider", "http"),
        ("sms.url", "https://gateway.example.org/send?key=sms-pass"),
        ("sms.token", "sms-pass"),
        ("sms.countries", "DE"),
        ("postgres.url", "postgres://chatlink@db.example.org/chatlink?password=pg-pass"),
    ];
    for settings in [accepted(&[]), accepted(&changes)] {
        let shown = format!("{}{settings:?}", settings.describe());
        for secret in ["pg-pass", "redis-pass", "smtp-pass", "sms-pass", KEY] {
            assert!(!shown.contains(secret), "{secret}\n{shown}");
        }
    }
    let wrong = ["postgres.url", "redis.url", "smtp.url", "sms.url", "sms.token", "secrets.key"]
        .map(|key| (key, "nonsense://user:pg-pass@ host"));
    let problems = refused(&wrong).join("\n");
    assert_eq!(problems.matches("should be").count(), wrong.len(), "{problems}");
    assert!(!problems.contains("pg-pass"), "{problems}");
}
