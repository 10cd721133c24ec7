//! The outbox as 16 streams with one consumer group: what a commit appended is pending with one process until
//! that process is done with it, or has been silent about it for as long as the lease.
//!
//! Each shard reads on a connection of its own, since the read blocks. Now and then it first sweeps through what
//! is pending for entries whose lease ran out, so that neither the old nor the new can starve the other.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chatlink_actors::{identifier::ActorKey, ports::BoxFuture};
use redis::{
    Cmd, FromRedisValue, Script,
    aio::MultiplexedConnection,
    streams::{StreamAutoClaimReply, StreamId, StreamReadReply},
};
use tokio::{sync::Mutex, time::Instant};

use super::{
    connection::{Connector, Kept},
    failure::Failure,
    keys::Keys,
};
use crate::courier::ports::{Entry, EntryId, Outbox, OutboxError, OutboxWriter};

/// The consumer group that all processes read as.
const GROUP: &str = "courier";
/// The field of a stream entry that holds the message.
const MESSAGE: &str = "m";
/// Where a sweep begins, and what Redis answers when it has ended.
const START: &str = "0-0";
/// After how many leases of silence a consumer that holds nothing is forgotten. A living one reads at least
/// twice a lease.
const LEASES_UNTIL_FORGOTTEN: u32 = 20;
/// How often one call creates the group: when it begins, and when the data is deleted under it.
const RECREATIONS: usize = 3;
/// The error codes of a read whose stream or group went away, before the read and during it.
const LOST_GROUP: [&str; 2] = ["NOGROUP", "UNBLOCKED"];

/// The outbox, read as one consumer.
pub(super) struct RedisOutbox {
    shards: Vec<Shard>,
    /// For what is answered at once.
    common: Arc<Kept>,
    keys: Keys,
    consumer: String,
    lease: Duration,
    reap: Script,
}

/// Appends to the streams past any commit.
pub(super) struct RedisOutboxWriter {
    pub(super) connection: Arc<Kept>,
    pub(super) keys: Keys,
}

impl OutboxWriter for RedisOutboxWriter {
    fn append<'a>(&'a self, shard: u8, payload: &'a [u8]) -> BoxFuture<'a, Result<(), OutboxError>> {
        Box::pin(async move {
            let mut append = redis::cmd("XADD");
            append.arg(self.keys.outbox(shard)).arg("*").arg(MESSAGE).arg(payload);
            let append = &append;
            // Twice does no harm: whoever appends does so at least once.
            self.connection
                .run_repeatable("append", Duration::ZERO, |mut connection| async move {
                    append.query_async::<()>(&mut connection).await
                })
                .await
                .map_err(|failure| error(&failure))
        })
    }
}

/// The reader of one shard. Whoever leases holds the lock, so that reads follow each other.
struct Shard {
    connection: Kept,
    sweep: Mutex<Sweep>,
}

/// How far the search for entries whose lease ran out has come.
struct Sweep {
    cursor: String,
    /// When to go on.
    due: Instant,
    /// When to look for dead consumers.
    reap_due: Instant,
}

impl Outbox for RedisOutbox {
    fn lease(&self, shard: u8, limit: usize, patience: Duration) -> BoxFuture<'_, Result<Vec<Entry>, OutboxError>> {
        Box::pin(async move {
            let entries = self.lease_from(shard, limit.max(1), patience).await.map_err(|failure| error(&failure))?;
            let entry = |entry: StreamId| Entry {
                payload: entry.get(MESSAGE).unwrap_or_default(),
                id: EntryId { shard, position: entry.id },
            };
            Ok(entries.into_iter().map(entry).collect())
        })
    }

    fn renew<'a>(&'a self, entries: &'a [EntryId]) -> BoxFuture<'a, Result<(), OutboxError>> {
        Box::pin(async move {
            let mut shards = BTreeMap::<u8, Vec<&str>>::new();
            for entry in entries {
                shards.entry(entry.shard).or_default().push(&entry.position);
            }
            if shards.is_empty() {
                return Ok(());
            }
            let mut pipeline = redis::pipe();
            for (shard, positions) in shards {
                // Claiming an entry from oneself starts its lease anew; JUSTID does not count that as a delivery.
                // One that is done, by whomever, is not in the group any more and stays so.
                pipeline.cmd("XCLAIM").arg(self.keys.outbox(shard)).arg(GROUP).arg(&self.consumer).arg(0);
                pipeline.arg(positions).arg("JUSTID").ignore();
            }
            let pipeline = &pipeline;
            let renewed = self
                .common
                .run_repeatable("renew", Duration::ZERO, |mut connection| async move {
                    pipeline.query_async::<()>(&mut connection).await
                })
                .await;
            match renewed {
                // The group is gone, and so are the entries.
                Err(failure) if is_lost_group(&failure) => Ok(()),
                renewed => renewed.map_err(|failure| error(&failure)),
            }
        })
    }

    fn done<'a>(&'a self, entry: &'a EntryId) -> BoxFuture<'a, Result<(), OutboxError>> {
        Box::pin(async move {
            let stream = self.keys.outbox(entry.shard);
            let mut transaction = redis::pipe();
            transaction.atomic();
            transaction.cmd("XACK").arg(&stream).arg(GROUP).arg(&entry.position).ignore();
            transaction.cmd("XDEL").arg(&stream).arg(&entry.position).ignore();
            let transaction = &transaction;
            self.common
                .run_repeatable("done", Duration::ZERO, |mut connection| async move {
                    transaction.query_async::<()>(&mut connection).await
                })
                .await
                .map_err(|failure| error(&failure))
        })
    }
}

