//! The outbox message of the OTP flows: what the courier needs to send a code.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    code::{KeyId, MessageId},
    policy::CodeLength,
    session::SessionId,
};
use crate::{identifier::ActorKey, locale::Locale, machine::SnapshotError, stored, time::Timestamp};

/// An outbox message: send the code of this generation of a session. It holds all that the courier needs but the
/// code itself, which is derived anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch<S> {
    /// The name of the purpose. It comes first: it is what [`stored::name`] reads.
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
        stored::encode(self)
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// When the bytes are of an unknown schema, or damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, SnapshotError> {
        stored::decode(bytes)
    }
}
