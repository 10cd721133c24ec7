//! What operators do, each in one transaction with its entry in the audit trail. `None`: the account is not there, and
//! nothing was entered.

use chatlink_actors::time::Timestamp;
use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    DatabaseError, Instant, Store, audit,
    users::{user, user_columns},
};
use crate::accounts::{
    audit::Entry,
    operators::{Slowed, Standing},
};

/// Nobody opens a session meanwhile, or changes the credentials.
const HOLD: &str = "select locked_at from users where id = $1 for no key update";

const STANDING: &str = concat!(
    "select ",
    user_columns!(),
    ", u.locked_at, (select count(*) from sessions s where s.user_id = u.id and s.expires_at > $2) as live_sessions
     from users u where u.id = $1"
);

const THROTTLES: &str = "
    select failures, last_failure_at, throttled_until from login_throttles
    where account = any ($1) and last_failure_at > $2 order by last_failure_at desc";

const LIFT: &str = "delete from login_throttles where account = any ($1)";

const END_SESSIONS: &str = "
    with ended as (delete from sessions where user_id = $1 returning expires_at)
    select count(*) filter (where expires_at > $2) from ended";

/// What was verified of the credentials until now counts for nothing.
const LOCK: &str = "update users set locked_at = $2, credentials_version = credentials_version + 1 where id = $1";

const UNLOCK: &str = "update users set locked_at = null where id = $1";

type Tags<'a> = &'a [[u8; 32]];

impl Store {
    /// Everything about an account that an operator sees. Failures until `horizon` are forgotten.
    pub async fn standing(
        &self,
        id: Uuid,
        tags: Tags<'_>,
        horizon: Timestamp,
        entry: &Entry,
    ) -> Result<Option<Standing>, DatabaseError> {
        self.act(entry, async |on| {
            let row = on.query_opt(&on.prepare_cached(STANDING).await?, &[&id, &Instant(entry.at)]).await?;
            let Some(row) = row else { return Ok(None) };
            let found = on.query(&on.prepare_cached(THROTTLES).await?, &[&bytes(tags), &Instant(horizon)]).await?;
            let throttles = found.iter().map(|row| slowed(row, entry.at)).collect::<Result<_, _>>()?;
            let locked_at: Option<Instant> = row.try_get("locked_at")?;
            Ok(Some(Standing {
                user: user(&row)?,
                locked_at: locked_at.map(|at| at.0),
                sessions: row.try_get("live_sessions")?,
                throttles,
            }))
        })
        .await
    }

    /// Ends all sessions of an account. How many lived.
    pub async fn end_all_sessions(&self, id: Uuid, entry: &Entry) -> Result<Option<u64>, DatabaseError> {
        self.act(entry, async |on| {
            if hold(on, id).await?.is_none() {
                return Ok(None);
            }
            end_sessions(on, id, entry.at).await.map(Some)
        })
        .await
    }

    /// Forgets the failures of an account. From how many addresses there were some.
    pub async fn lift_throttle(&self, id: Uuid, tags: Tags<'_>, entry: &Entry) -> Result<Option<u64>, DatabaseError> {
        self.act(entry, async |on| {
            if hold(on, id).await?.is_none() {
                return Ok(None);
            }
            Ok(Some(on.execute(&on.prepare_cached(LIFT).await?, &[&bytes(tags)]).await?))
        })
        .await
    }

    /// Locks an account and ends its sessions. Whether it was open.
    pub async fn lock(&self, id: Uuid, entry: &Entry) -> Result<Option<bool>, DatabaseError> {
        self.act(entry, async |on| {
            let was = hold(on, id).await?;
            if was == Some(Held::Open) {
                on.execute(&on.prepare_cached(LOCK).await?, &[&id, &Instant(entry.at)]).await?;
                end_sessions(on, id, entry.at).await?;
            }
            Ok(was.map(|was| was == Held::Open))
        })
        .await
    }

    /// Unlocks an account. Whether it was locked.
    pub async fn unlock(&self, id: Uuid, entry: &Entry) -> Result<Option<bool>, DatabaseError> {
        self.act(entry, async |on| {
            let was = hold(on, id).await?;
            if was == Some(Held::Locked) {
                on.execute(&on.prepare_cached(UNLOCK).await?, &[&id]).await?;
            }
            Ok(was.map(|was| was == Held::Locked))
        })
        .await
    }

    /// The trail of an account as it was before this, the latest entry first.
    pub async fn read_trail(&self, id: Uuid, limit: i64, entry: &Entry) -> Result<Option<Vec<Entry>>, DatabaseError> {
        self.act(entry, async |on| {
            let trail = audit::trail(on, id, limit).await?;
            // Of an account that is gone, the trail is there; of one that is there, it may have passed.
            let is_known = !trail.is_empty() || hold(on, id).await?.is_some();
            Ok(is_known.then_some(trail))
        })
        .await
    }

    /// Writes an entry that goes with nothing else.
    pub async fn enter(&self, entry: &Entry) -> Result<(), DatabaseError> {
        self.act(entry, async |_| Ok(Some(()))).await.map(|_| ())
    }

    /// Does something and enters it.
    async fn act<T>(
        &self,
        entry: &Entry,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<Option<T>, DatabaseError>,
    ) -> Result<Option<T>, DatabaseError> {
        self.within("transaction", async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let done = work(&transaction).await?;
            if done.is_some() {
                audit::record(&transaction, entry).await?;
                transaction.commit().await?;
            }
            Ok(done)
        })
        .await
    }
}

/// How an account is that nobody else changes meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Open,
    Locked,
}

async fn hold(on: &Transaction<'_>, id: Uuid) -> Result<Option<Held>, DatabaseError> {
    let row = on.query_opt(&on.prepare_cached(HOLD).await?, &[&id]).await?;
    let Some(row) = row else { return Ok(None) };
    let locked_at: Option<Instant> = row.try_get("locked_at")?;
    Ok(Some(if locked_at.is_some() { Held::Locked } else { Held::Open }))
}

async fn end_sessions(on: &Transaction<'_>, id: Uuid, now: Timestamp) -> Result<u64, DatabaseError> {
    let row = on.query_one(&on.prepare_cached(END_SESSIONS).await?, &[&id, &Instant(now)]).await?;
    Ok(u64::try_from(row.try_get::<_, i64>(0)?).unwrap_or_default())
}

fn bytes(tags: Tags<'_>) -> Vec<&[u8]> {
    tags.iter().map(<[u8; 32]>::as_slice).collect()
}

fn slowed(row: &Row, now: Timestamp) -> Result<Slowed, DatabaseError> {
    let (last, until): (Instant, Option<Instant>) = (row.try_get("last_failure_at")?, row.try_get("throttled_until")?);
    let until = until.map(|until| until.0).filter(|until| *until > now);
    Ok(Slowed { failures: row.try_get("failures")?, last: last.0, until })
}
