//! Mail by SMTP, over connections that are kept between messages.
//!
//! lettre's own pool is not used: it takes a connection back even when the message on it was given up half-way,
//! after which the answers to one message are read as those to the next. Here a connection that was not left in
//! order is closed, so an attempt may be dropped at any time.

mod server;

use std::{
    error::Error as _,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use chatlink_actors::{ports::BoxFuture, time::Timestamp};
use lettre::{
    Address,
    message::{
        MultiPart, SinglePart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{Error, client::AsyncSmtpConnection},
};

use tokio::time::Instant;

use self::server::{ConnectError, Server};
pub use self::server::{Endpoint, Protection};
use crate::courier::{
    message::Mail,
    ports::{CarrierError, CarrierResult, MailCarrier},
};

/// Whom mails are from: an address, and a name to show.
pub type Sender = lettre::message::Mailbox;

/// How many connections are kept while nothing is sent.
const MOST_IDLE: usize = 16;
/// A connection that was used this short a time ago is taken to work still: to ask first would cost every message of a
/// busy day a round trip more.
const SURELY_OPEN: Duration = Duration::from_secs(1);
/// How long a kept connection may take to show that it still works.
const TEST_TIMEOUT: Duration = Duration::from_secs(5);

/// The settings do not make a connection.
#[derive(Debug, thiserror::Error)]
#[error("TLS towards the SMTP server cannot be set up: {0}")]
pub struct SmtpError(#[from] Error);

/// Hands mails to one SMTP server.
pub struct Smtp {
    server: Server,
    from: Sender,
    idle: Mutex<Vec<Parked>>,
}

/// A connection that waits for its next message.
struct Parked {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl Smtp {
    /// A carrier to that server. It trusts the system's certificate authorities and those in `extra_ca` (PEM).
    /// Nothing is connected before the first message.
    ///
    /// # Errors
    /// When the certificates cannot be used.
    pub fn new(endpoint: Endpoint, from: Sender, extra_ca: Option<&[u8]>) -> Result<Self, SmtpError> {
        Ok(Self { server: Server::new(endpoint, extra_ca)?, from, idle: Mutex::default() })
    }

    async fn send(&self, mail: &Mail) -> CarrierResult {
        let message = self.message(mail)?;
        let text = message.formatted();
        let (mut connection, is_tried) = self.connection().await.map_err(|error| unsaid(&error))?;
        let mut sent = connection.send(message.envelope(), &text).await;
        if let Err(error) = &sent
            && !is_tried
            && is_lost(error)
        {
            connection = self.server.connect().await.map_err(|error| unsaid(&error))?;
            sent = connection.send(message.envelope(), &text).await;
        }
        sent.map_err(|error| refusal(&error))?;
        self.park(connection);
        Ok(())
    }

    fn message(&self, mail: &Mail) -> Result<lettre::Message, CarrierError> {
        let unfit = |_| CarrierError::Fail("the mail cannot be put together".into());
        let to = mail.to.address().parse::<Address>();
        let to = to.map_err(|_| CarrierError::Fail("the address is not fit for SMTP".into()))?;
        let id = mail.slip.message;
        // Headers and bodies of the same message are the same at every attempt, but for the date.
        let bodies = MultiPart::alternative()
            .boundary(id.to_string())
            .singlepart(SinglePart::plain(mail.text.clone()))
            .singlepart(SinglePart::html(mail.html.clone()));
        lettre::Message::builder()
            .from(self.from.clone())
            .to(to.into())
            .subject(mail.subject.clone())
            .date(system_time(mail.slip.sent_at))
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .raw_header(header("Content-Language", mail.slip.locale.tag()))
            .multipart(bodies)
            .map_err(unfit)
    }

    /// A connection, and whether it is known to work.
    async fn connection(&self) -> Result<(AsyncSmtpConnection, bool), ConnectError> {
        if let Some(Parked { mut connection, since }) = self.take_parked() {
            if since.elapsed() < SURELY_OPEN {
                return Ok((connection, false));
            }
            match tokio::time::timeout(TEST_TIMEOUT, connection.test_connected()).await {
                Ok(true) => return Ok((connection, true)),
                // The others have been idle for longer still.
                _ => self.lock().clear(),
            }
        }
        Ok((self.server.connect().await?, true))
    }

    fn take_parked(&self) -> Option<Parked> {
        self.lock().pop()
    }

    fn park(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.lock();
        if idle.len() < MOST_IDLE && !connection.has_broken() {
            idle.push(Parked { connection, since: Instant::now() });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Parked>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MailCarrier for Smtp {
    fn send_mail<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, CarrierResult> {
        Box::pin(self.send(mail))
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + at.since(Timestamp::from_millis(0))
}

/// Nothing has been said about the message: whatever the server objects to, it isn't that.
fn unsaid(error: &ConnectError) -> CarrierError {
    CarrierError::Retry(match error {
        ConnectError::Unreached(_) => error.to_string(),
        ConnectError::Refused(error) => describe(error),
    })
}

/// Whether the connection was gone, or the server said that it goes (RFC 5321, 3.8).
fn is_lost(error: &Error) -> bool {
    const CLOSING: u16 = 421;
    !error.is_client() && error.status().is_none_or(|status| u16::from(status) == CLOSING)
}

/// What the server's objection to a message means: 5xx is final, and so is what it lacks to take the message at all
/// (SMTPUTF8).
fn refusal(error: &Error) -> CarrierError {
    let text = describe(error);
    if error.is_permanent() || error.is_client() { CarrierError::Fail(text) } else { CarrierError::Retry(text) }
}

/// Says what went wrong without repeating the server, which likes to name the recipient.
fn describe(error: &Error) -> String {
    match error.status() {
        Some(status) => match enhanced_status(error) {
            Some(enhanced) => format!("SMTP status {status} {enhanced}"),
            None => format!("SMTP status {status}"),
        },
        None if error.is_response() => "the SMTP server gave no proper answer".into(),
        None => error.to_string(),
    }
}

/// The status by RFC 3463 that a reply may begin with.
fn enhanced_status(error: &Error) -> Option<String> {
    let reply = error.source()?.to_string();
    let status = reply.split_whitespace().next()?;
    let numbers = status.split('.').filter(|part| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit()));
    (numbers.count() == 3 && status.matches('.').count() == 2).then(|| status.to_owned())
}
