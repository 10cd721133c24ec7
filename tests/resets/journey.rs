//! A forgotten password, from the first request to the next login.

use serde_json::{Value, json};

use super::{ANN, is_logged_in, opens, reset, with_password};
use crate::support::{
    Flow, Server,
    client::{NEW_PASSWORD, PASSWORD, profile},
    socket::Socket,
};

#[tokio::test(flavor = "multi_thread")]
async fn by_email_from_a_forgotten_password_to_a_new_one() {
    let server = Server::start().await;
    server.register("Ann@example.org", "Ann.Lee").await;
    let ann = server.client().on(Flow::PasswordReset);

    let started = ann.start("ANN@Example.ORG").await;
    assert_eq!(started.status, 202, "{}", started.text);
    let id = started.body["id"].as_str().unwrap().to_owned();
    assert_eq!(started.header("location"), format!("/v1/password-resets/{id}"));
    assert_eq!((&started.body["purpose"], &started.body["state"]), (&json!("password_reset"), &json!("pending")));
    assert_eq!((&started.body["channel"], &started.body["destination"]), (&json!("email"), &json!("A•••@example.org")));

    let mut socket = Socket::open_in(Flow::PasswordReset, &server.url, &id, &[]).await.unwrap();
    let message = server.message_of("Ann@example.org", "password_reset_code").await;
    assert_eq!(message["to"], "Ann@example.org", "as it is spelt in the account");
    socket.until(|session| session["delivery"] == "sent").await;
    let verified = ann.verify(&id, message["code"].as_str().unwrap()).await.expect(200);
    assert_eq!(verified["state"], "verified");
    let answer = ann.complete(&id, with_password(&verified["completion_token"], NEW_PASSWORD)).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(socket.until(|session| session["state"] == "completed").await["id"], id);
    assert_eq!(ann.status(&id).await.expect(200)["state"], "completed");

    assert!(!opens(&server, "ann.lee", PASSWORD).await);
    assert!(opens(&server, "ann.lee", NEW_PASSWORD).await);
    let notice = server.message_of("Ann@example.org", "password_changed").await;
    assert_eq!(notice["code"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_username_nobody_is_told_where_the_code_goes() {
    let server = Server::start().await;
    server.register(ANN, "Ann.Lee").await;
    let ann = server.client().on(Flow::PasswordReset);
    let started = ann.start(" ann.LEE ").await.expect(202);
    assert_eq!((&started["channel"], &started["destination"]), (&Value::Null, &Value::Null));
    let id = started["id"].as_str().unwrap();
    let code = server.message_of(ANN, "password_reset_code").await["code"].as_str().unwrap().to_owned();
    let token = ann.verify(id, &code).await.expect(200)["completion_token"].clone();
    ann.complete(id, with_password(&token, NEW_PASSWORD)).await.expect(204);
    assert!(opens(&server, ANN, NEW_PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_phone_the_code_comes_as_a_text() {
    let server = Server::start().await;
    server.register("+491711234567", "bob").await;
    let bo = server.client().on(Flow::PasswordReset);
    let started = bo.start("+49 171 123-4567").await.expect(202);
    assert_eq!((&started["channel"], &started["destination"]), (&json!("sms"), &json!("+49•••67")));
    let message = server.message_of("+491711234567", "password_reset_code").await;
    let code = message["code"].as_str().unwrap();
    assert_eq!(message["text"].as_str().unwrap().lines().last(), Some(format!("@localhost #{code}").as_str()));
    let id = started["id"].as_str().unwrap();
    let token = bo.verify(id, code).await.expect(200)["completion_token"].clone();
    bo.complete(id, with_password(&token, NEW_PASSWORD)).await.expect(204);
    assert!(opens(&server, "bob", NEW_PASSWORD).await);
    assert_eq!(server.message_of("+491711234567", "password_changed").await["channel"], "sms");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_session_ends_on_every_node_at_once() {
    let server = Server::start().await;
    let here = server.register(ANN, "ann").await;
    let stranger = server.register("bob@example.org", "bob").await;
    let ann = server.client().on(Flow::PasswordReset);
    let (id, token) = server.verified(&ann, ANN).await;
    let other = server.second_node().await;
    let cookie = json!({"login": "ann", "password": PASSWORD, "session_kind": "cookie"});
    let there = other.client().logged_in(cookie).await;
    let members = [here.at(&other.url), here, there.at(&server.url), there];
    for member in &members {
        assert!(is_logged_in(member).await);
    }
    ann.complete(&id, with_password(&token, NEW_PASSWORD)).await.expect(204);
    for member in &members {
        assert!(!is_logged_in(member).await);
    }
    assert!(is_logged_in(&stranger).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_name_no_account_is_refused_and_everything_else_taken() {
    let server = Server::with(&[("sms.countries", "DE")]).await;
    let ann = server.client();
    for (identifier, code) in [
        (json!(null), "required"),
        (json!(7), "invalid_format"),
        (json!(""), "invalid_format"),
        (json!("an"), "invalid_format"),
        (json!("ann lee"), "invalid_format"),
        (json!("1ann"), "invalid_format"),
        (json!("a".repeat(31)), "invalid_format"),
        (json!("ann@localhost"), "invalid_format"),
        (json!("ann@example.org\r\nBcc: bo@example.org"), "invalid_format"),
        (json!("+493012345678"), "invalid_format"),
        (json!("+447400123456"), "not_supported"),
    ] {
        ann.post("/v1/password-resets", json!({"identifier": identifier})).await.invalid(&[("/identifier", code)]);
    }
    // Words that nobody may register as a name: an account may be older than the rule.
    for identifier in ["admin", "nobody", "ann@example.org", "+49 171 1234567"] {
        ann.on(Flow::PasswordReset).start(identifier).await.expect(202);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_of_a_password_is_named_and_the_token_stays() {
    let server = Server::start().await;
    server.register("wanderer@example.org", "Ann.Lee").await;
    let ann = server.client().on(Flow::PasswordReset);
    let (id, token) = server.verified(&ann, "wanderer@example.org").await;
    ann.complete(&id, json!({})).await.invalid(&[("/completion_token", "required"), ("/password", "required")]);
    // Nobody but who has the token is told whether a password is like the account.
    for similar in ["ann.lee-7#", "wanderer#7"] {
        let body = json!({"password": similar});
        ann.complete(&id, body).await.invalid(&[("/completion_token", "required")]);
    }
    for (password, code) in [
        (json!(null), "required"),
        (json!(7), "invalid_format"),
        (json!("short"), "too_short"),
        (json!("x".repeat(257)), "too_long"),
        (json!("password123"), "password_too_common"),
        (json!("wanderer#7"), "password_similar"),
        (json!("ann.lee-7#"), "password_similar"),
    ] {
        let body = json!({"completion_token": token, "password": password});
        ann.complete(&id, body).await.invalid(&[("/password", code)]);
    }
    ann.complete(&id, with_password(&token, NEW_PASSWORD)).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_resets_and_logs_in_is_told_of_both_in_their_language() {
    let server = Server::start().await;
    let client = server.client().with_header("accept-language", "de");
    let (id, token) = server.verified(&client, ANN).await;
    client.complete(&id, profile(&token, "ann")).await.expect(201);
    reset(&server, ANN).await;
    assert_eq!(server.message_of(ANN, "password_reset_code").await["locale"], "de");
    assert_eq!(server.message_of(ANN, "password_changed").await["locale"], "de");
    let login = json!({"login": "ann", "password": NEW_PASSWORD, "device_name": "tablet"});
    server.client().post("/v1/sessions", login).await.expect(201);
    assert_eq!(server.message_of(ANN, "new_login").await["locale"], "de");
}
