//! One connection, made when it is needed and kept as long as the server keeps it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Response,
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
    header::{HeaderMap, RETRY_AFTER},
};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::{net::TcpStream, time::timeout};

use super::{Failure, Request, Target};

type Sender = SendRequest<Full<Bytes>>;

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// This answer, if it has the status.
    ///
    /// # Errors
    /// It has another one.
    pub fn expect(self, status: u16) -> Result<Self, Failure> {
        if self.status == status {
            return Ok(self);
        }
        Err(Failure::Status { status: self.status, problem: self.problem() })
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is not, or not of that form.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|_| Failure::Answer("the body is of another form"))
    }

    /// The last part of the problem's type (RFC 9457).
    pub fn problem(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Problem {
            r#type: String,
        }
        let problem: Problem = self.json().ok()?;
        problem.r#type.rsplit('/').next().map(str::to_owned)
    }

    /// Whether the server says when to come back.
    pub fn says_when_to_retry(&self) -> bool {
        self.headers.contains_key(RETRY_AFTER)
    }
}

/// A connection to a server. Reconnects by itself after the server has closed it, or after a failure.
#[derive(Debug)]
pub struct Connection {
    target: Arc<Target>,
    patience: Duration,
    sender: Option<Sender>,
}

impl Connection {
    /// One that is made by the first request. Connecting, and each request, may take as long as `patience`.
    pub fn new(target: Arc<Target>, patience: Duration) -> Self {
        Self { target, patience, sender: None }
    }

    /// The server it goes to.
    pub fn target(&self) -> &Arc<Target> {
        &self.target
    }

    /// How long a request may take.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Connects ahead of the first request, so that its time has no handshake in it.
    ///
    /// # Errors
    /// The server cannot be reached in time.
    pub async fn warm(&mut self) -> Result<(), Failure> {
        if self.sender.as_ref().is_none_or(SendRequest::is_closed) {
            let connected = timeout(self.patience, connect(&self.target)).await;
            self.sender = Some(connected.map_err(|_| Failure::Timeout)??);
        }
        Ok(())
    }

    /// Sends a request and reads the whole answer, whatever its status. Dropped underway, it costs the connection.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn send(&mut self, request: Request) -> Result<Answer, Failure> {
        // Out of the option: a failure, or being dropped, leaves none behind that is in the middle of an answer.
        let kept = self.sender.take();
        let request = request.for_target(&self.target);
        let exchange = timeout(self.patience, exchange(&self.target, kept, request)).await;
        let (sender, answer) = exchange.map_err(|_| Failure::Timeout)??;
        self.sender = Some(sender);
        Ok(answer)
    }
}

async fn connect(target: &Target) -> Result<Sender, Failure> {
    let stream = TcpStream::connect(target.address).await.map_err(|_| Failure::Connect)?;
    stream.set_nodelay(true).map_err(|_| Failure::Connect)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|_| Failure::Connect)?;
    // It ends with the sender; what breaks it, the request in flight says too.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

/// A kept connection that still is one.
async fn ready(kept: Option<Sender>) -> Option<Sender> {
    let mut sender = kept?;
    sender.ready().await.is_ok().then_some(sender)
}

async fn exchange(
    target: &Target,
    kept: Option<Sender>,
    request: hyper::Request<Full<Bytes>>,
) -> Result<(Sender, Answer), Failure> {
    let (mut sender, fresh) = match ready(kept).await {
        Some(sender) => (sender, false),
        None => (connect(target).await?, true),
    };
    match sender.try_send_request(request).await {
        Ok(response) => Ok((sender, read(response).await?)),
        // A kept connection that the server had closed meanwhile: nothing was sent, so nothing happens twice.
        Err(mut error) => match error.take_message() {
            Some(request) if !fresh => {
                let mut sender = connect(target).await?;
                let response = sender.send_request(request).await.map_err(|_| Failure::Broken)?;
                Ok((sender, read(response).await?))
            }
            _ => Err(Failure::Broken),
        },
    }
}

async fn read(response: Response<Incoming>) -> Result<Answer, Failure> {
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|_| Failure::Broken)?.to_bytes();
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
}

#[cfg(test)]
mod tests;
