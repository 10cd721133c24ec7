//! The settings of the rules, each of a type that holds only what makes sense.

use std::{num::NonZeroU16, time::Duration};

use serde::{Deserialize, Serialize};

/// How many decimal digits a code has: 6 (NIST SP 800-63B-4, 3.1.3.2) to 10 (RFC 4226, 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct CodeLength(u8);

/// Something that is no [`CodeLength`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has 6 to 10 digits")]
pub struct CodeLengthError;

/// A damaged snapshot must not bring forth a length that no code has.
impl TryFrom<u8> for CodeLength {
    type Error = CodeLengthError;

    fn try_from(digits: u8) -> Result<Self, CodeLengthError> {
        Self::new(digits).ok_or(CodeLengthError)
    }
}

impl From<CodeLength> for u8 {
    fn from(length: CodeLength) -> Self {
        length.digits()
    }
}

impl CodeLength {
    /// What is asked for once an identifier has seen suspiciously many failures.
    pub const STEPPED_UP: Self = Self(10);

    /// `None` unless 6 to 10.
    pub const fn new(digits: u8) -> Option<Self> {
        if digits >= 6 && digits <= 10 { Some(Self(digits)) } else { None }
    }

    /// The number of digits.
    pub const fn digits(self) -> u8 {
        self.0
    }
}

/// The policy of one purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Digits of an ordinary code.
    pub code_length: CodeLength,
    /// How long a code lives.
    pub ttl: Duration,
    /// How many wrong codes a session bears; the last one locks it.
    pub max_attempts: NonZeroU16,
    /// How many resends need no waiting.
    pub free_resends: u16,
    /// How long the first resend after the free ones has to wait; doubles with each.
    pub resend_cooldown: Duration,
    /// How many resends a session has, the free ones included.
    pub max_resends: u16,
    /// How long a session can be kept pending by resends.
    pub max_lifetime: Duration,
    /// How long a verified session can be completed.
    pub completion_ttl: Duration,
}

impl Policy {
    /// Where the doubling of [`resend_cooldown`](Self::resend_cooldown) ends.
    pub const RESEND_COOLDOWN_MAX: Duration = Duration::from_secs(15 * 60);
    /// How long an ended session stays readable.
    pub const ENDED_READABLE: Duration = Duration::from_secs(10 * 60);

    /// How long the resend after `used` earlier ones has to wait since the last send.
    pub(super) fn cooldown(&self, used: u16) -> Duration {
        if used < self.free_resends {
            return Duration::ZERO;
        }
        let doublings = u32::from(used - self.free_resends).min(31);
        let cap = Self::RESEND_COOLDOWN_MAX.max(self.resend_cooldown);
        self.resend_cooldown.saturating_mul(1 << doublings).min(cap)
    }
}

/// At most `limit` events within any `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub limit: u32,
    /// Within how long.
    pub window: Duration,
}

/// The rolling limits of an identifier across its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages sent: starts and resends.
    pub sends: Rate,
    /// Wrong codes. From half of it on, new sessions ask for longer codes.
    pub failures: Rate,
}
