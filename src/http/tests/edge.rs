//! What is true of every answer.

use std::sync::{Arc, Mutex};

use actix_web::{
    App, HttpResponse,
    http::Method,
    middleware::from_fn,
    test::{TestRequest, init_service},
    web,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Stage, call};
use crate::http::{
    MailboxView,
    edge::{Edge, edge},
    problem::Kind,
    routes::{at, get},
};

#[actix_web::test]
async fn every_answer_bears_its_headers() {
    let app = Stage::new().app().await;
    for path in
        ["/", "/login", "/healthz", "/readyz", "/docs", "/nowhere", "/v1/countries", "/v1/me", "/problems/not-found"]
    {
        let answer = call(&app, TestRequest::get().uri(path)).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert!(answer.header("content-security-policy").unwrap().starts_with("default-src 'none'"), "{path}");
        assert!(answer.header("strict-transport-security").is_some(), "{path}");
        assert_eq!(answer.header("x-request-id").unwrap().len(), 32, "{path}");
        assert!(answer.header("server").is_none(), "{path}");
        let vary: Vec<_> = answer.headers.get_all("vary").map(|line| line.to_str().unwrap()).collect();
        assert!(vary.contains(&"Origin"), "{path}");
        let private = !["/healthz", "/v1/countries"].contains(&path);
        assert_eq!(answer.header("cache-control") == Some("no-store"), private, "{path}");
        assert_eq!(vary.contains(&"Authorization, Cookie"), private, "{path}");
    }
}

#[actix_web::test]
async fn the_frameworks_errors_are_problems() {
    let app = Stage::new().app().await;
    let cases = [
        (TestRequest::get().uri("/nowhere"), "not-found", None),
        (TestRequest::get().uri("/v1/registrations/"), "not-found", None),
        (TestRequest::get().uri("/dev/mailbox"), "not-found", None),
        (TestRequest::get().uri("/dev/messages"), "not-found", None),
        (TestRequest::get().uri("/static/x/..%2fmod.rs"), "not-found", None),
        (TestRequest::get().uri("/static/pages.css"), "not-found", None),
        (TestRequest::get().uri("/v1/logout"), "method-not-allowed", Some("POST")),
        (TestRequest::delete().uri("/v1/me"), "method-not-allowed", Some("GET, HEAD, PATCH")),
        (TestRequest::with_uri("/v1/logout").method(Method::OPTIONS), "method-not-allowed", Some("POST")),
        (TestRequest::post().uri("/v1/sessions").set_payload("{}"), "unsupported-media-type", None),
        (TestRequest::post().uri("/v1/sessions").set_json([1]), "malformed-request", None),
        (TestRequest::post().uri("/v1/sessions").set_json("x".repeat(20_000)), "payload-too-large", None),
        (TestRequest::get().uri("/v1/me"), "not-authenticated", None),
    ];
    for (request, slug, allow) in cases {
        let answer = call(&app, request).await;
        assert_eq!((answer.slug().as_str(), answer.header("allow")), (slug, allow));
    }
}

#[actix_web::test]
async fn head_is_get_without_body() {
    let app = Stage::new().app().await;
    let answer = call(&app, TestRequest::with_uri("/healthz").method(Method::HEAD)).await;
    assert_eq!(answer.status, 200);
}

#[actix_web::test]
async fn pages_of_allowed_origins_may_read() {
    let app = Stage::new().app().await;
    for (origin, allowed) in [
        ("https://app.example", true),
        ("https://chat.example", true),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let answer = call(&app, TestRequest::get().uri("/nowhere").insert_header(("origin", origin))).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed.then_some(origin));
        let preflight = TestRequest::with_uri("/v1/sessions")
            .method(Method::OPTIONS)
            .insert_header(("origin", origin))
            .insert_header(("access-control-request-method", "POST"));
        let answer = call(&app, preflight).await;
        assert_eq!(answer.status, if allowed { 204 } else { 403 });
        assert_eq!(answer.header("access-control-allow-origin"), allowed.then_some(origin));
    }
}

#[actix_web::test]
async fn what_is_not_ready_is_named() {
    let app = Stage::new().app().await;
    let answer = call(&app, TestRequest::get().uri("/readyz")).await;
    assert_eq!((answer.status, answer.slug().as_str()), (503, "temporarily-unavailable"));
    assert_eq!(answer.json()["failing"], json!(["postgres"]));
    assert!(answer.header("retry-after").is_some());
}

#[actix_web::test]
async fn without_the_database_logins_fail_and_reference_data_does_not() {
    let app = Stage::new().app().await;
    let body = json!({"login": "ann", "password": "correct horse battery"});
    let answer = call(&app, TestRequest::post().uri("/v1/sessions").set_json(body)).await;
    assert_eq!(answer.slug(), "temporarily-unavailable");
    let answer = call(&app, TestRequest::get().uri("/v1/countries").insert_header(("accept-language", "de"))).await;
    assert_eq!((answer.status, answer.header("content-language")), (200, Some("de")));
    let germany = json!({"code": "DE", "name": "Deutschland"});
    assert!(answer.json()["countries"].as_array().unwrap().contains(&germany));
}

