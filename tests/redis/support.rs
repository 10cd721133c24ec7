//! A private Redis server on a unix socket, and what the tests of this folder do with it.

use std::{future::pending, path::PathBuf, sync::Arc, time::Duration};

use chatlink::{
    adapters::redis::{Redis, Timeouts},
    dev::{DataDir, Service, Services, Wanted},
    telemetry::metrics::Calls,
};
use chatlink_actors::{
    identifier::ActorKey,
    ports::{Commit, SnapshotStore, Version},
    time::Timestamp,
};
use redis::{FromRedisValue, aio::MultiplexedConnection};
use tempfile::TempDir;
use tokio::{
    io::copy_bidirectional,
    net::{UnixListener, UnixStream},
    sync::Notify,
    time::timeout,
};

pub const NAMESPACE: &str = "otp:test";

/// More patience than a busy machine needs.
pub const PATIENTLY: Timeouts = timeouts(Duration::from_secs(10));
/// Little patience, for tests in which no answer will come.
pub const BRIEFLY: Timeouts = timeouts(Duration::from_secs(1));

const fn timeouts(all: Duration) -> Timeouts {
    Timeouts { connect: all, command: all, silence: all }
}

/// Longer than any of this takes. A test that waits for it has failed.
const AGES: Duration = Duration::from_secs(20);

/// Longer than any test takes.
pub const AGE: Duration = Duration::from_secs(3600);

/// A server that ends with the test, started as development mode starts its own.
pub struct Server {
    services: Services,
    cables: TempDir,
}

impl Server {
    pub async fn start() -> Self {
        let wanted = Wanted { postgres: false, redis: true };
        let services = Services::start(DataDir::temporary().unwrap(), wanted).await;
        Self { services: services.unwrap_or_else(|error| panic!("{error}")), cables: TempDir::new().unwrap() }
    }

    /// A server that is yet to be started.
    pub async fn absent() -> Self {
        let mut server = Self::start().await;
        server.stop().await;
        server
    }

    /// Ends the server, and starts it again without its data.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.redis_mut().start().await.unwrap();
    }

    pub async fn stop(&mut self) {
        self.redis_mut().kill().await;
    }

    /// Stops the process, not its sockets: requests are accepted and never answered.
    pub fn freeze(&self) {
        self.redis().pause();
    }

    pub fn thaw(&self) {
        self.redis().resume();
    }

    fn redis(&self) -> &Service {
        self.services.redis.as_ref().unwrap()
    }

    fn redis_mut(&mut self) -> &mut Service {
        self.services.redis.as_mut().unwrap()
    }

    fn socket(&self) -> PathBuf {
        self.url().strip_prefix("redis+unix://").unwrap().into()
    }

    pub fn url(&self) -> String {
        self.redis().url().to_owned()
    }

    pub async fn adapter(&self) -> Redis {
        connect(&self.url(), PATIENTLY).await
    }

    /// A way to the server that can be cut.
    pub fn cable(&self) -> Cable {
        Cable::lay(self.socket(), self.cables.path().join("cable.sock"))
    }

    /// A connection that knows nothing of the adapter.
    pub async fn plain(&self) -> Plain {
        Plain(self.try_connect().await.unwrap())
    }

    async fn try_connect(&self) -> Option<MultiplexedConnection> {
        redis::Client::open(self.url()).unwrap().get_multiplexed_async_connection().await.ok()
    }
}

/// Carries connections to a server, until they are cut: then both ends stay open, and nothing comes through.
pub struct Cable {
    path: PathBuf,
    cut: Arc<Notify>,
}

impl Cable {
    fn lay(server: PathBuf, path: PathBuf) -> Self {
        let listener = UnixListener::bind(&path).unwrap();
        let cut = Arc::new(Notify::new());
        let cuts = Arc::clone(&cut);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut far = UnixStream::connect(&server).await.unwrap();
                let cuts = Arc::clone(&cuts);
                tokio::spawn(async move {
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        () = cuts.notified() => pending().await,
                    }
                });
            }
        });
        Self { path, cut }
    }

    /// Cuts the connections of now. Later ones come through.
    pub fn cut(&self) {
        self.cut.notify_waiters();
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.path.display())
    }
}

/// The adapter, under the prefix of the tests.
pub async fn connect(url: &str, timeouts: Timeouts) -> Redis {
    Redis::connect(url, "test", timeouts, Calls::to("redis"), |_| None).await.unwrap()
}

pub struct Plain(MultiplexedConnection);

impl Plain {
    pub async fn ask<T: FromRedisValue>(&mut self, words: &[&str]) -> T {
        let mut command = redis::Cmd::new();
        for word in words {
            command.arg(word);
        }
        command.query_async(&mut self.0).await.unwrap()
    }

    /// A number from `INFO`.
    pub async fn info(&mut self, field: &str) -> usize {
        let info: String = self.ask(&["INFO"]).await;
        let line = info.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).unwrap();
        line.parse().unwrap()
    }
}

/// Asks again and again until the answer is yes.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    assert!(timeout(AGES, waiting).await.is_ok(), "never: {what}");
}

/// What a future gives, which must not take for ever.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(AGES, future).await.expect("this takes for ever")
}

/// A key of shard 7.
pub fn key(n: u8) -> ActorKey {
    let mut bytes = [n; 16];
    bytes[0] = 7;
    ActorKey::from_bytes(bytes)
}

/// The store of shard 7.
pub fn store(redis: &Redis) -> Arc<dyn SnapshotStore> {
    redis.stores(NAMESPACE).swap_remove(7)
}

/// A lease that outlasts any test.
pub const HOUR: Duration = Duration::from_secs(3600);

pub fn far_future() -> Timestamp {
    Timestamp::from_millis(32_503_680_000_000)
}

pub fn commit(key: ActorKey, expected: Option<u64>, version: u64) -> Commit {
    Commit {
        key,
        expected: expected.map(Version),
        version: Version(version),
        bytes: b"state".to_vec(),
        keep_until: far_future(),
        effects: vec![],
    }
}

/// Appends a message to the outbox of shard 7, as the effect of a commit.
pub async fn append(redis: &Redis, n: u8, message: &[u8]) {
    let effects = vec![message.to_vec()];
    store(redis).commit(Commit { effects, ..commit(key(n), None, 1) }).await.unwrap();
}
