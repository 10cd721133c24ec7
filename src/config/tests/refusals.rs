//! What is missing, malformed, weak, contradictory or unknown.

use chatlink_actors::{identifier::Identifier, time::Timestamp};

use super::*;

#[test]
fn defaults_are_those_of_the_contract() {
    let text = accepted(&[]).describe();
    let table: toml::Table = text.parse().unwrap();
    for (section, defaults) in [
        ("http", "bind = '127.0.0.1:8080'\nadmin_bind = '127.0.0.1:9090'\nallowed_origins = []\ntrusted_proxies = []"),
        ("accounts", "minimum_age = 13\nlanguage_cooldown = '15d'"),
        ("passwords", "min_length = 8\nargon2_memory_kib = 19456\nargon2_iterations = 2\nargon2_parallelism = 1"),
        ("sessions", "access_ttl = '10m'\nrefresh_ttl = '30d'\ncookie_idle_ttl = '14d'\nmax_age = '90d'"),
        ("telemetry", "service_name = 'chatlink'\nsampling_ratio = 1.0"),
        ("login", "failures = 5\naddress_failures = '100/1h'"),
        ("sms", "country_limit = '1000/1h'\nprefix_limit = '30/1h'\nbreaker_sends = 20\nbreaker_verified_percent = 10"),
        ("sms", "breaker_window = '1h'\nbreaker_cooloff = '1h'"),
    ] {
        for (key, value) in defaults.parse::<toml::Table>().unwrap() {
            assert_eq!(table[section][&key], value, "{section}.{key}");
        }
    }
    let purpose: toml::Table =
        "code_length = 6\nttl = '5m'\nmax_attempts = 5\nfree_resends = 5\nresend_cooldown = '1m'\n\
                                max_resends = 10\nmax_lifetime = '30m'\ncompletion_ttl = '15m'"
            .parse()
            .unwrap();
    for name in ["registration", "password_reset", "identifier_change"] {
        assert_eq!(table["otp"][name].as_table(), Some(&purpose));
    }
    let limits: toml::Table =
        "sends_per_identifier = '20/1d'\nfailures_per_identifier = '40/1d'\nstarts_per_ip = '60/1h'".parse().unwrap();
    assert_eq!(table["otp"]["limits"].as_table(), Some(&limits));
}

#[test]
fn everything_that_is_missing_in_production_is_named_at_once() {
    let problems = read(&[], Mode::Production).unwrap_err();
    for key in ["postgres.url", "redis.url", "smtp.url", "smtp.from", "secrets.key"] {
        assert!(
            problems.iter().any(|problem| problem.starts_with(&format!("{key} is missing"))),
            "{key}: {problems:?}"
        );
    }
    assert_eq!(problems.len(), 5, "{problems:?}");
}

#[test]
fn each_problem_of_many_is_named_with_its_source() {
    let problems = Settings::read(
        Sources::new().environment(environment(&[
            ("CHATLINK__HTTP__BIND", "localhost"),
            ("CHATLINK__OTP__REGISTRATION__TTL", "soon"),
            ("CHATLINK__OTP__PASSWORD_RESET__CODE_LENGTH", "5"),
            ("CHATLINK__OTP__LIMITS__STARTS_PER_IP", "0/1h"),
            ("CHATLINK__ACCOUNTS__MINIMUM_AGE", "12"),
        ])),
        Mode::Production,
    )
    .unwrap_err()
    .to_string();
    for named in [
        "http.bind (environment variable CHATLINK__HTTP__BIND) should be an address",
        "otp.registration.ttl (environment variable CHATLINK__OTP__REGISTRATION__TTL) should be a duration",
        "otp.password_reset.code_length (environment variable CHATLINK__OTP__PASSWORD_RESET__CODE_LENGTH) should be",
        "otp.limits.starts_per_ip (environment variable CHATLINK__OTP__LIMITS__STARTS_PER_IP) should be a rate",
        "accounts.minimum_age (environment variable CHATLINK__ACCOUNTS__MINIMUM_AGE) should be a whole number from 13",
        "secrets.key is missing",
    ] {
        assert!(problems.contains(named), "{named}\n{problems}");
    }
}

