//! Renewing sessions. A refresh repeated a moment later, by a client that runs twice or that lost the answer, is
//! answered alike; a token used again after that has been stolen from somebody, and its session ends.

use std::{net::IpAddr, time::Duration};

use chatlink_actors::time::Timestamp;

use super::{
    Accounts, Caller, Grant, LoggedIn, RefreshError, RefreshToken, SessionInfo, Unavailable, User,
    audit::Event,
    sessions::entry,
    store::{Refused, Renewal},
};

/// For so long a spent token gets the successor that it got before.
const GRACE: Duration = Duration::from_secs(10);

/// A session that was renewed.
#[derive(Clone, Debug)]
pub struct Renewed {
    /// The session, and what uses and renews it from now on.
    pub session: LoggedIn,
    /// Whether the token had been spent a moment ago, and got the same successor once more.
    pub repeated: bool,
}

impl Accounts {
    /// Renews the session of a refresh token: the token is spent, and its successor takes its place.
    ///
    /// # Cancellation
    /// If the future is dropped the session may have been renewed. The same token gets the same successor.
    pub async fn refresh(&self, token: &str, ip: IpAddr) -> Result<Renewed, RefreshError> {
        let token = RefreshToken::parse(token).ok_or(RefreshError::NotAuthenticated)?;
        let (now, settings) = (self.now(), self.settings());
        let successors = self.0.refresh.successors(&token);
        let renewal = Renewal {
            session: token.session(),
            hash: token.hash(),
            successors: successors.iter().map(RefreshToken::hash).collect(),
            now,
            expires_at: now + settings.refresh_ttl,
            max_age: settings.session_max_age,
            grace: GRACE,
        };
        if let Some((user, session)) = self.0.store.renew(&renewal).await.map_err(Unavailable::from)? {
            let session = self.renewed(user, session, successors.into_iter().next(), now)?;
            return Ok(Renewed { session, repeated: false });
        }
        let is_genuine = self.0.refresh.is_genuine(&token);
        let reused = |of: Caller| is_genuine.then(|| entry(Event::RefreshReused, of, ip, now));
        match self.0.store.judge_spent(&renewal, reused).await.map_err(Unavailable::from)? {
            Refused::Repeated { user, session, successor } => {
                let successor = successor.and_then(|index| successors.into_iter().nth(index));
                Ok(Renewed { session: self.renewed(*user, session, successor, now)?, repeated: true })
            }
            Refused::Reused => Err(RefreshError::Reused),
            Refused::Unknown => Err(RefreshError::NotAuthenticated),
        }
    }

    fn renewed(
        &self,
        user: User,
        session: SessionInfo,
        successor: Option<RefreshToken>,
        now: Timestamp,
    ) -> Result<LoggedIn, RefreshError> {
        let successor = successor.ok_or(RefreshError::UnknownSecret)?;
        let tokens = self.tokens(user.id, &session, successor, now)?;
        Ok(LoggedIn { grant: Grant::Tokens(tokens), session, user })
    }
}
