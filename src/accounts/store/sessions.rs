//! The rows of `sessions`. One lives while its `expires_at` lies ahead of the present that the caller names.

use std::net::IpAddr;

use chatlink_actors::time::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    DatabaseError, Instant, Store,
    users::{user, user_columns},
    within,
};
use crate::accounts::{Caller, SessionInfo, User};

/// At most so many sessions of an account live at once: the next one ends the least recently used.
const LIVE_MAX: i64 = 10;

/// Whoever opens a session of an account waits here for whoever else does, so that nobody overlooks a session.
/// A lock that foreign keys do not wait for.
const LOCK_USER: &str = "select 1 from users where id = $1 for no key update";

/// Ends what has expired and what is too much, and opens a session. The part that deletes does not see the new row.
const OPEN: &str = "
    with kept as (
        select id from sessions where user_id = $2 and expires_at > $6
        order by last_seen_at desc, created_at desc limit $9
    ), ended as (
        delete from sessions where user_id = $2 and id not in (select id from kept)
    )
    insert into sessions (id, user_id, kind, device_name, ip, created_at, last_seen_at, expires_at, refresh_hash)
    values ($1, $2, $3, $4, $5, $6, $6, $7, $8)";

const CURRENT: &str = concat!(
    "select ",
    user_columns!(),
    ", s.id as session_id, s.kind as session_kind, s.device_name as session_device_name, s.ip as session_ip,
       s.created_at as session_created_at, s.last_seen_at as session_last_seen_at,
       s.expires_at as session_expires_at
     from sessions s join users u on u.id = s.user_id
     where s.id = $1 and s.user_id = $2 and s.expires_at > $3"
);

/// Never backwards: of two requests the later one counts.
const TOUCH: &str = "update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2";

const END: &str = "delete from sessions where id = $1 and user_id = $2 and expires_at > $3";

/// A session about to be opened.
pub(crate) struct NewSession<'a> {
    pub user: Uuid,
    pub info: &'a SessionInfo,
    pub refresh_hash: [u8; 32],
}

impl Store {
    /// Opens a session, unless the account is gone.
    pub async fn open_session(&self, new: NewSession<'_>) -> Result<bool, DatabaseError> {
        within(async {
            let mut client = self.client().await?;
            let (lock, open) = (client.prepare_cached(LOCK_USER).await?, client.prepare_cached(OPEN).await?);
            let transaction = client.transaction().await?;
            if transaction.query_opt(&lock, &[&new.user]).await?.is_none() {
                return Ok(false);
            }
            let info = new.info;
            transaction
                .execute(
                    &open,
                    &[
                        &info.id,
                        &new.user,
                        &info.kind.name(),
                        &info.device_name,
                        &info.ip,
                        &Instant(info.created_at),
                        &Instant(info.expires_at),
                        &new.refresh_hash.as_slice(),
                        &(LIVE_MAX - 1),
                    ],
                )
                .await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// The caller's session and account, if the session lives.
    pub async fn current(&self, of: Caller, now: Timestamp) -> Result<Option<(User, SessionInfo)>, DatabaseError> {
        let rows = self.rows(CURRENT, &[&of.session, &of.user, &Instant(now)]).await?;
        rows.first().map(|row| Ok((user(row)?, session(row)?))).transpose()
    }

    /// Notes that a session was used.
    pub async fn touch_session(&self, id: Uuid, now: Timestamp) -> Result<(), DatabaseError> {
        self.execute(TOUCH, &[&id, &Instant(now)]).await?;
        Ok(())
    }

    /// Ends the caller's session. Whether it lived until now.
    pub async fn end_session(&self, of: Caller, now: Timestamp) -> Result<bool, DatabaseError> {
        Ok(self.execute(END, &[&of.session, &of.user, &Instant(now)]).await? == 1)
    }
}

fn session(row: &Row) -> Result<SessionInfo, DatabaseError> {
    let instant = |column: &str| row.try_get::<_, Instant>(column).map(|instant| instant.0);
    let ip: IpAddr = row.try_get("session_ip")?;
    Ok(SessionInfo {
        id: row.try_get("session_id")?,
        kind: crate::accounts::SessionKind::from_name(row.try_get("session_kind")?)
            .ok_or(DatabaseError::Corrupt("kind of session"))?,
        device_name: row.try_get("session_device_name")?,
        ip,
        created_at: instant("session_created_at")?,
        last_seen_at: instant("session_last_seen_at")?,
        expires_at: instant("session_expires_at")?,
    })
}
