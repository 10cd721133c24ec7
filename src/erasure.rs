//! Erasing what the actors remember of somebody: sessions under way, with the identifier as it was typed. The limits
//! stay as they are, for they are of the identifier and name nobody.

use chatlink_actors::{
    identifier::{Claim, Identifier, LoginName},
    otp::{Command, IdentifierChange, Otp, PasswordReset, Purpose, Registration},
    shell::{Router, SendError},
};
use uuid::Uuid;

use crate::accounts::Traces;

/// The actors of all flows.
#[derive(Clone, Copy)]
pub struct Erasure<'a> {
    /// Of registrations.
    pub registrations: &'a Router<Otp<Registration>>,
    /// Of password resets.
    pub password_resets: &'a Router<Otp<PasswordReset>>,
    /// Of changes of identifiers.
    pub identifier_changes: &'a Router<Otp<IdentifierChange>>,
}

impl Erasure<'_> {
    /// Erases everything of somebody. Safe to repeat.
    ///
    /// # Errors
    /// An actor did not answer; whether the others have forgotten is unknown.
    pub async fn erase(self, traces: &Traces) -> Result<(), SendError> {
        forget(self.password_resets, &LoginName::Username(traces.username.clone())).await?;
        for identifier in &traces.identifiers {
            self.erase_identifier(traces.account, identifier).await?;
        }
        // Of a claim the account alone counts, so any identifier stands for those that are not known.
        let Some(any) = traces.identifiers.first() else { return Ok(()) };
        for &actor in &traces.claims {
            let subject = traces.claim(any.clone());
            self.identifier_changes.send(actor, Command::Forget { subject }).await?.ok();
        }
        Ok(())
    }

    /// Erases what an account has left behind at an identifier.
    ///
    /// # Errors
    /// As [`erase`](Self::erase).
    pub async fn erase_identifier(self, account: Uuid, identifier: &Identifier) -> Result<(), SendError> {
        forget(self.registrations, identifier).await?;
        forget(self.password_resets, &LoginName::Identifier(identifier.clone())).await?;
        forget(self.identifier_changes, &Claim { account: account.into_bytes(), identifier: identifier.clone() }).await
    }
}

/// The answer is the same whatever there was.
async fn forget<P: Purpose>(actors: &Router<Otp<P>>, subject: &P::Subject) -> Result<(), SendError> {
    for key in actors.machine().keyring().actor_keys(subject) {
        actors.send(key, Command::Forget { subject: subject.clone() }).await?.ok();
    }
    Ok(())
}
