//! The condition table of the contract, row by row, for registrations.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    Server,
    client::{profile, with},
};

const TTL: Duration = Duration::from_secs(5 * 60);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn unknown_and_malformed_ids_are_not_found() {
    let server = Server::start().await;
    let ann = server.client();
    let unknown = "A".repeat(43);
    for id in [unknown.as_str(), "x", "%00", "..", "' or 1=1 --", &"A".repeat(500)] {
        let path = format!("/v1/registrations/{id}");
        for (answer, what) in [
            (ann.get(&path).await, "status"),
            (ann.post_empty(&format!("{path}/resend")).await, "resend"),
            (ann.post(&format!("{path}/verify"), json!({"code": "123456"})).await, "verify"),
            (ann.post(&format!("{path}/complete"), profile(&json!("A".repeat(43)), "ann")).await, "complete"),
        ] {
            if id == ".." {
                assert!(answer.status == 404 || answer.status == 405, "{what} of {id}: {}", answer.text);
            } else {
                answer.problem(404, "otp-session-not-found");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_costs_an_attempt_and_the_last_one_locks() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let wrong = server.wrong_code("ann@example.org");
    for left in [4, 3, 2, 1, 0] {
        let body = ann.verify(&id, &wrong).await.problem(422, "otp-code-incorrect");
        assert_eq!(body["attempts_left"], left);
        let session = ann.status(&id).await.expect(200);
        assert_eq!(session["state"], if left == 0 { "locked" } else { "pending" });
        assert_eq!(session["attempts_left"], left);
    }
    let right = server.code("ann@example.org").await;
    ann.verify(&id, &right).await.problem(410, "otp-session-locked");
    ann.resend(&id).await.problem(410, "otp-session-locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn resends_restore_no_attempts() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let wrong = server.wrong_code("ann@example.org");
    ann.verify(&id, &wrong).await.problem(422, "otp-code-incorrect");
    assert_eq!(ann.resend(&id).await.expect(202)["attempts_left"], 4);
    server.clock.advance(4 * MINUTE);
    assert_eq!(ann.resend(&id).await.expect(202)["attempts_left"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_instant_of_expiry_it_is_past() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let code = server.code("ann@example.org").await;
    server.clock.advance(TTL);
    ann.verify(&id, &code).await.problem(410, "otp-session-expired");
    ann.resend(&id).await.problem(410, "otp-session-expired");
    assert_eq!(ann.status(&id).await.expect(200)["state"], "expired");
    server.clock.advance(10 * MINUTE);
    ann.status(&id).await.problem(404, "otp-session-not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn just_before_expiry_a_code_is_good() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let code = server.code("ann@example.org").await;
    server.clock.advance(TTL.checked_sub(Duration::from_millis(1)).unwrap());
    ann.verify(&id, &code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_once() {
    let server = Server::start().await;
    let ann = server.client();
    let (id, token) = server.verified(&ann, "ann@example.org").await;
    let code = server.code("ann@example.org").await;
    ann.verify(&id, &code).await.problem(410, "otp-code-used");
    ann.resend(&id).await.problem(410, "otp-code-used");
    ann.complete(&id, profile(&token, "ann")).await.expect(201);
    ann.verify(&id, &code).await.problem(410, "otp-code-used");
    ann.resend(&id).await.problem(410, "otp-code-used");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_code_costs_nothing_and_every_spelling_of_a_code_is_read() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let path = format!("/v1/registrations/{id}/verify");
    for (code, expected) in [
        (json!("12345"), "invalid_format"),
        (json!("1234567"), "invalid_format"),
        (json!("12a456"), "invalid_format"),
        (json!(""), "invalid_format"),
        (json!("1".repeat(10_000)), "invalid_format"),
        (json!(123_456), "invalid_format"),
        (json!(["123456"]), "invalid_format"),
        (json!({"$ne": null}), "invalid_format"),
    ] {
        ann.post(&path, json!({"code": code})).await.invalid(&[("/code", expected)]);
    }
    ann.post(&path, json!({})).await.invalid(&[("/code", "required")]);
    assert_eq!(ann.status(&id).await.expect(200)["attempts_left"], 5);

    let code = server.code("ann@example.org").await;
    let spelt: String = code.chars().map(|c| char::from_u32(u32::from(c) - u32::from('0') + 0x0966).unwrap()).collect();
    let (head, tail) = spelt.split_at(3 * 3);
    ann.verify(&id, &format!(" {head}-{tail} ")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn resends_are_free_then_cool_down_doubling_and_end() {
    let server = Server::with(&[("otp.registration.ttl", "30m"), ("otp.registration.max_resends", "8")]).await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    for free_left in [4, 3, 2, 1, 0] {
        let session = ann.resend(&id).await.expect(202);
        assert_eq!(session["resend"]["free_left"], free_left);
    }
    for wait in [1, 2, 4] {
        let problem = ann.resend(&id).await.problem(429, "otp-resend-cooldown");
        assert_eq!(problem["retry_after"], wait * 60);
        server.clock.advance((wait * MINUTE).checked_sub(Duration::from_millis(1)).unwrap());
        ann.resend(&id).await.problem(429, "otp-resend-cooldown");
        server.clock.advance(Duration::from_millis(1));
        ann.resend(&id).await.expect(202);
    }
    let session = ann.status(&id).await.expect(200);
    assert_eq!((&session["resend"]["left"], &session["resend"]["available_at"]), (&json!(0), &Value::Null));
    ann.resend(&id).await.problem(410, "otp-resends-exhausted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resend_repeats_a_young_code_and_replaces_an_old_one() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let first = server.code("ann@example.org").await;
    server.clock.advance(TTL / 2);
    ann.resend(&id).await.expect(202);
    let repeated = server.message("ann@example.org", 2).await;
    assert_eq!(repeated["code"], first.as_str());

    server.clock.advance(Duration::from_millis(1));
    ann.resend(&id).await.expect(202);
    let second = server.message("ann@example.org", 3).await["code"].as_str().unwrap().to_owned();
    assert_ne!(second, first);
    ann.verify(&id, &first).await.problem(422, "otp-code-incorrect");
    server.clock.advance(TTL.checked_sub(Duration::from_millis(1)).unwrap());
    ann.verify(&id, &second).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn sends_of_an_identifier_are_limited_across_sessions() {
    let server = Server::with(&[("otp.limits.sends_per_identifier", "3/24h")]).await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    ann.resend(&id).await.expect(202);
    server.clock.advance(MINUTE);
    ann.start("ANN@example.org").await.expect(202);
    let problem = ann.start("ann@example.org").await.problem(429, "otp-identifier-limited");
    assert_eq!(problem["retry_after"], 24 * 3600 - 60);
    ann.resend(&id).await.problem(429, "otp-identifier-limited");
    ann.start("bo@example.org").await.expect(202);
    server.clock.advance((24 * 60 - 1) * MINUTE);
    ann.start("ann@example.org").await.expect(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_step_the_code_up_and_then_stop_everything() {
    let server = Server::with(&[("otp.limits.failures_per_identifier", "6/24h")]).await;
    let (ann, guesser) = (server.client(), server.client());
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(server.started(&guesser, "ann@example.org").await);
    }
    let wrong = server.wrong_code("ann@example.org");
    for _ in 0..3 {
        guesser.verify(&ids[0], &wrong).await.problem(422, "otp-code-incorrect");
    }

    let stepped = ann.start("ann@example.org").await.expect(202);
    assert_eq!(stepped["code_length"], 10);
    let owner = stepped["id"].as_str().unwrap().to_owned();
    let long = server.message("ann@example.org", 4).await["code"].as_str().unwrap().to_owned();
    assert_eq!(long.len(), 10);

    for _ in 0..3 {
        guesser.verify(&ids[1], &wrong).await.problem(422, "otp-code-incorrect");
    }
    ann.verify(&owner, &long).await.problem(429, "otp-identifier-limited");
    ann.resend(&owner).await.problem(429, "otp-identifier-limited");
    ann.start("ann@example.org").await.problem(429, "otp-identifier-limited");
    assert_eq!(ann.status(&owner).await.expect(200)["attempts_left"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_from_one_address_are_limited() {
    let server = Server::with(&[("otp.limits.starts_per_ip", "3/1h")]).await;
    let (ann, bo) = (server.client(), server.client());
    for n in 0..3 {
        ann.start(&format!("a{n}@example.org")).await.expect(202);
    }
    ann.start("a3@example.org").await.problem(429, "rate-limited");
    bo.start("a3@example.org").await.expect(202);
    server.clock.advance(60 * MINUTE);
    ann.start("a3@example.org").await.expect(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_sessions_own_token_completes_it_and_once() {
    let server = Server::start().await;
    let (ann, bo) = (server.client(), server.client());
    let (id, token) = server.verified(&ann, "ann@example.org").await;
    let (_, other) = server.verified(&bo, "bo@example.org").await;
    let unverified = server.started(&ann, "cy@example.org").await;
    ann.complete(&unverified, profile(&token, "ann")).await.problem(410, "completion-token-invalid");
    for wrong in [&other, &json!("A".repeat(43)), &json!("nonsense")] {
        ann.complete(&id, profile(wrong, "ann")).await.problem(410, "completion-token-invalid");
    }
    ann.complete(&id, profile(&token, "ann")).await.expect(201);
    ann.complete(&id, profile(&token, "ann2")).await.problem(410, "completion-token-invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_token_expires() {
    let server = Server::start().await;
    let ann = server.client();
    let (id, token) = server.verified(&ann, "ann@example.org").await;
    server.clock.advance(15 * MINUTE);
    ann.complete(&id, profile(&token, "ann")).await.problem(410, "completion-token-invalid");
    assert_eq!(ann.status(&id).await.expect(200)["state"], "expired");
}

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
async fn nobody_can_disturb_a_session_whose_id_they_do_not_hold() {
    let server = Server::start().await;
    let (ann, stranger) = (server.client(), server.client());
    let id = server.started(&ann, "ann@example.org").await;
    let code = server.code("ann@example.org").await;
    let other = server.started(&stranger, "ann@example.org").await;
    assert_ne!(id, other);
    let wrong = server.wrong_code("ann@example.org");
    for _ in 0..5 {
        stranger.verify(&other, &wrong).await.problem(422, "otp-code-incorrect");
    }
    stranger.verify(&other, &wrong).await.problem(410, "otp-session-locked");
    assert_eq!(ann.status(&id).await.expect(200)["attempts_left"], 5);
    ann.verify(&id, &code).await.expect(200);
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
