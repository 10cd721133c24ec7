//! The rows of `sessions`. One lives while its `expires_at` lies ahead of the present that the caller names.

use std::net::IpAddr;

use chatlink_actors::time::Timestamp;
use deadpool_postgres::GenericClient;
use futures_util::try_join;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{
    DatabaseError, Instant, Store, audit, devices, notices,
    users::{user, user_columns},
};
use crate::accounts::{
    Caller, Credentials, SessionInfo, SessionKind, User, audit::Entry, device::DeviceMarks, notice::Notice,
};

/// At most so many sessions of an account live at once: the next one ends the least recently used.
const LIVE_MAX: i64 = 10;

/// Whoever opens a session of an account, or ends several, waits here for whoever else does, so that nobody overlooks
/// a session. A lock that foreign keys do not wait for.
const LOCK_USER: &str = "select 1 from users where id = $1 for no key update";

/// The same, if the credentials are those that were verified. Who changes them holds the lock as well: so either they
/// end this session with the others, or it is not opened.
const LOCK_OWNER: &str = "
    select 1 from users where id = $1 and credentials_version = $2 and locked_at is null for no key update";

/// Ends what has expired and what is too much, and opens a session. The part that deletes does not see the new row.
const OPEN: &str = "
    with kept as (
        select id from sessions where user_id = $2 and expires_at > $6
        order by last_seen_at desc, created_at desc limit $9
    ), ended as (
        delete from sessions where user_id = $2 and id not in (select id from kept)
    )
    insert into sessions (id, user_id, kind, device_name, ip, created_at, last_seen_at, expires_at, refresh_hash,
        cookie_hash)
    values ($1, $2, $3, $4, $5, $6, $6, $7, $8, $10)";

/// The columns of a [`SessionInfo`], of a table that goes by the name `s`.
macro_rules! session_columns {
    () => {
        "s.id as session_id, s.kind as session_kind, s.device_name as session_device_name, s.ip as session_ip,
         s.created_at as session_created_at, s.last_seen_at as session_last_seen_at,
         s.expires_at as session_expires_at"
    };
}
pub(super) use session_columns;

const CURRENT: &str = concat!(
    "select ",
    user_columns!(),
    ", ",
    session_columns!(),
    " from sessions s join users u on u.id = s.user_id
     where s.id = $1 and s.user_id = $2 and s.expires_at > $3 and u.locked_at is null"
);

const BY_COOKIE: &str = concat!(
    "select ",
    user_columns!(),
    ", ",
    session_columns!(),
    " from sessions s join users u on u.id = s.user_id
     where s.cookie_hash = $1 and s.expires_at > $2 and u.locked_at is null"
);

/// Never backwards: of two requests the later one counts.
const TOUCH: &str = "
    update sessions set last_seen_at = $2, expires_at = greatest(expires_at, $3) where id = $1 and last_seen_at < $2";

const LIST: &str = concat!(
    "select ",
    session_columns!(),
    " from sessions s where s.user_id = $1 and s.expires_at > $2
     order by s.last_seen_at desc, s.created_at desc, s.id"
);

const END: &str = "delete from sessions where id = $1 and user_id = $2 and expires_at > $3";

/// Nothing, if the caller's own session has ended meanwhile: of two sessions that end each other one remains.
const END_OTHERS: &str = "
    with own as (
        select id from sessions where id = $1 and user_id = $2 and expires_at > $3
    ), ended as (
        delete from sessions using own where user_id = $2 and sessions.id <> own.id
    )
    select 1 from own";

const LIVES: &str = "select exists (select from sessions where id = $1 and user_id = $2 and expires_at > $3)";

/// A session about to be opened.
pub(crate) struct NewSession<'a> {
    /// Whose it will be, as they proved to be.
    pub owner: &'a Credentials,
    pub info: &'a SessionInfo,
    /// Of what uses or renews it, as its kind has it.
    pub secret_hash: [u8; 32],
    pub device: DeviceMarks,
    pub entry: Option<Entry>,
    /// Posted if the device was not seen before.
    pub notice: Option<Notice>,
}

/// What became of a session about to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// It was not.
    Refused,
    /// It lives.
    Live {
        /// Whether a notice of it was posted.
        with_notice: bool,
    },
}

impl Store {
    /// Opens a session, unless the account is gone or locked, or its credentials have changed since.
    pub async fn open_session(&self, new: NewSession<'_>) -> Result<Opened, DatabaseError> {
        self.within("transaction", async {
            let mut client = self.client().await?;
            let lock = client.prepare_cached(LOCK_OWNER).await?;
            let transaction = client.transaction().await?;
            let user = new.owner.user.id;
            if transaction.query_opt(&lock, &[&user, &new.owner.version]).await?.is_none() {
                return Ok(Opened::Refused);
            }
            let record = async {
                match &new.entry {
                    Some(entry) => audit::record(&transaction, entry).await,
                    None => Ok(()),
                }
            };
            // Sent together, since none of them asks what another did.
            let note = devices::note(&transaction, user, &new.device, new.info.created_at);
            let ((), is_known, ()) = try_join!(insert(&transaction, &new), note, record)?;
            let notice = new.notice.as_ref().filter(|_| !is_known);
            if let Some(notice) = notice {
                notices::post(&transaction, notice).await?;
            }
            transaction.commit().await?;
            Ok(Opened::Live { with_notice: notice.is_some() })
        })
        .await
    }

