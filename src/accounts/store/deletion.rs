//! Deleting an account: one transaction. What refers to it goes along by the foreign keys.

use chatlink_actors::{identifier::ActorKey, time::Timestamp};
use deadpool_postgres::Transaction;
use uuid::Uuid;

use super::{
    DatabaseError, Instant, Store,
    sessions::session_lives,
    users::{user, user_columns},
};
use crate::accounts::{
    Caller, User,
    audit::{By, Event},
};

const HOLD: &str = "select credentials_version from users where id = $1 for update";
const THROTTLES: &str = "delete from login_throttles where account = any ($1)";
const USER: &str = "delete from users where id = $1";

/// Not one of the events in between is left, and of the last one neither a session nor an address.
const TRAIL: &str = "
    with forgotten as (delete from audit_events where user_id = $1)
    insert into audit_events (at, event, user_id, operator) values ($2, $3, $1, $4)";

/// Whoever is gone claims nothing.
const CLAIM: &str = "
    insert into identifier_claims (user_id, actor, claimed_at) select id, $2, $3 from users where id = $1
    on conflict (user_id, actor) do update set claimed_at = greatest(identifier_claims.claimed_at, excluded.claimed_at)";

const WITH_CLAIMS: &str = concat!(
    "select ",
    user_columns!(),
    ", array(select c.actor from identifier_claims c where c.user_id = u.id) as claims from users u where u.id = $1"
);

/// The owner of an account, as they showed to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner {
    /// By which session they call.
    pub session: Uuid,
    /// Of the password that they gave.
    pub credentials_version: i32,
}

/// What became of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deleted {
    /// The account is gone.
    Done,
    /// There is no such account, or the password that was verified is not its own any more.
    NotVerified,
    /// The owner's session has ended.
    NoCaller,
}

impl Store {
    /// Deletes an account and all that is stored of it, by its owner or else by an operator.
    pub async fn delete_user(
        &self,
        id: Uuid,
        owner: Option<Owner>,
        throttles: &[[u8; 32]],
        by: &By,
        now: Timestamp,
    ) -> Result<Deleted, DatabaseError> {
        self.within("transaction", async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let Some(version) = hold(&transaction, id).await? else { return Ok(Deleted::NotVerified) };
            if let Some(Owner { session, credentials_version }) = owner {
                if credentials_version != version {
                    return Ok(Deleted::NotVerified);
                }
                if !session_lives(&transaction, Caller { user: id, session }, now).await? {
                    return Ok(Deleted::NoCaller);
                }
            }
            delete(&transaction, id, throttles, by, now).await?;
            transaction.commit().await?;
            Ok(Deleted::Done)
        })
        .await
    }

    /// Notes which actor holds an address that somebody claims.
    pub async fn note_claim(&self, id: Uuid, actor: ActorKey, now: Timestamp) -> Result<(), DatabaseError> {
        self.execute(CLAIM, &[&id, &actor.as_bytes().as_slice(), &Instant(now)]).await?;
        Ok(())
    }

    /// An account, and the actors of what it claims.
    pub async fn user_with_claims(&self, id: Uuid) -> Result<Option<(User, Vec<ActorKey>)>, DatabaseError> {
        let rows = self.rows(WITH_CLAIMS, &[&id]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let claims: Vec<&[u8]> = row.try_get("claims")?;
        let keys = claims.into_iter().map(|bytes| bytes.try_into().map(ActorKey::from_bytes));
        let keys: Result<_, _> = keys.collect();
        Ok(Some((user(row)?, keys.map_err(|_| DatabaseError::Corrupt("actor"))?)))
    }
}

/// Which version the credentials have of an account that nobody else touches from now on.
async fn hold(on: &Transaction<'_>, id: Uuid) -> Result<Option<i32>, DatabaseError> {
    let row = on.query_opt(&on.prepare_cached(HOLD).await?, &[&id]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

async fn delete(
    on: &Transaction<'_>,
    id: Uuid,
    throttles: &[[u8; 32]],
    by: &By,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let throttles: Vec<&[u8]> = throttles.iter().map(<[u8; 32]>::as_slice).collect();
    let operator = match by {
        By::Client(_) => None,
        By::Operator(name) => Some(name),
    };
    on.execute(&on.prepare_cached(THROTTLES).await?, &[&throttles]).await?;
    on.execute(&on.prepare_cached(USER).await?, &[&id]).await?;
    let trail = on.prepare_cached(TRAIL).await?;
    on.execute(&trail, &[&id, &Instant(now), &Event::Deleted.name(), &operator]).await?;
    Ok(())
}
