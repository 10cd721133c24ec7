//! A registration up to where the database begins.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::test::TestRequest;
use chatlink_actors::{identifier::Phone, locale::Locale, ports::BoxFuture};
use serde_json::{Value, json};

use super::{Answer, Stage, call};
use crate::courier::{
    guard::{Admission, GuardError, TextGuard},
    ports::EntryId,
};

fn start(body: &Value) -> TestRequest {
    TestRequest::post().uri("/v1/registrations").set_json(body)
}

fn post(location: &str, action: &str, body: &Value) -> TestRequest {
    TestRequest::post().uri(&format!("{location}/{action}")).set_json(body)
}

fn failure(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

fn ann() -> Value {
    json!({"identifier": "ann@example.org"})
}

#[actix_web::test]
async fn a_session_is_started_read_and_verified() {
    let stage = Stage::new();
    let app = stage.app().await;
    let started = call(&app, start(&ann())).await;
    assert_eq!(started.status, 202);
    let session = started.json();
    let location = started.header("location").unwrap().to_owned();
    assert_eq!(location, format!("/v1/registrations/{}", session["id"].as_str().unwrap()));
    let expected = json!({
        "id": session["id"], "purpose": "registration", "state": "pending", "channel": "email",
        "destination": "a•••@example.org", "code_length": 6, "created_at": "2030-01-01T00:00:00Z",
        "expires_at": "2030-01-01T00:05:00Z", "attempts_left": 2,
        "resend": {"left": 2, "free_left": 1, "available_at": "2030-01-01T00:00:00Z"}, "delivery": "queued",
    });
    assert_eq!(session, expected);
    assert_eq!(call(&app, TestRequest::get().uri(&location)).await.json(), expected);

    let verified = call(&app, post(&location, "verify", &json!({"code": stage.code()}))).await;
    assert_eq!((verified.status, &verified.json()["state"]), (200, &json!("verified")));
    assert_eq!(verified.json()["completion_token"].as_str().unwrap().len(), 43);
    assert_eq!(call(&app, post(&location, "verify", &json!({"code": stage.code()}))).await.slug(), "otp-code-used");
}

#[actix_web::test]
async fn the_message_is_in_the_language_that_is_asked_for() {
    for (locale, accept, expected) in [
        (json!("pt-BR"), "de", Locale::Pt),
        (json!(null), "xx, fr;q=0.5, ja;q=0.7", Locale::Ja),
        (json!("xx"), "de", Locale::En),
        (json!(null), "xx", Locale::En),
    ] {
        let stage = Stage::new();
        let body = json!({"identifier": "ann@example.org", "locale": locale});
        let request = start(&body).insert_header(("accept-language", accept));
        assert_eq!(call(&stage.app().await, request).await.status, 202);
        assert_eq!(stage.dispatch().locale, expected);
    }
}

#[actix_web::test]
async fn what_cannot_be_reached_is_refused_before_anything_is_spent() {
    let stage = Stage::new();
    let app = stage.app().await;
    for (body, pointer, code) in [
        (json!({}), "/identifier", "required"),
        (json!({"identifier": null}), "/identifier", "required"),
        (json!({"identifier": 7}), "/identifier", "invalid_format"),
        (json!({"identifier": "ann"}), "/identifier", "invalid_format"),
        (json!({"identifier": format!("{}@example.org", "a".repeat(65))}), "/identifier", "too_long"),
        (json!({"identifier": "+493012345678"}), "/identifier", "not_supported"),
        (json!({"identifier": "+33612345678"}), "/identifier", "not_supported"),
        (json!({"identifier": "ann@example.org", "locale": "no such thing"}), "/locale", "invalid_format"),
        (json!({"identifier": "ann@example.org", "locale": 7}), "/locale", "invalid_format"),
    ] {
        let answer = call(&app, start(&body)).await;
        assert_eq!((answer.status, answer.failures()), (422, failure(pointer, code)), "{body}");
    }
    assert_eq!(stage.store.commits(), 0);
    assert_eq!(call(&app, start(&json!({"identifier": "+49 171 1234567"}))).await.status, 202);
}

#[actix_web::test]
async fn an_address_starts_only_so_many_well_formed_sessions() {
    let stage = Stage::new();
    let app = stage.app().await;
    for _ in 0..10 {
        assert_eq!(call(&app, start(&json!({"identifier": "nonsense"}))).await.status, 422);
    }
    for _ in 0..5 {
        assert_eq!(call(&app, start(&ann())).await.status, 202);
    }
    let refused = call(&app, start(&json!({"identifier": "bob@example.org"}))).await;
    assert_eq!((refused.slug().as_str(), refused.header("retry-after")), ("rate-limited", Some("3600")));
    assert_eq!(refused.json()["retry_after"], 3600);
    stage.world.advance(super::HOUR);
    assert_eq!(call(&app, start(&ann())).await.status, 202);
}

#[actix_web::test]
async fn wrong_codes_are_counted_and_what_is_no_code_is_not() {
    let stage = Stage::new();
    let app = stage.app().await;
    let location = call(&app, start(&ann())).await.header("location").unwrap().to_owned();
    for (code, complaint) in
        [(json!(123_456), "invalid_format"), (json!("12345"), "invalid_format"), (json!(null), "required")]
    {
        let answer = call(&app, post(&location, "verify", &json!({"code": code}))).await;
        assert_eq!((answer.slug().as_str(), answer.failures()), ("validation-failed", failure("/code", complaint)));
    }
    let wrong = if stage.code() == "000000" { "000001" } else { "000000" };
    for left in [1, 0] {
        let answer = call(&app, post(&location, "verify", &json!({"code": wrong}))).await;
        assert_eq!((answer.slug().as_str(), &answer.json()["attempts_left"]), ("otp-code-incorrect", &json!(left)));
    }
    assert_eq!(call(&app, post(&location, "verify", &json!({"code": wrong}))).await.slug(), "otp-session-locked");
}

#[actix_web::test]
async fn resends_wait_and_end() {
    let stage = Stage::new();
    let app = stage.app().await;
    let location = call(&app, start(&ann())).await.header("location").unwrap().to_owned();
    let resend = async || -> Answer { call(&app, TestRequest::post().uri(&format!("{location}/resend"))).await };
    assert_eq!(resend().await.status, 202);
    stage.world.advance(Duration::from_millis(500));
    let early = resend().await;
    assert_eq!((early.slug().as_str(), early.header("retry-after")), ("otp-resend-cooldown", Some("60")));
    assert_eq!(early.json()["available_at"], "2030-01-01T00:01:00Z");
    stage.world.advance(Duration::from_secs(60));
    let last = resend().await;
    assert_eq!((last.status, &last.json()["resend"]["available_at"]), (202, &Value::Null));
    assert_eq!(resend().await.slug(), "otp-resends-exhausted");
}

#[actix_web::test]
async fn an_id_of_nothing_is_not_found() {
    let stage = Stage::new();
    let app = stage.app().await;
    for id in ["x", "AAAA", &"A".repeat(43), &"A".repeat(5000), "%00", "a%2fb"] {
        let location = format!("/v1/registrations/{id}");
        assert_eq!(call(&app, TestRequest::get().uri(&location)).await.slug(), "otp-session-not-found");
        for action in ["resend", "verify", "complete"] {
            let body = json!({"code": "123456", "completion_token": "x"});
            assert_eq!(call(&app, post(&location, action, &body)).await.slug(), "otp-session-not-found", "{action}");
        }
    }
}

#[actix_web::test]
async fn completing_checks_the_token_then_every_field() {
    let stage = Stage::new();
    let app = stage.app().await;
    let location = call(&app, start(&ann())).await.header("location").unwrap().to_owned();
    let verified = call(&app, post(&location, "verify", &json!({"code": stage.code()}))).await;
    let token = verified.json()["completion_token"].clone();

    let wrong = call(&app, post(&location, "complete", &json!({"completion_token": "A".repeat(43)}))).await;
    assert_eq!((wrong.status, wrong.slug().as_str()), (410, "completion-token-invalid"));
    let empty = call(&app, post(&location, "complete", &json!({}))).await;
    let pointers: Vec<_> = empty.failures().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers[0], "/completion_token");
    assert_eq!(pointers.len(), 8);

    let mut body = json!({
        "completion_token": token, "username": "ann.lee", "password": "annlee@example", "full_name": "Ann Lee",
        "date_of_birth": "1990-02-28", "country": "zz", "native_language": "en",
        "learning_languages": ["fr", "eng"], "gender": "x", "session_kind": "carrier pigeon",
    });
    let answer = call(&app, post(&location, "complete", &body)).await;
    let mut failures = answer.failures();
    failures.sort();
    let expected = [
        ("/country", "unknown_country"),
        ("/gender", "not_supported"),
        ("/learning_languages/1", "same_as_native"),
        ("/password", "password_similar"),
        ("/session_kind", "not_supported"),
    ];
    assert_eq!(failures, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));

    body["date_of_birth"] = json!("2020-01-01");
    let child = call(&app, post(&location, "complete", &body)).await;
    assert!(child.failures().contains(&("/date_of_birth".to_owned(), "age_below_minimum".to_owned())));
    assert_eq!(call(&app, TestRequest::get().uri(&location)).await.json()["state"], "expired");
    assert_eq!(call(&app, post(&location, "complete", &body)).await.slug(), "completion-token-invalid");
}

