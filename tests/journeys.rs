//! Whole journeys, as a person makes them.

use serde_json::json;

use crate::support::{
    Server,
    client::{PASSWORD, profile},
    shape::{Shape, members},
};

#[tokio::test(flavor = "multi_thread")]
async fn by_email_from_nothing_to_an_account_and_out_again() {
    let server = Server::start().await;
    let ann = server.client();

    let started = ann.start("Ann@Example.org").await;
    assert_eq!(started.status, 202, "{}", started.text);
    let id = started.body["id"].as_str().unwrap().to_owned();
    assert_eq!(started.header("location"), format!("/v1/registrations/{id}"));
    let session = &started.body;
    assert_eq!(session["purpose"], "registration");
    assert_eq!(session["state"], "pending");
    assert_eq!(session["channel"], "email");
    assert_eq!(session["destination"], "A•••@example.org");
    assert_eq!(session["code_length"], 6);
    assert_eq!(session["attempts_left"], 5);
    assert_eq!(session["resend"]["left"], 10);
    assert_eq!(session["resend"]["free_left"], 5);
    assert_eq!(session["delivery"], "queued");

    let message = server.message("ann@example.org", 1).await;
    assert_eq!((message["kind"].as_str(), message["channel"].as_str()), (Some("registration_code"), Some("email")));
    let code = message["code"].as_str().unwrap();
    assert!(message["text"].as_str().unwrap().lines().any(|line| line == code), "the code alone on a line");

    let verified = ann.verify(&id, code).await.expect(200);
    assert_eq!(verified["state"], "verified");
    let completed = ann.complete(&id, profile(&verified["completion_token"], "Ann.Lee")).await.expect(201);
    let user = &completed["user"];
    assert_eq!(user["username"], "Ann.Lee");
    assert_eq!(user["email"], "Ann@example.org");
    assert_eq!(user["phone"], json!(null));
    assert_eq!(user["gender"], "other");
    assert_eq!(user["country"]["code"], "DE");
    assert_eq!(user["native_language"]["code"], "deu");
    assert_eq!(user["learning_languages"][0]["code"], "spa");
    assert_eq!(user["learning_languages"][1]["autonym"], "日本語");
    assert_eq!(completed["token_type"], "Bearer");
    assert_eq!(completed["expires_in"], 600);
    assert_eq!(ann.status(&id).await.expect(200)["state"], "completed");

    let member = ann.with_token(completed["access_token"].as_str().unwrap());
    let me = member.get("/v1/me").await;
    assert!(!me.header("etag").is_empty());
    assert_eq!(me.expect(200), *user);
    member.post_empty("/v1/logout").await.expect(204);
    member.get("/v1/me").await.problem(401, "not-authenticated");

    for login in ["ann.lee", "ANN.LEE", "ann@EXAMPLE.org"] {
        let session = ann.log_in(login, PASSWORD).await.expect(201);
        let member = ann.with_token(session["access_token"].as_str().unwrap());
        assert_eq!(member.get("/v1/me").await.expect(200)["id"], user["id"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn by_phone_with_the_code_bound_to_the_origin() {
    let server = Server::start().await;
    let bo = server.client();
    let started =
        bo.post("/v1/registrations", json!({"identifier": "+49 171 123-4567", "locale": "es-MX"})).await.expect(202);
    assert_eq!((started["channel"].as_str(), started["destination"].as_str()), (Some("sms"), Some("+49•••67")));

    let message = server.message("+491711234567", 1).await;
    assert_eq!((message["channel"].as_str(), message["locale"].as_str()), (Some("sms"), Some("es")));
    let code = message["code"].as_str().unwrap();
    assert_eq!(message["text"].as_str().unwrap().lines().last(), Some(format!("@localhost #{code}").as_str()));

    let id = started["id"].as_str().unwrap();
    let verified = bo.verify(id, code).await.expect(200);
    let completed = bo.complete(id, profile(&verified["completion_token"], "bo_m")).await.expect(201);
    assert_eq!(completed["user"]["phone"], "+491711234567");
    assert_eq!(completed["user"]["email"], json!(null));
    bo.log_in("+49 (171) 1234567", PASSWORD).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_of_the_message_is_the_one_asked_for() {
    let server = Server::start().await;
    let polyglot = server.client().with_header("accept-language", "nl, ja;q=0.5, fr;q=0.8");
    polyglot.start("one@example.org").await.expect(202);
    assert_eq!(server.message("one@example.org", 1).await["locale"], "fr");

    let body = json!({"identifier": "two@example.org", "locale": "ar"});
    polyglot.post("/v1/registrations", body).await.expect(202);
    assert_eq!(server.message("two@example.org", 1).await["locale"], "ar");

    server.client().start("three@example.org").await.expect(202);
    assert_eq!(server.message("three@example.org", 1).await["locale"], "en");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_an_account_already_gets_a_notice_and_nobody_else_can_tell() {
    let server = Server::start().await;
    server.register("known@example.org", "known").await;
    let sent_before = 1;

    // The same exchange with a known and an unknown identifier, step by step.
    let mut exchanges = Vec::new();
    for identifier in ["known@example.org", "fresh@example.org"] {
        let stranger = server.client();
        let started = stranger.start(identifier).await;
        let id = started.body["id"].as_str().unwrap().to_owned();
        let mut socket = crate::support::socket::Socket::open(&server.url, &id, &[]).await.unwrap();
        let sent = socket.until(|session| session["delivery"] == "sent").await;
        let wrong = server.wrong_code(identifier);
        let mut answers = vec![started, stranger.status(&id).await, stranger.verify(&id, &wrong).await];
        answers.push(stranger.resend(&id).await);
        socket.until(|session| session["resend"]["left"] == 9 && session["delivery"] == "sent").await;
        answers.push(stranger.verify(&id, "12").await);
        for _ in 0..5 {
            answers.push(stranger.verify(&id, &wrong).await);
        }
        answers.push(stranger.resend(&id).await);
        let ended = socket.until(|session| session["state"] == "locked").await;
        exchanges.push((answers.iter().map(Shape::of).collect::<Vec<_>>(), members(&sent), members(&ended)));
    }
    assert_eq!(exchanges[0], exchanges[1]);

    let notice = server.message("known@example.org", sent_before + 1).await;
    assert_eq!((notice["kind"].as_str(), &notice["code"]), (Some("account_exists"), &json!(null)));
    assert_eq!(server.message("fresh@example.org", 1).await["kind"], "registration_code");
}
