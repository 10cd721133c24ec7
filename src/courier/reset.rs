//! Password resets: finding out where a code goes, without showing that it goes anywhere.
//!
//! The session of a reset belongs to whoever started it, who may be anybody and may have typed anything. So whatever
//! its holder sees must be the same whether or not there is an account, and that takes more than the same words:
//!
//! * It says `sent` as soon as the directory has answered, **whatever it answered**, and before any carrier is asked:
//!   a mail server that is slow, away, or does not like the address can be noticed only where there is an address.
//! * What then becomes of the message is told to nobody. `failed` or `delivered` would mean that there was one. For
//!   the same reason the receipts of a gateway are neither asked for nor taken.
//! * The next reset of the same name is answered without waiting for the delivery of this one.
//! * A number that was typed is refused, where too many texts go, before it is looked up.
//! * While the directory is away both stay `queued`, and both fail if it stays away for too long.

use chatlink_actors::{
    identifier::LoginName,
    otp::{Delivery, Dispatch, PasswordReset, Purpose as _},
};

use super::{
    desk::Desk,
    draft::code,
    guard::{Guarded, Obstacle},
    ports::{CarrierError, EntryId, ResetContact},
    reference::{Flow, Receipt, Reference},
};

impl Desk {
    /// Looks up whom the login name means, and reports the same whoever it is; gives where the code goes, if anywhere.
    pub(super) async fn answer(&self, entry: &EntryId, it: &Dispatch<LoginName>) -> Option<ResetContact> {
        let found = self.look_up(entry, it).await;
        let outcome = match &found {
            Ok(_) => Delivery::Sent,
            Err(obstacle) => {
                obstacle.log(PasswordReset::NAME);
                Delivery::Failed
            }
        };
        let reference = Reference { flow: Flow::PasswordReset, key: it.key, message: it.message };
        self.report(Receipt { reference, outcome }, it.expires_at).await;
        found.ok().flatten()
    }

    /// Tries until the directory has answered, or the code has expired.
    async fn look_up(&self, entry: &EntryId, it: &Dispatch<LoginName>) -> Result<Option<ResetContact>, Obstacle> {
        // The code must exist even where it isn't sent.
        code(&self.rules.password_resets, it)?;
        let mut backoff = self.backoff();
        while self.now() < it.expires_at {
            match self.ask(entry, it).await {
                Err(obstacle) if !obstacle.is_final() => {
                    tracing::debug!(%obstacle, "a reset will be looked up again");
                }
                answer => return answer,
            }
            self.pause(&mut backoff).await;
        }
        Err(CarrierError::Fail("the directory did not answer before the code expired".into()).into())
    }

    async fn ask(&self, entry: &EntryId, it: &Dispatch<LoginName>) -> Result<Option<ResetContact>, Obstacle> {
        let slot = self.questions.acquire().await;
        let _slot = slot.map_err(|_| CarrierError::Retry("no more questions are asked".into()))?;
        self.admit(entry, Guarded::of_reset(it)).await?;
        let found = self.in_time(self.ports.directory.reset_contact(&it.subject)).await;
        let found = found.ok_or_else(|| CarrierError::Retry("the directory timed out".into()))?;
        Ok(found.map_err(|error| CarrierError::Retry(error.to_string()))?)
    }
}
