//! What a live session takes of Redis.

use redis::aio::MultiplexedConnection;

use super::{
    findings::{Finding, each, mebibytes},
    ground::{Ground, id_of, start},
};
use crate::bench::BenchError;

/// Most that one may take, in bytes.
const MOST_EACH: f64 = 700.0;

/// Starts so many sessions, and sees what Redis has given out for them.
pub async fn sessions(ground: &Ground, count: usize) -> Result<Vec<Finding>, BenchError> {
    let node = ground.serve("bytes", &[]).await?;
    node.start("somebody@example.org").await?;
    let before = ground.redis_memory().await?;
    let request = |number| start(&format!("somebody.{number:07}@example.org"));
    let ids = node.drive.each("started sessions", count, 202, request, |answer| id_of(&answer)).await?;
    let after = ground.redis_memory().await?;
    node.end().await?;

    let mut redis = ground.redis().await?;
    let mut outbox = 0;
    for shard in 0..16 {
        outbox += memory_of(&mut redis, &format!("bytes:{{{shard:02}}}:outbox")).await?;
    }
    let one = match ids.last() {
        Some(id) => {
            let found =
                redis::cmd("KEYS").arg(format!("bytes:*{}", id.key)).query_async::<Vec<String>>(&mut redis).await?;
            memory_of(&mut redis, &found.concat()).await?
        }
        None => 0,
    };
    let grown = after.saturating_sub(before);
    let bytes = each(grown.saturating_sub(outbox), count);
    let remark = format!(
        "growth of used_memory by {:.1} MiB with {count} sessions of one identifier each, less {:.1} MiB that the outbox \
         holds (MEMORY USAGE of its 16 streams), since no mail goes out here; names, expiries and the keyspace's tables \
         are in it",
        mebibytes(grown),
        mebibytes(outbox),
    );
    let session = Finding::new(format!("Redis for a live session, at {count}"), format!("{bytes:.0} B"));
    Ok(vec![
        session.target("≤ 700 B", bytes <= MOST_EACH).note(remark),
        Finding::new("MEMORY USAGE of one session", format!("{one} B")),
        Finding::new("outbox for a waiting message", format!("{:.0} B", each(outbox, count))),
    ])
}

/// By Redis' own account; nothing where there is no such key.
async fn memory_of(redis: &mut MultiplexedConnection, key: &str) -> Result<u64, BenchError> {
    let bytes: Option<u64> =
        redis::cmd("MEMORY").arg("USAGE").arg(key).arg("SAMPLES").arg(0).query_async(redis).await?;
    Ok(bytes.unwrap_or_default())
}
