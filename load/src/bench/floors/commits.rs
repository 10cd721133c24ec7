//! The one call to Redis that a transition cannot do without: the very script of ChatLink, with keys and values of the
//! same sizes, on a connection that each worker keeps and drives itself, so that no answer crosses a thread.

use std::cell::Cell;

use redis::{AsyncConnectionConfig, Client, RedisResult, Script, aio::MultiplexedConnection};

use super::Sizes;

const COMMIT: &str = include_str!("../../../../src/adapters/redis/commit.lua");
/// How many sessions of a worker are judged in turn.
const JUDGED: u64 = 4096;
/// A shard has an outbox.
const SHARDS: u64 = 16;
/// Later than any measurement ends.
const EXPIRY: u64 = 4_102_444_800_000;
/// Spreads consecutive numbers over all of 64 bits, as random versions and keys are (Knuth's multiplicative hashing).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a worker commits with.
pub struct Commits {
    connection: MultiplexedConnection,
    script: Script,
    started: Vec<u8>,
    judged: Vec<u8>,
    message: Vec<u8>,
    /// No other worker's keys.
    worker: u64,
    next: Cell<u64>,
    next_judged: Cell<u64>,
}

impl Commits {
    pub async fn open(url: &str, worker: u64, sizes: Sizes) -> RedisResult<Self> {
        // Without the driver's timeouts, which cost a timer for each command.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = Client::open(url)?.get_multiplexed_async_connection_with_config(&config).await?;
        let filled = |size| vec![b'x'; size];
        Ok(Self {
            connection,
            script: Script::new(COMMIT),
            started: filled(sizes.state),
            judged: filled(sizes.judged),
            message: filled(sizes.message),
            worker,
            next: Cell::new(0),
            next_judged: Cell::new(0),
        })
    }

    /// Writes a new session and the message that it sends.
    pub async fn start(&self) -> RedisResult<()> {
        let number = take(&self.next);
        self.commit("started", number, "", &version(number), &self.started, Some(&self.message)).await
    }

    /// Writes over one of a few sessions in turn, as a wrong code does.
    pub async fn judge(&self) -> RedisResult<()> {
        let number = take(&self.next_judged);
        let before = number.checked_sub(JUDGED).map(version).unwrap_or_default();
        self.commit("judged", number % JUDGED, &before, &version(number), &self.judged, None).await
    }

    /// Reads one of them.
    pub async fn read(&self) -> RedisResult<()> {
        let number = take(&self.next_judged) % JUDGED;
        let mut read = redis::cmd("HMGET");
        read.arg(self.key("judged", number)).arg("v").arg("s");
        read.query_async::<(Option<String>, Option<Vec<u8>>)>(&mut self.connection.clone()).await.map(drop)
    }

    async fn commit(
        &self,
        kind: &str,
        number: u64,
        before: &str,
        after: &str,
        state: &[u8],
        message: Option<&[u8]>,
    ) -> RedisResult<()> {
        let shard = number % SHARDS;
        let mut call = self.script.prepare_invoke();
        call.key(self.key(kind, number)).key(format!("floor:{{{shard:02}}}:outbox"));
        call.arg(before).arg(after).arg(state).arg(EXPIRY);
        call.arg(format!("floor:{{{shard:02}}}:changes")).arg([b'x'; 40].as_slice());
        if let Some(message) = message {
            call.arg(message);
        }
        let outcome: redis::Value = call.invoke_async(&mut self.connection.clone()).await?;
        let won = matches!(outcome, redis::Value::Okay);
        if won { Ok(()) } else { Err((redis::ErrorKind::Client, "a commit of a floor was lost").into()) }
    }

    fn key(&self, kind: &str, number: u64) -> String {
        let (shard, spread) = (number % SHARDS, number.wrapping_mul(SPREAD));
        format!("floor:{{{shard:02}}}:{kind}:{:016x}{spread:016x}", self.worker)
    }
}

fn take(counter: &Cell<u64>) -> u64 {
    counter.replace(counter.get() + 1)
}

fn version(number: u64) -> String {
    (number + 1).wrapping_mul(SPREAD).to_string()
}
