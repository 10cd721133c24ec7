//! The calls of ChatLink's API that people make, each with the answer that it is to have.

use bytes::Bytes;
use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Connection, Failure, Request};

/// What a one-time code is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flow {
    Registration,
    PasswordReset,
}

impl Flow {
    pub fn path(self) -> &'static str {
        match self {
            Self::Registration => "/v1/registrations",
            Self::PasswordReset => "/v1/password-resets",
        }
    }
}

/// A session that waits for a code, as far as anybody here cares.
#[derive(Clone, Debug, Deserialize)]
pub struct OtpSession {
    pub id: String,
    pub state: String,
    pub code_length: usize,
    pub attempts_left: u32,
    pub resend: Resends,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Resends {
    pub left: u32,
}

/// What somebody holds who is logged in.
#[derive(Clone, Debug, Deserialize)]
pub struct Tokens {
    pub access_token: String,
    pub expires_in: u64,
    pub refresh_token: String,
}

/// Who registers.
#[derive(Clone, Debug)]
pub struct Person {
    pub identifier: String,
    pub username: String,
    pub password: String,
}

/// A connection that speaks the API.
#[derive(Debug)]
pub struct Api {
    connection: Connection,
}

type Outcome<T> = Result<T, Failure>;

impl Api {
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Posts JSON and takes whatever comes.
    pub async fn post(&mut self, path: impl Into<Bytes>, body: &Value) -> Outcome<Answer> {
        self.connection.send(Request::post(path, body.to_string())).await
    }

    pub async fn start(&mut self, flow: Flow, identifier: &str) -> Outcome<OtpSession> {
        self.post(flow.path(), &json!({ "identifier": identifier })).await?.expect(202)?.json()
    }

    pub async fn session(&mut self, flow: Flow, id: &str) -> Outcome<OtpSession> {
        let request = Request::get(format!("{}/{id}", flow.path()));
        self.connection.send(request).await?.expect(200)?.json()
    }

    /// The answer to another code being asked for.
    pub async fn resend(&mut self, flow: Flow, id: &str) -> Outcome<Answer> {
        let request = Request::get(format!("{}/{id}/resend", flow.path())).method(Method::POST);
        self.connection.send(request).await
    }

    /// The answer to a code, whatever it is.
    pub async fn try_code(&mut self, flow: Flow, id: &str, code: &str) -> Outcome<Answer> {
        self.post(format!("{}/{id}/verify", flow.path()), &json!({ "code": code })).await
    }

    /// The completion token, for the right code.
    pub async fn verify(&mut self, flow: Flow, id: &str, code: &str) -> Outcome<String> {
        #[derive(Deserialize)]
        struct Verified {
            completion_token: String,
        }
        let verified: Verified = self.try_code(flow, id, code).await?.expect(200)?.json()?;
        Ok(verified.completion_token)
    }

    pub async fn register(&mut self, id: &str, token: &str, person: &Person) -> Outcome<Tokens> {
        let profile = json!({
            "completion_token": token, "username": person.username, "password": person.password,
            "full_name": "Load Test", "date_of_birth": "1990-05-17", "country": "DE",
            "native_language": "deu", "learning_languages": ["eng"],
        });
        self.post(format!("{}/{id}/complete", Flow::Registration.path()), &profile).await?.expect(201)?.json()
    }

    pub async fn reset(&mut self, id: &str, token: &str, password: &str) -> Outcome<()> {
        let body = json!({ "completion_token": token, "password": password });
        self.post(format!("{}/{id}/complete", Flow::PasswordReset.path()), &body).await?.expect(204)?;
        Ok(())
    }

    /// Logs in. A server that has no room for another password, and says when to come back, sheds.
    pub async fn login(&mut self, login: &str, password: &str) -> Outcome<Tokens> {
        let answer = self.post("/v1/sessions", &json!({ "login": login, "password": password })).await?;
        if answer.status == 503 && answer.says_when_to_retry() {
            return Err(Failure::Shed);
        }
        answer.expect(201)?.json()
    }

    pub async fn refresh(&mut self, token: &str) -> Outcome<Tokens> {
        self.post("/v1/sessions/refresh", &json!({ "refresh_token": token })).await?.expect(200)?.json()
    }

    /// The caller's own account; its username.
    pub async fn me(&mut self, access_token: &str) -> Outcome<String> {
        #[derive(Deserialize)]
        struct Me {
            username: String,
        }
        let request = Request::get("/v1/me").bearer(access_token);
        let me: Me = self.connection.send(request).await?.expect(200)?.json()?;
        Ok(me.username)
    }

    pub async fn logout(&mut self, access_token: &str) -> Outcome<()> {
        let request = Request::get("/v1/logout").method(Method::POST).bearer(access_token);
        self.connection.send(request).await?.expect(204)?;
        Ok(())
    }
}
