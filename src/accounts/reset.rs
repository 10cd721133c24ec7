//! A new password for somebody who has lost theirs and proved that they own the account. Of several completions of
//! one OTP session one succeeds; it ends every session, for whoever holds one may know the old password.

use std::{fmt, net::IpAddr};

use chatlink_actors::{
    identifier::{Channel, LoginName},
    time::Timestamp,
};

use super::{
    Accounts, OtpSession, ResetError, Unavailable,
    hasher::Verdict,
    password::{Context, Password},
    store::Reset,
    tokens::random_uuid,
};

/// What a password reset is completed with.
#[derive(Clone)]
pub struct NewPassword {
    /// Whose, as it was typed at the start.
    pub login: LoginName,
    /// The password from now on.
    pub password: Password,
    /// The session that proved who they are.
    pub otp_session: OtpSession,
    /// When that was started.
    pub started_at: Timestamp,
    /// Where the request came from.
    pub ip: IpAddr,
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

impl Accounts {
    /// What is known of somebody who resets their password: what they typed, and what their account says, if there
    /// is one. Only for whoever has proved to own it.
    pub async fn reset_context(&self, login: &LoginName) -> Result<Context, Unavailable> {
        let user = self.0.store.user_by_login(login).await?.map(|owner| owner.user);
        let (typed_name, typed_address) = match login {
            LoginName::Identifier(typed) => (None, Some(typed.clone())),
            LoginName::Username(typed) => (Some(typed.as_str()), None),
        };
        let usernames = user.iter().map(|user| user.username.as_str()).chain(typed_name);
        let known = [Channel::Email, Channel::Sms].map(|by| user.as_ref()?.identifier(by));
        Ok(Context::of(usernames, known.iter().flatten().chain(&typed_address)))
    }

    /// Replaces the password of an account.
    ///
    /// Safe to repeat: if the process died after the password was replaced and before anybody heard of it, the same
    /// OTP session with the same password succeeds again. A lock stays: it is the operator's to lift.
    ///
    /// # Cancellation
    /// If the future is dropped, the password may have been replaced or not; the same call again tells.
    pub async fn reset_password(&self, new: NewPassword) -> Result<(), ResetError> {
        // Before the account is looked for: without one, the work is the same.
        let hash = self.0.hasher.hash(new.password.clone()).await?;
        let (notice, now) = (random_uuid(&*self.0.entropy), self.now());
        match self.0.store.reset_password(&new, &hash, notice, now).await.map_err(Unavailable::from)? {
            Reset::Done => {
                self.notices_posted();
                Ok(())
            }
            Reset::NoAccount => Err(ResetError::NoAccount),
            Reset::DoneBefore(hash) => match self.0.hasher.verify(new.password.into_attempt(), Some(&hash)).await? {
                Verdict::Right { .. } => Ok(()),
                Verdict::Wrong => Err(ResetError::UsedUp),
            },
        }
    }
}