#[actix_web::test]
async fn without_the_database_the_token_is_not_spent() {
    let stage = Stage::new();
    let app = stage.app().await;
    let location = call(&app, start(&ann())).await.header("location").unwrap().to_owned();
    let verified = call(&app, post(&location, "verify", &json!({"code": stage.code()}))).await;
    let body = json!({
        "completion_token": verified.json()["completion_token"], "username": "ann.lee",
        "password": "correct horse battery", "full_name": "Ann Lee", "date_of_birth": "1990-02-28",
        "country": "BR", "native_language": "pt", "learning_languages": ["en"],
    });
    assert_eq!(call(&app, post(&location, "complete", &body)).await.slug(), "temporarily-unavailable");
    assert_eq!(call(&app, TestRequest::get().uri(&location)).await.json()["state"], "verified");
}

#[actix_web::test]
async fn without_the_store_every_call_says_so() {
    let stage = Stage::new();
    let app = stage.app().await;
    let location = call(&app, start(&ann())).await.header("location").unwrap().to_owned();
    stage.store.set_down(true);
    for request in [
        start(&ann()),
        TestRequest::get().uri(&location),
        TestRequest::post().uri(&format!("{location}/resend")),
        post(&location, "verify", &json!({"code": "000000"})),
        post(&location, "complete", &json!({"completion_token": "A".repeat(43)})),
    ] {
        let answer = call(&app, request).await;
        assert_eq!((answer.status, answer.slug().as_str()), (503, "temporarily-unavailable"));
        assert!(answer.header("retry-after").is_some());
    }
}

