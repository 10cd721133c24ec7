//! Letting people in. Whatever is wrong, it costs one read, one password hash and one transaction, and gives one
//! answer: neither time nor words tell whether there is such an account.

use chatlink_actors::identifier::{Identifier, LoginName};

use super::{
    Accounts, Credentials, LogIn, LoggedIn, LoginError, Unavailable,
    audit::Event,
    hasher::Verdict,
    password::PasswordAttempt,
    throttle::{Attempt, Ruling, Target},
    username::Username,
};

impl Accounts {
    /// Opens a session for somebody who knows the password of an account.
    pub async fn log_in(&self, attempt: LogIn) -> Result<LoggedIn, LoginError> {
        let login = parse_login(&attempt.login);
        let found = match &login {
            Some(login) => self.0.store.user_by_login(login).await.map_err(Unavailable::from)?,
            None => None,
        };
        let hash = found.as_ref().map(|owner| &owner.hash);
        let verdict = self.0.hasher.verify(attempt.password.clone(), hash).await?;
        let settled = Attempt {
            target: target(found.as_ref(), login.as_ref(), &attempt.login),
            ip: attempt.opening.ip,
            right: matches!(verdict, Verdict::Right { .. }),
            failure: Event::LoginFailed,
            success: found.as_ref().and_then(|owner| owner.locked.then_some(Event::LoginLocked)),
        };
        let ruling = self.settle(settled).await?;
        if let Ruling::Throttled { until } = ruling {
            return Err(LoginError::Throttled { left: until.since(self.now()) });
        }
        let (Verdict::Right { stale }, Some(owner)) = (verdict, found) else {
            return Err(LoginError::InvalidCredentials);
        };
        if owner.locked {
            return Err(LoginError::Locked);
        }
        if stale {
            self.rehash(&owner, attempt.password).await;
        }
        self.open_session(owner, attempt.opening).await
    }

    /// Makes the hash anew at today's cost. If that fails the old one is as good as it was, and the next login
    /// tries again.
    async fn rehash(&self, owner: &Credentials, password: PasswordAttempt) {
        let Ok(new) = self.0.hasher.hash_attempt(password).await else { return };
        if let Err(error) = self.0.store.replace_hash(owner.user.id, &owner.hash, &new).await {
            tracing::warn!(%error, "could not store a password hash of a higher cost");
        }
    }
}

fn target<'a>(found: Option<&Credentials>, login: Option<&'a LoginName>, typed: &'a str) -> Target<'a> {
    match (found, login) {
        (Some(owner), _) => Target::Account(owner.user.id),
        (None, Some(login)) => Target::Nobody(login),
        (None, None) => Target::Nonsense(typed),
    }
}

/// What somebody typed to name their account, in any spelling, if it can name one at all.
pub fn parse_login(input: &str) -> Option<LoginName> {
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
