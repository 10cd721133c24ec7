//! A new password for somebody who knows the old one. Whoever else holds a session may know it too, so all others end.

use std::{fmt, net::IpAddr};

use chatlink_actors::identifier::Channel;

use super::{
    Accounts, Caller, PasswordError, Unavailable, User,
    password::{Context, Password, PasswordAttempt},
    store::Replaced,
    tokens::random_uuid,
};

/// What somebody gives to have another password.
#[derive(Clone)]
pub struct PasswordChange {
    /// What they typed as the one that they have.
    pub current: PasswordAttempt,
    /// The one that they want.
    pub new: Password,
    /// Where the request came from.
    pub ip: IpAddr,
}

impl fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordChange(…)")
    }
}

/// Why somebody who is logged in, and gave their password for it, did not get what they asked for.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// Their session has ended.
    #[error("not authenticated")]
    NotAuthenticated,
    /// Their password.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

impl User {
    /// What is known of them, in words that do not count in their password.
    pub fn context(&self) -> Context {
        let known = [Channel::Email, Channel::Sms].map(|by| self.identifier(by));
        Context::of([self.username.as_str()], known.iter().flatten())
    }
}

impl Accounts {
    /// Replaces the caller's password, ends all their other sessions, and tells them by a notice. Of several changes
    /// at once one is made: for the others, the password that they gave is the current one no more.
    ///
    /// # Cancellation
    /// If the future is dropped, the password may have been replaced or not.
    pub async fn change_password(&self, caller: Caller, change: PasswordChange) -> Result<(), OwnerError> {
        let verified = self.confirm_password(caller.user, change.current, change.ip).await?;
        let hash = self.0.hasher.hash(change.new).await.map_err(PasswordError::from)?;
        let (notice, now) = (random_uuid(&*self.0.entropy), self.now());
        let replaced = self.0.store.replace_password(caller, verified, &hash, notice, change.ip, now).await;
        match replaced.map_err(|error| PasswordError::from(Unavailable::from(error)))? {
            Replaced::Done => {
                self.notices_posted();
                Ok(())
            }
            Replaced::NotVerified => Err(PasswordError::Incorrect.into()),
            Replaced::NoCaller => Err(OwnerError::NotAuthenticated),
        }
    }
}
