//! django-allauth's headless API, as an app uses it: the state between two steps is a session, named in a header.

use hyper::header::HeaderName;

use super::{BoxFuture, Dialect, Exchange, PASSWORD, line_with_code, mailed, text};
use crate::{
    client::{Answer, Connection, Failure, Request},
    compare::sink::Sink,
};

const SESSION: HeaderName = HeaderName::from_static("x-session-token");
const TOKEN: &str = "/meta/session_token";

#[derive(Debug)]
pub struct Allauth;

fn path(rest: &str) -> String {
    format!("/_allauth/app/v1/auth/{rest}")
}

fn of_session(request: Request, token: &str) -> Request {
    request.header(SESSION, token.to_owned())
}

fn confirm(session: &str, code: &str) -> Request {
    of_session(Request::post(path("code/confirm"), format!(r#"{{"code":"{code}"}}"#)), session)
}

/// Two groups of four capitals and digits.
fn is_code(text: &str) -> bool {
    let is_group =
        |part: &str| part.len() == 4 && part.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
    text.split_once('-').is_some_and(|(first, second)| is_group(first) && is_group(second))
}

impl Dialect for Allauth {
    /// Strangers get an account at once, with a hash of their password: that would be another thing to measure.
    fn asks_as_known(&self) -> bool {
        true
    }

    fn ask_for_code(&self, email: &str) -> Exchange {
        let request = Request::post(path("code/request"), format!(r#"{{"email":"{email}"}}"#));
        Exchange::new(request, 401, r#""login_by_code", "is_pending": true"#)
    }

    fn asked(&self, _email: &str, answer: &Answer) -> Result<String, Failure> {
        text(answer, TOKEN)
    }

    fn code_in(&self, message: &str) -> Option<String> {
        line_with_code(message, is_code)
    }

    fn right_code(&self, asked: &str, code: &str) -> Exchange {
        Exchange::new(confirm(asked, code), 200, r#""is_authenticated": true"#)
    }

    fn wrong_code(&self, asked: &str) -> Exchange {
        Exchange::new(confirm(asked, "BCDF-GHJK"), 400, "incorrect_code")
    }

    /// The login that the code belonged to is gone.
    fn is_worn_out(&self, answer: &Answer) -> bool {
        answer.status == 409
    }

    fn sign_up<'a>(
        &'a self,
        connection: &'a mut Connection,
        sink: &'a Sink,
        email: &'a str,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            sink.watch(email);
            let body = format!(r#"{{"email":"{email}","password":"{PASSWORD}"}}"#);
            let pending = r#""verify_email", "is_pending": true"#;
            let asked = Exchange::new(Request::post(path("signup"), body), 401, pending).make(connection).await?;
            let code = mailed(self, sink, email).await?;
            let verify = Request::post(path("email/verify"), format!(r#"{{"key":"{code}"}}"#));
            let verify = of_session(verify, &text(&asked, TOKEN)?);
            Exchange::new(verify, 200, r#""is_authenticated": true"#).make(connection).await?;
            Ok(())
        })
    }

    fn log_in(&self, email: &str, password: &str) -> Exchange {
        let body = format!(r#"{{"email":"{email}","password":"{password}"}}"#);
        Exchange::new(Request::post(path("login"), body), 200, r#""is_authenticated": true"#)
    }

    fn log_in_wrongly(&self, email: &str) -> Exchange {
        Exchange { status: 400, holds: "email_password_mismatch".into(), ..self.log_in(email, "brisk-Lantern-58-moss") }
    }

    fn credential(&self, answer: &Answer) -> Result<String, Failure> {
        text(answer, TOKEN)
    }

    fn who_am_i(&self, credential: &str, email: &str) -> Exchange {
        Exchange::new(of_session(Request::get(path("session")), credential), 200, email.to_owned())
    }

    fn log_out(&self, credential: &str) -> Exchange {
        let request = Request::get(path("session")).method(hyper::Method::DELETE);
        Exchange::new(of_session(request, credential), 401, r#""is_authenticated": false"#)
    }

    fn is_nobody(&self, answer: &Answer) -> bool {
        answer.status == 410
    }

    fn count_hashes(&self) -> &'static str {
        "SELECT count(*) FROM auth_user WHERE starts_with(password, 'argon2' || $1)"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_from_the_text_around_it() {
        let mail = "Subject: ABCD-EFGH\r\nFrom: x\r\n\r\nHello!\r\n\r\n Not-Code\r\n\r\nRZWT-CX7J\r\n\r\nBye\r\n";
        assert_eq!(Allauth.code_in(mail).as_deref(), Some("RZWT-CX7J"));
        assert_eq!(Allauth.code_in("Subject: ABCD-EFGH\r\n\r\nHello\r\n"), None);
    }
}
