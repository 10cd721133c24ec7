//! Twilio's Messages API, and the receipts that Twilio sends for what it took.
//!
//! A receipt comes to a public URL, so what makes it one is its signature: HMAC-SHA-1, by the account's token, over
//! the URL and the form. The URL bears the [`Reference`] of the message, which thereby is signed too.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chatlink_actors::{otp::Delivery, ports::BoxFuture};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use sha1::Sha1;

use super::{SmsError, client, is_final, unreached};
use crate::courier::{
    message::Text,
    ports::{CarrierError, CarrierResult, TextCarrier},
    reference::{Receipt, Reference},
};

/// The header that bears the signature of a receipt.
pub const SIGNATURE_HEADER: &str = "X-Twilio-Signature";
/// Where the API is, unless a setting says otherwise.
pub const DEFAULT_URL: &str = "https://api.twilio.com";
/// The query parameter of a receipt's URL that bears the reference.
const REFERENCE: &str = "ref";
/// Twilio's code for wrong credentials.
const AUTHENTICATION_FAILED: u32 = 20003;

/// Whom the messages are from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A number or an alphanumeric sender id.
    From(String),
    /// A messaging service, which picks the sender itself.
    Service(String),
}

impl Sender {
    /// Tells one from the other: the ids of messaging services begin with `MG` and have 34 characters.
    pub fn parse(sender: &str) -> Self {
        if sender.starts_with("MG") && sender.len() == 34 {
            Self::Service(sender.to_owned())
        } else {
            Self::From(sender.to_owned())
        }
    }
}

/// How Twilio is used.
#[derive(Clone)]
pub struct Settings {
    /// Where the API is.
    pub url: Url,
    /// The account's id, which begins with `AC`.
    pub account: String,
    /// The account's auth token.
    pub token: String,
    /// Whom the messages are from.
    pub sender: Sender,
    /// The public URL that takes receipts, without query; `None` if there is none that Twilio could reach.
    pub receipts: Option<Url>,
}

/// Hands text messages to Twilio.
pub struct Twilio {
    client: Client,
    messages: Url,
    settings: Settings,
}

/// What Twilio says of a refused message. There is more in it, but that repeats the number.
#[derive(Deserialize)]
struct Problem {
    code: Option<u32>,
}

impl Twilio {
    /// A carrier for that account. rustls must have its default provider.
    ///
    /// # Errors
    /// When no client can be set up.
    pub fn new(settings: Settings) -> Result<Self, SmsError> {
        let mut messages = settings.url.clone();
        messages.set_path(&format!("/2010-04-01/Accounts/{}/Messages.json", settings.account));
        Ok(Self { client: client()?, messages, settings })
    }

    async fn post(&self, text: &Text) -> CarrierResult {
        let (sender_field, sender) = match &self.settings.sender {
            Sender::From(number) => ("From", number),
            Sender::Service(id) => ("MessagingServiceSid", id),
        };
        let mut form = vec![("To", text.to.e164()), ("Body", &text.body), (sender_field, sender)];
        let receipts = self.settings.receipts.as_ref().zip(text.slip.receipts);
        let callback = receipts.map(|(url, reference)| receipt_url(url, reference));
        if let Some(callback) = &callback {
            form.push(("StatusCallback", callback));
        }
        let request = self.client.post(self.messages.clone());
        let request = request.basic_auth(&self.settings.account, Some(&self.settings.token)).form(&form);
        let response = request.send().await.map_err(|error| unreached(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let problem = response.json::<Problem>().await.unwrap_or(Problem { code: None });
        Err(refusal(status, problem.code))
    }

    /// Reads a receipt. `signature` is the header of that name, `url` the public URL that was asked for, query
    /// included, and `form` the fields of the body. `None` where it isn't Twilio's, or tells nothing new.
    pub fn receipt(&self, signature: Option<&str>, url: &Url, form: &[(String, String)]) -> Option<Receipt> {
        if !is_signed(&self.settings.token, signature?, url.as_str(), form) {
            return None;
        }
        let (_, reference) = url.query_pairs().find(|(name, _)| name == REFERENCE)?;
        let (_, status) = form.iter().find(|(name, _)| name == "MessageStatus")?;
        let outcome = match status.as_str() {
            "delivered" | "read" => Delivery::Delivered,
            "undelivered" | "failed" => Delivery::Failed,
            _ => return None,
        };
        let reference = reference.parse::<Reference>().ok().filter(|reference| reference.flow.takes_receipts())?;
        Some(Receipt { reference, outcome })
    }
}

impl TextCarrier for Twilio {
    fn send_text<'a>(&'a self, text: &'a Text) -> BoxFuture<'a, CarrierResult> {
        Box::pin(self.post(text))
    }
}

fn receipt_url(base: &Url, reference: Reference) -> String {
    let mut url = base.clone();
    url.query_pairs_mut().clear().append_pair(REFERENCE, &reference.to_string());
    url.into()
}

/// Wrong credentials are no fault of the message, which may still go once they are put right.
fn refusal(status: StatusCode, code: Option<u32>) -> CarrierError {
    let text = match code {
        Some(code) => format!("Twilio answered {}, error {code}", status.as_u16()),
        None => format!("Twilio answered {}", status.as_u16()),
    };
    let ours = status == StatusCode::UNAUTHORIZED || code == Some(AUTHENTICATION_FAILED);
    if is_final(status) && !ours { CarrierError::Fail(text) } else { CarrierError::Retry(text) }
}

/// <https://www.twilio.com/docs/usage/security#validating-requests>. Compares in constant time.
fn is_signed(token: &str, signature: &str, url: &str, form: &[(String, String)]) -> bool {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else {
        unreachable!("HMAC takes keys of any length")
    };
    mac.update(url.as_bytes());
    let mut fields: Vec<_> = form.iter().collect();
    fields.sort_unstable();
    fields.dedup();
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.decode(signature).is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
}

#[cfg(test)]
mod tests;
