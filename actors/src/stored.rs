//! The stored form of states and messages: a schema version, then postcard. A message of the outbox begins with the
//! name of what it is about, so that whoever finds it can tell what to read it as, or that it is none of theirs.

use serde::{Serialize, de::DeserializeOwned};

use crate::machine::SnapshotError;

/// The schema that is written. A reader accepts it and, once there is one, the version before.
const SCHEMA: u8 = 1;

/// The stored form of a value.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let Ok(bytes) = postcard::to_extend(value, vec![SCHEMA]) else {
        unreachable!("plain data always encodes into memory")
    };
    bytes
}

/// The inverse of [`encode`].
///
/// # Errors
/// When the bytes are of an unknown schema, or damaged.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, SnapshotError> {
    match body(bytes).map(postcard::take_from_bytes)? {
        Ok((value, [])) => Ok(value),
        _ => Err(SnapshotError::Damaged),
    }
}

/// The name that a message begins with.
///
/// # Errors
/// When the bytes are of an unknown schema, or do not begin with a name.
pub fn name(bytes: &[u8]) -> Result<&str, SnapshotError> {
    let (name, _) = postcard::take_from_bytes(body(bytes)?).map_err(|_| SnapshotError::Damaged)?;
    Ok(name)
}

fn body(bytes: &[u8]) -> Result<&[u8], SnapshotError> {
    match bytes.split_first() {
        Some((&SCHEMA, body)) => Ok(body),
        other => Err(SnapshotError::UnknownSchema(other.map(|(&schema, _)| schema))),
    }
}
