//! The stored form of states and outbox messages: a schema version, then postcard.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    code::{KeyId, MessageId},
    policy::CodeLength,
    session::SessionId,
};
use crate::{identifier::ActorKey, locale::Locale, machine::SnapshotError, time::Timestamp};

/// The schema that is written. A reader accepts it and, once there is one, the version before.
const SCHEMA: u8 = 1;

pub(super) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let Ok(bytes) = postcard::to_extend(value, vec![SCHEMA]) else {
        unreachable!("plain data always encodes into memory")
    };
    bytes
}

pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, SnapshotError> {
    match bytes.split_first() {
        Some((&SCHEMA, body)) => match postcard::take_from_bytes(body) {
            Ok((value, [])) => Ok(value),
            _ => Err(SnapshotError::Damaged),
        },
        other => Err(SnapshotError::UnknownSchema(other.map(|(&schema, _)| schema))),
    }
}

/// An outbox message: send the code of this generation of a session. It holds all that the courier needs but the
/// code itself, which is derived anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch<S> {
    /// The name of the purpose.
    pub purpose: String,
    /// To whom the outcome is reported.
    pub key: ActorKey,
    /// Whom the message is for.
    pub subject: S,
    /// In which language.
    pub locale: Locale,
    /// Names the message to its carrier, and in the report.
    pub message: MessageId,
    /// With which key to derive the code.
    pub code_key: KeyId,
    /// Of which session.
    pub session: SessionId,
    /// Of which generation.
    pub generation: u16,
    /// With how many digits.
    pub code_length: CodeLength,
    /// When the code expires: pointless to send it later.
    pub expires_at: Timestamp,
}

impl<S: Serialize + DeserializeOwned> Dispatch<S> {
    /// As it stands in the outbox.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// When the bytes are of an unknown schema, or damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, SnapshotError> {
        decode(bytes)
    }
}
