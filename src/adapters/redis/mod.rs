//! Redis: the snapshots of the actors, the outbox, the changes that nodes tell each other, what is counted of texts.
//!
//! Connections are kept and pipelined on, one for each shard; see [`connection`]. Nothing here waits without a
//! limit, and everything recovers without a restart. Needs a single server, version 6.2 or later.

mod changes;
mod connection;
mod failure;
mod keys;
mod outbox;
mod store;
mod text_guard;

use std::{sync::Arc, time::Duration};

use chatlink_actors::{
    identifier::ActorKey,
    ports::{Clock, SnapshotStore},
};
use redis::{ConnectionAddr, IntoConnectionInfo as _};
use tokio::runtime::Handle;

use crate::{
    courier::{
        guard::TextGuard,
        ports::{Outbox, OutboxWriter},
    },
    telemetry::metrics::Calls,
};

pub use self::{
    changes::{Change, Changes},
    text_guard::{Breaker, TextLimits},
};
use self::{
    connection::{Connector, Kept},
    failure::Failure,
    keys::Keys,
    outbox::{RedisOutbox, RedisOutboxWriter},
    store::{RedisStore, Scripts},
    text_guard::RedisTextGuard,
};

/// How long to wait for Redis.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection, handshakes included.
    pub connect: Duration,
    /// For a whole request, the connection included where that has to be opened first. Blocking reads may take
    /// longer, by the patience asked for.
    pub command: Duration,
    /// For a sign of life on a connection that only listens, before it is probed.
    pub silence: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(2), command: Duration::from_secs(1), silence: Duration::from_secs(5) }
    }
}

/// Settings that no connection can be made with. None of them quotes the URL: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Several servers, as of a cluster.
    #[error("several Redis servers are not supported yet: give the URL of one")]
    Several,
    /// Not a URL of the known kinds.
    #[error("not a Redis URL: redis://, rediss:// or redis+unix:// is expected")]
    Malformed,
    /// TLS that would accept any certificate.
    #[error("a Redis URL must not switch off the verification of certificates (#insecure)")]
    Insecure,
}

/// Redis did not answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("Redis is out of reach: {0}")]
pub struct Unreachable(Arc<str>);

/// One Redis server, and everything kept in it under one prefix.
pub struct Redis {
    connector: Arc<Connector>,
    keys: Keys,
    scripts: Arc<Scripts>,
    shards: Vec<Arc<Kept>>,
    /// For short requests that belong to no shard.
    common: Arc<Kept>,
}

impl Redis {
    /// Opens the connections. They are driven by the runtime that this is called on, whoever uses them later, so
    /// it must outlive that use; that of a shard by the one that `runtime_of_shard` gives for it, if it gives one.
    ///
    /// A server that is out of reach is no error: it is waited for, up to the connect timeout, and whoever needs
    /// it later tries again. `prefix` begins all keys and holds no braces. What is asked of the server is measured by
    /// `calls`.
    ///
    /// # Errors
    /// When the URL cannot be used.
    pub async fn connect(
        url: &str,
        prefix: &str,
        timeouts: Timeouts,
        calls: Calls,
        runtime_of_shard: impl Fn(usize) -> Option<Handle>,
    ) -> Result<Self, ConnectError> {
        if url.contains(',') {
            return Err(ConnectError::Several);
        }
        let info = url.into_connection_info().map_err(|_| ConnectError::Malformed)?;
        if matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) {
            return Err(ConnectError::Insecure);
        }
        let connector = Arc::new(Connector::new(info, timeouts, calls)?);
        let of_shard = |shard: u8| runtime_of_shard(usize::from(shard)).unwrap_or_else(Handle::current);
        let shards: Vec<_> = shards().map(|shard| Arc::new(Kept::open_on(&connector, of_shard(shard)))).collect();
        let common = Arc::new(Kept::open(&connector));
        let warmed = futures_util::future::join_all(shards.iter().chain([&common]).map(|kept| kept.warm())).await;
        if let Some(failure) = warmed.into_iter().find_map(Result::err) {
            tracing::warn!(reason = %failure.reason(), "Redis is out of reach; going on without it for now");
        }
        Ok(Self { connector, keys: Keys::new(prefix), scripts: Arc::new(Scripts::new()), shards, common })
    }

    /// The states of one kind of entity: one store for each shard, in their order. Stores of one shard share its
    /// connection. `namespace` is part of the keys.
    pub fn stores(&self, namespace: &str) -> Vec<Arc<dyn SnapshotStore>> {
        let namespace: Arc<str> = namespace.into();
        let store = |connection: &Arc<Kept>| -> Arc<dyn SnapshotStore> {
            Arc::new(RedisStore {
                connection: Arc::clone(connection),
                scripts: Arc::clone(&self.scripts),
                keys: self.keys.clone(),
                namespace: Arc::clone(&namespace),
            })
        };
        self.shards.iter().map(store).collect()
    }

    /// The messages that commits appended, of all namespaces. `consumer` names this process among the readers;
    /// an entry that it holds is leased to others once it has not renewed it for as long as `lease`.
    pub fn outbox(&self, consumer: &str, lease: Duration) -> Arc<dyn Outbox> {
        Arc::new(RedisOutbox::new(&self.connector, Arc::clone(&self.common), &self.keys, consumer, lease))
    }

    /// Appends to the outbox what no commit appends.
    pub fn outbox_writer(&self) -> Arc<dyn OutboxWriter> {
        Arc::new(RedisOutboxWriter { connection: Arc::clone(&self.common), keys: self.keys.clone() })
    }

    /// The guard of text messages. All nodes count together.
    pub fn text_guard(&self, limits: TextLimits, clock: Arc<dyn Clock>) -> Arc<dyn TextGuard> {
        Arc::new(RedisTextGuard::new(Arc::clone(&self.common), self.keys.clone(), limits, clock))
    }

    /// A new subscription to the changes of watched keys, of all namespaces.
    pub fn changes(&self) -> Changes {
        let channels = shards().map(|shard| self.keys.changes(shard)).collect();
        Changes::new(Arc::clone(&self.connector), channels)
    }

    /// Whether the server answers.
    ///
    /// # Errors
    /// When it does not, within the command timeout.
    pub async fn ping(&self) -> Result<(), Unreachable> {
        self.common
            .run_repeatable("ping", Duration::ZERO, |mut connection| async move {
                redis::cmd("PING").query_async(&mut connection).await
            })
            .await
            .map_err(|failure: Failure| Unreachable(failure.reason()))
    }
}

fn shards() -> impl Iterator<Item = u8> {
    0..ActorKey::SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_url_that_cannot_be_used_is_refused_at_once() {
        for (url, error) in [
            ("redis://a,redis://b", ConnectError::Several),
            ("rediss://host/#insecure", ConnectError::Insecure),
            ("http://host/", ConnectError::Malformed),
            ("", ConnectError::Malformed),
        ] {
            let refused = Redis::connect(url, "test", Timeouts::default(), Calls::to("redis"), |_| None).await.err();
            assert_eq!(refused, Some(error), "{url}");
        }
    }
}
