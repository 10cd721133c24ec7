//! What the candidates' interfaces look like: the same few things, asked for in three ways.
//!
//! A dialect makes requests and says how each has to be answered: by status, and by something in the body that only the
//! right answer has. Every answer is held to that, those that are measured included.

mod allauth;
mod better_auth;
mod chatlink;

use std::{borrow::Cow, fmt::Debug, future::Future, pin::Pin};

use serde_json::Value;

pub use self::{allauth::Allauth, better_auth::BetterAuth, chatlink::ChatLink};
use super::sink::Sink;
use crate::client::{Answer, Connection, Failure, Request};

/// Of everybody.
pub const PASSWORD: &str = "plum-anvil-Quartz-47";

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A request and what its answer has to be.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub request: Request,
    pub status: u16,
    /// What the body contains.
    pub holds: Cow<'static, str>,
}

impl Exchange {
    fn new(request: Request, status: u16, holds: impl Into<Cow<'static, str>>) -> Self {
        Self { request, status, holds: holds.into() }
    }

    /// Makes it.
    ///
    /// # Errors
    /// There is no answer, or another one.
    pub async fn make(self, connection: &mut Connection) -> Result<Answer, Failure> {
        let answer = connection.send(self.request).await?.expect(self.status)?;
        let wanted = self.holds.as_bytes();
        let found = wanted.is_empty() || answer.body.windows(wanted.len()).any(|part| part == wanted);
        if found { Ok(answer) } else { Err(Failure::Answer("not what only the right answer has")) }
    }
}

/// How one candidate is spoken to.
pub trait Dialect: Debug + Send + Sync + 'static {
    /// Whether codes are asked for by people who have an account. Else by people whom the candidate has never seen.
    fn asks_as_known(&self) -> bool;

    /// Asks for a code by mail.
    fn ask_for_code(&self, email: &str) -> Exchange;

    /// What trying a code has to refer to.
    ///
    /// # Errors
    /// The answer has it not.
    fn asked(&self, email: &str, answer: &Answer) -> Result<String, Failure>;

    /// The code in a message.
    fn code_in(&self, message: &str) -> Option<String>;

    /// The right code.
    fn right_code(&self, asked: &str, code: &str) -> Exchange;

    /// A wrong code. It looks like a right one.
    fn wrong_code(&self, asked: &str) -> Exchange;

    /// Whether that is how a code is refused of which too many wrong ones were tried.
    fn is_worn_out(&self, answer: &Answer) -> bool;

    /// Signs somebody up, from the first request to an account that can be logged in to, by a code that is mailed.
    fn sign_up<'a>(
        &'a self,
        connection: &'a mut Connection,
        sink: &'a Sink,
        email: &'a str,
    ) -> BoxFuture<'a, Result<(), Failure>>;

    /// Logs in with that password.
    fn log_in(&self, email: &str, password: &str) -> Exchange;

    /// A login that is refused.
    fn log_in_wrongly(&self, email: &str) -> Exchange;

    /// What later requests are authenticated by.
    ///
    /// # Errors
    /// The answer has it not.
    fn credential(&self, answer: &Answer) -> Result<String, Failure>;

    /// Asks who the caller is.
    fn who_am_i(&self, credential: &str, email: &str) -> Exchange;

    /// Ends the session.
    fn log_out(&self, credential: &str) -> Exchange;

    /// Whether that is how somebody is answered who asks so after the end of the session.
    fn is_nobody(&self, answer: &Answer) -> bool;

    /// How many accounts there are whose hash begins thus.
    fn count_hashes(&self) -> &'static str;
}

/// A member of a JSON answer, by its JSON pointer.
fn text(answer: &Answer, pointer: &str) -> Result<String, Failure> {
    let body: Value = answer.json()?;
    let found = body.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or(Failure::Answer("a member is missing"))
}

/// The first line below a message's headers that is nothing but a code.
fn line_with_code(message: &str, is_code: impl Fn(&str) -> bool) -> Option<String> {
    let (_, body) = message.split_once("\r\n\r\n")?;
    let found = body.lines().map(str::trim).find(|line| is_code(line));
    found.map(str::to_owned)
}

fn is_six_digits(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Waits for the code that was mailed there.
async fn mailed(dialect: &dyn Dialect, sink: &Sink, email: &str) -> Result<String, Failure> {
    sink.message(email, |message| dialect.code_in(message)).await.ok_or(Failure::NoCode)
}
