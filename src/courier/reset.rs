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
//! * While the directory is away both stay `queued`, and both fail if it stays away for too long.

use chatlink_actors::{
    identifier::LoginName,
    otp::{Delivery, Dispatch},
};

use super::{
    desk::Desk,
    draft::code,
    ports::{CarrierError, ResetContact},
    reference::{Flow, Receipt, Reference},
};

impl Desk {
    /// Looks up whom the login name means, and reports the same whoever it is; gives where the code goes, if anywhere.
    pub(super) async fn answer(&self, it: &Dispatch<LoginName>) -> Option<ResetContact> {
        let found = self.look_up(it).await;
        let outcome = match &found {
            Ok(_) => Delivery::Sent,
            Err(error) => {
                tracing::warn!(flow = Flow::PasswordReset.name(), %error, "a reset could not be answered");
                Delivery::Failed
            }
        };
        let reference = Reference { flow: Flow::PasswordReset, key: it.key, message: it.message };
        self.report(Receipt { reference, outcome }, it.expires_at).await;
        found.ok().flatten()
    }

    /// Tries until the directory has answered, or the code has expired.
    async fn look_up(&self, it: &Dispatch<LoginName>) -> Result<Option<ResetContact>, CarrierError> {
        // The code must exist even where it isn't sent.
        code(&self.rules.password_resets, it)?;
        let mut backoff = self.backoff();
        while self.now() < it.expires_at {
            match self.ask(&it.subject).await {
                Some(Ok(contact)) => return Ok(contact),
                Some(Err(error)) => tracing::debug!(%error, "a reset will be looked up again"),
                None => tracing::debug!("the directory timed out, and will be asked again"),
            }
            self.pause(&mut backoff).await;
        }
        Err(CarrierError::Fail("the directory did not answer before the code expired".into()))
    }

    async fn ask(&self, login: &LoginName) -> Option<Result<Option<ResetContact>, super::ports::DirectoryError>> {
        let _slot = self.questions.acquire().await.ok()?;
        self.in_time(self.ports.directory.reset_contact(login)).await
    }
}