impl RedisOutbox {
    pub(super) fn new(
        connector: &Arc<Connector>,
        common: Arc<Kept>,
        keys: &Keys,
        consumer: &str,
        lease: Duration,
    ) -> Self {
        let now = Instant::now();
        let shard = |_| Shard {
            connection: Kept::open_for_blocking(connector),
            sweep: Mutex::new(Sweep { cursor: START.to_owned(), due: now, reap_due: now }),
        };
        Self {
            shards: (0..ActorKey::SHARDS).map(shard).collect(),
            common,
            keys: keys.clone(),
            consumer: consumer.to_owned(),
            lease,
            reap: Script::new(include_str!("reap.lua")),
        }
    }

    async fn lease_from(&self, shard: u8, limit: usize, patience: Duration) -> Result<Vec<StreamId>, Failure> {
        let deadline = Instant::now() + patience;
        let Shard { connection, sweep } = self.shards.get(usize::from(shard)).ok_or_else(no_such_shard)?;
        let reader = Reader { outbox: self, connection, stream: self.keys.outbox(shard), limit };
        let mut sweep = sweep.lock().await;
        let mut recreations = 0;
        loop {
            match reader.step(&mut sweep, deadline).await {
                Ok(entries) if entries.is_empty() && Instant::now() < deadline => {}
                Err(failure) if is_lost_group(&failure) && recreations < RECREATIONS => {
                    reader.create_group().await?;
                    recreations += 1;
                }
                outcome => return outcome,
            }
        }
    }
}

/// One call's view of a shard.
struct Reader<'a> {
    outbox: &'a RedisOutbox,
    connection: &'a Kept,
    stream: String,
    limit: usize,
}

impl Reader<'_> {
    /// Entries whose lease ran out if it is time to look for them, else new ones. Waits until the deadline, or
    /// until it is time to look again.
    async fn step(&self, sweep: &mut Sweep, deadline: Instant) -> Result<Vec<StreamId>, Failure> {
        if sweep.reap_due <= Instant::now() {
            self.reap().await?;
            sweep.reap_due = Instant::now() + self.outbox.lease * LEASES_UNTIL_FORGOTTEN;
        }
        if sweep.due <= Instant::now() {
            let claimed = self.claim(sweep).await?;
            if !claimed.is_empty() {
                return Ok(claimed);
            }
        }
        let wait = deadline.min(sweep.due).saturating_duration_since(Instant::now());
        self.read(wait).await
    }

    async fn claim(&self, sweep: &mut Sweep) -> Result<Vec<StreamId>, Failure> {
        let mut command = redis::cmd("XAUTOCLAIM");
        command.arg(&self.stream).arg(GROUP).arg(&self.outbox.consumer).arg(millis(self.outbox.lease));
        command.arg(&sweep.cursor).arg("COUNT").arg(self.limit);
        let reply: StreamAutoClaimReply = self.run("claim", Duration::ZERO, &command).await?;
        let swept = reply.next_stream_id == START;
        sweep.cursor = reply.next_stream_id;
        if swept {
            sweep.due = Instant::now() + self.outbox.lease / 2;
        }
        Ok(reply.claimed)
    }

    async fn read(&self, wait: Duration) -> Result<Vec<StreamId>, Failure> {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(&self.outbox.consumer).arg("COUNT").arg(self.limit);
        // To Redis, to block for no time is to block for ever.
        let millis = millis(wait);
        if millis > 0 {
            command.arg("BLOCK").arg(millis);
        }
        command.arg("STREAMS").arg(&self.stream).arg(">");
        let reply: Option<StreamReadReply> = self.run("lease", wait, &command).await?;
        Ok(reply.into_iter().flat_map(|reply| reply.keys).flat_map(|stream| stream.ids).collect())
    }

    async fn reap(&self) -> Result<(), Failure> {
        let idle = self.outbox.lease * LEASES_UNTIL_FORGOTTEN;
        let mut invocation = self.outbox.reap.key(&self.stream);
        invocation.arg(GROUP).arg(millis(idle));
        let invocation = &invocation;
        self.connection
            .run("reap", Duration::ZERO, |mut connection| async move { invocation.invoke_async(&mut connection).await })
            .await
    }

    /// The group begins with what was appended before it was there.
    async fn create_group(&self) -> Result<(), Failure> {
        let mut command = redis::cmd("XGROUP");
        command.arg("CREATE").arg(&self.stream).arg(GROUP).arg(0).arg("MKSTREAM");
        match self.run::<()>("create_group", Duration::ZERO, &command).await {
            // Another process was faster.
            Err(failure) if failure.is_refusal("BUSYGROUP") => Ok(()),
            created => created,
        }
    }

    async fn run<T: FromRedisValue>(
        &self,
        operation: &'static str,
        blocking: Duration,
        command: &Cmd,
    ) -> Result<T, Failure> {
        self.connection
            .run_repeatable(operation, blocking, |mut connection: MultiplexedConnection| async move {
                command.query_async(&mut connection).await
            })
            .await
    }
}

fn is_lost_group(failure: &Failure) -> bool {
    LOST_GROUP.iter().any(|code| failure.is_refusal(code))
}

fn no_such_shard() -> Failure {
    Failure::Refused("no such shard".into())
}

fn error(failure: &Failure) -> OutboxError {
    OutboxError(failure.reason().as_ref().to_owned())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
