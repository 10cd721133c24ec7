//! Text messages by the HTTP interfaces of SMS gateways, one per file.
//!
//! They share one kind of client: it waits for no answer longer than [`TIMEOUT`], and follows no redirect, since
//! that would hand numbers, codes and the gateway's password to somebody else. Errors name no URL and no body.

pub mod http;
pub mod twilio;

use std::time::Duration;

use reqwest::{Client, StatusCode, redirect};

use crate::courier::ports::CarrierError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(15);

/// The client could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for the SMS gateway cannot be set up: {0}")]
pub struct SmsError(#[from] reqwest::Error);

/// Wants rustls to have its default provider, which the process installs at its start.
fn client() -> Result<Client, SmsError> {
    let client = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .redirect(redirect::Policy::none())
        .user_agent("ChatLink")
        .build()?;
    Ok(client)
}

/// The gateway was not reached, or did not answer.
fn unreached(error: &reqwest::Error) -> CarrierError {
    let what = if error.is_timeout() {
        "timed out"
    } else if error.is_connect() {
        "no connection"
    } else {
        "no answer"
    };
    CarrierError::Retry(format!("the SMS gateway: {what}"))
}

/// A 4xx says that this message will never be taken, except where it says that there are too many just now.
fn is_final(status: StatusCode) -> bool {
    status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS
}
