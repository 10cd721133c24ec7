//! Letting people in. Whatever is wrong, it costs one password hash and gives one answer: neither time nor words
//! tell whether there is such an account.

use std::net::IpAddr;

use chatlink_actors::identifier::{Identifier, LoginName};
use zeroize::Zeroizing;

use super::{
    AccessToken, Accounts, Caller, LogIn, LoggedIn, LoginError, SessionInfo, SessionKind, Unavailable, User,
    hasher::Verdict,
    password::PasswordAttempt,
    phc::StoredHash,
    profile::DeviceName,
    store::NewSession,
    tokens::{RefreshToken, random_uuid},
    username::Username,
};

impl Accounts {
    /// Opens a session for somebody who knows the password of an account.
    pub async fn log_in(&self, attempt: LogIn) -> Result<LoggedIn, LoginError> {
        let found = match parse_login(&attempt.login) {
            Some(login) => self.0.store.user_by_login(&login).await.map_err(Unavailable::from)?,
            None => None,
        };
        let (user, hash) = found.unzip();
        let verdict = self.0.hasher.verify(attempt.password.clone(), hash.as_ref()).await?;
        let (Verdict::Right { stale }, Some(user), Some(hash)) = (verdict, user, hash) else {
            return Err(LoginError::InvalidCredentials);
        };
        if stale {
            self.rehash(&user, &hash, attempt.password).await;
        }
        self.open_session(user, attempt.device_name, attempt.ip).await
    }

    /// Opens a session for somebody who is known to own an account.
    ///
    /// # Cancellation
    /// If the future is dropped, a session may have been opened of which nobody holds the tokens.
    pub async fn open_session(
        &self,
        user: User,
        device_name: Option<DeviceName>,
        ip: IpAddr,
    ) -> Result<LoggedIn, LoginError> {
        let (now, settings, entropy) = (self.now(), self.settings(), &*self.0.entropy);
        let refresh_expires_in = settings.refresh_ttl.min(settings.session_max_age);
        let session = SessionInfo {
            id: random_uuid(entropy),
            kind: SessionKind::Token,
            device_name: device_name.map(|name| name.as_str().to_owned()),
            ip: ip.to_canonical(),
            created_at: now,
            last_seen_at: now,
            expires_at: now + refresh_expires_in,
        };
        let caller = Caller { user: user.id, session: session.id };
        let access_token = self.0.signer.sign(caller, now, entropy).map_err(Unavailable::from)?;
        let refresh_token = RefreshToken::random(entropy);
        let new = NewSession { user: user.id, info: &session, refresh_hash: refresh_token.hash() };
        if !self.0.store.open_session(new).await.map_err(Unavailable::from)? {
            return Err(LoginError::InvalidCredentials);
        }
        Ok(LoggedIn {
            access_token: AccessToken::new(Zeroizing::new(access_token)),
            expires_in: self.0.signer.lifetime(),
            refresh_token,
            refresh_expires_in,
            session,
            user,
        })
    }

    /// Makes the hash anew at today's cost. If that fails the old one is as good as it was, and the next login
    /// tries again.
    async fn rehash(&self, user: &User, old: &StoredHash, password: PasswordAttempt) {
        let Ok(new) = self.0.hasher.hash_attempt(password).await else { return };
        if let Err(error) = self.0.store.replace_hash(user.id, old, &new).await {
            tracing::warn!(%error, "could not store a password hash of a higher cost");
        }
    }
}

/// What somebody typed to name their account, in any spelling, if it can name one at all.
fn parse_login(input: &str) -> Option<LoginName> {
    let input = input.trim();
    if input.contains('@') || input.starts_with('+') {
        return Identifier::parse(input).ok().map(LoginName::Identifier);
    }
    Username::canonical_of(input).map(LoginName::Username)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_an_address_a_number_or_a_name() {
        let canonical = |input| parse_login(input).map(|login| chatlink_actors::identifier::Subject::canonical(&login));
        assert_eq!(canonical(" Ann@Example.ORG "), Some("ann@example.org".into()));
        assert_eq!(canonical("+49 171 1234567"), Some("+491711234567".into()));
        assert_eq!(canonical("Ann.Lee"), Some(":ann.lee".into()));
        for input in ["", "ann lee", "@", "+", "+49", "01711234567", "ann'--", "a\0b"] {
            assert_eq!(canonical(input), None, "{input:?}");
        }
    }
}
