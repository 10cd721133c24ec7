//! ChatLink: a code is asked for by registering.

use serde_json::json;

use super::{BoxFuture, Dialect, Exchange, PASSWORD, is_six_digits, line_with_code, mailed, text};
use crate::{
    client::{Answer, Connection, Failure, Request},
    compare::sink::Sink,
};

#[derive(Debug)]
pub struct ChatLink;

impl ChatLink {
    fn verify(session: &str, code: &str, status: u16, holds: &'static str) -> Exchange {
        let path = format!("/v1/registrations/{session}/verify");
        Exchange::new(Request::post(path, format!(r#"{{"code":"{code}"}}"#)), status, holds)
    }
}

impl Dialect for ChatLink {
    fn asks_as_known(&self) -> bool {
        false
    }

    fn ask_for_code(&self, email: &str) -> Exchange {
        let body = format!(r#"{{"identifier":"{email}"}}"#);
        Exchange::new(Request::post("/v1/registrations", body), 202, "\"pending\"")
    }

    fn asked(&self, _email: &str, answer: &Answer) -> Result<String, Failure> {
        text(answer, "/id")
    }

    fn code_in(&self, message: &str) -> Option<String> {
        line_with_code(message, is_six_digits)
    }

    fn right_code(&self, asked: &str, code: &str) -> Exchange {
        Self::verify(asked, code, 200, "completion_token")
    }

    /// Right once in a million sessions, and then counted as an error.
    fn wrong_code(&self, asked: &str) -> Exchange {
        Self::verify(asked, "000000", 422, "otp-code-incorrect")
    }

    fn is_worn_out(&self, answer: &Answer) -> bool {
        answer.status == 410 && answer.problem().as_deref() == Some("otp-session-locked")
    }

    fn sign_up<'a>(
        &'a self,
        connection: &'a mut Connection,
        sink: &'a Sink,
        email: &'a str,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            sink.watch(email);
            let asked = self.ask_for_code(email).make(connection).await?;
            let session = text(&asked, "/id")?;
            let code = mailed(self, sink, email).await?;
            let verified = self.right_code(&session, &code).make(connection).await?;
            let username = email.split('@').next().unwrap_or_default();
            let profile = json!({
                "completion_token": text(&verified, "/completion_token")?,
                "username": username, "password": PASSWORD, "full_name": "Compared", "date_of_birth": "1990-05-17",
                "country": "DE", "native_language": "deu", "learning_languages": ["eng"],
            });
            let path = format!("/v1/registrations/{session}/complete");
            Exchange::new(Request::post(path, profile.to_string()), 201, email.to_owned()).make(connection).await?;
            Ok(())
        })
    }

    fn log_in(&self, email: &str, password: &str) -> Exchange {
        let body = format!(r#"{{"login":"{email}","password":"{password}"}}"#);
        Exchange::new(Request::post("/v1/sessions", body), 201, "access_token")
    }

    fn log_in_wrongly(&self, email: &str) -> Exchange {
        Exchange { status: 401, holds: "invalid-credentials".into(), ..self.log_in(email, "brisk-Lantern-58-moss") }
    }

    fn credential(&self, answer: &Answer) -> Result<String, Failure> {
        text(answer, "/access_token")
    }

    fn who_am_i(&self, credential: &str, email: &str) -> Exchange {
        Exchange::new(Request::get("/v1/me").bearer(credential), 200, email.to_owned())
    }

    fn log_out(&self, credential: &str) -> Exchange {
        Exchange::new(Request::post("/v1/logout", "{}").bearer(credential), 204, "")
    }

    fn is_nobody(&self, answer: &Answer) -> bool {
        answer.status == 401 && answer.problem().as_deref() == Some("not-authenticated")
    }

    fn count_hashes(&self) -> &'static str {
        "SELECT count(*) FROM users WHERE starts_with(password_hash, $1)"
    }
}
