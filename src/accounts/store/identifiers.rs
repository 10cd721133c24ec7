//! Changing what an account is reached by. Each is one transaction that keeps the account to itself: two removals at
//! once leave one identifier, and whoever's session has just been ended changes nothing any more.

use std::net::IpAddr;

use chatlink_actors::{
    identifier::{Channel, Identifier},
    time::Timestamp,
};
use deadpool_postgres::Transaction;
use uuid::Uuid;

use super::{
    DatabaseError, Instant, Store, audit,
    completions::{self, Use},
    notices,
    sessions::session_lives,
    users::{credential_columns, credentials, user, user_columns},
};
use crate::accounts::{
    Caller, Credentials, User,
    audit::{By, Entry, Event},
    identifiers::{NewIdentifier, OldIdentifier},
    notice::NoticeKind,
};

/// Stronger than what foreign keys wait for from the outset: the columns that change are unique.
const LOCK: &str = concat!("select ", credential_columns!(), " from users u where u.id = $1 for update");

const SET_EMAIL: &str = concat!(
    "update users u set email = $2, email_canonical = $3, version = version + 1, credentials_changed_at = $4
     where u.id = $1 returning ",
    user_columns!()
);
const SET_PHONE: &str = concat!(
    "update users u set phone = $2, version = version + 1, credentials_changed_at = $3 where u.id = $1 returning ",
    user_columns!()
);

/// What became of a change.
pub(crate) enum Change {
    /// The account as it is now.
    Done(Box<User>),
    /// The OTP session was used up before, for something else.
    UsedUp,
    /// Another account has the identifier.
    Taken,
    /// The caller's session has ended.
    NoCaller,
}

/// What became of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// It is gone.
    Done,
    /// The account does not have it.
    NotTheirs,
    /// The account has no other.
    Last,
    /// The password that was confirmed is not the account's any more.
    PasswordChanged,
    /// The caller's session has ended.
    NoCaller,
}

impl Store {
    /// Makes an identifier the account's: in place of the one of its kind, if there is one.
    pub async fn change_identifier(
        &self,
        caller: Caller,
        new: &NewIdentifier,
        notice: Uuid,
        now: Timestamp,
    ) -> Result<Change, DatabaseError> {
        let changed = self.within("transaction", async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let change = change(&transaction, caller, new, notice, now).await?;
            transaction.commit().await?;
            Ok(change)
        });
        match changed.await {
            Err(error) if error.violates("users_email_unique") || error.violates("users_phone_unique") => {
                Ok(Change::Taken)
            }
            other => other,
        }
    }

    /// Takes an identifier from the account, unless it has no other.
    pub async fn remove_identifier(
        &self,
        caller: Caller,
        old: &OldIdentifier,
        notice: Uuid,
        now: Timestamp,
    ) -> Result<Removal, DatabaseError> {
        self.within("transaction", async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let removal = remove(&transaction, caller, old, notice, now).await?;
            transaction.commit().await?;
            Ok(removal)
        })
        .await
    }
}

async fn change(
    on: &Transaction<'_>,
    caller: Caller,
    new: &NewIdentifier,
    notice: Uuid,
    now: Timestamp,
) -> Result<Change, DatabaseError> {
    let Some(owner) = lock(on, caller, now).await? else { return Ok(Change::NoCaller) };
    let channel = new.identifier.channel();
    let present = owner.user.identifier(channel);
    match completions::use_up(on, new.otp_session, caller.user, now).await? {
        Use::First => {}
        Use::Again { same: true } if present.as_ref() == Some(&new.identifier) => {
            return Ok(Change::Done(Box::new(owner.user)));
        }
        Use::Again { .. } => return Ok(Change::UsedUp),
    }
    let changed = set(on, caller.user, channel, Some(&new.identifier), now).await?;
    record(on, Event::IdentifierChanged, caller, new.ip, now).await?;
    // For whom it is news if it was not them: whoever reads the old address, or else the other one.
    if let Some(to) = present.or_else(|| owner.user.contact()) {
        notices::post(on, &owner.notice(notice, NoticeKind::IdentifierChanged { channel }, to, now)).await?;
    }
    Ok(Change::Done(Box::new(changed)))
}

async fn remove(
    on: &Transaction<'_>,
    caller: Caller,
    old: &OldIdentifier,
    notice: Uuid,
    now: Timestamp,
) -> Result<Removal, DatabaseError> {
    let Some(owner) = lock(on, caller, now).await? else { return Ok(Removal::NoCaller) };
    if owner.version != old.credentials_version {
        return Ok(Removal::PasswordChanged);
    }
    let channel = old.identifier.channel();
    let present = owner.user.identifier(channel);
    let Some(present) = present.filter(|present| present.canonical() == old.identifier.canonical()) else {
        return Ok(Removal::NotTheirs);
    };
    if owner.user.email.is_none() || owner.user.phone.is_none() {
        return Ok(Removal::Last);
    }
    set(on, caller.user, channel, None, now).await?;
    record(on, Event::IdentifierRemoved, caller, old.ip, now).await?;
    notices::post(on, &owner.notice(notice, NoticeKind::IdentifierChanged { channel }, present, now)).await?;
    Ok(Removal::Done)
}

/// The caller's account, if their session lives.
async fn lock(on: &Transaction<'_>, caller: Caller, now: Timestamp) -> Result<Option<Credentials>, DatabaseError> {
    let statement = on.prepare_cached(LOCK).await?;
    let Some(row) = on.query_opt(&statement, &[&caller.user]).await? else { return Ok(None) };
    if session_lives(on, caller, now).await? { Ok(Some(credentials(&row)?)) } else { Ok(None) }
}

/// Gives the account as it is then.
async fn set(
    on: &Transaction<'_>,
    id: Uuid,
    channel: Channel,
    to: Option<&Identifier>,
    now: Timestamp,
) -> Result<User, DatabaseError> {
    let (address, canonical) = (to.map(Identifier::address), to.map(Identifier::canonical));
    let row = match channel {
        Channel::Email => {
            let statement = on.prepare_cached(SET_EMAIL).await?;
            on.query_one(&statement, &[&id, &address, &canonical, &Instant(now)]).await?
        }
        Channel::Sms => {
            let statement = on.prepare_cached(SET_PHONE).await?;
            on.query_one(&statement, &[&id, &address, &Instant(now)]).await?
        }
    };
    user(&row)
}

async fn record(
    on: &Transaction<'_>,
    event: Event,
    caller: Caller,
    ip: IpAddr,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let entry = Entry { at: now, event, user: Some(caller.user), session: Some(caller.session), by: By::Client(ip) };
    audit::record(on, &entry).await
}
