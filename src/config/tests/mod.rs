//! Settings as an operator meets them: what is accepted, what is refused, in which words.

mod layers;
mod refusals;
mod secrecy;

use std::ffi::OsString;

use super::*;

const KEY: &str = "qvNcNcf2sC1Yk0l6r4mXo9h7Tj3eWb8u";

/// What production needs at least.
fn production() -> Vec<(&'static str, &'static str)> {
    vec![
        ("http.public_url", "https://chat.example.org"),
        ("postgres.url", "postgres://chatlink:pg-pass@db.example.org/chatlink"),
        ("redis.url", "rediss://:redis-pass@redis.example.org"),
        ("smtp.url", "smtps://mailer:smtp-pass@mail.example.org"),
        ("smtp.from", "ChatLink <no-reply@example.org>"),
        ("secrets.key", KEY),
    ]
}

fn sources(pairs: &[(&str, &str)]) -> Sources {
    Sources::new().flags("--set", pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
}

fn read(pairs: &[(&str, &str)], mode: Mode) -> Result<Settings, Vec<String>> {
    Settings::read(sources(pairs), mode).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// The problems of production settings that are right but for these.
fn refused(changes: &[(&str, &str)]) -> Vec<String> {
    let mut pairs = production();
    pairs.retain(|(key, _)| !changes.iter().any(|(changed, _)| changed == key));
    pairs.extend(changes);
    read(&pairs, Mode::Production).map(|_| ()).unwrap_err()
}

fn accepted(changes: &[(&str, &str)]) -> Settings {
    let mut pairs = production();
    pairs.retain(|(key, _)| !changes.iter().any(|(changed, _)| changed == key));
    pairs.extend(changes);
    read(&pairs, Mode::Production).unwrap()
}

fn development(changes: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let mut pairs = vec![
        ("postgres.url", "postgres://chatlink@%2Ftmp%2Frun/chatlink"),
        ("redis.url", "redis+unix:///tmp/run/redis.sock"),
        ("secrets.key", KEY),
    ];
    pairs.extend(changes);
    read(&pairs, Mode::Development)
}

fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

#[test]
fn development_needs_no_carriers() {
    let settings = development(&[]).unwrap();
    assert!(matches!(settings.smtp.carrier, Mail::Mailbox));
    assert!(matches!(settings.sms.gateway, TextGateway::Mailbox));
    assert_eq!(settings.sms.countries, Countries::All);
    assert_eq!(settings.log.format, LogFormat::Text);
    assert!(matches!(accepted(&[]).sms.gateway, TextGateway::Off));
}

#[test]
fn the_public_url_follows_the_port_until_it_is_set() {
    let bound = "127.0.0.1:4711".parse().unwrap();
    assert_eq!(development(&[]).unwrap().http.public_url(bound).as_str(), "http://localhost:4711");
    assert_eq!(accepted(&[]).http.public_url(bound).as_str(), "https://chat.example.org");
}

#[test]
fn in_development_a_taken_port_is_left_to_its_holder_unless_it_was_chosen() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap();
    let chosen = development(&[("http.bind", &address.to_string())]).unwrap().http.bind;
    assert_eq!(chosen.listen().unwrap_err().kind(), std::io::ErrorKind::AddrInUse);

    let mut unchosen = development(&[]).unwrap().http.bind;
    unchosen.address = address;
    assert_ne!(unchosen.listen().unwrap().local_addr().unwrap(), address);
    let mut production = accepted(&[]).http.bind;
    production.address = address;
    assert!(production.listen().is_err());
}

#[test]
fn mail_urls_say_how_they_are_protected() {
    let read = |url| match accepted(&[("smtp.url", url)]).smtp.carrier {
        Mail::Smtp { url, .. } => url,
        Mail::Mailbox => panic!("production has no mailbox"),
    };
    let url = read("smtps://us%40er:p%3Ass@mail.example.org");
    assert_eq!((url.host.as_str(), url.port, url.security), ("mail.example.org", 465, SmtpSecurity::Tls));
    let (user, password) = url.credentials.unwrap();
    assert_eq!((user.as_str(), password.expose()), ("us@er", "p:ss"));
    let url = read("smtp://mail.example.org:2587?tls=required");
    assert_eq!((url.port, url.security, url.credentials.is_none()), (2587, SmtpSecurity::StartTls, true));
}

#[test]
fn migrations_need_the_database_alone() {
    let (postgres, _) = Postgres::alone(sources(&[("postgres.url", "postgres://db.example.org/chatlink")])).unwrap();
    assert_eq!(postgres.url.expose(), "postgres://db.example.org/chatlink");
    assert!(Postgres::alone(Sources::new()).unwrap_err().to_string().contains("postgres.url is missing"));
}
