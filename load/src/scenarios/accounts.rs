//! Accounts that were prepared, and their sessions.

use std::time::Duration;

use tokio::time::Instant;

use super::{Stage, Visitor};
use crate::{
    client::{Failure, Person, Tokens},
    engine::Log,
};

/// An account; logged in or not.
#[derive(Debug)]
pub struct Account {
    pub person: Person,
    pub session: Option<Session>,
}

/// Tokens, and until when the access token surely is good.
#[derive(Debug)]
pub struct Session {
    pub tokens: Tokens,
    fresh_until: Instant,
}

impl Session {
    pub fn new(tokens: Tokens) -> Self {
        Self { fresh_until: Instant::now() + Duration::from_secs(tokens.expires_in) * 3 / 4, tokens }
    }
}

impl Account {
    /// Its session: the one that it has, else a new one.
    pub async fn session(&mut self, visitor: &mut Visitor, log: &mut Log) -> Result<Session, Failure> {
        // Out of the account: whatever goes wrong with it, the next visit logs in anew.
        if let Some(session) = self.session.take() {
            return Ok(session);
        }
        let login = visitor.api.login(&self.person.username, &self.person.password);
        Ok(Session::new(log.step("login", login).await?))
    }

    /// The same, with an access token that is good.
    pub async fn fresh_session(&mut self, visitor: &mut Visitor, log: &mut Log) -> Result<Session, Failure> {
        let session = self.session(visitor, log).await?;
        if Instant::now() < session.fresh_until {
            return Ok(session);
        }
        Ok(Session::new(log.step("refresh", visitor.api.refresh(&session.tokens.refresh_token)).await?))
    }
}

impl Stage {
    /// Lets a visit have an account for itself, and takes it back however the visit ends.
    pub async fn with_account<F>(&self, visit: F) -> Result<(), Failure>
    where
        F: AsyncFnOnce(&mut Account) -> Result<(), Failure>,
    {
        let mut account = self.accounts.take()?;
        let outcome = visit(&mut account).await;
        self.accounts.put(account);
        outcome
    }
}
