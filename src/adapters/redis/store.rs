//! Snapshots as hashes: `v` the version, `s` the state, `w` until when somebody watches.
//!
//! A commit is one script call, so it happens wholly or not at all, on the server's clock and in its order.

use std::{sync::Arc, time::Duration};

use chatlink_actors::{
    identifier::ActorKey,
    ports::{BoxFuture, Commit, Committed, Snapshot, SnapshotStore, StoreError, Version},
};
use redis::{FromRedisValue, ParsingError, Script, Value};

use super::{changes, connection::Kept, failure::Failure, keys::Keys};

/// How much longer than asked a state is kept, so that a server whose clock is ahead of ours does not forget it
/// while it still counts.
const KEPT_LONGER: Duration = Duration::from_secs(2);

/// The scripts of all stores.
pub(super) struct Scripts {
    commit: Script,
    watch: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self { commit: Script::new(include_str!("commit.lua")), watch: Script::new(include_str!("watch.lua")) }
    }
}

/// The states of one kind of entity, over the connection of one shard.
pub(super) struct RedisStore {
    pub(super) connection: Arc<Kept>,
    pub(super) scripts: Arc<Scripts>,
    pub(super) keys: Keys,
    pub(super) namespace: Arc<str>,
}

impl SnapshotStore for RedisStore {
    fn load(&self, key: ActorKey) -> BoxFuture<'_, Result<Option<Snapshot>, StoreError>> {
        Box::pin(async move {
            let mut read = redis::cmd("HMGET");
            read.arg(self.keys.entity(&self.namespace, key)).arg("v").arg("s");
            let read = &read;
            let Fields(snapshot) = self
                .connection
                .run_repeatable("load", Duration::ZERO, |mut connection| async move {
                    read.query_async(&mut connection).await
                })
                .await
                .map_err(|failure| StoreError::Unavailable(failure.reason()))?;
            Ok(snapshot)
        })
    }

    fn commit(&self, commit: Commit) -> BoxFuture<'_, Result<Committed, StoreError>> {
        Box::pin(async move {
            let invocation = &self.invocation(&commit);
            let Outcome(committed) = self
                .connection
                .run("commit", Duration::ZERO, |mut connection| async move {
                    invocation.invoke_async(&mut connection).await
                })
                .await
                .map_err(|failure| unsure(&failure))?;
            Ok(committed)
        })
    }

    fn watch(&self, key: ActorKey, lease: Duration) -> BoxFuture<'_, Result<Option<Snapshot>, StoreError>> {
        Box::pin(async move {
            let entity = self.keys.entity(&self.namespace, key);
            let mut invocation = self.scripts.watch.key(entity);
            invocation.arg(lease.as_millis().to_string());
            let invocation = &invocation;
            let Fields(snapshot) = self
                .connection
                .run_repeatable("watch", Duration::ZERO, |mut connection| async move {
                    invocation.invoke_async(&mut connection).await
                })
                .await
                .map_err(|failure| StoreError::Unavailable(failure.reason()))?;
            Ok(snapshot)
        })
    }
}

impl RedisStore {
    fn invocation(&self, commit: &Commit) -> redis::ScriptInvocation<'_> {
        let shard = commit.key.shard();
        let mut invocation = self.scripts.commit.prepare_invoke();
        invocation
            .key(self.keys.entity(&self.namespace, commit.key))
            .key(self.keys.outbox(shard))
            .arg(commit.expected.map(written).unwrap_or_default())
            .arg(written(commit.version))
            .arg(&commit.bytes)
            .arg((commit.keep_until + KEPT_LONGER).as_millis())
            .arg(self.keys.changes(shard))
            .arg(changes::hint(&self.namespace, commit.key, commit.version));
        for effect in &commit.effects {
            invocation.arg(effect);
        }
        invocation
    }
}

/// A refusal is certain too: the script does what can fail before it writes.
fn unsure(failure: &Failure) -> StoreError {
    match failure {
        Failure::Unreached(_) | Failure::Refused(_) => StoreError::Unavailable(failure.reason()),
        Failure::Broken(_) | Failure::TimedOut => StoreError::Unknown(failure.reason()),
    }
}

fn written(version: Version) -> String {
    version.0.to_string()
}

fn snapshot(version: &str, bytes: Vec<u8>) -> Result<Snapshot, ParsingError> {
    let version = version.parse().map_err(|_| ParsingError::from("not a version"))?;
    Ok(Snapshot { version: Version(version), bytes })
}

/// The answer to `HMGET v s`, and of the script that watches.
struct Fields(Option<Snapshot>);

impl FromRedisValue for Fields {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let (version, bytes): (Option<String>, Option<Vec<u8>>) = redis::from_redis_value(value)?;
        version.map(|version| snapshot(&version, bytes.unwrap_or_default())).transpose().map(Self)
    }
}

/// The answer of the commit script.
struct Outcome(Committed);

impl FromRedisValue for Outcome {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let committed = match value {
            Value::Okay => Committed::Won,
            Value::Array(items) if items.is_empty() => Committed::Lost(None),
            present => {
                let (version, bytes): (String, Vec<u8>) = redis::from_redis_value(present)?;
                Committed::Lost(Some(snapshot(&version, bytes)?))
            }
        };
        Ok(Self(committed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    #[test]
    fn a_version_keeps_all_its_bits() {
        let answer = Value::Array(vec![text("18446744073709551615"), text("s")]);
        let Outcome(outcome) = Outcome::from_redis_value(answer).unwrap();
        assert_eq!(outcome, Committed::Lost(Some(Snapshot { version: Version(u64::MAX), bytes: b"s".to_vec() })));
        assert_eq!(written(Version(u64::MAX)), "18446744073709551615");
    }

    #[test]
    fn every_answer_of_the_script_is_understood_and_no_other() {
        assert_eq!(Outcome::from_redis_value(Value::Okay).unwrap().0, Committed::Won);
        assert_eq!(Outcome::from_redis_value(Value::Array(vec![])).unwrap().0, Committed::Lost(None));
        for nonsense in
            [Value::Nil, Value::Int(1), Value::Array(vec![text("1")]), Value::Array(vec![text("x"), text("")])]
        {
            assert!(Outcome::from_redis_value(nonsense.clone()).is_err(), "{nonsense:?}");
        }
    }

    #[test]
    fn only_what_may_have_been_sent_is_unknown() {
        let reason = || Arc::from("reason");
        assert!(matches!(unsure(&Failure::Unreached(reason())), StoreError::Unavailable(_)));
        assert!(matches!(unsure(&Failure::Refused(reason())), StoreError::Unavailable(_)));
        assert!(matches!(unsure(&Failure::Broken(reason())), StoreError::Unknown(_)));
        assert!(matches!(unsure(&Failure::TimedOut), StoreError::Unknown(_)));
    }
}
