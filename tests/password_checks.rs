//! What forms are told of a password while it is typed, and that it is what the server says in the end.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Server,
    client::{PASSWORD, profile, with},
};

const PATH: &str = "/v1/password-checks";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_a_password_is_what_becomes_of_it() {
    let server = Server::start().await;
    let ann = server.client();
    let (id, token) = server.verified(&ann, "ann.lee@example.org").await;
    for password in ["short", "password123", "wanderer-77!", "ann.lee@example.org", &"ab ".repeat(100)] {
        let question = json!({"password": password, "context": ["wanderer", "ann.lee@example.org"]});
        let verdict = ann.post(PATH, question).await.expect(200);
        assert_eq!((&verdict["acceptable"], &verdict["strength"]), (&json!(false), &json!(0)), "{password}");
        let submitted = with(profile(&token, "wanderer"), "password", json!(password));
        ann.complete(&id, submitted).await.invalid(&[("/password", verdict["code"].as_str().unwrap())]);
    }
    let question = json!({"password": PASSWORD, "context": ["wanderer", "ann.lee@example.org"]});
    let verdict = ann.post(PATH, question).await.expect(200);
    assert_eq!(verdict, json!({"acceptable": true, "code": null, "strength": 4}));
    ann.complete(&id, profile(&token, "wanderer")).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shortest_length_is_the_one_that_is_set() {
    let server = Server::with(&[("passwords.min_length", "12")]).await;
    let code = async |password: &str| -> Value {
        server.client().post(PATH, json!({"password": password})).await.expect(200)["code"].clone()
    };
    assert_eq!((code("xK9#mQ2v-pL").await, code("xK9#mQ2v-pLz").await), (json!("too_short"), json!(null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn anybody_may_ask_but_not_without_end() {
    let server = Server::start().await;
    let (ann, bo) = (server.client(), server.client());
    for _ in 0..120 {
        ann.post(PATH, json!({"password": "x"})).await.expect(200);
    }
    ann.post(PATH, json!({"password": "x"})).await.problem(429, "rate-limited");
    bo.post(PATH, json!({"password": "x"})).await.expect(200);
    // It changes nothing, so a session's cookie does not make it need more.
    let cookie = bo.with_header("cookie", "__Host-chatlink_session=x");
    cookie.post(PATH, json!({"password": "x"})).await.expect(200);
    let answer = crate::support::client::Answer::read(ann.request(Method::GET, PATH)).await;
    assert_eq!(answer.header("allow"), "POST");
}
