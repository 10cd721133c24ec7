//! Very many WebSocket watchers in one process, each a task with small buffers.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chatlink_actors::otp::PublicId;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, client::IntoClientRequest as _, protocol::WebSocketConfig},
};

use super::{PATIENCE, drive::Progress};
use crate::bench::BenchError;

/// How many connections come from one address: of the ports of one, a good part may still be in use.
const PER_ADDRESS: usize = 5_000;
/// How many are opened at a time.
const OPENING: usize = 32;

/// A frame with a session came: whose watcher it is, and when.
pub struct Seen {
    pub number: usize,
    pub at: Instant,
}

/// Watchers that stay until this is dropped.
pub struct Watchers {
    tasks: JoinSet<()>,
    open: Arc<AtomicUsize>,
    pub seen: mpsc::UnboundedReceiver<Seen>,
}

impl Watchers {
    /// Opens one for each session, and waits until every one was shown how its session stands.
    pub async fn open(server: SocketAddr, ids: &[PublicId]) -> Result<Self, BenchError> {
        let (saw, seen) = mpsc::unbounded_channel();
        let mut all = Self { tasks: JoinSet::new(), open: Arc::default(), seen };
        let progress = Progress::new("watchers", ids.len());
        let at_once = Arc::new(Semaphore::new(OPENING));
        let mut opening = JoinSet::new();
        for (number, &id) in ids.iter().enumerate() {
            // The semaphore is never closed.
            let turn = Arc::clone(&at_once).acquire_owned().await.map_err(std::io::Error::other)?;
            opening.spawn(async move {
                let watcher = timeout(PATIENCE, connect(server, number, id)).await;
                drop(turn);
                watcher
                    .unwrap_or_else(|_| Err(format!("watcher {number}: no first frame in time")))
                    .map(|it| (number, it))
            });
            while let Some(opened) = opening.try_join_next() {
                all.keep(opened, &saw)?;
            }
            if number % 2_000 == 1_999 {
                progress.tell(number);
            }
        }
        while let Some(opened) = opening.join_next().await {
            all.keep(opened, &saw)?;
        }
        progress.end();
        Ok(all)
    }

    fn keep(&mut self, opened: Opened, saw: &mpsc::UnboundedSender<Seen>) -> Result<(), BenchError> {
        let (number, socket) = opened.map_err(std::io::Error::other)?.map_err(BenchError::Answer)?;
        let (open, saw) = (Arc::clone(&self.open), saw.clone());
        open.fetch_add(1, Ordering::Relaxed);
        self.tasks.spawn(async move {
            watch(socket, number, saw).await;
            open.fetch_sub(1, Ordering::Relaxed);
        });
        Ok(())
    }

    /// How many are still connected.
    pub fn still_open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

type Socket = WebSocketStream<TcpStream>;
type Opened = Result<Result<(usize, Socket), String>, tokio::task::JoinError>;

/// Connects, and waits for the first frame.
async fn connect(server: SocketAddr, number: usize, id: PublicId) -> Result<Socket, String> {
    let fail = |error: &dyn std::fmt::Display| format!("watcher {number}: {error}");
    let stream = from_address(server, number).await.map_err(|error| fail(&error))?;
    let url = format!("ws://{server}/v1/registrations/{id}/events");
    let request = url.into_client_request().map_err(|error| fail(&error))?;
    let config = WebSocketConfig::default().read_buffer_size(1_024).write_buffer_size(0).max_message_size(Some(65_536));
    let (mut socket, _) =
        client_async_with_config(request, stream, Some(config)).await.map_err(|error| fail(&error))?;
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(_))) => return Ok(socket),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(fail(&error)),
            None => return Err(fail(&"closed before its first frame")),
        }
    }
}

/// From one of several addresses of this machine, for one has ports for some 28 000 connections.
async fn from_address(server: SocketAddr, number: usize) -> std::io::Result<TcpStream> {
    let last = u8::try_from(2 + number / PER_ADDRESS).unwrap_or(u8::MAX);
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0))?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Tells of every session that is shown, and answers pings, until the server closes.
async fn watch(mut socket: Socket, number: usize, saw: mpsc::UnboundedSender<Seen>) {
    while let Some(Ok(message)) = socket.next().await {
        match message {
            // Nobody may listen any more.
            Message::Text(_) => drop(saw.send(Seen { number, at: Instant::now() })),
            // The answer to a ping was queued with it.
            Message::Ping(_) => drop(timeout(Duration::from_secs(5), socket.flush()).await),
            _ => {}
        }
    }
}