    /// The caller's session and account, if the session lives.
    pub async fn current(&self, of: Caller, now: Timestamp) -> Result<Option<(User, SessionInfo)>, DatabaseError> {
        let rows = self.find(CURRENT, &[&of.session, &of.user, &Instant(now)]).await?;
        rows.first().map(|row| Ok((user(row)?, session(row)?))).transpose()
    }

    /// The session and account of a cookie, if the session lives.
    pub async fn current_by_cookie(
        &self,
        hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(User, SessionInfo)>, DatabaseError> {
        let rows = self.find(BY_COOKIE, &[&hash.as_slice(), &Instant(now)]).await?;
        rows.first().map(|row| Ok((user(row)?, session(row)?))).transpose()
    }

    /// Notes that a session was used.
    pub async fn touch_session(&self, used: &SessionInfo) -> Result<(), DatabaseError> {
        self.execute(TOUCH, &[&used.id, &Instant(used.last_seen_at), &Instant(used.expires_at)]).await?;
        Ok(())
    }

    /// The live sessions of an account, the one used last first.
    pub async fn sessions(&self, user: Uuid, now: Timestamp) -> Result<Vec<SessionInfo>, DatabaseError> {
        self.rows(LIST, &[&user, &Instant(now)]).await?.iter().map(session).collect()
    }

    /// Ends a session of the caller's account. Whether it lived until now.
    pub async fn end_session(&self, of: Caller, now: Timestamp, entry: Option<Entry>) -> Result<bool, DatabaseError> {
        self.within("transaction", async {
            let mut client = self.client().await?;
            let end = client.prepare_cached(END).await?;
            let transaction = client.transaction().await?;
            if transaction.execute(&end, &[&of.session, &of.user, &Instant(now)]).await? == 0 {
                return Ok(false);
            }
            if let Some(entry) = entry {
                audit::record(&transaction, &entry).await?;
            }
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Ends all sessions of the caller's account but their own. Whether that lives.
    pub async fn end_other_sessions(&self, of: Caller, now: Timestamp, entry: &Entry) -> Result<bool, DatabaseError> {
        self.within("transaction", async {
            let mut client = self.client().await?;
            let (lock, end) = (client.prepare_cached(LOCK_USER).await?, client.prepare_cached(END_OTHERS).await?);
            let transaction = client.transaction().await?;
            transaction.execute(&lock, &[&of.user]).await?;
            if transaction.query_opt(&end, &[&of.session, &of.user, &Instant(now)]).await?.is_none() {
                return Ok(false);
            }
            audit::record(&transaction, entry).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }
}

/// Whether the caller's session lives. To be asked once the account is locked, for whoever ends several of its sessions
/// locks it too.
pub(super) async fn session_lives(
    on: &impl GenericClient,
    caller: Caller,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let statement = on.prepare_cached(LIVES).await?;
    Ok(on.query_one(&statement, &[&caller.session, &caller.user, &Instant(now)]).await?.try_get(0)?)
}

async fn insert(on: &impl GenericClient, new: &NewSession<'_>) -> Result<(), DatabaseError> {
    let (info, hash) = (new.info, Some(new.secret_hash.as_slice()));
    let (refresh_hash, cookie_hash) = match info.kind {
        SessionKind::Token => (hash, None),
        SessionKind::Cookie => (None, hash),
    };
    let parameters: [&(dyn ToSql + Sync); 10] = [
        &info.id,
        &new.owner.user.id,
        &info.kind.name(),
        &info.device_name,
        &info.ip,
        &Instant(info.created_at),
        &Instant(info.expires_at),
        &refresh_hash,
        &(LIVE_MAX - 1),
        &cookie_hash,
    ];
    let open = on.prepare_cached(OPEN).await?;
    on.execute(&open, &parameters).await?;
    Ok(())
}

/// Reads the columns of [`session_columns`].
pub(super) fn session(row: &Row) -> Result<SessionInfo, DatabaseError> {
    let instant = |column: &str| row.try_get::<_, Instant>(column).map(|instant| instant.0);
    let ip: IpAddr = row.try_get("session_ip")?;
    Ok(SessionInfo {
        id: row.try_get("session_id")?,
        kind: SessionKind::from_name(row.try_get("session_kind")?).ok_or(DatabaseError::Corrupt("kind of session"))?,
        device_name: row.try_get("session_device_name")?,
        ip,
        created_at: instant("session_created_at")?,
        last_seen_at: instant("session_last_seen_at")?,
        expires_at: instant("session_expires_at")?,
    })
}
