//! What a person can be reached by, parsed once at the edge. Inside, nobody sees a raw string.
//!
//! `Debug` of everything here is redacted: identifiers are never logged.

mod email;
mod phone;

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use email::Email;
pub use phone::Phone;

/// What an account is registered with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identifier {
    /// By mail.
    Email(Email),
    /// By text message.
    Phone(Phone),
}

impl Identifier {
    /// Parses what was typed: with an `@` an email address, else a phone number.
    ///
    /// # Errors
    /// As [`Email::parse`] and [`Phone::parse`].
    pub fn parse(input: &str) -> Result<Self, IdentifierError> {
        if input.contains('@') { Email::parse(input).map(Self::Email) } else { Phone::parse(input).map(Self::Phone) }
    }

    /// The form by which two spellings of one identifier are equal, and which is unique among accounts.
    pub fn canonical(&self) -> String {
        match self {
            Self::Email(email) => email.canonical(),
            Self::Phone(phone) => phone.e164().to_owned(),
        }
    }

    /// What a message to it is addressed to.
    pub fn address(&self) -> String {
        match self {
            Self::Email(email) => email.address(),
            Self::Phone(phone) => phone.e164().to_owned(),
        }
    }

    /// How a message travels to it.
    pub const fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Phone(_) => Channel::Sms,
        }
    }

    /// Enough for its owner to recognise it, too little for anybody else.
    pub fn masked(&self) -> String {
        match self {
            Self::Email(email) => email.masked(),
            Self::Phone(phone) => phone.masked(),
        }
    }
}

/// What a password reset may be started with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoginName {
    /// An email address or phone number, of an account or not.
    Identifier(Identifier),
    /// A user name in its case-folded form, of an account or not.
    Username(String),
}

/// What a change of identifier is started with: whose account, and the address that it is to have.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The id of the account. The session is its holder's business and nobody else's.
    pub account: [u8; 16],
    /// The new email address or phone number, of another account or not.
    pub identifier: Identifier,
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// SMTP.
    Email,
    /// A text message.
    Sms,
}

impl Channel {
    /// The name that clients see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}

/// What the sessions of one actor are about.
pub trait Subject: Clone + PartialEq + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// The form that names the actor. Never logged, never a Redis key: the key is a MAC of it.
    fn canonical(&self) -> String;

    /// Channel and masked destination, where showing them gives nothing away.
    fn destination(&self) -> Option<(Channel, String)>;

    /// The number that was typed, if it was one.
    fn phone(&self) -> Option<&Phone>;

    /// Whether a session about `self` goes when that one is to be forgotten. Both have one canonical form.
    fn is_forgotten_with(&self, forgotten: &Self) -> bool {
        let _ = forgotten;
        true
    }
}

impl Subject for Identifier {
    fn canonical(&self) -> String {
        Self::canonical(self)
    }

    fn destination(&self) -> Option<(Channel, String)> {
        Some((self.channel(), self.masked()))
    }

    fn phone(&self) -> Option<&Phone> {
        match self {
            Self::Email(_) => None,
            Self::Phone(phone) => Some(phone),
        }
    }
}

impl Subject for LoginName {
    fn canonical(&self) -> String {
        match self {
            Self::Identifier(identifier) => identifier.canonical(),
            // No email address or phone number begins with a colon.
            Self::Username(name) => format!(":{name}"),
        }
    }

    fn destination(&self) -> Option<(Channel, String)> {
        match self {
            Self::Identifier(identifier) => identifier.destination(),
            Self::Username(_) => None,
        }
    }

    fn phone(&self) -> Option<&Phone> {
        match self {
            Self::Identifier(identifier) => identifier.phone(),
            Self::Username(_) => None,
        }
    }
}

impl Subject for Claim {
    /// That of the address alone: its limits are the same, whoever claims it.
    fn canonical(&self) -> String {
        self.identifier.canonical()
    }

    fn destination(&self) -> Option<(Channel, String)> {
        self.identifier.destination()
    }

    fn phone(&self) -> Option<&Phone> {
        self.identifier.phone()
    }

    /// What others claim is theirs.
    fn is_forgotten_with(&self, forgotten: &Self) -> bool {
        self.account == forgotten.account
    }
}

/// Why something typed is no identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Neither an email address nor an international phone number.
    #[error("not an email address or an international phone number")]
    Malformed,
    /// Longer than mail can carry.
    #[error("longer than an email address can be")]
    TooLong,
    /// A number of a kind that receives no text messages.
    #[error("not a number that can receive text messages")]
    CannotReceiveSms,
}

/// Names one actor of one purpose: 16 bytes of a MAC over the canonical identifier, so that it tells nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ActorKey([u8; 16]);

impl ActorKey {
    /// In how many shards all keys fall, on every node and in Redis. Stored data depends on it.
    pub const SHARDS: u8 = 16;

    /// The key of these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The shard that the key falls in, below [`SHARDS`](Self::SHARDS).
    pub const fn shard(&self) -> u8 {
        let [first, ..] = self.0;
        first % Self::SHARDS
    }
}

/// Hexadecimal, as in Redis keys.
impl fmt::Display for ActorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

macro_rules! redacted_debug {
    ($($type:ident),+) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($type), "(…)"))
            }
        }
    )+};
}

redacted_debug!(Email, Phone, Identifier, LoginName, Claim, ActorKey);
