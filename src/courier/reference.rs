//! Which session's actor a message belongs to, and what became of the message.
//!
//! A reference travels with the message, as far as to the carrier that sends receipts; so it names the actor and
//! the message but not the session, whose id is a capability.

use std::{fmt, str::FromStr};

use chatlink_actors::{
    identifier::ActorKey,
    otp::{Delivery, IdentifierChange, MessageId, PasswordReset, Purpose, Registration},
};

/// The flows whose messages the courier knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// Of [`Registration`].
    Registration,
    /// Of [`PasswordReset`].
    PasswordReset,
    /// Of [`IdentifierChange`].
    IdentifierChange,
}

impl Flow {
    /// Every flow.
    pub const ALL: [Self; 3] = [Self::Registration, Self::PasswordReset, Self::IdentifierChange];

    /// The name of its purpose.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registration => Registration::NAME,
            Self::PasswordReset => PasswordReset::NAME,
            Self::IdentifierChange => IdentifierChange::NAME,
        }
    }

    /// Whether its sessions may be told what a carrier's receipts say. A reset's would learn from it that there is an
    /// account: `reset` says more.
    pub const fn takes_receipts(self) -> bool {
        match self {
            Self::Registration | Self::IdentifierChange => true,
            Self::PasswordReset => false,
        }
    }
}

/// Names a message to whoever sends receipts for it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Whose actors.
    pub flow: Flow,
    /// Which of them.
    pub key: ActorKey,
    /// Which of its messages.
    pub message: MessageId,
}

/// `flow.key.message`, the latter two in hexadecimal.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.flow.name(), self.key, self.message)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reference(…)")
    }
}

/// Something that is no [`Reference`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a reference of a message")]
pub struct MalformedReference;

impl FromStr for Reference {
    type Err = MalformedReference;

    fn from_str(input: &str) -> Result<Self, MalformedReference> {
        let mut parts = input.split('.');
        let (Some(flow), Some(key), Some(message), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(MalformedReference);
        };
        Ok(Self {
            flow: Flow::ALL.into_iter().find(|it| it.name() == flow).ok_or(MalformedReference)?,
            key: actor_key(key).ok_or(MalformedReference)?,
            message: MessageId::parse(message).ok_or(MalformedReference)?,
        })
    }
}

/// Reads what the `Display` of an [`ActorKey`] wrote.
fn actor_key(hex: &str) -> Option<ActorKey> {
    let digits = hex.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
    let digits: [u8; 32] = digits.collect::<Option<Vec<u8>>>()?.try_into().ok()?;
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
    }
    Some(ActorKey::from_bytes(bytes))
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Of which message.
    pub reference: Reference,
    /// Its fate.
    pub outcome: Delivery,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        let key = ActorKey::from_bytes(std::array::from_fn(|index| u8::try_from(index * 17).unwrap()));
        let message = MessageId::parse("000102030405060708090a0b0c0d0eff").unwrap();
        for flow in Flow::ALL {
            let reference = Reference { flow, key, message };
            let text = reference.to_string();
            let ids = "00112233445566778899aabbccddeeff.000102030405060708090a0b0c0d0eff";
            assert_eq!(text, format!("{}.{ids}", flow.name()));
            assert_eq!(text.parse(), Ok(reference));
        }
    }

    #[test]
    fn anything_else_is_malformed() {
        let (key, message) = ("00".repeat(16), "11".repeat(16));
        for input in [
            String::new(),
            format!("registration.{key}"),
            format!("registration.{key}.{message}.more"),
            format!("password.{key}.{message}"),
            format!("registration.{key}0.{message}"),
            format!("registration.{}.{message}", "zz".repeat(16)),
            format!("registration.{}.{message}", "é".repeat(16)),
            format!("registration.{key}.{message}0"),
        ] {
            assert_eq!(input.parse::<Reference>(), Err(MalformedReference), "{input}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let text = format!("registration.{}.{}", "00".repeat(16), "11".repeat(16));
        assert_eq!(format!("{:?}", text.parse::<Reference>()), "Ok(Reference(…))");
    }
}
