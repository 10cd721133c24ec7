//! Password hashes as they are stored: PHC strings, as other Argon2 programs read and write them. Each names the
//! parameters that it was made with, so these may rise without a hash being lost.

use std::fmt;

use argon2::{
    Algorithm, Params, PasswordHash, Version,
    password_hash::phc::{Output, ParamsString, Salt},
};

/// A password hash as it is stored: a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredHash(String);

impl StoredHash {
    pub(super) const fn from_text(text: String) -> Self {
        Self(text)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredHash(…)")
    }
}

/// What a stored hash says.
pub(super) struct Known {
    pub params: Params,
    pub salt: Vec<u8>,
    pub output: Vec<u8>,
}

impl Known {
    /// Reads a hash, if it is one of Argon2id in its present version.
    pub fn read(stored: &StoredHash) -> Option<Self> {
        let hash = PasswordHash::new(&stored.0).ok()?;
        let current = hash.algorithm == Algorithm::Argon2id.ident() && hash.version == Some(Version::V0x13.into());
        let params = current.then(|| Params::try_from(&hash).ok()).flatten()?;
        Some(Self { params, salt: hash.salt?.to_vec(), output: hash.hash?.as_bytes().to_vec() })
    }

    /// The PHC string, unless something in it is longer than the format allows.
    pub fn write(&self) -> Option<StoredHash> {
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).ok()?,
            salt: Some(Salt::new(&self.salt).ok()?),
            hash: Some(Output::new(&self.output).ok()?),
        };
        Some(StoredHash(hash.to_string()))
    }
}
