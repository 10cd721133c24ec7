//! Where the measuring happens: the services, the servers that are started beside them, and people to be served.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis::{AsyncConnectionConfig, aio::MultiplexedConnection};
use serde::Deserialize;
use tokio::{net::TcpListener, task::JoinSet};

use super::{
    Bench, BenchError,
    floors::{self, Helper, Sizes},
};
use crate::{
    client::{Answer, Connection, Request, Target},
    stack::{Launch, Server, Stack},
};

/// Longest wait for an answer outside of what is measured.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many prepare something at once.
const HELPERS: usize = 32;

/// Private services, and a mail server that says nothing.
pub struct Lab {
    pub options: Bench,
    pub stack: Stack,
    postgres: tokio_postgres::Client,
    redis: MultiplexedConnection,
    silent: SocketAddr,
    numbers: Arc<AtomicU64>,
}

/// A server, or a floor, and where it is asked.
pub struct Subject<P> {
    pub process: P,
    pub target: Arc<Target>,
}

#[derive(Deserialize)]
pub struct Started {
    pub id: String,
}

impl Lab {
    /// Starts the services.
    pub async fn open(options: Bench) -> Result<Self, BenchError> {
        let stack = Stack::start().await?;
        let (postgres, connection) = tokio_postgres::connect(stack.postgres_url(), tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        let patient = AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
        let redis = redis::Client::open(stack.redis_url())?;
        let redis = redis.get_multiplexed_async_connection_with_config(&patient).await?;
        let silent = silent_server().await?;
        Ok(Self { options, stack, postgres, redis, silent, numbers: Arc::default() })
    }

    pub async fn close(self) {
        self.stack.stop().await;
    }

    /// A connection of our own to the database.
    pub const fn postgres(&self) -> &tokio_postgres::Client {
        &self.postgres
    }

    /// A connection of our own to Redis.
    pub fn redis(&self) -> MultiplexedConnection {
        self.redis.clone()
    }

    /// A mail server that takes connections and says nothing: sixteen messages wait for it, the rest waits for them, and
    /// none is sent or reported on.
    pub const fn silent(&self) -> SocketAddr {
        self.silent
    }

    /// A new server whose courier is idle, for its mail server is [silent](Self::silent).
    pub async fn quiet_server(&self) -> Result<Subject<Server>, BenchError> {
        let silent = self.silent();
        self.server(|launch| launch.smtp(silent)).await
    }

    /// A new server with nothing in Redis yet, neither its own nor anybody else's.
    pub async fn server(&self, change: impl FnOnce(Launch) -> Launch) -> Result<Subject<Server>, BenchError> {
        redis::cmd("FLUSHALL").arg("ASYNC").query_async::<()>(&mut self.redis()).await?;
        // Nobody guesses one of ten digits by chance, so that every wrong code is wrong.
        let launch = self.options.launch().set("otp.registration.code_length", "10");
        let process = self.stack.serve(&change(launch)).await?;
        let target = target(process.address)?;
        Ok(Subject { process, target })
    }

    /// The floors for a server, made to the measure of what it writes to Redis.
    pub async fn floors(&self, server: &Subject<Server>) -> Result<Subject<Helper>, BenchError> {
        let sizes = self.sizes(server).await?;
        let (process, address) = floors::serve(self.stack.postgres_url(), self.stack.redis_url(), sizes).await?;
        Ok(Subject { process, target: target(address)? })
    }

    /// How much a new server writes to Redis for a session, by what it has written.
    async fn sizes(&self, server: &Subject<Server>) -> Result<Sizes, BenchError> {
        let mut connection = Connection::new(Arc::clone(&server.target), PATIENCE);
        let started: Started = answer(&mut connection, start(&self.somebody()), 202).await?;
        let mut redis = self.redis();
        let keys: Vec<String> = redis::cmd("KEYS").arg("*:otp:registration:*").query_async(&mut redis).await?;
        let [key] = keys.as_slice() else { return Err(wrong("the server's session is not in Redis")) };
        let state = redis::cmd("HSTRLEN").arg(key).arg("s").query_async(&mut redis).await?;
        let message = self.message_size().await?;
        sent(&mut connection, guess(&started.id), 422).await?;
        let judged = redis::cmd("HSTRLEN").arg(key).arg("s").query_async(&mut redis).await?;
        Ok(Sizes { state, judged, message })
    }

    /// The longest value of an entry in any outbox.
    async fn message_size(&self) -> Result<usize, BenchError> {
        type Entries = Vec<(String, Vec<(String, Vec<u8>)>)>;
        let mut redis = self.redis();
        let keys: Vec<String> = redis::cmd("KEYS").arg("*:outbox").query_async(&mut redis).await?;
        let mut longest = None;
        for key in keys {
            let entries: Entries = redis::cmd("XRANGE").arg(key).arg("-").arg("+").query_async(&mut redis).await?;
            let fields = entries.into_iter().flat_map(|(_, fields)| fields);
            longest = fields.map(|(_, value)| value.len()).max().max(longest);
        }
        longest.ok_or_else(|| wrong("the server's message is not in Redis"))
    }

    /// An identifier that nobody had before.
    pub fn somebody(&self) -> String {
        identifier(self.numbers.fetch_add(1, Ordering::Relaxed))
    }

    /// Where such identifiers come from, for whoever needs many.
    pub fn people(&self) -> impl Fn() -> String + Send + Sync + use<> {
        let numbers = Arc::clone(&self.numbers);
        move || identifier(numbers.fetch_add(1, Ordering::Relaxed))
    }

    /// So many sessions that wait for their code: their ids.
    pub async fn sessions(&self, server: &Subject<Server>, number: usize) -> Result<Vec<String>, BenchError> {
        let people = self.people();
        let requests = (0..number).map(|_| start(&people())).collect();
        let answers: Vec<Started> = answers(&server.target, requests, 202).await?;
        Ok(answers.into_iter().map(|started| started.id).collect())
    }
}

fn identifier(number: u64) -> String {
    format!("somebody.{number:010}@example.org")
}

pub fn target(address: SocketAddr) -> Result<Arc<Target>, BenchError> {
    Target::at(address).map(Arc::new).map_err(|error| BenchError::Answer(error.to_string()))
}

/// A mail server that takes connections and says nothing.
async fn silent_server() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    Ok(address)
}

