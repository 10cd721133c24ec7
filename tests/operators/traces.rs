//! Traces of the real program, as a collector gets them.

use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};

use crate::support::{
    Place,
    client::{Client, PASSWORD, profile},
    collector::{Collector, attributes},
    process::Node,
    smtp::SmtpServer,
};

/// The trace and the span that somebody in front of us began.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Runs a node with these settings besides, and ends it in order: what it has not sent by then it sends at the end.
async fn run<F: Future<Output = ()>>(
    settings: &[(&str, &str)],
    journey: impl FnOnce(Client, SmtpServer) -> F,
) -> String {
    let place = Place::new().await;
    let smtp = SmtpServer::start(&[]).await;
    let mut all = smtp.settings();
    all.extend(settings.iter().map(|(key, value)| (*key, (*value).to_owned())));
    let node = Node::start(&place, &all).await;
    journey(Client::new(&node.url), smtp).await;
    node.signal("TERM").await;
    let (status, log) = node.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    log
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_traced_by_its_route_in_the_trace_of_whoever_caused_it() {
    let collector = Collector::start();
    let settings = [("telemetry.otlp_endpoint", collector.url.as_str()), ("telemetry.service_name", "chat-test")];
    run(&settings, |ann, mut smtp| async move {
        let traceparent = format!("00-{TRACE}-{PARENT}-01");
        let traced = ann.with_header("traceparent", &traceparent).with_header("tracestate", "planted=planted");
        traced.start("ann@example.org").await.expect(202);
        smtp.code().await;
        ann.get("/nowhere").await.problem(404, "not-found");
    })
    .await;

    let span = collector.span("POST /v1/registrations");
    assert_eq!((hex(&span.trace_id), hex(&span.parent_span_id)), (TRACE.to_owned(), PARENT.to_owned()));
    assert_eq!((span.kind(), span.trace_state.as_str()), (SpanKind::Server, ""));
    let attributes = attributes(&span.attributes);
    for (name, value) in
        [("http.request.method", "POST"), ("http.route", "/v1/registrations"), ("http.response.status_code", "202")]
    {
        assert_eq!(attributes.get(name).map(String::as_str), Some(value), "{name}");
    }
    let silent = collector.spans().iter().all(|(span, _)| span.events.is_empty());
    assert!(silent, "log lines do not leave with the traces");
    let (_, resource) = collector.spans().remove(0);
    assert_eq!(resource["service.name"], "chat-test");

    // What was done for its sake belongs to it, and a request without a cause begins a trace.
    let command = collector.span("otp.command");
    assert_eq!((&command.trace_id, &command.parent_span_id), (&span.trace_id, &span.span_id));
    let nowhere = collector.span("GET");
    assert!(nowhere.parent_span_id.is_empty() && nowhere.trace_id != span.trace_id);
    let delivery = collector.span("delivery");
    let lookup = collector.span("postgres query");
    assert_eq!((&lookup.trace_id, &lookup.parent_span_id), (&delivery.trace_id, &delivery.span_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_the_traces_is_anybodys() {
    let collector = Collector::start();
    let secrets = std::sync::Mutex::new(vec![PASSWORD.to_owned(), "planted".to_owned(), "example.org".to_owned()]);
    let settings = [("telemetry.otlp_endpoint", collector.url.as_str()), ("log.level", "trace")];
    run(&settings, |ann, mut smtp| {
        let secrets = &secrets;
        async move {
            let started = ann.start("planted.local.part@example.org").await.expect(202);
            let id = started["id"].as_str().unwrap().to_owned();
            let code = smtp.code().await;
            ann.verify(&id, "000000").await;
            let token = ann.verify(&id, &code).await.expect(200)["completion_token"].clone();
            let completed = ann.complete(&id, profile(&token, "planted.username")).await.expect(201);
            let access = completed["access_token"].as_str().unwrap();
            let member = ann.with_token(access).with_header("traceparent", "planted");
            member.get("/v1/me").await.expect(200);
            ann.log_in("planted.username", "planted-wrong-password").await.problem(401, "invalid-credentials");
            ann.get("/v1/usernames/planted.username?planted=planted").await.expect(200);
            ann.get("/planted/planted").await.problem(404, "not-found");
            let mut secrets = secrets.lock().unwrap();
            let session = completed["session"]["id"].as_str().unwrap();
            let user = completed["user"]["id"].as_str().unwrap();
            secrets.extend([id, code, token.as_str().unwrap().to_owned(), access.to_owned(), session.to_owned()]);
            secrets.extend([user.to_owned(), completed["refresh_token"].as_str().unwrap().to_owned()]);
        }
    })
    .await;

    let bytes = String::from_utf8_lossy(&collector.bytes()).to_lowercase();
    assert!(bytes.contains("/v1/registrations/{id}/complete"), "the journey was traced");
    for secret in secrets.into_inner().unwrap() {
        assert!(!bytes.contains(&secret.to_lowercase()), "{secret} is in the traces");
    }
    let names = collector.spans().into_iter().flat_map(|(span, _)| span.attributes).map(|attribute| attribute.key);
    let names: std::collections::BTreeSet<String> = names.collect();
    let known = [
        "channel",
        "command",
        "flow",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "outcome",
        "purpose",
        "request_id",
    ];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), known);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flag_of_a_stranger_does_not_have_a_trace_exported() {
    let collector = Collector::start();
    let settings = [("telemetry.otlp_endpoint", collector.url.as_str()), ("telemetry.sampling_ratio", "0")];
    run(&settings, |ann, _| async move {
        let sampled = ann.with_header("traceparent", &format!("00-{TRACE}-{PARENT}-01"));
        sampled.get("/healthz").await.expect(200);
    })
    .await;
    assert!(collector.spans().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_ours_marks_its_span() {
    let collector = Collector::start();
    let settings =
        [("telemetry.otlp_endpoint", collector.url.as_str()), ("postgres.url", "postgres://n@127.0.0.1:1/n")];
    run(&settings, |ann, _| async move {
        ann.get("/v1/usernames/anybody").await.problem(503, "temporarily-unavailable");
        ann.get("/v1/me").await.problem(401, "not-authenticated");
    })
    .await;
    let status = |name: &str| collector.span(name).status.unwrap_or_default().code();
    assert_eq!(status("GET /v1/usernames/{name}"), StatusCode::Error);
    assert_eq!(status("GET /v1/me"), StatusCode::Unset);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_or_silent_disturbs_nobody_and_is_logged_once() {
    // Takes connections, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for (endpoint, failures) in [("http://127.0.0.1:1", 1..=1), (&silent, 0..=1)] {
        let log = run(&[("telemetry.otlp_endpoint", endpoint)], |ann, mut smtp| async move {
            ann.start("ann@example.org").await.expect(202);
            smtp.code().await;
        })
        .await;
        assert!(failures.contains(&log.matches("traces cannot be exported").count()), "{log}");
        assert!(!log.contains("opentelemetry"), "{log}");
    }
}
