//! What an account is reached by: adding, replacing and removing an email address or a phone number. There is always
//! one left, and whoever reads what was replaced or removed is told.

use std::{fmt, net::IpAddr};

use chatlink_actors::identifier::Identifier;

use super::{
    Accounts, Caller, IdentifierError, OtpSession, Unavailable, User,
    store::{Change, Removal},
    tokens::random_uuid,
};

/// An identifier that its owner has proved to be theirs.
#[derive(Clone)]
pub struct NewIdentifier {
    /// Replaces the one of its kind, if there is one.
    pub identifier: Identifier,
    /// The session that proved it.
    pub otp_session: OtpSession,
    /// Where the request came from.
    pub ip: IpAddr,
}

impl fmt::Debug for NewIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewIdentifier(…)")
    }
}

/// An identifier that its owner does not want to be reached by any more.
#[derive(Clone)]
pub struct OldIdentifier {
    /// In any spelling.
    pub identifier: Identifier,
    /// Of the password that the caller has just confirmed.
    pub credentials_version: i32,
    /// Where the request came from.
    pub ip: IpAddr,
}

impl fmt::Debug for OldIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OldIdentifier(…)")
    }
}

impl Accounts {
    /// Makes an identifier the caller's.
    ///
    /// Safe to repeat: if the process died after the change and before anybody heard of it, the same OTP session
    /// succeeds again.
    ///
    /// # Cancellation
    /// If the future is dropped, it may have been changed or not; the same call again tells.
    pub async fn change_identifier(&self, caller: Caller, new: NewIdentifier) -> Result<User, IdentifierError> {
        let (notice, now) = (random_uuid(&*self.0.entropy), self.now());
        match self.0.store.change_identifier(caller, &new, notice, now).await.map_err(Unavailable::from)? {
            Change::Done(user) => {
                self.notices_posted();
                Ok(*user)
            }
            Change::UsedUp => Err(IdentifierError::UsedUp),
            Change::Taken => Err(IdentifierError::Taken),
            Change::NoCaller => Err(IdentifierError::NotAuthenticated),
        }
    }

    /// Takes an identifier from the caller's account.
    ///
    /// # Cancellation
    /// If the future is dropped, it may have been removed or not.
    pub async fn remove_identifier(&self, caller: Caller, old: OldIdentifier) -> Result<(), IdentifierError> {
        let (notice, now) = (random_uuid(&*self.0.entropy), self.now());
        match self.0.store.remove_identifier(caller, &old, notice, now).await.map_err(Unavailable::from)? {
            Removal::Done => {
                self.notices_posted();
                Ok(())
            }
            Removal::NotTheirs => Err(IdentifierError::NotTheirs),
            Removal::Last => Err(IdentifierError::Last),
            Removal::PasswordChanged => Err(IdentifierError::PasswordChanged),
            Removal::NoCaller => Err(IdentifierError::NotAuthenticated),
        }
    }
}
