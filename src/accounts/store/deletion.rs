//! Deleting an account: one transaction. What refers to it goes along by the foreign keys.

use chatlink_actors::{identifier::ActorKey, time::Timestamp};
use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    DatabaseError, Instant, Store,
    sessions::session_lives,
    users::{user, user_columns},
};
use crate::accounts::{
    Caller, Trace, User,
    audit::{By, Event},
};

const HOLD: &str = "select credentials_version from users where id = $1 for update";
const THROTTLES: &str = "delete from login_throttles where account = any ($1)";
const USER: &str = "delete from users where id = $1";

/// Not one of the events in between is left, and of the last one neither a session nor an address.
const TRAIL: &str = "
    with forgotten as (delete from audit_events where user_id = $1)
    insert into audit_events (at, event, user_id, operator) values ($2, $3, $1, $4)";

/// Whoever is gone leaves no traces.
const NOTE: &str = "
    insert into otp_traces (user_id, purpose, actor, noted_at)
    select id, purpose, actor, $4 from users, unnest($2::text[], $3::bytea[]) as trace (purpose, actor) where id = $1
    on conflict (user_id, purpose, actor) do update set noted_at = greatest(otp_traces.noted_at, excluded.noted_at)";

const USER_BY_ID: &str = concat!("select ", user_columns!(), " from users u where u.id = $1");
const TRACES: &str = "select purpose, actor from otp_traces where user_id = $1";

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

    /// Notes which actors may remember somebody.
    pub async fn note_traces(&self, id: Uuid, traces: &[Trace], now: Timestamp) -> Result<(), DatabaseError> {
        let purposes: Vec<&str> = traces.iter().map(|trace| trace.purpose.as_str()).collect();
        let actors: Vec<&[u8]> = traces.iter().map(|trace| trace.actor.as_bytes().as_slice()).collect();
        self.execute(NOTE, &[&id, &purposes, &actors, &Instant(now)]).await?;
        Ok(())
    }

    /// An account, and which actors were noted for it.
    pub async fn user_with_traces(&self, id: Uuid) -> Result<Option<(User, Vec<Trace>)>, DatabaseError> {
        let rows = self.rows(USER_BY_ID, &[&id]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let traces = self.rows(TRACES, &[&id]).await?;
        Ok(Some((user(row)?, traces.iter().map(trace).collect::<Result<_, _>>()?)))
    }
}

fn trace(row: &Row) -> Result<Trace, DatabaseError> {
    let actor: &[u8] = row.try_get("actor")?;
    let actor = actor.try_into().map_err(|_| DatabaseError::Corrupt("actor"))?;
    Ok(Trace { purpose: row.try_get("purpose")?, actor: ActorKey::from_bytes(actor) })
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
