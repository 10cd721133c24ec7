//! Deleting an account and everything personal with it. What the actors remember goes first (see
//! [`erasure`](crate::erasure)): if they cannot be reached nothing is deleted, and it can be tried again. Of the trail
//! one line is left, that there was an account of that id.

use std::fmt;

use chatlink_actors::identifier::{ActorKey, Channel, Claim, Identifier};
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
    /// The actors of addresses that they have begun to claim.
    pub claims: Vec<ActorKey>,
}

impl Traces {
    /// Their claim to an identifier, be it theirs or not.
    pub fn claim(&self, identifier: Identifier) -> Claim {
        Claim { account: self.account.into_bytes(), identifier }
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Traces(…)")
    }
}

impl Accounts {
    /// Notes that an actor is about to remember an address that somebody claims.
    pub async fn note_claim(&self, user: Uuid, actor: ActorKey) -> Result<(), Unavailable> {
        Ok(self.0.store.note_claim(user, actor, self.now()).await?)
    }

    /// By what the actors may remember somebody, if there is such an account.
    pub async fn traces(&self, user: Uuid) -> Result<Option<Traces>, Unavailable> {
        let Some((user, claims)) = self.0.store.user_with_claims(user).await? else { return Ok(None) };
        let identifiers = [Channel::Email, Channel::Sms].into_iter().filter_map(|by| user.identifier(by)).collect();
        let username = user.username.to_ascii_lowercase();
        Ok(Some(Traces { account: user.id, username, identifiers, claims }))
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
