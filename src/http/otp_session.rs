//! A session of the OTP flows, as its holder sees it: in answers and on sockets.

use chatlink_actors::{
    identifier::Channel,
    otp::{Delivery, SessionState, SessionView},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::instant::rfc3339;

/// One proof of ownership under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OtpSession {
    /// Unguessable. Whoever knows it may use the session.
    #[schema(example = "mDT3h0m3v2Gd7bXg7nVh8yX0vOQm3zrj6fVx1G6mE2A")]
    pub id: String,
    /// What the session is for.
    #[schema(example = "registration")]
    pub purpose: &'static str,
    /// Where it stands.
    pub state: OtpState,
    /// How the code travels.
    #[schema(required = true)]
    pub channel: Option<OtpChannel>,
    /// Where to, masked.
    #[schema(required = true, example = "a•••@example.org")]
    pub destination: Option<String>,
    /// How many digits to ask for.
    #[schema(minimum = 6, maximum = 10, example = 6)]
    pub code_length: u8,
    /// When it was started.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When the code, or once verified the completion token, expires; once ended, when that was.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// How many wrong codes it still bears.
    #[schema(example = 5)]
    pub attempts_left: u16,
    /// What is left of sending the code again.
    pub resend: OtpResend,
    /// What became of the newest message.
    pub delivery: OtpDelivery,
}

/// What is left of sending a code again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OtpResend {
    /// How many resends are left.
    #[schema(example = 10)]
    pub left: u16,
    /// How many of them need no waiting.
    #[schema(example = 5)]
    pub free_left: u16,
    /// When the next one is allowed; null when none is left.
    #[schema(required = true, format = DateTime)]
    pub available_at: Option<String>,
}

macro_rules! mirrored {
    ($(#[$doc:meta])* $name:ident of $source:ident { $($variant:ident),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each variant is named as clients see it")]
        pub enum $name {
            $($variant),+
        }

        impl From<$source> for $name {
            fn from(source: $source) -> Self {
                match source {
                    $($source::$variant => Self::$variant),+
                }
            }
        }
    };
}

mirrored! {
    /// Where a session stands.
    OtpState of SessionState { Pending, Verified, Completed, Expired, Locked }
}
mirrored! {
    /// How a code travels.
    OtpChannel of Channel { Email, Sms }
}
mirrored! {
    /// What became of a message.
    OtpDelivery of Delivery { Queued, Sent, Failed, Delivered }
}

impl OtpState {
    /// Whether nothing can happen to the session any more.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Expired | Self::Locked)
    }
}

impl From<&SessionView> for OtpSession {
    fn from(view: &SessionView) -> Self {
        Self {
            id: view.id.to_string(),
            purpose: view.purpose,
            state: view.state.into(),
            channel: view.channel.map(Into::into),
            destination: view.destination.clone(),
            code_length: view.code_length,
            created_at: rfc3339(view.created_at),
            expires_at: rfc3339(view.expires_at),
            attempts_left: view.attempts_left,
            resend: OtpResend {
                left: view.resends_left,
                free_left: view.free_resends_left,
                available_at: view.resend_available_at.map(rfc3339),
            },
            delivery: view.delivery.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_those_of_the_core() {
        for state in [
            SessionState::Pending,
            SessionState::Verified,
            SessionState::Completed,
            SessionState::Expired,
            SessionState::Locked,
        ] {
            assert_eq!(json!(OtpState::from(state)), json!(state.name()));
            assert_eq!(OtpState::from(state).is_terminal(), state.is_terminal());
        }
        for delivery in [Delivery::Queued, Delivery::Sent, Delivery::Failed, Delivery::Delivered] {
            assert_eq!(json!(OtpDelivery::from(delivery)), json!(delivery.name()));
        }
        for channel in [Channel::Email, Channel::Sms] {
            assert_eq!(json!(OtpChannel::from(channel)), json!(channel.name()));
        }
    }
}
