//! What the holder of a session sees of it.

use std::fmt;

use super::{
    policy::Policy,
    session::{Delivery, Phase, PublicId, Session},
};
use crate::{
    identifier::{ActorKey, Channel, Subject},
    time::Timestamp,
};

impl<S: Subject> Session<S> {
    /// What the holder of the id sees.
    pub fn view(&self, purpose: &'static str, key: ActorKey, policy: &Policy) -> SessionView {
        let (channel, destination) = self.subject.destination().unzip();
        SessionView {
            id: PublicId { key, session: self.id },
            purpose,
            state: match self.phase {
                Phase::Pending { .. } => SessionState::Pending,
                Phase::Verified { .. } => SessionState::Verified,
                Phase::Completed { .. } => SessionState::Completed,
                Phase::Expired { .. } => SessionState::Expired,
                Phase::Locked { .. } => SessionState::Locked,
            },
            channel,
            destination,
            code_length: self.code_length.digits(),
            created_at: self.created_at,
            expires_at: self.until(),
            attempts_left: self.attempts_left,
            resends_left: policy.max_resends.saturating_sub(self.resends_used),
            free_resends_left: policy.free_resends.min(policy.max_resends).saturating_sub(self.resends_used),
            resend_available_at: self.resend_available_at(policy),
            delivery: self.delivery,
        }
    }
}

/// Where a session stands, by the names that clients see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionState {
    /// Waits for its code.
    Pending,
    /// Waits to be completed.
    Verified,
    /// Was completed.
    Completed,
    /// Ran out.
    Expired,
    /// Took its last wrong code.
    Locked,
}

impl SessionState {
    /// The name that clients see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Locked => "locked",
        }
    }

    /// Whether nothing can happen to the session any more.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Expired | Self::Locked)
    }
}

/// A session as its holder sees it: the same whether or not an account exists.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionView {
    /// The capability.
    pub id: PublicId,
    /// What it is for.
    pub purpose: &'static str,
    /// Where it stands.
    pub state: SessionState,
    /// How the code travels; `None` where that would tell something.
    pub channel: Option<Channel>,
    /// Where to, masked; `None` where that would tell something.
    pub destination: Option<String>,
    /// How many digits to ask for.
    pub code_length: u8,
    /// When it was started.
    pub created_at: Timestamp,
    /// When its code, or once verified its completion token, expires; once ended, when that was.
    pub expires_at: Timestamp,
    /// Wrong codes it still bears.
    pub attempts_left: u16,
    /// Resends it still has.
    pub resends_left: u16,
    /// How many of them need no waiting.
    pub free_resends_left: u16,
    /// When the next resend is allowed; `None` when none is left.
    pub resend_available_at: Option<Timestamp>,
    /// What became of the newest message.
    pub delivery: Delivery,
}

/// Even the masked destination may name somebody, by a domain that one person has.
impl fmt::Debug for SessionView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionView")
            .field("purpose", &self.purpose)
            .field("state", &self.state)
            .field("attempts_left", &self.attempts_left)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}
