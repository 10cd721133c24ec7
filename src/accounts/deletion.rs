//! Deleting an account and everything personal with it. What the actors remember goes first (see
//! [`erasure`](crate::erasure)): if they cannot be reached nothing is deleted, and it can be tried again. Of the trail
//! one line is left, that there was an account of that id.

use std::fmt;

use chatlink_actors::identifier::{ActorKey, Channel, Identifier};
use uuid::Uuid;

use super::{
    Accounts, Caller, Confirmed, OwnerError, PasswordError, Unavailable,
    audit::By,
    store::{Deleted, Owner},
    throttle::Target,
};

/// By what the actors may remember somebody.
pub struct Traces {
    /// Their account.
    pub account: Uuid,
    /// Their username, in canonical form.
    pub username: String,
    /// What they are reached by.
    pub identifiers: Vec<Identifier>,
    /// The actors of addresses that are not theirs: those that they have begun to claim, and those that they gave up.
    pub elsewhere: Vec<Trace>,
}

/// An actor that may remember somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The name of the purpose of its flow.
    pub purpose: String,
    /// Which it is.
    pub actor: ActorKey,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Traces(…)")
    }
}

impl Accounts {
    /// Notes which actors may remember somebody by an address that their account does not have: yet, or any more.
    pub async fn note_traces(&self, user: Uuid, traces: &[Trace]) -> Result<(), Unavailable> {
        Ok(self.0.store.note_traces(user, traces, self.now()).await?)
    }

    /// By what the actors may remember somebody, if there is such an account.
    pub async fn traces(&self, user: Uuid) -> Result<Option<Traces>, Unavailable> {
        let Some((user, elsewhere)) = self.0.store.user_with_traces(user).await? else { return Ok(None) };
        let identifiers = [Channel::Email, Channel::Sms].into_iter().filter_map(|by| user.identifier(by)).collect();
        let username = user.username.to_ascii_lowercase();
        Ok(Some(Traces { account: user.id, username, identifiers, elsewhere }))
    }

    /// Deletes an account, once its traces are erased. Whether there was one.
    pub async fn delete(&self, user: Uuid, by: By) -> Result<bool, Unavailable> {
        Ok(self.erase(user, None, &by).await? == Deleted::Done)
    }

    /// Deletes the caller's account, once its traces are erased, if the password that they gave is still theirs.
    pub async fn delete_own(&self, caller: Caller, verified: Confirmed, by: By) -> Result<(), OwnerError> {
        let owner = Owner { session: caller.session, credentials_version: verified.version };
        match self.erase(caller.user, Some(owner), &by).await.map_err(PasswordError::from)? {
            Deleted::Done => Ok(()),
            Deleted::NotVerified => Err(PasswordError::Incorrect.into()),
            Deleted::NoCaller => Err(OwnerError::NotAuthenticated),
        }
    }

    async fn erase(&self, user: Uuid, owner: Option<Owner>, by: &By) -> Result<Deleted, Unavailable> {
        let throttles = self.0.throttle.every_account_tag(Target::Account(user));
        Ok(self.0.store.delete_user(user, owner, &throttles, by, self.now()).await?)
    }
}
