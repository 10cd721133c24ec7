//! What is said of a password while it is typed.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::{Stage, call};

fn asking(body: Value) -> TestRequest {
    TestRequest::post().uri("/v1/password-checks").set_json(body)
}

#[actix_web::test]
async fn a_password_is_judged_as_it_would_be_elsewhere() {
    let app = Stage::new().app().await;
    for (password, context, code) in [
        ("short", json!(null), json!("too_short")),
        ("", json!([]), json!("too_short")),
        (&*"ab ".repeat(100), json!([]), json!("too_long")),
        ("password123", json!([]), json!("password_too_common")),
        ("wanderer-77!", json!(["Wanderer"]), json!("password_similar")),
        ("example-ann!", json!(["", "ann.lee@example.org"]), json!("password_similar")),
        ("0171 1234567", json!(["+49 171 1234567"]), json!("password_similar")),
        ("wanderer-77!", json!(["somebody"]), json!(null)),
        ("plum-anvil-Quartz-47", json!(["a", "b", "c", "d", "e"]), json!(null)),
    ] {
        let answer = call(&app, asking(json!({"password": password, "context": context}))).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
        let verdict = answer.json();
        assert_eq!((&verdict["code"], &verdict["acceptable"]), (&code, &json!(code.is_null())), "{password}");
        let strength = verdict["strength"].as_u64().unwrap();
        assert!(if code.is_null() { (1..=4).contains(&strength) } else { strength == 0 }, "{password}: {strength}");
    }
}

#[actix_web::test]
async fn all_that_is_wrong_with_a_question_is_named() {
    let app = Stage::new().app().await;
    let long = "x".repeat(321);
    for (body, expected) in [
        (json!({}), &[("/password", "required")][..]),
        (json!({"password": 7, "context": "ann"}), &[("/password", "invalid_format"), ("/context", "invalid_format")]),
        (json!({"password": "x", "context": ["1", "2", "3", "4", "5", "6"]}), &[("/context", "too_long")]),
        (
            json!({"password": "x", "context": [7, null, long, "ann"]}),
            &[("/context/0", "invalid_format"), ("/context/1", "required"), ("/context/2", "too_long")],
        ),
    ] {
        let answer = call(&app, asking(body)).await;
        assert_eq!(answer.slug(), "validation-failed");
        let found = answer.failures();
        let found: Vec<_> = found.iter().map(|(pointer, code)| (pointer.as_str(), code.as_str())).collect();
        assert_eq!(found, expected);
    }
    let words = json!({"password": "plum-anvil-Quartz-47", "context": ["x".repeat(320)]});
    assert_eq!(call(&app, asking(words)).await.status, 200);
}

#[actix_web::test]
async fn one_address_asks_so_often_and_no_more() {
    let app = Stage::new().app().await;
    let question = || asking(json!({"password": "x"}));
    for _ in 0..120 {
        assert_eq!(call(&app, question()).await.status, 200);
    }
    let answer = call(&app, question()).await;
    assert_eq!((answer.slug().as_str(), answer.header("retry-after")), ("rate-limited", Some("60")));
}
