//! Many people watch their registration over a socket; now and then one enters the code.
//!
//! What counts is the time from when the code is sent to when the frame with the new state is there, while all other
//! sockets stay open. Whoever has verified leaves, and somebody new opens a socket in the place.

use std::sync::Arc;

use serde::Deserialize;
use tokio::{
    net::TcpStream,
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout},
};
use tokio_tungstenite::{client_async, tungstenite::Message};

use super::{Stage, Visitor};
use crate::{
    client::{Failure, Flow, Target},
    engine::Log,
};

/// A socket that is open, and the code that will move its session.
#[derive(Debug)]
pub struct Watched {
    id: String,
    code: String,
    seen: watch::Receiver<Option<Seen>>,
    reader: JoinHandle<()>,
}

/// The newest state, and when its frame came.
#[derive(Clone, Debug)]
struct Seen {
    state: String,
    at: Instant,
}

#[derive(Deserialize)]
struct Frame {
    session: State,
}

#[derive(Deserialize)]
struct State {
    state: String,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Watched {
    /// When the frame with that state came.
    async fn until(&mut self, state: &str) -> Result<Instant, Failure> {
        let seen = self.seen.wait_for(|seen| seen.as_ref().is_some_and(|seen| seen.state == state)).await;
        seen.ok().and_then(|seen| seen.as_ref().map(|seen| seen.at)).ok_or(Failure::Broken)
    }
}

pub async fn visit(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    let mut watched = stage.watched.take()?;
    let (id, code) = (watched.id.clone(), watched.code.clone());
    let sent = Instant::now();
    let verify = log.step("verify", visitor.api.verify(Flow::Registration, &id, &code));
    let frame =
        async { timeout(stage.settings.patience, watched.until("verified")).await.unwrap_or(Err(Failure::Timeout)) };
    let (verified, frame) = tokio::join!(verify, frame);
    if verified.is_ok() {
        let at = frame.as_ref().copied().unwrap_or_else(|_| Instant::now());
        log.record_wait("frame", (sent, at), frame.as_ref().map(|_| ()));
    }
    drop(watched);
    stage.watched.put(open(stage, visitor, log).await?);
    verified?;
    frame?;
    Ok(())
}

/// Starts a registration and watches it.
pub async fn open(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<Watched, Failure> {
    let person = stage.person(&mut visitor.random);
    let session = log.step("start", visitor.api.start(Flow::Registration, &person.identifier)).await?;
    let code = log.wait("delivery", stage.codes.code(&person.identifier)).await?;
    let connected = async {
        let connecting = connect(Arc::clone(&stage.target), session.id.clone());
        let connecting = stage.background.spawn(timeout(stage.settings.patience, connecting));
        let connected = connecting.await.map_err(|_| Failure::Broken)?;
        let (mut seen, reader) = connected.map_err(|_| Failure::Timeout)??;
        // The present state is the first frame.
        let first = timeout(stage.settings.patience, seen.wait_for(Option::is_some)).await.map(|seen| seen.is_ok());
        if first == Ok(true) { Ok((seen, reader)) } else { Err(Failure::Timeout) }
    };
    let (seen, reader) = log.step("connect", connected).await?;
    Ok(Watched { id: session.id, code, seen, reader })
}

type Reading = (watch::Receiver<Option<Seen>>, JoinHandle<()>);

async fn connect(target: Arc<Target>, id: String) -> Result<Reading, Failure> {
    use futures_util::StreamExt as _;

    let stream = TcpStream::connect(target.address()).await.map_err(|_| Failure::Connect)?;
    stream.set_nodelay(true).map_err(|_| Failure::Connect)?;
    let url = format!("ws://{}{}/{id}/events", target.url().authority(), Flow::Registration.path());
    let (mut socket, _) = client_async(url, stream).await.map_err(|error| match error {
        tokio_tungstenite::tungstenite::Error::Http(answer) => {
            Failure::Status { status: answer.status().as_u16(), problem: None }
        }
        _ => Failure::Broken,
    })?;
    let (states, seen) = watch::channel(None);
    // Reading is what answers the server's pings, too.
    let reader = tokio::spawn(async move {
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            if let Ok(frame) = serde_json::from_str::<Frame>(&text) {
                states.send_replace(Some(Seen { state: frame.session.state, at: Instant::now() }));
            }
        }
    });
    Ok((seen, reader))
}
