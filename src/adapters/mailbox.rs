//! The development mailbox: takes every message and shows it to the developer instead of sending it.
//!
//! It lives in memory, holds the newest few hundred messages, and tells whoever watches it when one arrives.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use chatlink_actors::{identifier::Identifier, ports::BoxFuture, time::Timestamp};
use serde::{Serialize, Serializer, ser::Error as _};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::watch;

use crate::courier::{
    message::{Mail, Slip, Text},
    ports::{CarrierResult, MailCarrier, TextCarrier},
};

/// How many messages are kept.
const CAPACITY: usize = 500;

/// A message as the developer sees it.
#[derive(Clone, Serialize)]
pub struct Letter {
    to: String,
    channel: &'static str,
    kind: &'static str,
    locale: &'static str,
    subject: Option<String>,
    text: String,
    code: Option<String>,
    sent_at: Instant,
    #[serde(skip)]
    canonical: String,
}

/// Keeps messages.
pub struct Mailbox {
    /// Newest first.
    letters: Mutex<VecDeque<Letter>>,
    arrivals: watch::Sender<u64>,
}

impl Default for Mailbox {
    fn default() -> Self {
        Self { letters: Mutex::default(), arrivals: watch::Sender::new(0) }
    }
}

impl Mailbox {
    /// The messages, newest first: all of them, or those to one identifier in any spelling.
    pub fn letters(&self, to: Option<&str>) -> Vec<Letter> {
        let wanted = to.map(|to| Identifier::parse(to).map_or_else(|_| to.to_owned(), |it| it.canonical()));
        let letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        letters.iter().filter(|letter| wanted.as_ref().is_none_or(|it| *it == letter.canonical)).cloned().collect()
    }

    /// Counts the messages that have arrived, those no longer kept included; changes with each.
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrivals.subscribe()
    }

    fn keep(&self, to: &Identifier, slip: &Slip, subject: Option<&str>, text: &str) {
        let letter = Letter {
            to: match to {
                Identifier::Email(email) => email.address(),
                Identifier::Phone(phone) => phone.e164().to_owned(),
            },
            channel: to.channel().name(),
            kind: slip.kind.name(),
            locale: slip.locale.tag(),
            subject: subject.map(str::to_owned),
            text: text.to_owned(),
            code: slip.code.as_ref().map(|code| code.digits().to_owned()),
            sent_at: Instant(slip.sent_at),
            canonical: to.canonical(),
        };
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        letters.push_front(letter);
        letters.truncate(CAPACITY);
        drop(letters);
        self.arrivals.send_modify(|count| *count += 1);
    }
}

impl MailCarrier for Mailbox {
    fn send_mail<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, CarrierResult> {
        Box::pin(async {
            self.keep(&Identifier::Email(mail.to.clone()), &mail.slip, Some(&mail.subject), &mail.text);
            Ok(())
        })
    }
}

impl TextCarrier for Mailbox {
    fn send_text<'a>(&'a self, text: &'a Text) -> BoxFuture<'a, CarrierResult> {
        Box::pin(async {
            self.keep(&Identifier::Phone(text.to.clone()), &text.slip, None, &text.body);
            Ok(())
        })
    }
}

/// Written as RFC 3339.
#[derive(Clone, Copy)]
struct Instant(Timestamp);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nanoseconds = i128::from(self.0.as_millis()) * 1_000_000;
        let at = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).map_err(S::Error::custom)?;
        serializer.serialize_str(&at.format(&Rfc3339).map_err(S::Error::custom)?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::courier::fixture;

    async fn mailbox() -> Mailbox {
        let mailbox = Mailbox::default();
        mailbox.send_mail(&fixture::mail("Ann@example.org")).await.unwrap();
        mailbox.send_text(&fixture::text("+491711234567")).await.unwrap();
        mailbox
    }

    #[tokio::test]
    async fn shows_messages_newest_first() {
        let code = fixture::code();
        let shown = serde_json::to_value(mailbox().await.letters(None)).unwrap();
        let expected = json!([
            {
                "to": "+491711234567", "channel": "sms", "kind": "registration_code", "locale": "en",
                "subject": null, "text": "A text", "code": code.digits(), "sent_at": "2023-11-14T22:13:20Z",
            },
            {
                "to": "Ann@example.org", "channel": "email", "kind": "registration_code", "locale": "en",
                "subject": "A subject", "text": "A text\n", "code": code.digits(), "sent_at": "2023-11-14T22:13:20Z",
            },
        ]);
        assert_eq!(shown, expected);
    }

    #[tokio::test]
    async fn finds_an_identifier_in_any_spelling() {
        let mailbox = mailbox().await;
        for (to, found) in [("ann@EXAMPLE.org", 1), ("+49 171 1234567", 1), ("bob@example.org", 0), ("ann", 0)] {
            assert_eq!(mailbox.letters(Some(to)).len(), found, "{to}");
        }
    }

    #[tokio::test]
    async fn forgets_the_oldest_and_tells_of_the_newest() {
        let mailbox = mailbox().await;
        let mut arrivals = mailbox.arrivals();
        assert_eq!(*arrivals.borrow_and_update(), 2);
        for _ in 0..CAPACITY {
            mailbox.send_text(&fixture::text("+491711234567")).await.unwrap();
        }
        arrivals.changed().await.unwrap();
        assert_eq!(mailbox.letters(None).len(), CAPACITY);
        assert_eq!(mailbox.letters(Some("ann@example.org")).len(), 0);
    }
}
