//! Somebody with a session, of either kind.

use serde_json::{Value, json};

use crate::support::{
    Server,
    client::{Answer, Client, PASSWORD, profile, with},
};

pub const KINDS: [&str; 2] = ["token", "cookie"];

/// Somebody logged in.
pub struct Member {
    /// Their client, which sends what their session needs.
    pub client: Client,
    /// What they got.
    pub body: Value,
    /// For `Cookie`, if it is that kind of session.
    pub cookie: Option<String>,
}

impl Member {
    /// Reads what somebody got who logged in.
    pub fn new(client: &Client, answer: Answer) -> Self {
        let set_cookie = answer.header("set-cookie").to_owned();
        let body = answer.expect(201);
        if let Some(token) = body["access_token"].as_str() {
            return Self { client: client.with_token(token), cookie: None, body };
        }
        let cookie = set_cookie.split(';').next().unwrap().to_owned();
        let token = body["csrf_token"].as_str().unwrap();
        let member = client.with_header("cookie", &cookie).with_header("x-csrf-token", token);
        Self { client: member, cookie: Some(cookie), body }
    }

    pub fn session(&self) -> &str {
        self.body["session"]["id"].as_str().unwrap()
    }

    pub fn refresh_token(&self) -> &str {
        self.body["refresh_token"].as_str().unwrap()
    }

    pub async fn is_logged_in(&self) -> bool {
        let answer = self.client.get("/v1/me").await;
        if answer.status == 200 {
            return true;
        }
        assert!(!answer.header("www-authenticate").is_empty());
        answer.problem(401, "not-authenticated");
        false
    }
}

pub fn credentials(login: &str, kind: &str) -> Value {
    json!({"login": login, "password": PASSWORD, "session_kind": kind})
}

/// Logs somebody in who has an account.
pub async fn log_in(client: &Client, login: &str, kind: &str) -> Member {
    Member::new(client, client.post("/v1/sessions", credentials(login, kind)).await)
}

/// Makes an account, and gives its owner with their first session.
pub async fn register(server: &Server, username: &str, kind: &str) -> Member {
    let client = server.client();
    let (id, token) = server.verified(&client, &format!("{username}@example.org")).await;
    let body = with(profile(&token, username), "session_kind", json!(kind));
    Member::new(&client, client.complete(&id, body).await)
}

pub async fn refresh(client: &Client, token: &str) -> Answer {
    client.post("/v1/sessions/refresh", json!({"refresh_token": token})).await
}

/// The ids of the sessions that somebody sees.
pub async fn listed(member: &Member) -> Vec<String> {
    let body = member.client.get("/v1/sessions").await.expect(200);
    let sessions = body["sessions"].as_array().unwrap();
    sessions.iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect()
}

/// How many entries of that name the trail of an account has.
pub async fn trail(server: &Server, username: &str, event: &str) -> i64 {
    let sql = format!(
        "select count(*) from audit_events a join users u on u.id = a.user_id
         where u.username = $1 and a.event = '{event}' and a.ip is not null"
    );
    server.count(&sql, username).await
}