/// Hears of codes that came back, unless it is away.
#[derive(Default)]
struct Listener {
    heard: Mutex<Vec<String>>,
    is_away: bool,
}

impl TextGuard for Listener {
    fn admit<'a>(&'a self, _: &'a Phone, _: &'a EntryId) -> BoxFuture<'a, Result<Admission, GuardError>> {
        Box::pin(async { panic!("nothing is sent here") })
    }

    fn admit_notice<'a>(&'a self, _: &'a Phone, _: &'a EntryId) -> BoxFuture<'a, Result<Admission, GuardError>> {
        Box::pin(async { panic!("nothing is sent here") })
    }

    fn check<'a>(&'a self, _: &'a Phone) -> BoxFuture<'a, Result<Admission, GuardError>> {
        Box::pin(async { panic!("nothing is sent here") })
    }

    fn verified<'a>(&'a self, to: &'a Phone) -> BoxFuture<'a, Result<(), GuardError>> {
        Box::pin(async move {
            self.heard.lock().unwrap().push(to.e164().to_owned());
            if self.is_away { Err(GuardError("away".into())) } else { Ok(()) }
        })
    }
}

/// Once, when the right code is typed; and it is right even where nobody can be told.
#[actix_web::test]
async fn a_code_that_came_back_by_text_is_told_to_the_guard() {
    for is_away in [false, true] {
        let listener = Arc::new(Listener { is_away, ..Listener::default() });
        let mut stage = Stage::new();
        stage.texts = Arc::<Listener>::clone(&listener);
        let app = stage.app().await;
        for identifier in ["ann@example.org", "+49 171 1234567"] {
            let started = call(&app, start(&json!({"identifier": identifier}))).await;
            let location = started.header("location").unwrap().to_owned();
            let code = stage.code();
            let wrong = if code == "000000" { "000001" } else { "000000" };
            assert_eq!(call(&app, post(&location, "verify", &json!({"code": wrong}))).await.status, 422);
            assert_eq!(call(&app, post(&location, "verify", &json!({"code": code}))).await.status, 200);
            assert_eq!(call(&app, post(&location, "verify", &json!({"code": code}))).await.status, 410);
            stage.world.advance(Duration::from_secs(1));
        }
        assert_eq!(*listener.heard.lock().unwrap(), ["+491711234567"]);
    }
}
