//! Whose business a change is: that of who is logged in, knows the password, and started it.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{ANN, KINDS, NEW, changed, member};
use crate::support::{
    Flow, Server,
    client::{Answer, Client, PASSWORD},
    shape::Shape,
    socket::Socket,
};

/// Every call on a session, with the status of an upgrade at the end.
async fn everything(server: &Server, client: &Client, id: &str) -> (Vec<Answer>, u16) {
    let answers = vec![
        client.status(id).await,
        client.resend(id).await,
        client.verify(id, "000000").await,
        client.complete(id, json!({"completion_token": "A".repeat(43)})).await,
        client.complete(id, json!({})).await,
    ];
    let credentials = client.credentials();
    let credentials: Vec<_> = credentials.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let socket = Socket::open_in(Flow::IdentifierChange, &server.url, id, &credentials).await;
    (answers, socket.err().map_or(101, |refused| refused.status().as_u16()))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_accounts_session_is_as_good_as_none() {
    for kind in KINDS {
        let server = Server::start().await;
        let ann = member(&server, ANN, "ann", kind).await;
        let eve = member(&server, "eve@example.org", "eve", kind).await;
        let id = server.started(&ann, NEW).await;
        let code = server.code(NEW).await;
        // Eve claims the same address, so that both sessions are with one actor.
        server.started(&eve, NEW).await;
        let (answers, upgrade) = everything(&server, &eve, &id).await;
        for answer in answers {
            answer.problem(404, "otp-session-not-found");
        }
        assert_eq!(upgrade, 404);
        eve.verify(&id, &code).await.problem(404, "otp-session-not-found");

        let session = ann.status(&id).await.expect(200);
        assert_eq!((&session["attempts_left"], &session["resend"]["left"]), (&json!(5), &json!(10)), "undisturbed");
        let token = ann.verify(&id, &code).await.expect(200)["completion_token"].clone();
        eve.complete(&id, json!({"completion_token": token})).await.problem(404, "otp-session-not-found");
        ann.complete(&id, json!({"completion_token": token})).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_logged_in_is_told_so() {
    let server = Server::start().await;
    let ann = member(&server, ANN, "ann", "token").await;
    let id = server.started(&ann, NEW).await;
    let stranger = server.client().on(Flow::IdentifierChange);
    let (answers, upgrade) = everything(&server, &stranger, &id).await;
    for answer in answers {
        answer.problem(401, "not-authenticated");
    }
    assert_eq!(upgrade, 401);
    stranger.start(NEW).await.problem(401, "not-authenticated");
    ann.post_empty("/v1/logout").await.expect(204);
    let (answers, upgrade) = everything(&server, &ann, &id).await;
    for answer in answers {
        answer.problem(401, "not-authenticated");
    }
    assert_eq!(upgrade, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_shows_nothing_once_its_owner_is_logged_out() {
    for kind in KINDS {
        let server = Server::start().await;
        let ann = member(&server, ANN, "ann", kind).await;
        let id = server.started(&ann, NEW).await;
        let credentials = ann.credentials();
        let credentials: Vec<_> = credentials.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut socket = Socket::open_in(Flow::IdentifierChange, &server.url, &id, &credentials).await.unwrap();
        let login = server.client().log_in("ann", PASSWORD).await.expect(201);
        let elsewhere = server.client().with_token(login["access_token"].as_str().unwrap());
        let elsewhere = elsewhere.on(Flow::IdentifierChange);
        assert_eq!(elsewhere.post_empty("/v1/sessions/revoke-others").await.status, 204);
        elsewhere.verify(&id, &server.wrong_code(NEW)).await.problem(422, "otp-code-incorrect");
        assert_eq!(socket.closed().await, CloseCode::Again);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_cookie_a_page_of_somebody_else_changes_nothing() {
    let server = Server::start().await;
    let ann = member(&server, ANN, "ann", "cookie").await;
    let id = server.started(&ann, NEW).await;
    let code = server.code(NEW).await;
    let (_, cookie) = ann.credentials().into_iter().find(|(name, _)| *name == "cookie").unwrap();
    let forged = server.client().on(Flow::IdentifierChange).with_header("cookie", &cookie);
    forged.start("eve@example.org").await.problem(403, "csrf-failed");
    forged.resend(&id).await.problem(403, "csrf-failed");
    forged.verify(&id, &code).await.problem(403, "csrf-failed");
    forged.complete(&id, json!({})).await.problem(403, "csrf-failed");
    let foreign = [("cookie", cookie.as_str()), ("origin", "https://evil.example")];
    let refused = Socket::open_in(Flow::IdentifierChange, &server.url, &id, &foreign).await.err().unwrap();
    assert_eq!(refused.status(), 403);
    ann.verify(&id, &code).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_is_asked_for_before_anything_is_sent() {
    let server = Server::start().await;
    let ann = member(&server, ANN, "ann", "token").await;
    let path = Flow::IdentifierChange.path();
    ann.post(path, json!({"identifier": NEW, "password": "a wrong one"})).await.problem(403, "password-incorrect");
    ann.post(path, json!({"identifier": NEW})).await.invalid(&[("/password", "required")]);
    ann.post(path, json!({"identifier": "nonsense", "password": 7, "locale": "?"})).await.invalid(&[
        ("/identifier", "invalid_format"),
        ("/password", "invalid_format"),
        ("/locale", "invalid_format"),
    ]);
    for _ in 0..4 {
        ann.post(path, json!({"identifier": NEW, "password": "a wrong one"})).await.problem(403, "password-incorrect");
    }
    ann.start(NEW).await.problem(429, "login-throttled");
    assert_eq!(server.messages(NEW), Vec::<Value>::new());
    server.clock.advance(std::time::Duration::from_secs(1));
    server.started(&ann, NEW).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_tell_whether_an_address_is_taken_before_it_is_proved() {
    let server = Server::start().await;
    server.register("known@example.org", "known").await;
    let mut exchanges = Vec::new();
    for identifier in ["known@example.org", "fresh@example.org"] {
        let eve = server.stranger(Flow::IdentifierChange).await;
        let started = eve.start(identifier).await;
        let id = started.body["id"].as_str().unwrap().to_owned();
        crate::support::eventually(|| async { eve.status(&id).await.expect(200)["delivery"] == "sent" }).await;
        let wrong = server.wrong_code(identifier);
        let mut answers = vec![started, eve.status(&id).await];
        for _ in 0..6 {
            answers.push(eve.verify(&id, &wrong).await);
        }
        answers.push(eve.status(&id).await);
        exchanges.push(answers.iter().map(Shape::of).collect::<Vec<_>>());
    }
    assert_eq!(exchanges[0], exchanges[1]);
    assert_eq!(server.message_of("known@example.org", "account_exists").await["code"], Value::Null);
    assert_eq!(server.kinds("fresh@example.org"), ["identifier_change_code"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_somebody_took_meanwhile_is_taken() {
    let server = Server::start().await;
    let ann = member(&server, ANN, "ann", "token").await;
    let eve = member(&server, "eve@example.org", "eve", "token").await;
    let (id, token) = server.verified(&ann, NEW).await;
    changed(&server, &eve, NEW).await;
    for _ in 0..2 {
        ann.complete(&id, json!({"completion_token": token})).await.problem(409, "identifier-taken");
    }
    assert_eq!(ann.get("/v1/me").await.expect(200)["email"], ANN);
    assert!(!server.kinds(ANN).contains(&"identifier_changed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thief_who_was_thrown_out_cannot_finish_what_they_began() {
    let server = Server::start().await;
    let thief = member(&server, ANN, "ann", "token").await;
    let (id, token) = server.verified(&thief, "thief@example.org").await;
    let owner = server.client().on(Flow::PasswordReset);
    let (reset, reset_token) = server.verified(&owner, ANN).await;
    owner.complete(&reset, Flow::PasswordReset.completion(&reset_token)).await.expect(204);
    thief.complete(&id, json!({"completion_token": token})).await.problem(401, "not-authenticated");
    assert_eq!(server.accounts_with_email(ANN).await, 1);
}
