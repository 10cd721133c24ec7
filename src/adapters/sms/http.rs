//! Any gateway that takes a plain webhook: `POST {"message_id", "to", "text"}` with a bearer token.
//!
//! `message_id` is the same at every attempt to send one message, so that the gateway can drop repetitions. Any 2xx
//! means that it has the message; 4xx but 429 that it never will; the rest is tried again.

use chatlink_actors::ports::BoxFuture;
use reqwest::{Client, Url};
use serde::Serialize;

use super::{SmsError, client, is_final, unreached};
use crate::courier::{
    message::Text,
    ports::{CarrierError, CarrierResult, TextCarrier},
};

/// Hands text messages to a webhook.
pub struct Webhook {
    client: Client,
    url: Url,
    token: String,
}

#[derive(Serialize)]
struct Body<'a> {
    message_id: String,
    to: &'a str,
    text: &'a str,
}

impl Webhook {
    /// A carrier to that URL. rustls must have its default provider.
    ///
    /// # Errors
    /// When no client can be set up.
    pub fn new(url: Url, token: impl Into<String>) -> Result<Self, SmsError> {
        Ok(Self { client: client()?, url, token: token.into() })
    }

    async fn post(&self, text: &Text) -> CarrierResult {
        let body = Body { message_id: text.slip.message.to_string(), to: text.to.e164(), text: &text.body };
        let request = self.client.post(self.url.clone()).bearer_auth(&self.token).json(&body);
        let status = request.send().await.map_err(|error| unreached(&error))?.status();
        let error = || format!("the SMS gateway answered {}", status.as_u16());
        match status {
            status if status.is_success() => Ok(()),
            status if is_final(status) => Err(CarrierError::Fail(error())),
            _ => Err(CarrierError::Retry(error())),
        }
    }
}

impl TextCarrier for Webhook {
    fn send_text<'a>(&'a self, text: &'a Text) -> BoxFuture<'a, CarrierResult> {
        Box::pin(self.post(text))
    }
}
