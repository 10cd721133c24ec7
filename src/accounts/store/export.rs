//! Reads all rows about one account. Secrets and their hashes are not among the columns.

use std::net::IpAddr;

use chatlink_actors::{locale::Locale, time::Timestamp};
use deadpool_postgres::Transaction;
use tokio_postgres::{IsolationLevel, Row};
use uuid::Uuid;

use super::{
    DatabaseError, Instant, Store, audit,
    sessions::{session, session_columns},
    users::{user, user_columns},
};
use crate::accounts::{
    audit::{Entry, Event},
    export::{Export, LoggedEvent, PendingNotice},
};

const ACCOUNT: &str = concat!(
    "select ",
    user_columns!(),
    ", u.locale, u.credentials_version, u.credentials_changed_at, u.locked_at from users u where u.id = $1"
);
const SESSIONS: &str =
    concat!("select ", session_columns!(), " from sessions s where s.user_id = $1 order by s.created_at, s.id");
const DEVICES: &str = "select seen_at from known_devices where user_id = $1 order by seen_at";
const COMPLETIONS: &str = "select completed_at from otp_completions where user_id = $1 order by completed_at";
const EVENTS: &str = "
    select at, event, session_id, ip, operator is not null as by_operator from audit_events
    where user_id = $1 order by at, id";
const NOTICES: &str = "
    select kind, email, phone, locale, created_at, ip, channel from notices where user_id = $1 order by created_at, id";

impl Store {
    /// Everything about an account, as it stood at one moment, unless it is gone. Notes it in the trail first, so
    /// that this is there as well.
    pub async fn export(&self, id: Uuid, entry: &Entry) -> Result<Option<Export>, DatabaseError> {
        self.within("transaction", async {
            let mut client = self.client().await?;
            // So that all statements see the same rows.
            let isolated = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
            let transaction = isolated.start().await?;
            audit::record(&transaction, entry).await?;
            let Some(export) = read(&transaction, id, entry.at).await? else { return Ok(None) };
            transaction.commit().await?;
            Ok(Some(export))
        })
        .await
    }
}

async fn read(on: &Transaction<'_>, id: Uuid, at: Timestamp) -> Result<Option<Export>, DatabaseError> {
    let Some(account) = rows(on, ACCOUNT, id).await?.into_iter().next() else { return Ok(None) };
    let changed_at: Option<Instant> = account.try_get("credentials_changed_at")?;
    let locked_at: Option<Instant> = account.try_get("locked_at")?;
    Ok(Some(Export {
        at,
        user: user(&account)?,
        locale: Locale::from_tag(account.try_get("locale")?).ok_or(DatabaseError::Corrupt("locale"))?,
        credentials_version: account.try_get("credentials_version")?,
        credentials_changed_at: changed_at.map(|instant| instant.0),
        locked_at: locked_at.map(|instant| instant.0),
        sessions: all(on, SESSIONS, id, session).await?,
        devices: all(on, DEVICES, id, |row| instant(row, "seen_at")).await?,
        completions: all(on, COMPLETIONS, id, |row| instant(row, "completed_at")).await?,
        events: all(on, EVENTS, id, event).await?,
        notices: all(on, NOTICES, id, notice).await?,
    }))
}

async fn rows(on: &Transaction<'_>, sql: &'static str, id: Uuid) -> Result<Vec<Row>, DatabaseError> {
    let statement = on.prepare_cached(sql).await?;
    Ok(on.query(&statement, &[&id]).await?)
}

async fn all<T>(
    on: &Transaction<'_>,
    sql: &'static str,
    id: Uuid,
    read: impl Fn(&Row) -> Result<T, DatabaseError>,
) -> Result<Vec<T>, DatabaseError> {
    rows(on, sql, id).await?.iter().map(read).collect()
}

fn instant(row: &Row, column: &str) -> Result<Timestamp, DatabaseError> {
    let instant: Instant = row.try_get(column)?;
    Ok(instant.0)
}

fn event(row: &Row) -> Result<LoggedEvent, DatabaseError> {
    let ip: Option<IpAddr> = row.try_get("ip")?;
    Ok(LoggedEvent {
        at: instant(row, "at")?,
        event: Event::from_name(row.try_get("event")?).ok_or(DatabaseError::Corrupt("event"))?,
        session: row.try_get("session_id")?,
        ip,
        by_operator: row.try_get("by_operator")?,
    })
}

fn notice(row: &Row) -> Result<PendingNotice, DatabaseError> {
    Ok(PendingNotice {
        kind: row.try_get("kind")?,
        email: row.try_get("email")?,
        phone: row.try_get("phone")?,
        locale: row.try_get("locale")?,
        created_at: instant(row, "created_at")?,
        ip: row.try_get("ip")?,
        channel: row.try_get("channel")?,
    })
}