#[test]
fn what_is_weak_or_contradictory_is_refused_in_production() {
    assert_refused(&[
        (&[("http.public_url", "http://chat.example.org")][..], "http.public_url (--set) is not https"),
        (&[("http.public_url", "https://chat.example.org/app")], "http.public_url (--set) should be an origin"),
        (&[("http.allowed_origins", "*")], "http.allowed_origins (--set) should be"),
        (&[("http.allowed_origins", "https://*.example.org")], "http.allowed_origins (--set) should be"),
        (&[("http.allowed_origins", "https://a.example.org/path")], "http.allowed_origins (--set) should be"),
        (&[("http.allowed_origins", "http://a.example.org")], "http.allowed_origins (--set) has an origin"),
        (&[("http.trusted_proxies", "10.0.0.0/8,0.0.0.0/0")], "http.trusted_proxies (--set) has a network of all"),
        (&[("http.trusted_proxies", "::/0")], "http.trusted_proxies (--set) has a network of all"),
        (&[("http.admin_bind", "127.0.0.1:8080")], "http.admin_bind (--set) is the same as http.bind"),
        (&[("otp.registration.ttl", "31m")], "otp.registration.max_lifetime is shorter than otp.registration.ttl"),
        (&[("otp.password_reset.max_resends", "4")], "otp.password_reset.max_resends (--set) is less than"),
        (&[("otp.registration.max_attempts", "101")], "otp.registration.max_attempts (--set) should be"),
        (&[("otp.registration.max_attempts", "0")], "otp.registration.max_attempts (--set) should be"),
        (&[("otp.registration.code_length", "11")], "otp.registration.code_length (--set) should be"),
        (&[("otp.test_identifiers", "ann@example.org")], "otp.test_identifiers (--set) should be a list"),
        (&[("otp.test_identifiers", "ann@example.org=12345")], "otp.test_identifiers (--set) should be a list"),
        (&[("otp.test_identifiers", "ann@example.org=12345678901")], "otp.test_identifiers (--set) should be a list"),
        (&[("otp.test_identifiers", "ann@example.org=12345a")], "otp.test_identifiers (--set) should be a list"),
        (&[("otp.test_identifiers", "ann=123456")], "otp.test_identifiers (--set) should be a list"),
        (&[("otp.test_identifiers", "+4930123456=123456")], "otp.test_identifiers (--set) should be a list"),
        (&[("otp.test_identifiers", "a@b.org=123456,A@B.org=123457")], "otp.test_identifiers (--set) has the same"),
        (&[("otp.test_identifiers", "ann@example.org=123456")], "otp.test_identifiers_until is missing"),
        (&[("otp.test_identifiers_until", "tomorrow")], "otp.test_identifiers_until (--set) should be an instant"),
        (&[("otp.test_identifiers_until", "2030-01-31")], "otp.test_identifiers_until (--set) should be an instant"),
        (&[("passwords.min_length", "7")], "passwords.min_length (--set) should be a whole number from 8"),
        (&[("passwords.argon2_memory_kib", "12288")], "passwords.argon2_memory_kib (--set) is too little"),
        (&[("passwords.argon2_iterations", "1")], "passwords.argon2_memory_kib is too little"),
        (&[("sessions.refresh_ttl", "91d")], "sessions.max_age is shorter than sessions.refresh_ttl"),
        (&[("sessions.cookie_idle_ttl", "91d")], "sessions.max_age is shorter than sessions.cookie_idle_ttl"),
        (&[("sessions.access_ttl", "31d")], "sessions.refresh_ttl is shorter than sessions.access_ttl"),
        (&[("login.failures", "0")], "login.failures (--set) should be a whole number from 1"),
        (&[("login.address_failures", "4/1h")], "login.address_failures (--set) is less than login.failures"),
        (&[("login.address_failures", "10001/1h")], "login.address_failures (--set) is more than can be kept"),
        (&[("audit.retention", "forever")], "audit.retention (--set) should be a duration"),
    ]);
}

