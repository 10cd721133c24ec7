//! The condition table of the contract, row by row, in every flow.

mod registrations;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Flow, Server};

const TTL: Duration = Duration::from_secs(5 * 60);
const MINUTE: Duration = Duration::from_secs(60);

macro_rules! in_every_flow {
    (@ $module:ident, $flow:ident, $($condition:ident),+) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $condition() {
                super::$condition(crate::support::Flow::$flow).await;
            })+
        }
    };
    ($($condition:ident),+ $(,)?) => {
        in_every_flow!(@ registration, Registration, $($condition),+);
        in_every_flow!(@ password_reset, PasswordReset, $($condition),+);
        in_every_flow!(@ identifier_change, IdentifierChange, $($condition),+);
    };
}

in_every_flow! {
    unknown_and_malformed_ids_are_not_found,
    a_wrong_code_costs_an_attempt_and_the_last_one_locks,
    resends_restore_no_attempts,
    at_the_instant_of_expiry_it_is_past,
    just_before_expiry_a_code_is_good,
    a_code_is_good_once,
    what_is_no_code_costs_nothing_and_every_spelling_of_a_code_is_read,
    resends_are_free_then_cool_down_doubling_and_end,
    a_resend_repeats_a_young_code_and_replaces_an_old_one,
    sends_of_an_identifier_are_limited_across_sessions,
    failures_step_the_code_up_and_then_stop_everything,
    starts_from_one_address_are_limited,
    only_the_sessions_own_token_completes_it_and_once,
    a_completion_token_expires,
    nobody_can_disturb_a_session_whose_id_they_do_not_hold,
}

async fn unknown_and_malformed_ids_are_not_found(flow: Flow) {
    let server = Server::start().await;
    let ann = server.persona(flow, "ann@example.org").await;
    let unknown = "A".repeat(43);
    let other = if flow == Flow::Registration { Flow::PasswordReset } else { Flow::Registration };
    let others = server.client().on(other).start("ann@example.org").await.expect(202)["id"].clone();
    for id in [others.as_str().unwrap(), unknown.as_str(), "x", "%00", "..", "' or 1=1 --", &"A".repeat(500)] {
        let path = format!("{}/{id}", flow.path());
        for (answer, what) in [
            (ann.get(&path).await, "status"),
            (ann.post_empty(&format!("{path}/resend")).await, "resend"),
            (ann.post(&format!("{path}/verify"), json!({"code": "123456"})).await, "verify"),
            (ann.post(&format!("{path}/complete"), flow.completion(&json!("A".repeat(43)))).await, "complete"),
        ] {
            if id == ".." {
                assert!(answer.status == 404 || answer.status == 405, "{what} of {id}: {}", answer.text);
            } else {
                answer.problem(404, "otp-session-not-found");
            }
        }
    }
}

