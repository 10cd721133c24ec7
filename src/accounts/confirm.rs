//! Asking somebody who is logged in for their password again, before what a stolen session must not do. Guesses are
//! slowed down as those of a login are, and count with them.

use std::{net::IpAddr, time::Duration};

use uuid::Uuid;

use super::{
    Accounts, Unavailable,
    audit::Event,
    hasher::{Overloaded, Verdict},
    password::PasswordAttempt,
    throttle::{Attempt, Ruling, Target},
};

/// Somebody gave the password of their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Which version of the account's credentials it was. What is done on the strength of it has to see that it still
    /// holds, for a password may change while another is hashed.
    pub version: i32,
}

/// Why a password was not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// It is not that of the account.
    #[error("not the password of the account")]
    Incorrect,
    /// Too many wrong ones were tried. This one was not judged.
    #[error("too many wrong passwords")]
    Throttled {
        /// How long until one is judged again.
        left: Duration,
    },
    /// Too much to do.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// Something is away.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Accounts {
    /// Confirms that somebody who is logged in to an account knows its password.
    pub async fn confirm_password(
        &self,
        user: Uuid,
        typed: PasswordAttempt,
        ip: IpAddr,
    ) -> Result<Confirmed, PasswordError> {
        let stored = self.0.store.password_of(user).await.map_err(Unavailable::from)?;
        let (hash, version) = stored.unzip();
        let verdict = self.0.hasher.verify(typed, hash.as_ref()).await?;
        let right = matches!(verdict, Verdict::Right { .. });
        let attempt =
            Attempt { target: Target::Account(user), ip, right, failure: Event::PasswordIncorrect, success: None };
        match (self.settle(attempt).await?, version) {
            (Ruling::Throttled { until }, _) => Err(PasswordError::Throttled { left: until.since(self.now()) }),
            (Ruling::Right, Some(version)) => Ok(Confirmed { version }),
            // An account that was deleted a moment ago has no password.
            (Ruling::Wrong, _) | (Ruling::Right, None) => Err(PasswordError::Incorrect),
        }
    }
}