#[test]
fn carriers_stores_and_what_operators_set_are_refused_likewise() {
    assert_refused(&[
        (&[("smtp.url", "smtp://mail.example.org")][..], "smtp.url (--set) would send codes in the clear"),
        (&[("smtp.url", "smtp://mail.example.org?tls=opportunistic")], "smtp.url (--set) would send codes"),
        (&[("smtp.url", "smtps://user@mail.example.org")], "smtp.url (--set) should be"),
        (&[("smtp.ca_file", "/nonexistent")], "smtp.ca_file (--set) is not a file"),
        (&[("sms.provider", "pigeon")], "sms.provider (--set) should be"),
        (&[("sms.provider", "http")], "sms.url is missing"),
        (&[("sms.provider", "http")], "sms.token is missing"),
        (&[("sms.provider", "http")], "sms.countries is missing"),
        (&[("sms.provider", "twilio")], "sms.account is missing"),
        (&[("sms.provider", "twilio")], "sms.from is missing"),
        (&[("sms.url", "http://gateway.example.org/send")], "sms.url (--set) is not https"),
        (&[("sms.token", "sms-pass")], "sms.token (--set) does nothing without sms.provider"),
        (&[("sms.countries", "DE,XX")], "sms.countries (--set) should be"),
        (&[("sms.country_limit", "1000")], "sms.country_limit (--set) should be a rate"),
        (&[("sms.prefix_limit", "0/1h")], "sms.prefix_limit (--set) should be a rate"),
        (&[("sms.breaker_sends", "0")], "sms.breaker_sends (--set) should be a whole number from 1"),
        (&[("sms.breaker_verified_percent", "101")], "sms.breaker_verified_percent (--set) should be"),
        (&[("sms.breaker_cooloff", "0s")], "sms.breaker_cooloff (--set) should be a duration"),
        (&[("redis.prefix", "a{b}")], "redis.prefix (--set) should be"),
        (&[("redis.url", "")], "redis.url (--set) should be"),
        (&[("redis.url", "redis://a.example.org,redis://b.example.org")], "redis.url (--set) names several servers"),
        (&[("redis.url", "http://redis.example.org")], "redis.url (--set) should be"),
        (&[("postgres.url", "host=db.example.org")], "postgres.url (--set) should be"),
        (&[("postgres.url", "postgres:///chatlink")], "postgres.url (--set) should be"),
        (&[("log.level", "chatlink=loud")], "log.level (--set) should be"),
        (&[("telemetry.otlp_endpoint", "127.0.0.1:4318")], "telemetry.otlp_endpoint (--set) should be"),
        (&[("telemetry.otlp_endpoint", "https://u:p@otel.example.org")], "telemetry.otlp_endpoint (--set) should be"),
        (
            &[("telemetry.otlp_endpoint", "https://otel.example.org/?a=b")],
            "telemetry.otlp_endpoint (--set) has a query",
        ),
        (&[("telemetry.service_name", "two words")], "telemetry.service_name (--set) should be"),
        (&[("telemetry.sampling_ratio", "1.01")], "telemetry.sampling_ratio (--set) should be a number from 0 to 1"),
        (&[("telemetry.sampling_ratio", "-0.1")], "telemetry.sampling_ratio (--set) should be"),
        (&[("telemetry.sampling_ratio", "NaN")], "telemetry.sampling_ratio (--set) should be"),
    ]);
}

/// Each of the changes makes a problem whose text begins like that.
#[track_caller]
fn assert_refused(cases: &[(&[(&str, &str)], &str)]) {
    for (changes, named) in cases {
        let problems = refused(changes);
        assert!(problems.iter().any(|problem| problem.starts_with(named)), "{named}\n{problems:#?}");
    }
}

#[test]
fn the_same_is_accepted_where_it_is_neither_weak_nor_contradictory() {
    for changes in [
        &[("http.public_url", "http://localhost:8080")][..],
        &[("http.allowed_origins", "http://127.0.0.1:3000, https://app.example.org")],
        &[("http.trusted_proxies", "10.0.0.0/8,::1")],
        &[("http.bind", "127.0.0.1:0"), ("http.admin_bind", "127.0.0.1:0")],
        &[
            ("otp.test_identifiers", "a=b@example.org=0123456789, +49 171 1234567=123456"),
            ("otp.test_identifiers_until", "2030-01-31T12:00:00+01:00"),
        ],
        &[("passwords.argon2_memory_kib", "12288"), ("passwords.argon2_iterations", "3")],
        &[("telemetry.otlp_endpoint", "http://127.0.0.1:4318"), ("telemetry.sampling_ratio", "0.05")],
        &[("smtp.url", "smtp://localhost:2525")],
        &[("smtp.url", "smtp://[::1]:2525")],
        &[("smtp.url", "smtp://mail.example.org?tls=required")],
        &[("postgres.url", "postgresql:///chatlink?host=/var/run/postgresql")],
        &[
            ("sms.provider", "http"),
            ("sms.url", "https://gateway.example.org/send"),
            ("sms.token", "t0ken"),
            ("sms.countries", "*"),
        ],
    ] {
        accepted(changes);
    }
    development(&[("passwords.argon2_memory_kib", "64"), ("passwords.argon2_iterations", "1")]).unwrap();
}

