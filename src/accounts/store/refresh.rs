//! Spending refresh tokens. A session's row holds the hash of the one that is good; those that were spent a moment ago
//! are beside it.

use std::time::Duration;

use chatlink_actors::time::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{
    DatabaseError, Instant, Store, audit,
    sessions::{session, session_columns},
    users::{user, user_columns},
};
use crate::accounts::{Caller, SessionInfo, User, audit::Entry};

type Hash = [u8; 32];

/// Of several at once the first one changes the row, and the others no longer find the hash there.
const RENEW: &str = concat!(
    "with renewed as (
        update sessions s
        set refresh_hash = $3, last_seen_at = greatest(s.last_seen_at, $4),
            expires_at = least($5, s.created_at + make_interval(secs => $6))
        from users u
        where s.id = $1 and s.refresh_hash = $2 and s.expires_at > $4 and u.id = s.user_id and u.locked_at is null
        returning ",
    user_columns!(),
    ", ",
    session_columns!(),
    "), spent as (
        insert into spent_refresh_tokens (hash, session_id, spent_at) select $2, session_id, $4 from renewed
    ), forgotten as (
        delete from spent_refresh_tokens where spent_at <= $7 and session_id in (select session_id from renewed)
    )
    select * from renewed"
);

/// Waits for whoever renews the session.
const HOLD: &str = concat!(
    "select ",
    user_columns!(),
    ", ",
    session_columns!(),
    ", s.refresh_hash from sessions s join users u on u.id = s.user_id
     where s.id = $1 and s.kind = 'token' and s.expires_at > $2 and u.locked_at is null
     for update of s"
);

const SPENT: &str = "select hash from spent_refresh_tokens where session_id = $1 and hash = any ($2) and spent_at > $3";

const END: &str = "delete from sessions where id = $1";

/// A refresh token that somebody wants to use.
pub(crate) struct Renewal {
    pub session: Uuid,
    pub hash: Hash,
    /// Of the tokens that may take its place, the one that is to do so first.
    pub successors: Vec<Hash>,
    pub now: Timestamp,
    /// When the session will end, unless its age is reached before.
    pub expires_at: Timestamp,
    pub max_age: Duration,
    /// How long a spent token is remembered.
    pub grace: Duration,
}

impl Renewal {
    /// What was spent until then is forgotten.
    fn horizon(&self) -> Instant {
        let grace = i64::try_from(self.grace.as_millis()).unwrap_or(i64::MAX);
        Instant(Timestamp::from_millis(self.now.as_millis().saturating_sub(grace)))
    }
}

/// What became of a token that was not the good one.
pub(crate) enum Refused {
    /// It was spent a moment ago, and got the successor of that index, if it is one of those.
    Repeated { user: Box<User>, session: SessionInfo, successor: Option<usize> },
    /// It was used twice. The session has ended.
    Reused,
    /// There is no such session, or the token was never its.
    Unknown,
}

impl Store {
    /// Spends a token that is the good one of a live session. `None`: it is not.
    pub async fn renew(&self, renewal: &Renewal) -> Result<Option<(User, SessionInfo)>, DatabaseError> {
        let Some(successor) = renewal.successors.first() else { return Ok(None) };
        let parameters: [&(dyn ToSql + Sync); 7] = [
            &renewal.session,
            &renewal.hash.as_slice(),
            &successor.as_slice(),
            &Instant(renewal.now),
            &Instant(renewal.expires_at),
            &renewal.max_age.as_secs_f64(),
            &renewal.horizon(),
        ];
        let rows = self.rows(RENEW, &parameters).await?;
        rows.first().map(|row| Ok((user(row)?, session(row)?))).transpose()
    }

    /// Finds out about a token that was not the good one. If it was used twice, for which `reused` gives the entry in
    /// the trail unless the token was never ours, its session ends.
    pub async fn judge_spent(
        &self,
        renewal: &Renewal,
        reused: impl FnOnce(Caller) -> Option<Entry>,
    ) -> Result<Refused, DatabaseError> {
        self.within("transaction", async {
            let mut client = self.client().await?;
            let (hold, spent) = (client.prepare_cached(HOLD).await?, client.prepare_cached(SPENT).await?);
            let end = client.prepare_cached(END).await?;
            let transaction = client.transaction().await?;
            let found = transaction.query_opt(&hold, &[&renewal.session, &Instant(renewal.now)]).await?;
            let Some(row) = found else { return Ok(Refused::Unknown) };
            let (user, session) = (user(&row)?, session(&row)?);

            let asked: Vec<&[u8]> = renewal.successors.iter().chain([&renewal.hash]).map(Hash::as_slice).collect();
            let found = transaction.query(&spent, &[&session.id, &asked, &renewal.horizon()]).await?;
            let spent: Vec<Vec<u8>> = found.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
            if spent.iter().any(|hash| *hash == renewal.hash) {
                let good: Vec<u8> = row.try_get("refresh_hash")?;
                let was_given = |hash: &Hash| good == hash || spent.iter().any(|spent| spent == hash);
                let successor = renewal.successors.iter().position(was_given);
                return Ok(Refused::Repeated { user: Box::new(user), session, successor });
            }
            let Some(entry) = reused(Caller { user: user.id, session: session.id }) else {
                return Ok(Refused::Unknown);
            };
            transaction.execute(&end, &[&session.id]).await?;
            audit::record(&transaction, &entry).await?;
            transaction.commit().await?;
            Ok(Refused::Reused)
        })
        .await
    }
}
