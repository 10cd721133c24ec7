//! better-auth with its plugin for codes by mail, as a browser uses it: the state between two steps is the address, and
//! a session is a cookie.

use hyper::header::{COOKIE, ORIGIN, SET_COOKIE};

use super::{BoxFuture, Dialect, Exchange, PASSWORD, is_six_digits, line_with_code, mailed};
use crate::{
    client::{Answer, Connection, Failure, Request},
    compare::sink::Sink,
};

#[derive(Debug)]
pub struct BetterAuth;

fn post(rest: &str, body: String) -> Request {
    Request::post(format!("/api/auth/{rest}"), body)
}

/// What changes something and is authenticated by a cookie has to say which page it comes from.
fn from_page(request: Request, cookies: &str) -> Request {
    request.header(COOKIE, cookies.to_owned()).header(ORIGIN, "https://auth.example.org")
}

fn sign_in(email: &str, code: &str) -> Request {
    post("sign-in/email-otp", format!(r#"{{"email":"{email}","otp":"{code}"}}"#))
}

impl Dialect for BetterAuth {
    fn asks_as_known(&self) -> bool {
        false
    }

    fn ask_for_code(&self, email: &str) -> Exchange {
        let body = format!(r#"{{"email":"{email}","type":"sign-in"}}"#);
        Exchange::new(post("email-otp/send-verification-otp", body), 200, r#""success":true"#)
    }

    fn asked(&self, email: &str, _answer: &Answer) -> Result<String, Failure> {
        Ok(email.to_owned())
    }

    fn code_in(&self, message: &str) -> Option<String> {
        line_with_code(message, is_six_digits)
    }

    fn right_code(&self, asked: &str, code: &str) -> Exchange {
        Exchange::new(sign_in(asked, code), 200, "\"token\"")
    }

    /// Right once in a million sessions, and then counted as an error.
    fn wrong_code(&self, asked: &str) -> Exchange {
        Exchange::new(sign_in(asked, "000000"), 400, "INVALID_OTP")
    }

    fn is_worn_out(&self, answer: &Answer) -> bool {
        answer.status == 403
    }

    fn sign_up<'a>(
        &'a self,
        connection: &'a mut Connection,
        sink: &'a Sink,
        email: &'a str,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            sink.watch(email);
            let body = format!(r#"{{"email":"{email}","password":"{PASSWORD}","name":"Compared"}}"#);
            Exchange::new(post("sign-up/email", body), 200, "\"emailVerified\":false").make(connection).await?;
            let code = mailed(self, sink, email).await?;
            let body = format!(r#"{{"email":"{email}","otp":"{code}"}}"#);
            Exchange::new(post("email-otp/verify-email", body), 200, "\"emailVerified\":true").make(connection).await?;
            Ok(())
        })
    }

    fn log_in(&self, email: &str, password: &str) -> Exchange {
        let body = format!(r#"{{"email":"{email}","password":"{password}"}}"#);
        Exchange::new(post("sign-in/email", body), 200, "\"token\"")
    }

    fn log_in_wrongly(&self, email: &str) -> Exchange {
        let exchange = self.log_in(email, "brisk-Lantern-58-moss");
        Exchange { status: 401, holds: "INVALID_EMAIL_OR_PASSWORD".into(), ..exchange }
    }

    /// All cookies that were set: with its cache of sessions there are two.
    fn credential(&self, answer: &Answer) -> Result<String, Failure> {
        let set = answer.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()?.split(';').next());
        let cookies: Vec<&str> = set.collect();
        if cookies.is_empty() { Err(Failure::Answer("no cookie was set")) } else { Ok(cookies.join("; ")) }
    }

    fn who_am_i(&self, credential: &str, email: &str) -> Exchange {
        let request = Request::get("/api/auth/get-session").header(COOKIE, credential.to_owned());
        Exchange::new(request, 200, email.to_owned())
    }

    fn log_out(&self, credential: &str) -> Exchange {
        Exchange::new(from_page(post("sign-out", "{}".into()), credential), 200, r#""success":true"#)
    }

    fn is_nobody(&self, answer: &Answer) -> bool {
        answer.status == 200 && &*answer.body == b"null"
    }

    fn count_hashes(&self) -> &'static str {
        "SELECT count(*) FROM account WHERE starts_with(password, $1)"
    }
}