#[test]
fn an_unknown_key_is_refused_and_the_nearest_named() {
    let problems = refused(&[("otp.registration.max_atempts", "3"), ("http", "3"), ("nothing.like.it", "3")]);
    assert_eq!(
        problems,
        [
            "http (--set) is a section, not a setting",
            "nothing.like.it (--set) is not a setting",
            "otp.registration.max_atempts (--set) is not a setting; did you mean otp.registration.max_attempts?",
        ]
    );
}

/// A server that starts with them after their time has someone believe that they still work, or that they are gone.
#[test]
fn test_identifiers_whose_time_has_passed_are_named_with_all_the_rest() {
    let end = Timestamp::from_millis(1_896_091_200_000);
    let read_at = |at, until: &str| {
        let pairs = [("otp.test_identifiers", "ann@example.org=123456"), ("otp.test_identifiers_until", until)];
        let problems = Settings::read(sources(&pairs).at(at), Mode::Production).unwrap_err();
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(problems.iter().any(|it| it.starts_with("postgres.url is missing")), "{problems:?}");
        problems.into_iter().find(|it| it.starts_with("otp."))
    };
    let passed = "otp.test_identifiers_until (--set) has passed: remove otp.test_identifiers, or extend it";
    for until in ["2030-01-31T12:00:00Z", "2030-01-31T13:00:00+01:00", "2029-12-31T00:00:00Z"] {
        assert_eq!(read_at(end, until).as_deref(), Some(passed), "{until}");
    }
    assert_eq!(read_at(end, "2030-01-31T12:00:00.001Z"), None);
    assert!(read(&[("otp.test_identifiers_until", "2020-01-01T00:00:00Z")], Mode::Development).unwrap_err().len() == 3);
}

#[test]
fn test_identifiers_have_their_codes_until_their_time_and_nobody_sees_them() {
    let settings = accepted(&[
        ("otp.test_identifiers", "a=b@example.org=0123456789, +49 171 1234567=918273"),
        ("otp.test_identifiers_until", "2030-01-31T12:00:00Z"),
    ]);
    let end = 1_896_091_200_000;
    let code = |typed: &str, at| {
        let identifier = Identifier::parse(typed).unwrap();
        let code = settings.otp.test_identifiers.code(&identifier, Timestamp::from_millis(at));
        code.map(|code| code.digits().to_owned())
    };
    assert_eq!(code("A=B@example.org", end - 1).as_deref(), Some("0123456789"));
    assert_eq!(code("+491711234567", end - 1).as_deref(), Some("918273"));
    assert_eq!((code("+491711234567", end), code("c@example.org", end - 1)), (None, None));
    let shown = format!("{}{settings:?}", settings.describe());
    assert!(shown.contains("+491711234567=(hidden)") && shown.contains("2030-01-31T12:00:00Z"), "{shown}");
    assert!(!shown.contains("0123456789") && !shown.contains("918273"), "{shown}");
}

/// In development mode texts go to a page and cost nothing.
#[test]
fn texts_are_limited_where_they_cost_something_or_somebody_says_so() {
    let gateway = [
        ("sms.provider", "http"),
        ("sms.url", "https://gateway.example.org/send"),
        ("sms.token", "t0ken"),
        ("sms.countries", "*"),
    ];
    assert!(accepted(&gateway).sms.limits.is_some());
    assert_eq!(development(&[]).unwrap().sms.limits, None);
    let limits = development(&[("sms.prefix_limit", "3/1m")]).unwrap().sms.limits.unwrap();
    assert_eq!((limits.prefix.limit, limits.country.limit), (3, 1000));
}
