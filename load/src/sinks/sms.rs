//! An SMS gateway that takes every text and keeps the code in it: what `sms.provider = "http"` posts to.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpListener;

use super::{BREATH, Inbox, code};

#[derive(Deserialize)]
struct Text {
    to: String,
    text: String,
}

/// Takes texts there until the program ends.
pub async fn listen(address: SocketAddr, inbox: Arc<Inbox>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        loop {
            // Out of descriptors, it can only wait for one.
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(BREATH).await;
                continue;
            };
            // Replies are short, and are waited for.
            let _ = stream.set_nodelay(true);
            let inbox = Arc::clone(&inbox);
            let service = service_fn(move |request| {
                let inbox = Arc::clone(&inbox);
                async move { Ok::<_, Infallible>(take(request, &inbox).await) }
            });
            // A peer that breaks off has nothing more to say.
            tokio::spawn(
                async move { drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await) },
            );
        }
    });
    Ok(address)
}

async fn take(request: Request<Incoming>, inbox: &Inbox) -> Response<Empty<Bytes>> {
    let mut answer = Response::new(Empty::new());
    *answer.status_mut() =
        match request.into_body().collect().await.map(|body| serde_json::from_slice(&body.to_bytes())) {
            Ok(Ok(Text { to, text })) => {
                if let Some(code) = code::in_text(&text) {
                    inbox.put(&to, code);
                }
                StatusCode::ACCEPTED
            }
            _ => StatusCode::BAD_REQUEST,
        };
    answer
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::client::{self, Connection, Target};

    #[tokio::test]
    async fn texts_are_taken_and_their_codes_kept() {
        let inbox = Arc::new(Inbox::default());
        let address = listen("127.0.0.1:0".parse().unwrap(), Arc::clone(&inbox)).await.unwrap();
        let mut connection = Connection::new(Arc::new(Target::at(address).unwrap()), Duration::from_secs(20));
        let text = r#"{"message_id": "1", "to": "+4915112345678", "text": "Your code:\n606378\nValid"}"#;
        for (body, status) in [(text, 202), ("{}", 400)] {
            let answer = connection.send(client::Request::post("/", body)).await.unwrap();
            assert_eq!(answer.status, status);
        }
        assert_eq!(inbox.code("+4915112345678").await, "606378");
    }
}
