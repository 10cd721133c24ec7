//! The rows of `audit_events`, written in the transaction of what they tell of, and read by operators.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{DatabaseError, Instant};
use crate::accounts::audit::{By, Entry, Event};

const RECORD: &str = "
    insert into audit_events (at, event, user_id, session_id, ip, operator) values ($1, $2, $3, $4, $5, $6)";

const TRAIL: &str = "
    select at, event, user_id, session_id, ip, operator from audit_events
    where user_id = $1 order by at desc, id desc limit $2";

/// Writes a line of the trail.
pub(super) async fn record(on: &impl GenericClient, entry: &Entry) -> Result<(), DatabaseError> {
    let (ip, operator) = match &entry.by {
        By::Client(ip) => (Some(ip.to_canonical()), None),
        By::Operator(name) => (None, Some(name.as_str())),
    };
    let statement = on.prepare_cached(RECORD).await?;
    let name = entry.event.name();
    on.execute(&statement, &[&Instant(entry.at), &name, &entry.user, &entry.session, &ip, &operator]).await?;
    Ok(())
}

/// What was done to an account, the latest first.
pub(super) async fn trail(on: &impl GenericClient, user: Uuid, limit: i64) -> Result<Vec<Entry>, DatabaseError> {
    let statement = on.prepare_cached(TRAIL).await?;
    on.query(&statement, &[&user, &limit]).await?.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<Entry, DatabaseError> {
    let at: Instant = row.try_get("at")?;
    let by = match (row.try_get("operator")?, row.try_get("ip")?) {
        (Some(operator), _) => By::Operator(operator),
        (None, Some(ip)) => By::Client(ip),
        (None, None) => return Err(DatabaseError::Corrupt("who did it")),
    };
    Ok(Entry {
        at: at.0,
        event: Event::from_name(row.try_get("event")?).ok_or(DatabaseError::Corrupt("event"))?,
        user: row.try_get("user_id")?,
        session: row.try_get("session_id")?,
        by,
    })
}
