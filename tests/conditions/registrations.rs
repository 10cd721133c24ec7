//! What only registrations can meet with.

use serde_json::{Value, json};

use crate::support::{
    Server,
    client::{profile, with},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_of_a_profile_is_named_and_the_token_stays() {
    let server = Server::start().await;
    let ann = server.client();
    let (id, token) = server.verified(&ann, "ann@example.org").await;
    ann.complete(&id, json!({"completion_token": token})).await.invalid(&[
        ("/username", "required"),
        ("/password", "required"),
        ("/full_name", "required"),
        ("/date_of_birth", "required"),
        ("/country", "required"),
        ("/native_language", "required"),
        ("/learning_languages", "required"),
    ]);
    let bad = json!({
        "completion_token": token, "username": "1x", "password": "short", "full_name": "", "date_of_birth": "1990-02-30",
        "country": "XX", "native_language": "qqq", "learning_languages": ["es", "spa", "nope"], "gender": "x",
    });
    ann.complete(&id, bad).await.invalid(&[
        ("/username", "too_short"),
        ("/password", "too_short"),
        ("/full_name", "too_short"),
        ("/date_of_birth", "invalid_format"),
        ("/country", "unknown_country"),
        ("/native_language", "unknown_language"),
        ("/learning_languages/1", "duplicate"),
        ("/learning_languages/2", "unknown_language"),
        ("/gender", "not_supported"),
    ]);
    let good = profile(&token, "ann");
    for (member, value, pointer, code) in [
        ("username", json!("Admin"), "/username", "username_reserved"),
        ("username", json!("a".repeat(31)), "/username", "too_long"),
        ("username", json!("a..b"), "/username", "invalid_format"),
        ("username", json!("ann_"), "/username", "invalid_format"),
        ("username", json!(7), "/username", "invalid_format"),
        ("password", json!("password123"), "/password", "password_too_common"),
        ("password", json!("ann@example.org1"), "/password", "password_similar"),
        ("password", json!("x".repeat(257)), "/password", "too_long"),
        ("full_name", json!("a\u{202e}b"), "/full_name", "invalid_format"),
        ("full_name", json!("é".repeat(151)), "/full_name", "too_long"),
        ("date_of_birth", json!("1899-12-31"), "/date_of_birth", "not_supported"),
        ("date_of_birth", json!("2999-01-01"), "/date_of_birth", "in_the_future"),
        ("learning_languages", json!([]), "/learning_languages", "too_short"),
        ("learning_languages", json!(["en", "es", "fr", "it", "ja", "zh"]), "/learning_languages", "too_long"),
        ("learning_languages", json!(["deu"]), "/learning_languages/0", "same_as_native"),
        ("learning_languages", json!("es"), "/learning_languages", "invalid_format"),
        ("session_kind", json!("other"), "/session_kind", "not_supported"),
    ] {
        ann.complete(&id, with(good.clone(), member, value)).await.invalid(&[(pointer, code)]);
    }
    ann.complete(&id, good).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn children_are_refused_and_nothing_is_kept() {
    let server = Server::start_on("2031-05-17").await;
    let ann = server.client();
    for (n, birth) in ["2018-05-18", "2025-01-01"].into_iter().enumerate() {
        let (id, token) = server.verified(&ann, &format!("child{n}@example.org")).await;
        let body = with(profile(&token, "child"), "date_of_birth", json!(birth));
        ann.complete(&id, body).await.invalid(&[("/date_of_birth", "age_below_minimum")]);
        assert_eq!(ann.status(&id).await.expect(200)["state"], "expired");
        ann.complete(&id, profile(&token, "child")).await.problem(410, "completion-token-invalid");
    }
    let (id, token) = server.verified(&ann, "teen@example.org").await;
    ann.complete(&id, with(profile(&token, "teen"), "date_of_birth", json!("2018-05-17"))).await.expect(201);
    assert_eq!(server.accounts_named("child").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn born_on_a_leap_day_comes_of_age_on_the_first_of_march() {
    for (today, expected) in [("2033-02-28", 422), ("2033-03-01", 201)] {
        let server = Server::start_on(today).await;
        let ann = server.client();
        let (id, token) = server.verified(&ann, "leap@example.org").await;
        let body = with(profile(&token, "leap"), "date_of_birth", json!("2020-02-29"));
        assert_eq!(ann.complete(&id, body).await.status, expected, "on {today}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_leaves_the_token_and_a_taken_identifier_says_so() {
    let server = Server::start().await;
    server.register("first@example.org", "Ann").await;
    let ann = server.client();
    let (id, token) = server.verified(&ann, "second@example.org").await;
    ann.complete(&id, profile(&token, "aNN")).await.problem(409, "username-taken");
    ann.complete(&id, profile(&token, "ann2")).await.expect(201);

    let (early, early_token) = server.verified(&ann, "third@example.org").await;
    let (late, late_token) = server.verified(&ann, "third@example.org").await;
    ann.complete(&early, profile(&early_token, "third")).await.expect(201);
    ann.complete(&late, profile(&late_token, "fourth")).await.problem(409, "identifier-taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn identifiers_that_cannot_be_reached_are_refused_before_anything_is_spent() {
    let server = Server::with(&[("sms.countries", "DE,FR")]).await;
    let ann = server.client();
    for (identifier, code) in [
        (json!(null), "required"),
        (json!(7), "invalid_format"),
        (json!(""), "invalid_format"),
        (json!("not an address"), "invalid_format"),
        (json!("0171 1234567"), "invalid_format"),
        (json!("ann@localhost"), "invalid_format"),
        (json!("ann@example.org\r\nBcc: bo@example.org"), "invalid_format"),
        (json!(format!("{}@example.org", "a".repeat(65))), "too_long"),
        (json!("+493012345678"), "not_supported"),
        (json!("+447400123456"), "not_supported"),
    ] {
        ann.post("/v1/registrations", json!({"identifier": identifier})).await.invalid(&[("/identifier", code)]);
    }
    ann.post("/v1/registrations", json!({"identifier": "ann@example.org", "locale": "not a locale"}))
        .await
        .invalid(&[("/locale", "invalid_format")]);
    ann.start("+33612345678").await.expect(202);
    assert_eq!(server.message("+33612345678", 1).await["channel"], "sms");
    assert_eq!(server.messages("+447400123456"), Vec::<Value>::new());
}
