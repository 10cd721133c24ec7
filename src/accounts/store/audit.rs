//! The rows of `audit_events`, written in the transaction of what they tell of.

use deadpool_postgres::GenericClient;

use super::{DatabaseError, Instant};
use crate::accounts::audit::{By, Entry};

const RECORD: &str = "
    insert into audit_events (at, event, user_id, session_id, ip, operator) values ($1, $2, $3, $4, $5, $6)";

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
