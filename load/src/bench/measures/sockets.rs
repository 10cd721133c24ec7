//! How long a change takes to somebody who watches: from the request that makes it, through Redis, to the frame.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use super::super::{
    BenchError,
    lab::{Lab, guess},
    results::{Row, median, millis},
    rounds::run,
};
use crate::{
    client::{Connection, Failure, Target},
    engine::{Arrivals, Log, Plan, Work},
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How many sockets are open.
const SOCKETS: usize = 64;
/// How many changes there are a second, over all of them: few enough that none waits for another.
const CHANGES: f64 = 200.0;
const WARM_UP: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(10);

/// Somebody who makes a change and watches.
struct Watcher {
    connection: Connection,
    /// What is watched; none where the socket itself answers.
    session: Option<String>,
    socket: Socket,
}

/// Watchers who are ready, each of whom one visit takes along.
struct Watch {
    ready: Mutex<Vec<Watcher>>,
}

impl Watch {
    fn ready(&self) -> std::sync::MutexGuard<'_, Vec<Watcher>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work for Watch {
    type User = ();

    fn user(&self, _: usize) {}

    async fn visit(&self, (): &mut (), log: &mut Log) -> Result<(), Failure> {
        let watcher = self.ready().pop();
        let mut watcher = watcher.ok_or(Failure::Answer("all sockets are busy"))?;
        log.step("change", watcher.change()).await?;
        self.ready().insert(0, watcher);
        Ok(())
    }
}

impl Watcher {
    async fn open(target: &Arc<Target>, session: Option<String>) -> Result<Self, BenchError> {
        let path = session.as_ref().map_or_else(|| "/echo".into(), |id| format!("/v1/registrations/{id}/events"));
        let opened = connect_async(format!("ws://{}{path}", target.address())).await;
        let (socket, _) = opened.map_err(|error| BenchError::Answer(error.to_string()))?;
        let connection = Connection::new(Arc::clone(target), PATIENCE);
        let mut watcher = Self { connection, session, socket };
        if watcher.session.is_some() {
            // How the session stands now.
            watcher.frame().await.map_err(|failure| BenchError::Answer(failure.to_string()))?;
        }
        Ok(watcher)
    }

    /// Makes a change, and waits until it is seen. The request may be answered before or after.
    async fn change(&mut self) -> Result<(), Failure> {
        let Some(session) = &self.session else {
            self.socket.send(Message::text("change")).await.map_err(|_| Failure::Broken)?;
            return self.frame().await;
        };
        let (connection, request) = (&mut self.connection, guess(session));
        let socket = &mut self.socket;
        let (answer, seen) = tokio::join!(connection.send(request), frame(socket));
        answer?.expect(422)?;
        seen
    }

    async fn frame(&mut self) -> Result<(), Failure> {
        frame(&mut self.socket).await
    }
}

/// Waits for the next frame with text.
async fn frame(socket: &mut Socket) -> Result<(), Failure> {
    let heard = async {
        while let Some(Ok(message)) = socket.next().await {
            if message.is_text() {
                return Ok(());
            }
        }
        Err(Failure::Broken)
    };
    timeout(PATIENCE, heard).await.unwrap_or(Err(Failure::Timeout))
}

/// A wrong code, and the frame that tells of it, beside a frame that comes straight back.
pub async fn socket(lab: &Lab) -> Result<Row, BenchError> {
    let silent = lab.silent();
    // As many changes as there may be.
    let server = lab.server(|launch| launch.smtp(silent).set("otp.registration.max_attempts", "100")).await?;
    let floors = lab.floors(&server).await?;
    let mut row = Row::new("a change to its watcher", "a frame that comes straight back");
    let mut echoes = (Vec::new(), Vec::new());
    for _ in 0..lab.options.rounds {
        let echo = watch(lab, &floors.target, vec![None; SOCKETS]).await?.requests();
        echoes.0.push(millis(echo.quantile(0.5)));
        echoes.1.push(millis(echo.quantile(0.99)));
        let sessions = lab.sessions(&server, SOCKETS).await?;
        row.outcome(&watch(lab, &server.target, sessions.into_iter().map(Some).collect()).await?);
    }
    row.note(format!(
        "{CHANGES:.0} changes a second over {SOCKETS} sockets; the frame that comes straight back took {:.2} / {:.2} ms",
        median(&echoes.0),
        median(&echoes.1)
    ));
    server.process.kill().await?;
    floors.process.end().await?;
    Ok(row)
}

async fn watch(
    lab: &Lab,
    target: &Arc<Target>,
    sessions: Vec<Option<String>>,
) -> Result<crate::engine::Outcome, BenchError> {
    let mut ready = Vec::new();
    for session in sessions {
        ready.push(Watcher::open(target, session).await?);
    }
    let time = lab.options.seconds();
    let plan = Plan { warm_up: WARM_UP, threads: 1, ..Plan::open(CHANGES, Arrivals::Constant, time) };
    run(plan, Watch { ready: Mutex::new(ready) }).await
}
