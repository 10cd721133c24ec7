//! Connections that are kept: taken from the pool once, pipelined on, replaced when they break.
//!
//! A connection is driven by a task, and a task dies with the runtime that spawned it. So every connection is opened on
//! a runtime that outlives its use, whoever asks for it: that of a shard on the thread of the shard's actors, so that no
//! command changes threads twice, and all others on the root runtime.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use deadpool_redis::{Connection, Manager, Pool, PoolError};
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, ProtocolVersion, RedisResult, aio::MultiplexedConnection,
    io::tcp::TcpSettings,
};
use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, timeout, timeout_at},
};

use super::{
    ConnectError, Timeouts,
    failure::{Failure, describe},
};
use crate::telemetry::metrics::Calls;

/// How many connections may be under way at once: those of all shards, when the server comes back.
const OPENING: usize = 64;

/// Opens connections, on the root runtime.
pub(super) struct Connector {
    pool: Pool,
    info: ConnectionInfo,
    root: Handle,
    timeouts: Timeouts,
    calls: Calls,
}

impl Connector {
    /// Opens nothing yet. The runtime that this is called on is the root runtime.
    pub(super) fn new(info: ConnectionInfo, timeouts: Timeouts, calls: Calls) -> Result<Self, ConnectError> {
        // Requests are small and wait for nothing but their answers: Nagle's algorithm would only delay them.
        let info = info.set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let manager = Manager::new_with_config(info.clone(), config()).map_err(|_| ConnectError::Malformed)?;
        let pool = Pool::builder(manager).max_size(OPENING).build().map_err(|_| ConnectError::Malformed)?;
        Ok(Self { pool, info, root: Handle::current(), timeouts, calls })
    }

    pub(super) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Begins to open a connection that is kept, on that runtime.
    fn open(&self, runtime: &Handle) -> Attempt {
        let (outcome, attempt) = watch::channel(None);
        let pool = self.pool.clone();
        let patience = self.timeouts.connect;
        runtime.spawn(async move {
            let opened = match timeout(patience, pool.get()).await {
                Ok(Ok(connection)) => Ok(Arc::new(Link::new(Connection::take(connection)))),
                Ok(Err(PoolError::Backend(error))) => Err(describe(&error)),
                Ok(Err(error)) => Err(error.to_string().into()),
                Err(_) => Err("no connection in time".into()),
            };
            outcome.send_replace(Some(opened));
        });
        attempt
    }

    /// Opens a connection of its own that hands everything published on the channels to `config`'s push sender.
    pub(super) async fn subscribe(
        &self,
        channels: Vec<String>,
        on_push: impl redis::aio::AsyncPushSender,
    ) -> Result<MultiplexedConnection, Failure> {
        // Only RESP3 lets one connection carry messages and answers, so that its life can be probed.
        let settings = self.info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let info = self.info.clone().set_redis_settings(settings);
        let opening = async move {
            let client = Client::open(info)?;
            let config = config().set_push_sender(on_push);
            let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
            connection.subscribe(channels).await?;
            RedisResult::Ok(connection)
        };
        match self.root.spawn(timeout(self.timeouts.connect, opening)).await {
            Ok(Ok(Ok(connection))) => Ok(connection),
            Ok(Ok(Err(error))) => Err(Failure::Unreached(describe(&error))),
            Ok(Err(_)) => Err(Failure::TimedOut),
            Err(_) => Err(stopping()),
        }
    }
}

/// The timeouts of the driver are off: ours cover a whole request, opening a connection for it included.
fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None)
}

fn stopping() -> Failure {
    Failure::Unreached("the runtime is stopping".into())
}

/// The outcome of opening a connection, once there is one.
type Attempt = watch::Receiver<Option<Result<Arc<Link>, Arc<str>>>>;

/// A connection until it is given up. Those who still wait for answers on it hold clones.
struct Link(Mutex<Option<MultiplexedConnection>>);

impl Link {
    fn new(connection: MultiplexedConnection) -> Self {
        Self(Mutex::new(Some(connection)))
    }

    fn connection(&self) -> Option<MultiplexedConnection> {
        lock(&self.0).clone()
    }

    /// Gives it up: the socket closes as soon as nobody waits for an answer.
    fn cut(&self) {
        lock(&self.0).take();
    }
}

/// The data behind these locks is whole at any instant, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives a connection up unless told that the answer came.
struct CutOnDrop {
    link: Arc<Link>,
    answered: bool,
}

impl Drop for CutOnDrop {
    fn drop(&mut self) {
        if !self.answered {
            self.link.cut();
        }
    }
}

