//! Very many live sessions in little time: one that the server made, stored again under other keys.
//!
//! A session in Redis is what its actor's key is in, in the name and in the value; everything else of a copy is the
//! original's, byte for byte. So a copy is as large as a session that was started, and the server answers for it.

use chatlink_actors::{
    identifier::ActorKey,
    otp::{PublicId, SessionId},
};
use fastrand::Rng;
use redis::{AsyncCommands as _, aio::MultiplexedConnection};

use super::drive::Progress;
use crate::bench::BenchError;

/// Commands that are sent at once.
const BATCH: usize = 5_000;

/// A session as it is stored.
struct Original {
    name: String,
    key: ActorKey,
    session: SessionId,
    /// A hash's fields and values, or a string's value alone.
    stored: Stored,
    expires_at: i64,
}

enum Stored {
    Hash(Vec<(Vec<u8>, Vec<u8>)>),
    Text(Vec<u8>),
}

/// Makes so many copies of a session. Gives the ids by which clients know them.
pub async fn copies(
    redis: &mut MultiplexedConnection,
    prefix: &str,
    original: PublicId,
    count: usize,
) -> Result<Vec<PublicId>, BenchError> {
    let original = Original::find(redis, prefix, original).await?;
    let progress = Progress::new("copies of a session", count);
    let mut rng = Rng::new();
    let mut ids = Vec::with_capacity(count);
    while ids.len() < count {
        let mut batch = redis::pipe();
        for _ in 0..BATCH.min(count - ids.len()) {
            let key = ActorKey::from_bytes(rng.u128(..).to_be_bytes());
            original.store_as(key, &mut batch);
            ids.push(PublicId { key, session: original.session });
        }
        batch.exec_async(redis).await?;
        if ids.len() % (BATCH * 20) == 0 {
            progress.tell(ids.len());
        }
    }
    Ok(ids)
}

impl Original {
    async fn find(redis: &mut MultiplexedConnection, prefix: &str, id: PublicId) -> Result<Self, BenchError> {
        let pattern = format!("{prefix}:*{}", id.key);
        let mut names = redis.scan_match::<_, String>(pattern).await?;
        let name = names.next_item().await.transpose()?;
        drop(names);
        let name = name.ok_or_else(|| BenchError::Answer("a session that was started is not in Redis".into()))?;
        let kind: String = redis::cmd("TYPE").arg(&name).query_async(redis).await?;
        let stored = match kind.as_str() {
            "hash" => Stored::Hash(redis.hgetall(&name).await?),
            "string" => Stored::Text(redis.get(&name).await?),
            other => return Err(BenchError::Answer(format!("sessions are stored as {other}, which is new to this"))),
        };
        let expires_at = redis::cmd("PEXPIRETIME").arg(&name).query_async(redis).await?;
        Ok(Self { name, key: id.key, session: id.session, stored, expires_at })
    }

    fn store_as(&self, key: ActorKey, batch: &mut redis::Pipeline) {
        let tag = |key: ActorKey| format!("{{{:02}}}", key.shard());
        let name = self.name.replace(&self.key.to_string(), &key.to_string()).replace(&tag(self.key), &tag(key));
        match &self.stored {
            Stored::Hash(fields) => {
                let fields: Vec<_> = fields.iter().map(|(field, value)| (field, self.with(key, value))).collect();
                batch.hset_multiple(&name, &fields).ignore();
            }
            Stored::Text(text) => {
                batch.set(&name, self.with(key, text)).ignore();
            }
        }
        batch.cmd("PEXPIREAT").arg(&name).arg(self.expires_at).ignore();
    }

    /// A value with another key in the place of this one's.
    fn with(&self, key: ActorKey, value: &[u8]) -> Vec<u8> {
        let (own, mut copy) = (self.key.as_bytes(), value.to_vec());
        let found = copy.windows(own.len()).position(|window| window == own);
        if let Some(place) = found.and_then(|at| copy.get_mut(at..at + own.len())) {
            place.copy_from_slice(key.as_bytes());
        }
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_differs_in_its_key_alone() {
        let (key, other) = (ActorKey::from_bytes([7; 16]), ActorKey::from_bytes([9; 16]));
        let stored = Stored::Text(Vec::new());
        let session = SessionId::from_bytes([1; 16]);
        let original = Original { name: String::new(), key, session, stored, expires_at: 0 };
        let value = [&[1][..], key.as_bytes(), &[7, 7, 3]].concat();
        assert_eq!(original.with(other, &value), [&[1][..], other.as_bytes(), &[7, 7, 3]].concat());
        assert_eq!(original.with(other, &[1, 2]), [1, 2]);
    }
}