async fn a_wrong_code_costs_an_attempt_and_the_last_one_locks(flow: Flow) {
    let server = Server::start().await;
    let ann = server.persona(flow, "ann@example.org").await;
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

async fn resends_restore_no_attempts(flow: Flow) {
    let server = Server::start().await;
    let ann = server.persona(flow, "ann@example.org").await;
    let id = server.started(&ann, "ann@example.org").await;
    let wrong = server.wrong_code("ann@example.org");
    ann.verify(&id, &wrong).await.problem(422, "otp-code-incorrect");
    assert_eq!(ann.resend(&id).await.expect(202)["attempts_left"], 4);
    server.clock.advance(4 * MINUTE);
    assert_eq!(ann.resend(&id).await.expect(202)["attempts_left"], 4);
}

async fn at_the_instant_of_expiry_it_is_past(flow: Flow) {
    let server = Server::start().await;
    let ann = server.persona(flow, "ann@example.org").await;
    let id = server.started(&ann, "ann@example.org").await;
    let code = server.code("ann@example.org").await;
    server.clock.advance(TTL);
    ann.verify(&id, &code).await.problem(410, "otp-session-expired");
    ann.resend(&id).await.problem(410, "otp-session-expired");
    assert_eq!(ann.status(&id).await.expect(200)["state"], "expired");
    server.clock.advance(10 * MINUTE);
    ann.status(&id).await.problem(404, "otp-session-not-found");
}

async fn just_before_expiry_a_code_is_good(flow: Flow) {
    let server = Server::start().await;
    let ann = server.persona(flow, "ann@example.org").await;
    let id = server.started(&ann, "ann@example.org").await;
    let code = server.code("ann@example.org").await;
    server.clock.advance(TTL.checked_sub(Duration::from_millis(1)).unwrap());
    ann.verify(&id, &code).await.expect(200);
}

async fn a_code_is_good_once(flow: Flow) {
    let server = Server::start().await;
    let ann = server.persona(flow, "ann@example.org").await;
    let (id, token) = server.verified(&ann, "ann@example.org").await;
    let code = server.code("ann@example.org").await;
    ann.verify(&id, &code).await.problem(410, "otp-code-used");
    ann.resend(&id).await.problem(410, "otp-code-used");
    ann.complete(&id, flow.completion(&token)).await.expect(flow.completed());
    ann.verify(&id, &code).await.problem(410, "otp-code-used");
    ann.resend(&id).await.problem(410, "otp-code-used");
}

async fn what_is_no_code_costs_nothing_and_every_spelling_of_a_code_is_read(flow: Flow) {
    let server = Server::start().await;
    let ann = server.persona(flow, "ann@example.org").await;
    let id = server.started(&ann, "ann@example.org").await;
    let path = format!("{}/{id}/verify", flow.path());
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

async fn resends_are_free_then_cool_down_doubling_and_end(flow: Flow) {
    let setting = |name: &str| format!("otp.{}.{name}", flow.purpose());
    let server = Server::with(&[(&*setting("ttl"), "30m"), (&*setting("max_resends"), "8")]).await;
    let ann = server.persona(flow, "ann@example.org").await;
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

async fn a_resend_repeats_a_young_code_and_replaces_an_old_one(flow: Flow) {
    let server = Server::start().await;
    let ann = server.persona(flow, "ann@example.org").await;
    let id = server.started(&ann, "ann@example.org").await;
    let first = server.code("ann@example.org").await;
    let sent = server.messages("ann@example.org").len();
    server.clock.advance(TTL / 2);
    ann.resend(&id).await.expect(202);
    let repeated = server.message("ann@example.org", sent + 1).await;
    assert_eq!(repeated["code"], first.as_str());

    server.clock.advance(Duration::from_millis(1));
    ann.resend(&id).await.expect(202);
    let second = server.message("ann@example.org", sent + 2).await["code"].as_str().unwrap().to_owned();
    assert_ne!(second, first);
    ann.verify(&id, &first).await.problem(422, "otp-code-incorrect");
    server.clock.advance(TTL.checked_sub(Duration::from_millis(1)).unwrap());
    ann.verify(&id, &second).await.expect(200);
}

async fn sends_of_an_identifier_are_limited_across_sessions(flow: Flow) {
    let server = Server::with(&[("otp.limits.sends_per_identifier", "3/24h")]).await;
    let ann = server.persona(flow, "ann@example.org").await;
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

async fn failures_step_the_code_up_and_then_stop_everything(flow: Flow) {
    let server = Server::with(&[("otp.limits.failures_per_identifier", "6/24h")]).await;
    let ann = server.persona(flow, "ann@example.org").await;
    let guesser = server.stranger(flow).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(server.started(&guesser, "ann@example.org").await);
    }
    let wrong = server.wrong_code("ann@example.org");
    for _ in 0..3 {
        guesser.verify(&ids[0], &wrong).await.problem(422, "otp-code-incorrect");
    }

    let sent = server.messages("ann@example.org").len();
    let stepped = ann.start("ann@example.org").await.expect(202);
    assert_eq!(stepped["code_length"], 10);
    let owner = stepped["id"].as_str().unwrap().to_owned();
    let long = server.message("ann@example.org", sent + 1).await["code"].as_str().unwrap().to_owned();
    assert_eq!(long.len(), 10);

    for _ in 0..3 {
        guesser.verify(&ids[1], &wrong).await.problem(422, "otp-code-incorrect");
    }
    ann.verify(&owner, &long).await.problem(429, "otp-identifier-limited");
    ann.resend(&owner).await.problem(429, "otp-identifier-limited");
    ann.start("ann@example.org").await.problem(429, "otp-identifier-limited");
    assert_eq!(ann.status(&owner).await.expect(200)["attempts_left"], 5);
}

async fn starts_from_one_address_are_limited(flow: Flow) {
    let server = Server::with(&[("otp.limits.starts_per_ip", "3/1h")]).await;
    let (ann, bo) = (server.stranger(flow).await, server.stranger(flow).await);
    for n in 0..3 {
        ann.start(&format!("a{n}@example.org")).await.expect(202);
    }
    ann.start("a3@example.org").await.problem(429, "rate-limited");
    bo.start("a3@example.org").await.expect(202);
    server.clock.advance(60 * MINUTE);
    ann.start("a3@example.org").await.expect(202);
}

async fn only_the_sessions_own_token_completes_it_and_once(flow: Flow) {
    let server = Server::start().await;
    let ann = server.persona(flow, "ann@example.org").await;
    let bo = server.persona(flow, "bo@example.org").await;
    let (id, token) = server.verified(&ann, "ann@example.org").await;
    let (_, other) = server.verified(&bo, "bo@example.org").await;
    let unverified = server.started(&ann, "ann@example.org").await;
    ann.complete(&unverified, flow.completion(&token)).await.problem(410, "completion-token-invalid");
    for wrong in [&other, &json!("A".repeat(43)), &json!("nonsense")] {
        ann.complete(&id, flow.completion(wrong)).await.problem(410, "completion-token-invalid");
    }
    ann.complete(&id, flow.completion(&token)).await.expect(flow.completed());
    ann.complete(&id, flow.completion(&token)).await.problem(410, "completion-token-invalid");
}

async fn a_completion_token_expires(flow: Flow) {
    let server = Server::start().await;
    let ann = server.persona(flow, "ann@example.org").await;
    let (id, token) = server.verified(&ann, "ann@example.org").await;
    server.clock.advance(15 * MINUTE);
    ann.complete(&id, flow.completion(&token)).await.problem(410, "completion-token-invalid");
    assert_eq!(ann.status(&id).await.expect(200)["state"], "expired");
}

async fn nobody_can_disturb_a_session_whose_id_they_do_not_hold(flow: Flow) {
    let server = Server::start().await;
    let ann = server.persona(flow, "ann@example.org").await;
    let stranger = server.stranger(flow).await;
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