/// A place for one connection. Requests share it, and share the attempt to replace it when it is broken.
pub(super) struct Kept {
    connector: Arc<Connector>,
    runtime: Handle,
    attempt: Mutex<Attempt>,
    /// Whether a request that nobody waits for any more ends the connection.
    for_blocking: bool,
}

impl Kept {
    /// Begins to open a connection for requests that are answered at once.
    pub(super) fn open(connector: &Arc<Connector>) -> Self {
        Self::open_on(connector, connector.root.clone())
    }

    /// Likewise, driven by that runtime.
    pub(super) fn open_on(connector: &Arc<Connector>, runtime: Handle) -> Self {
        let attempt = Mutex::new(connector.open(&runtime));
        Self { connector: Arc::clone(connector), runtime, attempt, for_blocking: false }
    }

    /// Begins to open a connection for requests that block, made one after the other. A blocked request that is
    /// dropped would hold up the next one, and take what it waits for from everybody else.
    pub(super) fn open_for_blocking(connector: &Arc<Connector>) -> Self {
        Self { for_blocking: true, ..Self::open(connector) }
    }

    /// Does some work with the connection, or with a new one where it is known to be broken. Measured under the name
    /// of the `operation`, unless it is meant to block.
    ///
    /// Waits for the command timeout at most, and longer by `blocking`. Dropping the future leaves the outcome
    /// open.
    pub(super) async fn run<T, Work>(
        &self,
        operation: &'static str,
        blocking: Duration,
        work: impl FnOnce(MultiplexedConnection) -> Work,
    ) -> Result<T, Failure>
    where
        Work: Future<Output = RedisResult<T>>,
    {
        if !blocking.is_zero() {
            return self.run_unmeasured(blocking, work).await;
        }
        self.connector.calls.measure(operation, self.run_unmeasured(blocking, work)).await
    }

    async fn run_unmeasured<T, Work>(
        &self,
        blocking: Duration,
        work: impl FnOnce(MultiplexedConnection) -> Work,
    ) -> Result<T, Failure>
    where
        Work: Future<Output = RedisResult<T>>,
    {
        let deadline = Instant::now() + self.connector.timeouts.command;
        let (link, connection) = timeout_at(deadline, self.connection())
            .await
            .unwrap_or_else(|_| Err(Failure::Unreached("no connection in time".into())))?;
        let mut guard = self.for_blocking.then(|| CutOnDrop { link: Arc::clone(&link), answered: false });
        let outcome = match timeout_at(deadline + blocking, work(connection)).await {
            Ok(outcome) => outcome.map_err(|error| Failure::of(&error)),
            Err(_) => Err(Failure::TimedOut),
        };
        if let Some(guard) = &mut guard {
            guard.answered = true;
        }
        if outcome.as_ref().is_err_and(Failure::ends_connection) {
            link.cut();
        }
        outcome
    }

    /// As [`run`](Self::run), for work that may be done twice: once more where the connection turns out to have
    /// died unnoticed, as an idle one does.
    pub(super) async fn run_repeatable<T, Work>(
        &self,
        operation: &'static str,
        blocking: Duration,
        work: impl Fn(MultiplexedConnection) -> Work,
    ) -> Result<T, Failure>
    where
        Work: Future<Output = RedisResult<T>>,
    {
        match self.run(operation, blocking, &work).await {
            Err(Failure::Broken(_)) => self.run(operation, blocking, &work).await,
            outcome => outcome,
        }
    }

    /// Waits until the connection is open, or known not to.
    pub(super) async fn warm(&self) -> Result<(), Failure> {
        self.connection().await.map(drop)
    }

    async fn connection(&self) -> Result<(Arc<Link>, MultiplexedConnection), Failure> {
        loop {
            let mut attempt = self.attempt();
            let opened = attempt.wait_for(Option::is_some).await.map_err(|_| stopping())?.clone();
            match opened {
                Some(Ok(link)) => {
                    if let Some(connection) = link.connection() {
                        return Ok((link, connection));
                    }
                }
                Some(Err(reason)) => return Err(Failure::Unreached(reason)),
                None => return Err(stopping()),
            }
        }
    }

    /// The attempt that is under way or succeeded, or else a new one.
    fn attempt(&self) -> Attempt {
        let mut attempt = lock(&self.attempt);
        let spent = match &*attempt.borrow() {
            None => attempt.has_changed().is_err(),
            Some(Ok(link)) => lock(&link.0).is_none(),
            Some(Err(_)) => true,
        };
        if spent {
            *attempt = self.connector.open(&self.runtime);
        }
        attempt.clone()
    }
}
