//! What all figures here are taken on: private services, servers beside them, and the few requests that fill both.

use std::{io, sync::Arc};

use chatlink_actors::otp::PublicId;
use redis::{AsyncConnectionConfig, aio::MultiplexedConnection};
use serde::Deserialize;

use super::{copies::copies, drive::Drive};
use crate::{
    bench::BenchError,
    client::{Answer, Connection, Failure, Request, Target},
    stack::{Launch, Server, Stack},
};

/// How many requests are under way while something is filled.
const CONNECTIONS: usize = 64;

/// Services, and how servers are started beside them.
#[derive(Debug)]
pub struct Ground {
    pub stack: Stack,
    pub launch: Launch,
}

/// A server that has a part of Redis to itself.
#[derive(Debug)]
pub struct Node {
    pub server: Server,
    pub drive: Drive,
    prefix: String,
}

impl Ground {
    /// Starts the services. For servers that keep what they are given: no session runs out meanwhile.
    pub async fn open(launch: &Launch) -> Result<Self, BenchError> {
        let launch = launch.clone().set("otp.registration.ttl", "30m");
        Ok(Self { stack: Stack::start().await?, launch })
    }

    /// Starts a server under a prefix of its own.
    pub async fn serve(&self, prefix: &str, settings: &[(&str, String)]) -> Result<Node, BenchError> {
        let launch = settings.iter().fold(self.launch.clone(), |launch, (key, value)| launch.set(key, value));
        let server = self.stack.serve(&launch.set("redis.prefix", prefix)).await?;
        let drive = Drive::new(&server.url(), CONNECTIONS)?;
        Ok(Node { server, drive, prefix: prefix.to_owned() })
    }

    /// A connection to Redis.
    pub async fn redis(&self) -> Result<MultiplexedConnection, BenchError> {
        let patient = AsyncConnectionConfig::new().set_response_timeout(Some(super::PATIENCE));
        let client = redis::Client::open(self.stack.redis_url())?;
        Ok(client.get_multiplexed_async_connection_with_config(&patient).await?)
    }

    /// How much memory Redis has given out, in bytes.
    pub async fn redis_memory(&self) -> Result<u64, BenchError> {
        let info: String = redis::cmd("INFO").arg("memory").query_async(&mut self.redis().await?).await?;
        let line = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
        let bytes = line.and_then(|bytes| bytes.trim().parse().ok());
        bytes.ok_or_else(|| BenchError::Answer("Redis does not say what memory it uses".into()))
    }

    /// Empties Redis: the next figure begins with nothing.
    pub async fn forget(&self) -> Result<(), BenchError> {
        Ok(redis::cmd("FLUSHALL").arg("SYNC").exec_async(&mut self.redis().await?).await?)
    }

    /// Stops the services.
    pub async fn close(self) {
        self.stack.stop().await;
    }
}

impl Node {
    /// What is resident of the server, in bytes.
    pub fn resident(&self) -> Result<u64, BenchError> {
        Ok(self.server.usage()?.resident)
    }

    /// Starts one session.
    pub async fn start(&self, identifier: &str) -> Result<PublicId, BenchError> {
        let mut connection = self.connection();
        let answer = connection.send(start(identifier)).await.and_then(|answer| answer.expect(202));
        answer.and_then(|answer| id_of(&answer)).map_err(|failure| BenchError::Answer(failure.to_string()))
    }

    /// Has so many live sessions in Redis, of which the server knows nothing yet.
    pub async fn copies(&self, ground: &Ground, count: usize) -> Result<Arc<Vec<PublicId>>, BenchError> {
        let original = self.start("somebody.1234567@example.org").await?;
        Ok(Arc::new(copies(&mut ground.redis().await?, &self.prefix, original, count).await?))
    }

    /// Asks for the status of each of them.
    pub async fn look_at(&self, what: &'static str, ids: &Arc<Vec<PublicId>>) -> Result<(), BenchError> {
        let shared = Arc::clone(ids);
        let request = move |number| status(shared.get(number));
        self.drive.each(what, ids.len(), 200, request, |_| Ok(())).await?;
        Ok(())
    }

    /// How many actors are live.
    pub async fn live(&self) -> Result<u64, BenchError> {
        self.gauge("chatlink_actors_live{purpose=\"registration\"}").await
    }

    /// One value of the server's metrics.
    pub async fn gauge(&self, name: &str) -> Result<u64, BenchError> {
        let missing = || BenchError::Answer(format!("{name} is not among the metrics"));
        let target = Target::parse(&self.server.admin_url()).map_err(|_| missing())?;
        let mut connection = Connection::new(Arc::new(target), super::PATIENCE);
        let answer = connection.send(Request::get("/metrics")).await.map_err(|_| missing())?;
        let text = String::from_utf8_lossy(&answer.body);
        let value = text.lines().find_map(|line| line.strip_prefix(name)).and_then(|value| value.trim().parse().ok());
        value.ok_or_else(missing)
    }

    pub fn connection(&self) -> Connection {
        Connection::new(Arc::clone(&self.drive.target), super::PATIENCE)
    }

    /// Ends the server at once: what it holds matters to nobody.
    pub async fn end(self) -> io::Result<()> {
        self.server.kill().await
    }
}

/// Starts a registration.
pub fn start(identifier: &str) -> Request {
    Request::post("/v1/registrations", format!("{{\"identifier\":\"{identifier}\"}}"))
}

/// Asks how a session stands. Of none, what is answered with 404.
pub fn status(id: Option<&PublicId>) -> Request {
    Request::get(path(id, ""))
}

/// Tries a code. That it is right by chance happens once in a million times.
pub fn guess(id: Option<&PublicId>) -> Request {
    Request::post(path(id, "/verify"), "{\"code\":\"000000\"}")
}

fn path(id: Option<&PublicId>, rest: &str) -> String {
    id.map_or_else(|| "/v1/registrations/none".into(), |id| format!("/v1/registrations/{id}{rest}"))
}

/// The id of the session in an answer.
pub fn id_of(answer: &Answer) -> Result<PublicId, Failure> {
    #[derive(Deserialize)]
    struct Session {
        id: String,
    }
    let session: Session = answer.json()?;
    session.id.parse().map_err(|_| Failure::Answer("the id is none"))
}

/// How many attempts are left, as an answer says.
pub fn attempts_of(answer: &Answer) -> Result<u64, Failure> {
    #[derive(Deserialize)]
    struct Attempts {
        attempts_left: u64,
    }
    answer.json().map(|it: Attempts| it.attempts_left)
}