/// Asks for a code.
pub fn start(identifier: &str) -> Request {
    Request::post("/v1/registrations", format!(r#"{{"identifier":"{identifier}"}}"#))
}

/// Tries a code that is wrong.
pub fn guess(session: &str) -> Request {
    Request::post(format!("/v1/registrations/{session}/verify"), r#"{"code":"0000000000"}"#)
}

fn wrong(what: &str) -> BenchError {
    BenchError::Answer(what.to_owned())
}

/// Sends a request outside of what is measured.
pub async fn sent(connection: &mut Connection, request: Request, status: u16) -> Result<Answer, BenchError> {
    let answer = connection.send(request).await.and_then(|answer| answer.expect(status));
    answer.map_err(|failure| BenchError::Answer(failure.to_string()))
}

async fn answer<T: serde::de::DeserializeOwned>(
    connection: &mut Connection,
    request: Request,
    status: u16,
) -> Result<T, BenchError> {
    sent(connection, request, status).await?.json().map_err(|failure| BenchError::Answer(failure.to_string()))
}

/// Sends many requests outside of what is measured, several at once. The answers come in any order.
pub async fn answers<T: serde::de::DeserializeOwned + Send + 'static>(
    target: &Arc<Target>,
    mut requests: Vec<Request>,
    status: u16,
) -> Result<Vec<T>, BenchError> {
    let share = requests.len().div_ceil(HELPERS).max(1);
    let mut helpers = JoinSet::new();
    while !requests.is_empty() {
        let part = requests.split_off(requests.len().saturating_sub(share));
        let mut connection = Connection::new(Arc::clone(target), PATIENCE);
        helpers.spawn(async move {
            let mut answers = Vec::with_capacity(part.len());
            for request in part {
                answers.push(answer(&mut connection, request, status).await?);
            }
            Ok::<Vec<T>, BenchError>(answers)
        });
    }
    let mut all = Vec::new();
    while let Some(part) = helpers.join_next().await {
        all.extend(part.map_err(io::Error::other)??);
    }
    Ok(all)
}
