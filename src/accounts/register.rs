//! Making an account. One statement decides; what is taken is told by the constraint that stood against it.

use super::{
    Accounts, Credentials, NewAccount, RegisterError, Unavailable,
    hasher::Verdict,
    store::{Conflict, NewUser},
    tokens::random_uuid,
};

impl Accounts {
    /// Makes an account.
    ///
    /// Safe to repeat: if the process died after the account was made and before anybody heard of it, the same OTP
    /// session with the same username and password gets that account.
    ///
    /// # Cancellation
    /// If the future is dropped, the account may have been made or not; registering again tells.
    pub async fn register(&self, account: NewAccount) -> Result<Credentials, RegisterError> {
        // Before a connection is taken: hashing takes longer than anything the connection is needed for.
        let hash = self.0.hasher.hash(account.password.clone()).await?;
        let (id, created_at) = (random_uuid(&*self.0.entropy), self.now());
        let new = NewUser { id, account: &account, password_hash: &hash, created_at };
        match self.0.store.insert_user(new).await.map_err(Unavailable::from)? {
            Ok(()) => {
                let locale = account.locale;
                Ok(Credentials { user: account.into_user(id, created_at), hash, version: 0, locale, locked: false })
            }
            Err(conflict) => self.made_before(account, conflict).await,
        }
    }

    /// An attempt repeated is in conflict with itself in every column, and Postgres names just one: so whichever it
    /// named, the OTP session is what tells whether this account was made before.
    async fn made_before(&self, account: NewAccount, conflict: Conflict) -> Result<Credentials, RegisterError> {
        let made = self.0.store.user_by_otp_session(account.otp_session).await.map_err(Unavailable::from)?;
        let Some(made) = made else {
            return Err(match conflict {
                Conflict::Username => RegisterError::UsernameTaken,
                Conflict::Identifier | Conflict::OtpSession => RegisterError::IdentifierTaken,
            });
        };
        if made.user.username.to_ascii_lowercase() != account.username.canonical() {
            return Err(RegisterError::IdentifierTaken);
        }
        match self.0.hasher.verify(account.password.into_attempt(), Some(&made.hash)).await? {
            Verdict::Right { .. } => Ok(made),
            Verdict::Wrong => Err(RegisterError::IdentifierTaken),
        }
    }
}
