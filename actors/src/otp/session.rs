//! One session: a proof of ownership under way.

use std::{fmt, str::FromStr, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{
    code::{KeyId, TokenHash},
    policy::{CodeLength, Policy},
};
use crate::{
    identifier::{ActorKey, Subject},
    locale::Locale,
    time::Timestamp,
};

/// 128 random bits that name a session. Whoever knows them may use it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionId([u8; 16]);

impl SessionId {
    /// The id of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(…)")
    }
}

/// What clients hold: the actor and the session in it, as base64url without padding. A capability.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicId {
    /// Whose session.
    pub key: ActorKey,
    /// Which.
    pub session: SessionId,
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_base64(&[*self.key.as_bytes(), *self.session.as_bytes()].concat()))
    }
}

impl fmt::Debug for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicId(…)")
    }
}

/// Something that is no [`PublicId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a session")]
pub struct MalformedId;

impl FromStr for PublicId {
    type Err = MalformedId;

    fn from_str(input: &str) -> Result<Self, MalformedId> {
        let mut bytes = [0; 32];
        from_base64(input, &mut bytes).ok_or(MalformedId)?;
        let (key, session) = bytes.split_first_chunk().ok_or(MalformedId)?;
        let session = session.try_into().map_err(|_| MalformedId)?;
        Ok(Self { key: ActorKey::from_bytes(*key), session: SessionId(session) })
    }
}

pub(super) fn to_base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Fills the buffer exactly, or gives `None`.
pub(super) fn from_base64(input: &str, buffer: &mut [u8]) -> Option<()> {
    let length = URL_SAFE_NO_PAD.decode_slice(input, buffer).ok()?;
    (length == buffer.len()).then_some(())
}

/// What became of the newest message of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Delivery {
    /// On its way to the carrier.
    Queued,
    /// The carrier has it.
    Sent,
    /// Given up.
    Failed,
    /// The carrier says that it arrived.
    Delivered,
}

impl Delivery {
    /// The name that clients see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
        }
    }
}

/// A session as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session<S> {
    pub id: SessionId,
    /// As it was typed for this session: another spelling of the same identifier may be delivered elsewhere.
    pub subject: S,
    pub created_at: Timestamp,
    pub locale: Locale,
    pub key: KeyId,
    pub code_length: CodeLength,
    /// Counts the codes of the session. Only the newest is good.
    pub generation: u16,
    pub sent_at: Timestamp,
    pub resends_used: u16,
    pub attempts_left: u16,
    pub delivery: Delivery,
    pub phase: Phase,
}

/// Where a session stands, with what is true only there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Waits for its code.
    Pending { opened_at: Timestamp, expires_at: Timestamp },
    /// The code was right; waits to be completed.
    Verified { token: TokenHash, expires_at: Timestamp },
    /// Was completed.
    Completed { at: Timestamp },
    /// Ran out, or was discarded.
    Expired { at: Timestamp },
    /// Took its last wrong code.
    Locked { at: Timestamp },
}

impl<S: Subject> Session<S> {
    /// Ends what has run out. At the instant counts as past.
    pub fn settle(&mut self, now: Timestamp) {
        match self.phase {
            Phase::Pending { expires_at, .. } | Phase::Verified { expires_at, .. } if expires_at <= now => {
                self.phase = Phase::Expired { at: expires_at };
            }
            _ => {}
        }
    }

    /// When [`settle`](Self::settle) will end it.
    pub fn deadline(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Pending { expires_at, .. } | Phase::Verified { expires_at, .. } => Some(expires_at),
            _ => None,
        }
    }

    /// From when on nobody can see it, if nothing else happens to it.
    pub fn gone_at(&self) -> Timestamp {
        self.until() + Policy::ENDED_READABLE
    }

    /// When the session's present phase ends, or the session ended.
    pub fn until(&self) -> Timestamp {
        match self.phase {
            Phase::Pending { expires_at, .. } | Phase::Verified { expires_at, .. } => expires_at,
            Phase::Completed { at } | Phase::Expired { at } | Phase::Locked { at } => at,
        }
    }

    /// When the next resend is allowed, or `None` when none is left.
    pub fn resend_available_at(&self, policy: &Policy) -> Option<Timestamp> {
        (self.resends_used < policy.max_resends).then(|| self.sent_at + policy.cooldown(self.resends_used))
    }

    /// Sends again: the current code while at least half of its life is left, else a fresh one that lives longer.
    pub fn resend(&mut self, policy: &Policy, now: Timestamp) {
        self.resends_used = self.resends_used.saturating_add(1);
        self.sent_at = now;
        self.delivery = Delivery::Queued;
        let Phase::Pending { opened_at, expires_at } = &mut self.phase else { return };
        let left = expires_at.since(now);
        let fresh = (now + policy.ttl).min(self.created_at + policy.max_lifetime);
        if left < half(expires_at.since(*opened_at)) && fresh > *expires_at {
            self.generation = self.generation.saturating_add(1);
            (*opened_at, *expires_at) = (now, fresh);
        }
    }
}

fn half(duration: Duration) -> Duration {
    duration / 2
}
