//! Races, with real parallel requests on two nodes.

use futures_util::future::{join, join_all};
use serde_json::Value;

use super::{ANN, is_logged_in, opens, with_password};
use crate::support::{
    Flow, Server,
    client::{Client, NEW_PASSWORD, PASSWORD},
    eventually,
};

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_completions_with_different_passwords_one_wins_and_its_password_logs_in() {
    let server = Server::start().await;
    server.register(ANN, "ann").await;
    let ann = server.client().on(Flow::PasswordReset);
    let (id, token) = server.verified(&ann, ANN).await;
    let other = server.second_node().await;
    let passwords: Vec<String> = (0..8).map(|n| format!("{NEW_PASSWORD}{n}")).collect();
    let nodes = [ann.clone(), ann.at(&other.url)];
    let completions = (0..).zip(&passwords).map(|(n, password): (usize, _)| {
        let (node, body) = (&nodes[n % 2], with_password(&token, password));
        node.complete(&id, body)
    });
    let answers = join_all(completions).await;
    let mut winners = 0;
    for (answer, password) in answers.into_iter().zip(&passwords) {
        assert_eq!(opens(&server, "ann", password).await, answer.status == 204, "{}", answer.text);
        match answer.status {
            204 => winners += 1,
            _ => drop(answer.problem(410, "completion-token-invalid")),
        }
    }
    assert_eq!(winners, 1);
    assert!(!opens(&server, "ann", PASSWORD).await);
    assert_eq!(ann.status(&id).await.expect(200)["state"], "completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_completions_with_one_password_one_is_told_so() {
    let server = Server::start().await;
    server.register(ANN, "ann").await;
    let ann = server.client().on(Flow::PasswordReset);
    let (id, token) = server.verified(&ann, ANN).await;
    let answers = join_all((0..8).map(|_| ann.complete(&id, with_password(&token, NEW_PASSWORD)))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 410).count(), 7);
    assert!(opens(&server, "ann", NEW_PASSWORD).await);
    assert_eq!(server.count("select count(*) from audit_events where event = $1", "password_reset").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_during_a_reset_leaves_no_session_of_the_old_password() {
    let server = Server::start().await;
    server.register(ANN, "ann").await;
    let other = server.second_node().await;
    let mut old = PASSWORD.to_owned();
    for round in 0..6 {
        let ann = server.client().on(Flow::PasswordReset);
        let (id, token) = verified([&server, &other], &ann).await;
        let new = format!("{NEW_PASSWORD}{round}");
        let people: Vec<_> = (0..6).map(|n| if n % 2 == 0 { server.client() } else { other.client() }).collect();
        let logins = join_all(people.iter().map(|person| person.log_in("ann", &old)));
        let (logins, completed) = join(logins, ann.complete(&id, with_password(&token, &new))).await;
        completed.expect(204);
        for (person, login) in people.iter().zip(&logins) {
            if let Some(access) = login.body["access_token"].as_str() {
                assert!(!is_logged_in(&person.with_token(access)).await, "round {round}");
            }
        }
        assert_eq!(server.count("select count(*) from sessions where $1 <> ''", "all").await, 0);
        server.clock.advance(std::time::Duration::from_secs(60));
        old = new;
    }
}

/// Starts and verifies a reset of Ann's password. Either node may send the mail, and each has a mailbox of its own.
async fn verified(nodes: [&Server; 2], ann: &Client) -> (String, Value) {
    let codes = || {
        let messages = nodes.iter().flat_map(|node| node.messages(ANN));
        messages.filter_map(|message| message["code"].as_str().map(ToOwned::to_owned)).collect::<Vec<_>>()
    };
    let before = codes();
    let id = ann.start(ANN).await.expect(202)["id"].as_str().unwrap().to_owned();
    eventually(|| async { codes().len() > before.len() }).await;
    let new = codes().into_iter().find(|code| !before.contains(code)).expect("a code that is not an older one again");
    (id.clone(), ann.verify(&id, &new).await.expect(200)["completion_token"].clone())
}