#[actix_web::test]
async fn login_lists_all_that_is_wrong() {
    let app = Stage::new().app().await;
    let body = json!({"login": 7, "session_kind": "carrier pigeon", "device_name": ""});
    let answer = call(&app, TestRequest::post().uri("/v1/sessions").set_json(body)).await;
    let pointers: Vec<_> = answer.failures().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/login", "/password", "/session_kind", "/device_name"]);
    assert!(answer.failures().contains(&("/session_kind".to_owned(), "not_supported".to_owned())));
}

#[actix_web::test]
async fn every_problem_has_its_page() {
    let app = Stage::new().app().await;
    for kind in Kind::ALL {
        let path = format!("/problems/{}", kind.facts().slug);
        let answer = call(&app, TestRequest::get().uri(&path)).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")), "{path}");
        assert!(answer.text.contains(kind.facts().title));
    }
}

struct OneMessage;

impl MailboxView for OneMessage {
    fn list(&self, to: Option<&str>) -> Vec<Value> {
        [json!({"to": "ann@example.org"})].into_iter().filter(|it| to.is_none_or(|to| it["to"] == to)).collect()
    }

    fn news(&self) -> watch::Receiver<u64> {
        watch::Sender::new(0).subscribe()
    }
}

#[actix_web::test]
async fn the_mailbox_is_there_in_development() {
    let stage = Stage { mailbox: Some(Arc::new(OneMessage)), ..Stage::new() };
    let app = stage.app().await;
    assert_eq!(call(&app, TestRequest::get().uri("/dev/mailbox")).await.status, 200);
    for (path, count) in
        [("/dev/messages", 1), ("/dev/messages?to=ann%40example.org", 1), ("/dev/messages?to=bob%40example.org&x=1", 0)]
    {
        let answer = call(&app, TestRequest::get().uri(path)).await;
        assert_eq!(answer.json().as_array().unwrap().len(), count, "{path}");
    }
    // The mailbox of this test is gone as soon as it was asked, so the events end after the first.
    let news = call(&app, TestRequest::get().uri("/dev/mailbox/news")).await;
    assert_eq!(news.text, "data: news\n\n");
}

#[actix_web::test]
async fn a_panic_is_answered() {
    async fn panics() -> HttpResponse {
        panic!("a handler that is wrong")
    }
    let stage = Stage::new();
    let scope = web::scope("").wrap(from_fn(edge)).service(at("/panics", [get(panics)]));
    let app = init_service(App::new().app_data(web::Data::new(Edge::new(&stage.services()))).service(scope)).await;
    let answer = call(&app, TestRequest::get().uri("/panics")).await;
    assert_eq!((answer.status, answer.slug().as_str()), (500, "internal"));
}

/// What was logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn the_log_names_routes_and_nobody() {
    let stage = Stage::new();
    let app = stage.app().await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_writer(move || writer.clone()).with_max_level(tracing::Level::TRACE);
    let _guard = tracing::subscriber::set_default(subscriber.finish());

    let body = json!({"identifier": "ann@example.org"});
    let started = call(&app, TestRequest::post().uri("/v1/registrations").set_json(body)).await;
    let location = started.header("location").unwrap();
    let code = stage.code();
    let verify = json!({"code": code});
    let verified = call(&app, TestRequest::post().uri(&format!("{location}/verify")).set_json(verify)).await;
    let login = json!({"login": "ann@example.org", "password": "correct horse battery"});
    call(&app, TestRequest::post().uri("/v1/sessions").set_json(login)).await;
    call(&app, TestRequest::get().uri("/secret/path?query")).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/v1/registrations/{id}/verify") && log.contains(verified.header("x-request-id").unwrap()));
    let (id, token) = (location.rsplit('/').next().unwrap(), verified.json()["completion_token"].to_string());
    for private in [id, &code, token.trim_matches('"'), "ann@", "example.org", "192.0.2.1", "correct horse", "secret"] {
        assert!(!log.contains(private), "{private}");
    }
}

#[actix_web::test]
async fn behind_a_trusted_proxy_clients_are_told_apart() {
    let mut stage = Stage::new();
    stage.settings.trusted_proxies = vec!["192.0.2.0/24".parse().unwrap()];
    let app = stage.app().await;
    let start = |client: &str| {
        let body = json!({"identifier": "ann@example.org"});
        TestRequest::post().uri("/v1/registrations").insert_header(("x-forwarded-for", client)).set_json(body)
    };
    for _ in 0..5 {
        assert_eq!(call(&app, start("203.0.113.1")).await.status, 202);
    }
    assert_eq!(call(&app, start("198.51.100.1, 203.0.113.1")).await.status, 429);
    assert_eq!(call(&app, start("203.0.113.2")).await.status, 202);
}
