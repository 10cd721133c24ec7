//! Leaving, with everything personal.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    audited, me, patch,
    search::{bytes_in_redis, in_postgres, in_redis},
};
use crate::{
    sessions::support::{KINDS, log_in, register},
    support::{
        Server,
        client::{Answer, Client, NEW_PASSWORD, PASSWORD, profile, with},
        eventually,
        flow::Flow,
    },
};

const USERNAME: &str = "Planted_User";
const FULL_NAME: &str = "Planted Fullname";
const BIO: &str = "Planted biography";
const BIRTH: &str = "1987-03-21";
const DEVICE: &str = "Planted Handy";
const BROWSER: &str = "Planted Browser";
const ADDRESS: &str = "203.0.113.77";
const PHONE: &str = "+4915112345678";
const GIVEN_UP: &str = "+33612345678";
/// What they registered with, what they are reached by, and what they would have been reached by.
const OLD: &str = "planted-before@example.org";
const EMAIL: &str = "planted-mail@example.org";
const WANTED: &str = "planted-wanted@example.org";

const ALL: [&str; 12] = [
    USERNAME,
    FULL_NAME,
    BIO,
    BIRTH,
    DEVICE,
    BROWSER,
    ADDRESS,
    PHONE,
    GIVEN_UP,
    local_part(OLD),
    local_part(EMAIL),
    local_part(WANTED),
];

async fn delete(client: &Client, password: impl Into<Value>) -> Answer {
    client.post("/v1/me/delete", json!({"password": password.into()})).await
}

/// Actors keep the two parts of an address apart.
const fn local_part(address: &str) -> &str {
    let (local_part, _) = address.split_at(address.len() - "@example.org".len());
    local_part
}

fn set<'a>(words: &[&'a str]) -> BTreeSet<&'a str> {
    words.iter().copied().collect()
}

/// Somebody who leaves words of theirs wherever they can.
async fn plant(server: &Server) -> Client {
    let person = server.client().with_header("x-forwarded-for", ADDRESS);
    let (id, token) = server.verified(&person, OLD).await;
    let mut account = profile(&token, USERNAME);
    for (member, value) in [("full_name", FULL_NAME), ("date_of_birth", BIRTH), ("device_name", DEVICE)] {
        account = with(account, member, json!(value));
    }
    let member = person.with_session(&person.complete(&id, account).await);
    patch(&member, json!({"bio": BIO, "learning_languages": ["fr"]})).await.expect(200);
    let browser = json!({"login": USERNAME, "password": PASSWORD, "session_kind": "cookie", "device_name": BROWSER});
    let browser = person.with_session(&person.post("/v1/sessions", browser).await);
    for login in [USERNAME, OLD] {
        person.log_in(login, "not-The-password-1").await.problem(401, "invalid-credentials");
    }
    let resets = person.on(Flow::PasswordReset);
    resets.start(OLD).await.expect(202);
    change_identifier(server, &member, EMAIL).await;
    change_identifier(server, &member, GIVEN_UP).await;
    resets.start(GIVEN_UP).await.expect(202);
    let removal = json!({"identifier": GIVEN_UP, "password": PASSWORD});
    member.post("/v1/me/identifiers/remove", removal).await.expect(204);
    change_identifier(server, &member, PHONE).await;
    for told in [OLD, GIVEN_UP] {
        server.message_of(told, "identifier_changed").await;
    }
    member.on(Flow::IdentifierChange).start(WANTED).await.expect(202);
    for login in [USERNAME, EMAIL, PHONE] {
        resets.start(login).await.expect(202);
        server.client().start(login).await;
    }
    let new = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    browser.post("/v1/me/password", new).await.expect(204);
    browser.get("/v1/me/export").await.expect(200);
    delete(&browser, "not-The-password-1").await.problem(403, "password-incorrect");
    browser
}

