//! A WebSocket client that waits for a verification.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::Response, protocol::frame::coding::CloseCode},
};

use super::Flow;

/// Longer than anything may take; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub response: Response<Option<Vec<u8>>>,
}

impl Socket {
    /// Opens the events of a registration.
    pub async fn open(
        base: &str,
        id: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Response<Option<Vec<u8>>>> {
        Self::open_in(Flow::Registration, base, id, headers).await
    }

    /// Opens the events of a session of that flow.
    pub async fn open_in(
        flow: Flow,
        base: &str,
        id: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Response<Option<Vec<u8>>>> {
        let url = format!("{}{}/{id}/events", base.replacen("http", "ws", 1), flow.path());
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((stream, response)) => Ok(Self { stream, response }),
            Err(Error::Http(response)) => Err(*response),
            Err(other) => panic!("no answer to the upgrade: {other}"),
        }
    }

    /// The next text frame.
    pub async fn frame(&mut self) -> Value {
        loop {
            match self.message().await {
                Message::Text(text) => return serde_json::from_str(&text).expect("frames are JSON"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("not a text frame: {other:?}"),
            }
        }
    }

    /// The next session frame; asserts its number.
    pub async fn session(&mut self, seq: u64) -> Value {
        let frame = self.frame().await;
        assert_eq!((&frame["type"], &frame["seq"]), (&"otp.session".into(), &seq.into()), "{frame}");
        frame["session"].clone()
    }

    /// Session frames until one satisfies the condition.
    pub async fn until(&mut self, condition: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.frame().await;
            if condition(&frame["session"]) {
                return frame["session"].clone();
            }
        }
    }

    pub async fn send(&mut self, message: Message) {
        self.stream.send(message).await.expect("the socket takes a frame");
    }

    /// The code with which the server closes; whatever comes before is skipped.
    pub async fn closed(&mut self) -> CloseCode {
        loop {
            if let Message::Close(Some(frame)) = self.message().await {
                return frame.code;
            }
        }
    }

    /// Waits for the end of the stream.
    pub async fn ended(&mut self) {
        while timeout(PATIENCE, self.stream.next()).await.expect("the end in time").is_some_and(|frame| frame.is_ok()) {
        }
    }

    async fn message(&mut self) -> Message {
        timeout(PATIENCE, self.stream.next())
            .await
            .expect("a frame in time")
            .expect("an open socket")
            .expect("a whole frame")
    }
}
