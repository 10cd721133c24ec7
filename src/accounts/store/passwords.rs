//! Replacing a password by its owner: one transaction, from the lock to the notice.

use std::net::IpAddr;

use chatlink_actors::time::Timestamp;
use deadpool_postgres::Transaction;
use uuid::Uuid;

use super::{
    DatabaseError, Instant, Store, audit, notices,
    sessions::session_lives,
    users::{credential_columns, credentials, user_columns},
};
use crate::accounts::{
    Caller, Confirmed, Credentials,
    audit::{By, Entry, Event},
    notice::NoticeKind,
    phc::StoredHash,
};

/// The account, if its credentials are those that were verified, kept for this transaction: whoever opens or ends its
/// sessions waits.
const LOCK: &str = concat!(
    "select ",
    credential_columns!(),
    " from users u where u.id = $1 and u.credentials_version = $2 and u.locked_at is null for no key update"
);

const SET_HASH: &str = "
    update users set password_hash = $2, credentials_version = credentials_version + 1, credentials_changed_at = $3
    where id = $1";

const END_OTHERS: &str = "delete from sessions where user_id = $1 and id <> $2";

/// What became of a change of password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replaced {
    /// It is the new one now.
    Done,
    /// The password that was verified is not the account's any more.
    NotVerified,
    /// The caller's session has ended.
    NoCaller,
}

impl Store {
    /// Replaces the caller's password by one of that hash and ends all their other sessions, if the password that was
    /// verified is still theirs.
    pub async fn replace_password(
        &self,
        caller: Caller,
        verified: Confirmed,
        hash: &StoredHash,
        notice: Uuid,
        ip: IpAddr,
        now: Timestamp,
    ) -> Result<Replaced, DatabaseError> {
        self.within("transaction", async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let Some(owner) = lock(&transaction, caller, verified).await? else { return Ok(Replaced::NotVerified) };
            if !session_lives(&transaction, caller, now).await? {
                return Ok(Replaced::NoCaller);
            }
            replace(&transaction, caller, hash, ip, now).await?;
            if let Some(to) = owner.user.contact() {
                notices::post(&transaction, &owner.notice(notice, NoticeKind::PasswordChanged, to, now)).await?;
            }
            transaction.commit().await?;
            Ok(Replaced::Done)
        })
        .await
    }
}

async fn lock(on: &Transaction<'_>, caller: Caller, verified: Confirmed) -> Result<Option<Credentials>, DatabaseError> {
    let statement = on.prepare_cached(LOCK).await?;
    on.query_opt(&statement, &[&caller.user, &verified.version]).await?.as_ref().map(credentials).transpose()
}

/// Sets the hash, by which whatever was verified before counts no more.
pub(super) async fn set_hash(
    on: &Transaction<'_>,
    user: Uuid,
    hash: &StoredHash,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let statement = on.prepare_cached(SET_HASH).await?;
    on.execute(&statement, &[&user, &hash.as_str(), &Instant(now)]).await?;
    Ok(())
}

/// Sets the hash and ends every session but the caller's.
async fn replace(
    on: &Transaction<'_>,
    caller: Caller,
    hash: &StoredHash,
    ip: IpAddr,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    set_hash(on, caller.user, hash, now).await?;
    let statement = on.prepare_cached(END_OTHERS).await?;
    let ended = on.execute(&statement, &[&caller.user, &caller.session]).await?;
    let session = Some(caller.session);
    let entry = |event| Entry { at: now, event, user: Some(caller.user), session, by: By::Client(ip) };
    audit::record(on, &entry(Event::PasswordChanged)).await?;
    if ended > 0 {
        audit::record(on, &entry(Event::SessionsRevoked)).await?;
    }
    Ok(())
}
