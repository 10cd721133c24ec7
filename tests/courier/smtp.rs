//! Mail, as an SMTP server gets it.

use chatlink::{
    adapters::smtp::{Endpoint, Protection, Smtp},
    courier::ports::{CarrierError, MailCarrier as _},
};
use chatlink_actors::{identifier::Identifier, locale::Locale, ports::Clock as _};
use mail_parser::{HeaderValue, MessageParser, MimeHeaders as _};

use super::world::World;
use crate::support::smtp::SmtpServer;

const STARTTLS: Protection = Protection::Required;
const IMPLICIT_TLS: Protection = Protection::Implicit;
const PLAIN: Protection = Protection::None;

fn text_of(error: &CarrierError) -> &str {
    match error {
        CarrierError::Retry(text) | CarrierError::Fail(text) => text,
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().collect()
}

#[tokio::test]
async fn a_mail_says_in_both_parts_and_every_language_what_was_written() {
    let (world, mut server) = (World::new(), SmtpServer::start(&[]).await);
    let carrier = server.carrier(STARTTLS);
    for locale in Locale::ALL {
        let mail = world.mail("Ann.Lee+x@example.org", locale);
        carrier.send_mail(&mail).await.unwrap();
        let arrived = server.next().await;
        let content = arrived.content();
        let parsed = MessageParser::default().parse(&content).unwrap();
        assert_eq!(lines(&parsed.body_text(0).unwrap()), lines(&mail.text), "{locale:?}");
        assert_eq!(lines(&parsed.body_html(0).unwrap()), lines(&mail.html), "{locale:?}");
        assert_eq!((parsed.text_body_count(), parsed.html_body_count(), parsed.attachment_count()), (1, 1, 0));
        assert!(parsed.is_content_type("multipart", "alternative"));
        assert_eq!(parsed.subject(), Some(mail.subject.as_str()), "{locale:?}");
        assert_eq!(parsed.header_raw("Content-Language").map(str::trim), Some(locale.tag()));
        let code = mail.slip.code.as_ref().unwrap().digits();
        assert!(parsed.body_text(0).unwrap().lines().any(|line| line == code), "{locale:?}");
    }
}

#[tokio::test]
async fn a_mail_bears_the_headers_of_an_automatic_message() {
    let (world, mut server) = (World::new(), SmtpServer::start(&[]).await);
    let mail = world.mail("ann@example.org", Locale::En);
    server.carrier(STARTTLS).send_mail(&mail).await.unwrap();
    let arrived = server.next().await;
    assert!(arrived.encrypted && arrived.authenticated);
    assert_eq!(
        (arrived.from.as_str(), &arrived.to[..]),
        ("no-reply@chatlink.example", &["ann@example.org".into()][..])
    );

    let content = arrived.content();
    let parsed = MessageParser::default().parse(&content).unwrap();
    let header = |name: &'static str| parsed.header_raw(name).map(str::trim);
    assert_eq!(header("From"), Some("ChatLink <no-reply@chatlink.example>"));
    assert_eq!(header("To"), Some("ann@example.org"));
    assert_eq!(header("Auto-Submitted"), Some("auto-generated"));
    assert_eq!(header("X-Auto-Response-Suppress"), Some("All"));
    assert_eq!(parsed.message_id(), Some(format!("{}@chatlink.example", mail.slip.message).as_str()));
    assert_eq!(parsed.date().unwrap().to_timestamp() * 1000, world.clock.now().as_millis());
    let distinct: std::collections::HashSet<_> = parsed.headers().iter().map(|it| it.name().to_lowercase()).collect();
    assert_eq!(distinct.len(), parsed.headers().len(), "no header twice");
}

#[tokio::test]
async fn the_same_message_keeps_its_id_at_every_attempt_and_another_has_another() {
    let (world, mut server) = (World::new(), SmtpServer::start(&[]).await);
    let carrier = server.carrier(STARTTLS);
    let (first, second) = (world.mail("ann@example.org", Locale::En), world.mail("ann@example.org", Locale::En));
    let mut ids = Vec::new();
    for mail in [&first, &first, &second] {
        carrier.send_mail(mail).await.unwrap();
        let content = server.next().await.content();
        ids.push(MessageParser::default().parse(&content).unwrap().message_id().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}

#[tokio::test]
async fn connections_are_kept_and_those_left_in_disorder_are_not() {
    let (world, mut server) = (World::new(), SmtpServer::start(&[]).await);
    let carrier = server.carrier(STARTTLS);
    let mut connections = Vec::new();
    for to in ["ann@example.org", "ann@example.org", "reject@example.org", "ann@example.org"] {
        if carrier.send_mail(&world.mail(to, Locale::En)).await.is_ok() {
            connections.push(server.next().await.connection);
        }
    }
    assert_eq!((connections.len(), connections[0]), (3, connections[1]));
    assert_ne!(connections[1], connections[2]);
}

#[tokio::test]
async fn a_kept_connection_that_the_server_has_given_up_is_replaced_unnoticed() {
    let (world, mut server) = (World::new(), SmtpServer::start(&["--impatient"]).await);
    let carrier = server.carrier(STARTTLS);
    let mut connections = std::collections::HashSet::new();
    for _ in 0..3 {
        carrier.send_mail(&world.mail("ann@example.org", Locale::En)).await.unwrap();
        connections.insert(server.next().await.connection);
    }
    assert_eq!(connections.len(), 3);
}

#[tokio::test]
async fn an_attempt_that_is_dropped_anywhere_does_not_confuse_the_next() {
    let (world, mut server) = (World::new(), SmtpServer::start(&[]).await);
    let carrier = server.carrier(STARTTLS);
    let dropped = world.mail("dropped@example.org", Locale::En);
    for polls in (0..1_000).step_by(50) {
        tokio::select! {
            biased;
            _ = carrier.send_mail(&dropped) => {}
            () = async { for _ in 0..polls { tokio::task::yield_now().await; } } => {}
        }
        carrier.send_mail(&world.mail(&format!("ann{polls}@example.org"), Locale::En)).await.unwrap();
        let mut arrived = server.next().await;
        while arrived.to == ["dropped@example.org"] {
            arrived = server.next().await;
        }
        assert_eq!(arrived.to, [format!("ann{polls}@example.org")]);
    }
}

#[tokio::test]
async fn tls_from_the_start_works_too() {
    let (world, mut server) = (World::new(), SmtpServer::start(&["--implicit-tls"]).await);
    server.carrier(IMPLICIT_TLS).send_mail(&world.mail("ann@example.org", Locale::En)).await.unwrap();
    let arrived = server.next().await;
    assert!(arrived.encrypted && arrived.authenticated);
}

#[tokio::test]
async fn a_passing_objection_is_tried_again_and_a_final_one_is_not() {
    let (world, server) = (World::new(), SmtpServer::start(&[]).await);
    let carrier = server.carrier(STARTTLS);
    let error = carrier.send_mail(&world.mail("tempfail@example.org", Locale::En)).await.unwrap_err();
    assert!(matches!(error, CarrierError::Retry(_)), "{error}");
    assert_eq!(text_of(&error), "SMTP status 451 4.7.1", "and not a word of the address");
    let error = carrier.send_mail(&world.mail("reject@example.org", Locale::En)).await.unwrap_err();
    assert!(matches!(error, CarrierError::Fail(_)), "{error}");
    assert_eq!(text_of(&error), "SMTP status 550 5.1.1");
}

#[tokio::test]
async fn trouble_with_the_server_is_never_the_messages_fault() {
    let world = World::new();
    let mail = world.mail("ann@example.org", Locale::En);
    let (server, plain) = (SmtpServer::start(&[]).await, SmtpServer::start(&["--no-tls"]).await);
    let at = |port, protection| {
        let endpoint = Endpoint { host: "localhost".into(), port, protection, credentials: None };
        Smtp::new(endpoint, "no-reply@chatlink.example".parse().unwrap(), None).unwrap()
    };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (what, carrier) in [
        ("nobody listens", at(closed, PLAIN)),
        ("an unknown authority", at(server.port, STARTTLS)),
        ("a wrong password", server.carrier_with(STARTTLS, "wrong")),
        ("no STARTTLS", plain.carrier(STARTTLS)),
        ("TLS where there is none", plain.carrier(IMPLICIT_TLS)),
    ] {
        let error = carrier.send_mail(&mail).await.unwrap_err();
        assert!(matches!(error, CarrierError::Retry(_)), "{what}: {error}");
        let text = error.to_string();
        assert!(!text.contains("ann@") && !text.contains("wrong"), "{text}");
    }
}

#[tokio::test]
async fn letters_beyond_ascii_need_a_server_that_takes_them() {
    let world = World::new();
    let mail = world.mail("josé@bücher.example", Locale::Es);
    let mut server = SmtpServer::start(&["--no-tls"]).await;
    server.carrier(PLAIN).send_mail(&mail).await.unwrap();
    let arrived = server.next().await;
    assert!(arrived.utf8);
    assert_eq!(arrived.to, ["josé@xn--bcher-kva.example"]);

    let old = SmtpServer::start(&["--no-tls", "--no-utf8"]).await;
    let error = old.carrier(PLAIN).send_mail(&mail).await.unwrap_err();
    assert!(matches!(error, CarrierError::Fail(_)), "{error}");
    assert!(!error.to_string().contains("jos"), "{error}");
}

#[tokio::test]
async fn no_address_gets_another_recipient_or_header_in() {
    let (world, mut server) = (World::new(), SmtpServer::start(&["--no-tls"]).await);
    let carrier = server.carrier(PLAIN);
    let mut tried = 0;
    for to in [
        "\"bob@example.org,\"@example.org",
        "\"><bob@example.org\"@example.org",
        "\"a\\\" <bob@example.org>, \\\"b\"@example.org",
        "o'neil&<b>@example.org",
        "a%0d%0aBcc:bob@example.org",
        "{}|`$?*@example.org",
    ] {
        if Identifier::parse(to).is_err() {
            continue;
        }
        tried += 1;
        if carrier.send_mail(&world.mail(to, Locale::En)).await.is_err() {
            continue;
        }
        let arrived = server.next().await;
        assert_eq!(arrived.to, [to]);
        let content = arrived.content();
        let parsed = MessageParser::default().parse(&content).unwrap();
        assert!(parsed.bcc().is_none() && parsed.cc().is_none());
        let HeaderValue::Address(recipients) = parsed.header("To").unwrap() else { panic!("{to}: an address") };
        assert_eq!(recipients.iter().count(), 1, "{to}");
    }
    assert!(tried >= 2, "only {tried} of them are addresses");
}
