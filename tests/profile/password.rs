//! Changing the password, for whoever knows it.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::audited;
use crate::{
    sessions::support::{KINDS, Member, log_in, refresh, register},
    support::{
        Server,
        client::{Answer, Client, PASSWORD},
    },
};

const NEW: &str = "tulip-Hammer-sand-93";

async fn change(client: &Client, current: impl Into<Value>, new: impl Into<Value>) -> Answer {
    let body = json!({"current_password": current.into(), "new_password": new.into()});
    client.post("/v1/me/password", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_other_sessions_and_the_owner_is_told() {
    for kind in KINDS {
        let server = Server::start().await;
        let ann = register(&server, "ann", kind).await;
        let mut others: Vec<Member> = Vec::new();
        for other in KINDS {
            others.push(log_in(&server.client(), "ann", other).await);
        }
        let answer = change(&ann.client, PASSWORD, NEW).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""));

        assert!(ann.is_logged_in().await, "{kind}");
        for other in &others {
            assert!(!other.is_logged_in().await, "{kind}");
        }
        refresh(&others[0].client, others[0].refresh_token()).await.problem(401, "not-authenticated");
        server.client().log_in("ann", PASSWORD).await.problem(401, "invalid-credentials");
        server.client().log_in("ann", NEW).await.expect(201);
        for (event, times) in [("password_changed", 1), ("sessions_revoked", 1), ("password_incorrect", 0)] {
            assert_eq!(audited(&server, event).await, times, "{event}");
        }
        let told = server.message_of("ann@example.org", "password_changed").await;
        assert_eq!((told["channel"].as_str(), told["code"].as_str()), (Some("email"), None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_email_address_is_told_by_text_message() {
    let server = Server::start().await;
    let bo = server.register("+491711234567", "bob").await;
    change(&bo, PASSWORD, NEW).await.expect(204);
    assert_eq!(server.message_of("+491711234567", "password_changed").await["channel"], "sms");
    assert_eq!(audited(&server, "sessions_revoked").await, 0, "there were no others");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_changes_nothing_and_is_throttled() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "token").await;
    let other = log_in(&server.client(), "ann", "cookie").await;
    for _ in 0..5 {
        change(&ann.client, "not-The-password-1", NEW).await.problem(403, "password-incorrect");
    }
    change(&ann.client, PASSWORD, NEW).await.problem(429, "login-throttled");
    assert!(ann.is_logged_in().await && other.is_logged_in().await);
    assert_eq!((audited(&server, "password_incorrect").await, audited(&server, "password_changed").await), (5, 0));
    server.client().log_in("ann", PASSWORD).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_has_to_be_a_good_one_and_another_one() {
    let server = Server::start().await;
    let ann = server.register("anneliese@mailbox.example", "wanderer").await;
    let (current, new) = ("/current_password", "/new_password");
    ann.post("/v1/me/password", json!({})).await.invalid(&[(current, "required"), (new, "required")]);
    change(&ann, 7, json!(null)).await.invalid(&[(current, "invalid_format"), (new, "required")]);
    for (password, code) in [
        ("xK9#mQ2", "too_short"),
        (&"öäüß xK9#mQ2v!zz".repeat(17), "too_long"),
        ("password123", "password_too_common"),
        ("Wanderer-77!", "password_similar"),
        ("anneliese#Bx9", "password_similar"),
        ("anneliese@mailbox.example", "password_similar"),
        (PASSWORD, "password_similar"),
    ] {
        change(&ann, PASSWORD, password).await.invalid(&[(new, code)]);
    }
    assert_eq!(audited(&server, "password_incorrect").await, 0, "nothing was judged");
    let bo = server.register("+491711234567", "bob").await;
    change(&bo, PASSWORD, "x1711234567-x").await.invalid(&[(new, "password_similar")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_changes_exactly_one_is_made() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "token").await;
    let mut sessions = vec![ann];
    for _ in 0..3 {
        sessions.push(log_in(&server.client(), "ann", "token").await);
    }
    let passwords: Vec<String> = (0..sessions.len()).map(|n| format!("{NEW}-{n}")).collect();
    let changes = sessions.iter().zip(&passwords);
    let answers = join_all(changes.map(|(session, new)| change(&session.client, PASSWORD, new.as_str()))).await;
    let won: Vec<usize> = (0..answers.len()).filter(|n| answers[*n].status == 204).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    for (n, answer) in answers.into_iter().enumerate().filter(|(n, _)| *n != won[0]) {
        // Who came so late that the winner had ended their session is not even asked for a password.
        if answer.status == 401 {
            answer.problem(401, "not-authenticated");
        } else {
            answer.problem(403, "password-incorrect");
        }
        assert!(!sessions[n].is_logged_in().await);
    }
    assert!(sessions[won[0]].is_logged_in().await);
    server.client().log_in("ann", &passwords[won[0]]).await.expect(201);
    assert_eq!(audited(&server, "password_changed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_changes_by_one_session_exactly_one_is_made() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "token").await;
    let passwords: Vec<String> = (0..4).map(|n| format!("{NEW}-{n}")).collect();
    let answers = join_all(passwords.iter().map(|new| change(&ann.client, PASSWORD, new.as_str()))).await;
    let won: Vec<usize> = (0..answers.len()).filter(|n| answers[*n].status == 204).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    for answer in answers.into_iter().filter(|answer| answer.status != 204) {
        answer.problem(403, "password-incorrect");
    }
    assert!(ann.is_logged_in().await);
    server.client().log_in("ann", &passwords[won[0]]).await.expect(201);
    assert_eq!(audited(&server, "password_changed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_of_the_old_password_is_left_by_a_login_meanwhile() {
    let server = Server::start().await;
    let ann = register(&server, "ann", "token").await;
    let clients: Vec<Client> = (0..6).map(|_| server.client()).collect();
    let logins = join_all(clients.iter().map(|client| client.log_in("ann", PASSWORD)));
    let (changed, logins) = tokio::join!(change(&ann.client, PASSWORD, NEW), logins);
    changed.expect(204);
    for (login, client) in logins.into_iter().zip(&clients) {
        if login.status == 201 {
            assert!(!Member::new(client, login).is_logged_in().await);
        }
    }
    assert!(ann.is_logged_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_by_its_owner_alone() {
    let server = Server::start().await;
    change(&server.client(), PASSWORD, NEW).await.problem(401, "not-authenticated");
    let ann = register(&server, "ann", "cookie").await;
    let page_elsewhere = server.client().with_header("cookie", ann.cookie.as_deref().unwrap());
    change(&page_elsewhere, PASSWORD, NEW).await.problem(403, "csrf-failed");
    assert!(ann.is_logged_in().await);
    let answer = ann.client.get("/v1/me/password").await;
    assert_eq!(answer.header("allow"), "POST");
    answer.problem(405, "method-not-allowed");
}
