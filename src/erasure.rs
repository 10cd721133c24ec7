//! Erasing what the actors remember of somebody: sessions under way, with the identifier as it was typed. The limits
//! stay as they are, for they are of the identifier and name nobody.

use chatlink_actors::{
    identifier::{ActorKey, Claim, Identifier, LoginName},
    otp::{Command, IdentifierChange, Otp, PasswordReset, Purpose, Registration},
    shell::{Router, SendError},
};
use uuid::Uuid;

use crate::accounts::{Trace, Traces};

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
        let Some(any) = traces.identifiers.first() else { return Ok(()) };
        for trace in &traces.elsewhere {
            self.erase_elsewhere(trace, traces, any).await?;
        }
        Ok(())
    }

    async fn erase_identifier(self, account: Uuid, identifier: &Identifier) -> Result<(), SendError> {
        forget(self.registrations, identifier).await?;
        forget(self.password_resets, &LoginName::Identifier(identifier.clone())).await?;
        forget(self.identifier_changes, &claim(account, identifier)).await
    }

    /// An actor forgets all sessions, or all claims of one account, so any identifier stands for the one that it is of.
    async fn erase_elsewhere(self, trace: &Trace, traces: &Traces, any: &Identifier) -> Result<(), SendError> {
        match trace.purpose.as_str() {
            Registration::NAME => tell(self.registrations, trace.actor, any.clone()).await,
            PasswordReset::NAME => tell(self.password_resets, trace.actor, LoginName::Identifier(any.clone())).await,
            IdentifierChange::NAME => tell(self.identifier_changes, trace.actor, claim(traces.account, any)).await,
            // Of a flow that a newer version of the program knows.
            _ => Ok(()),
        }
    }

    /// Where an account may be remembered by an identifier that it is about to claim.
    pub fn traces_of_claim(self, account: Uuid, identifier: &Identifier) -> Vec<Trace> {
        traces(self.identifier_changes, &claim(account, identifier))
    }

    /// Where an account may be remembered by an identifier that it is about to give up.
    pub fn traces_of_identifier(self, account: Uuid, identifier: &Identifier) -> Vec<Trace> {
        let mut all = traces(self.registrations, identifier);
        all.extend(traces(self.password_resets, &LoginName::Identifier(identifier.clone())));
        all.extend(self.traces_of_claim(account, identifier));
        all
    }
}

fn claim(account: Uuid, identifier: &Identifier) -> Claim {
    Claim { account: account.into_bytes(), identifier: identifier.clone() }
}

fn traces<P: Purpose>(actors: &Router<Otp<P>>, subject: &P::Subject) -> Vec<Trace> {
    let keys = actors.machine().keyring().actor_keys(subject);
    keys.into_iter().map(|actor| Trace { purpose: P::NAME.to_owned(), actor }).collect()
}

async fn forget<P: Purpose>(actors: &Router<Otp<P>>, subject: &P::Subject) -> Result<(), SendError> {
    for key in actors.machine().keyring().actor_keys(subject) {
        tell(actors, key, subject.clone()).await?;
    }
    Ok(())
}

/// The answer is the same whatever there was.
async fn tell<P: Purpose>(actors: &Router<Otp<P>>, actor: ActorKey, subject: P::Subject) -> Result<(), SendError> {
    actors.send(actor, Command::Forget { subject }).await.map(drop)
}