async fn change_identifier(server: &Server, member: &Client, to: &str) {
    let changes = member.on(Flow::IdentifierChange);
    let id = server.started(&changes, to).await;
    let verified = changes.verify(&id, &server.code(to).await).await.expect(200);
    let completion = Flow::IdentifierChange.completion(&verified["completion_token"]);
    changes.complete(&id, completion).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_somebody_who_leaves_is_left_anywhere() {
    let server = Server::with_own_services().await;
    let bob = register(&server, "bob", "token").await;
    let member = plant(&server).await;
    let id = me(&member).await["id"].as_str().unwrap().to_owned();
    let bytes = Uuid::parse_str(&id).unwrap().into_bytes();
    // The search finds what is there.
    let accounts = [USERNAME, FULL_NAME, BIO, BIRTH, BROWSER, ADDRESS, PHONE, local_part(EMAIL)];
    assert_eq!(in_postgres(&server, &ALL).await, set(&accounts));
    let remembered = [USERNAME, PHONE, GIVEN_UP, local_part(OLD), local_part(EMAIL), local_part(WANTED)];
    assert_eq!(in_redis(&server, &ALL).await, set(&remembered));
    assert!(bytes_in_redis(&server, &bytes).await);

    let answer = delete(&member, NEW_PASSWORD).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert!(answer.header("set-cookie").starts_with("__Host-chatlink_session=; Max-Age=0;"));
    assert!(answer.header("clear-site-data").contains("\"storage\""));

    assert_eq!(in_postgres(&server, &ALL).await, set(&[]));
    // What was being delivered in that moment is delivered.
    eventually(async || in_redis(&server, &ALL).await.is_empty() && !bytes_in_redis(&server, &bytes).await).await;
    let left = "select count(*) from audit_events where user_id::text = $1";
    assert_eq!(server.count(left, &id).await, 1);
    let bare = format!("{left} and event = 'deleted' and num_nulls(session_id, ip, operator) = 3");
    assert_eq!(server.count(&bare, &id).await, 1);
    member.get("/v1/me").await.problem(401, "not-authenticated");
    for login in [USERNAME, EMAIL, PHONE] {
        server.client().log_in(login, NEW_PASSWORD).await.problem(401, "invalid-credentials");
    }
    // Nobody else has lost anything, and everything is free again.
    assert!(bob.is_logged_in().await);
    assert_eq!(bob.client.get("/v1/me/export").await.expect(200)["account"]["username"], "bob");
    server.register(EMAIL, USERNAME).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_by_whoever_knows_its_password_alone() {
    let server = Server::start().await;
    delete(&server.client(), PASSWORD).await.problem(401, "not-authenticated");
    let ann = register(&server, "ann", "cookie").await;
    for (password, code) in [(json!(null), "required"), (json!(7), "invalid_format")] {
        delete(&ann.client, password).await.invalid(&[("/password", code)]);
    }
    let page_elsewhere = server.client().with_header("cookie", ann.cookie.as_deref().unwrap());
    delete(&page_elsewhere, PASSWORD).await.problem(403, "csrf-failed");
    for _ in 0..5 {
        delete(&ann.client, "not-The-password-1").await.problem(403, "password-incorrect");
    }
    delete(&ann.client, PASSWORD).await.problem(429, "login-throttled");
    assert!(ann.is_logged_in().await);
    assert_eq!(audited(&server, "deleted").await, 0);
    let answer = ann.client.get("/v1/me/delete").await;
    assert_eq!(answer.header("allow"), "POST");
    answer.problem(405, "method-not-allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_either_kind_end_with_their_account() {
    for kind in KINDS {
        let server = Server::start().await;
        let ann = register(&server, "ann", kind).await;
        let other = log_in(&server.client(), "ann", "token").await;
        let answer = delete(&ann.client, PASSWORD).await;
        assert_eq!(answer.header("set-cookie").is_empty(), kind == "token");
        answer.expect(204);
        assert!(!ann.is_logged_in().await && !other.is_logged_in().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_anything_is_away_nothing_is_deleted() {
    let server = Server::with_own_services().await;
    let ann = register(&server, "ann", "token").await;
    server.pause_redis().await;
    delete(&ann.client, PASSWORD).await.problem(503, "temporarily-unavailable");
    assert!(ann.is_logged_in().await);
    server.resume_redis().await;
    server.stop_postgres().await;
    delete(&ann.client, PASSWORD).await.problem(503, "temporarily-unavailable");
    server.start_postgres().await;
    eventually(async || ann.client.get("/v1/me").await.status == 200).await;
    assert_eq!(audited(&server, "deleted").await, 0);
    eventually(async || delete(&ann.client, PASSWORD).await.status == 204).await;
    assert_eq!((server.accounts_named("ann").await, audited(&server, "deleted").await), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_once() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "token").await;
    let answers = join_all((0..4).map(|_| delete(&ann.client, PASSWORD))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1, "{answers:?}");
    for answer in answers.into_iter().filter(|answer| answer.status != 204) {
        match answer.status {
            401 => drop(answer.problem(401, "not-authenticated")),
            _ => drop(answer.problem(403, "password-incorrect")),
        }
    }
    assert_eq!(audited(&server, "deleted").await, 1);
}
