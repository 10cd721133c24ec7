//! What became of a command to an OTP session, in one word for the metrics.

use chatlink_actors::{
    otp::{Command, Refusal, Reply},
    shell::SendError,
};

/// What was asked, for as long as the command itself is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Start,
    Resend,
    Verify,
    Complete,
    Discard,
    Forget,
    /// What changes nothing, and is asked again and again.
    Look,
}

impl Asked {
    pub const fn of<S>(command: &Command<S>) -> Self {
        match command {
            Command::Start { .. } => Self::Start,
            Command::Resend { .. } => Self::Resend,
            Command::Verify { .. } => Self::Verify,
            Command::Complete { .. } => Self::Complete,
            Command::Discard { .. } => Self::Discard,
            Command::Forget { .. } => Self::Forget,
            Command::Status { .. } | Command::Authorize { .. } | Command::Report { .. } => Self::Look,
        }
    }

    /// The outcome, unless somebody only looked and saw what there was.
    pub fn outcome<S>(self, reply: &Result<Reply<S>, SendError>) -> Option<&'static str> {
        match reply {
            Ok(Ok(_)) => self.accepted(),
            // That is how it is answered.
            Ok(Err(Refusal::UnknownSession)) if self == Self::Forget => Some("forgotten"),
            Ok(Err(refusal)) => Some(refused(*refusal)),
            Err(_) => Some("unavailable"),
        }
    }

    const fn accepted(self) -> Option<&'static str> {
        match self {
            Self::Start => Some("started"),
            Self::Resend => Some("resent"),
            Self::Verify => Some("verified"),
            Self::Complete => Some("completed"),
            Self::Discard => Some("discarded"),
            Self::Forget | Self::Look => None,
        }
    }
}

const fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownSession => "unknown_session",
        Refusal::Expired => "expired",
        // The last wrong code is what locks; what comes after it finds the session locked.
        Refusal::CodeIncorrect { attempts_left: 0 } => "locked",
        Refusal::Locked => "refused_locked",
        Refusal::CodeUsed => "code_used",
        Refusal::CodeMalformed { .. } => "code_malformed",
        Refusal::CodeIncorrect { .. } => "code_incorrect",
        Refusal::ResendCooldown { .. } => "cooldown",
        Refusal::ResendsExhausted => "resends_exhausted",
        Refusal::IdentifierLimited { .. } => "limited",
        Refusal::TokenInvalid => "token_invalid",
    }
}
