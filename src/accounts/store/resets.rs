//! Resetting a password: one transaction, from finding the account to the notice.

use std::net::IpAddr;

use chatlink_actors::{
    identifier::{Identifier, LoginName},
    time::Timestamp,
};
use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{
    DatabaseError, Instant, Store, audit,
    completions::{self, Use},
    notices,
    passwords::set_hash,
    users::{credential_columns, credentials, user_columns},
};
use crate::accounts::{
    Credentials,
    audit::{By, Entry, Event},
    notice::NoticeKind,
    phc::StoredHash,
    reset::NewPassword,
};

/// The account of a login, kept for this transaction: a session that is opened meanwhile waits, and sees the new
/// password.
macro_rules! find_and_lock {
    ($column:literal) => {
        concat!(
            "select ",
            credential_columns!(),
            ", u.credentials_changed_at from users u where ",
            $column,
            " = $1 for no key update"
        )
    };
}

const BY_EMAIL: &str = find_and_lock!("u.email_canonical");
const BY_PHONE: &str = find_and_lock!("u.phone");
const BY_USERNAME: &str = find_and_lock!("u.username_canonical");

const END_SESSIONS: &str = "delete from sessions where user_id = $1";

/// What became of a reset.
pub(crate) enum Reset {
    /// The password is replaced, and every session ended.
    Done,
    /// The OTP session was used up on this account before, which has this hash now.
    DoneBefore(StoredHash),
    /// No account, or none that the OTP session is good for.
    NoAccount,
}

/// An account that nobody else changes before this transaction has ended.
struct Account {
    owner: Credentials,
    credentials_changed_at: Option<Timestamp>,
}

impl Account {
    fn read(row: &Row) -> Result<Self, DatabaseError> {
        let changed_at: Option<Instant> = row.try_get("credentials_changed_at")?;
        Ok(Self { owner: credentials(row)?, credentials_changed_at: changed_at.map(|instant| instant.0) })
    }

    /// Whether a reset that was started then is about the account as it is now. A username may since have become
    /// somebody else's, and the address that the code went to may be given up.
    fn stood_at(&self, started_at: Timestamp) -> bool {
        self.owner.user.created_at <= started_at
            && self.credentials_changed_at.is_none_or(|changed| changed <= started_at)
    }
}

impl Store {
    /// Replaces the password of the account of a login, ends its sessions, and tells its owner.
    pub async fn reset_password(
        &self,
        new: &NewPassword,
        hash: &StoredHash,
        notice: Uuid,
        now: Timestamp,
    ) -> Result<Reset, DatabaseError> {
        self.within("transaction", async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let Some(account) = find(&transaction, &new.login).await? else { return Ok(Reset::NoAccount) };
            match completions::use_up(&transaction, new.otp_session, account.owner.user.id, now).await? {
                Use::First if account.stood_at(new.started_at) => {}
                Use::Again { same: true } => return Ok(Reset::DoneBefore(account.owner.hash)),
                Use::First | Use::Again { same: false } => return Ok(Reset::NoAccount),
            }
            replace(&transaction, &account.owner, hash, new.ip, now).await?;
            if let Some(to) = account.owner.user.contact() {
                let notice = account.owner.notice(notice, NoticeKind::PasswordChanged, to, now);
                notices::post(&transaction, &notice).await?;
            }
            transaction.commit().await?;
            Ok(Reset::Done)
        })
        .await
    }
}

/// Sets the hash and ends every session.
async fn replace(
    on: &Transaction<'_>,
    owner: &Credentials,
    hash: &StoredHash,
    ip: IpAddr,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    let user = owner.user.id;
    set_hash(on, user, hash, now).await?;
    let statement = on.prepare_cached(END_SESSIONS).await?;
    let ended = on.execute(&statement, &[&user]).await?;
    let entry = |event| Entry { at: now, event, user: Some(user), session: None, by: By::Client(ip) };
    audit::record(on, &entry(Event::PasswordReset)).await?;
    if ended > 0 {
        audit::record(on, &entry(Event::SessionsRevoked)).await?;
    }
    Ok(())
}

async fn find(on: &Transaction<'_>, login: &LoginName) -> Result<Option<Account>, DatabaseError> {
    let (sql, canonical) = match login {
        LoginName::Identifier(identifier @ Identifier::Email(_)) => (BY_EMAIL, identifier.canonical()),
        LoginName::Identifier(identifier @ Identifier::Phone(_)) => (BY_PHONE, identifier.canonical()),
        LoginName::Username(canonical) => (BY_USERNAME, canonical.clone()),
    };
    let statement = on.prepare_cached(sql).await?;
    on.query_opt(&statement, &[&canonical]).await?.as_ref().map(Account::read).transpose()
}
