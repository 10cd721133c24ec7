//! Keys for one use each, derived from the server's secrets, so that all nodes hold the same ones. The newest
//! secret makes tags, all of them verify: rotating a secret takes nothing from anybody until the old one is dropped.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};
use zeroize::Zeroizing;

use super::tokens::KeyError;

type Key = Zeroizing<[u8; 32]>;

/// HMAC-SHA-256 keys for one use.
pub(super) struct MacKeys {
    newest: Key,
    older: Vec<Key>,
}

impl MacKeys {
    /// Derives the keys for the use that `label` names.
    pub fn derive(newest: &[u8], older: &[impl AsRef<[u8]>], label: &'static str) -> Result<Self, KeyError> {
        let older = older.iter().map(|secret| derive(secret.as_ref(), label)).collect::<Result<_, _>>()?;
        Ok(Self { newest: derive(newest, label)?, older })
    }

    /// The tag of a message, which is all of `parts` in turn. Their lengths must tell where each ends.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        tag(&self.newest, parts)
    }

    /// The tags of a message by every key, the newest first.
    pub fn tags<'a>(&'a self, parts: &'a [&'a [u8]]) -> impl Iterator<Item = [u8; 32]> + 'a {
        std::iter::once(&self.newest).chain(&self.older).map(move |key| tag(key, parts))
    }

    /// Whether any of the keys made that tag of the message, in constant time.
    pub fn verify(&self, parts: &[&[u8]], claimed: &[u8; 32]) -> bool {
        self.tags(parts).fold(Choice::from(0), |found, tag| found | tag.ct_eq(claimed)).into()
    }
}

impl fmt::Debug for MacKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKeys(…)")
    }
}

fn derive(secret: &[u8], label: &str) -> Result<Key, KeyError> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secret).expand(label.as_bytes(), key.as_mut()).map_err(KeyError::from)?;
    Ok(key)
}

fn tag(key: &Key, parts: &[&[u8]]) -> [u8; 32] {
    // A key of any length is fine for HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_ref()) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [&str; 0] = [];

    #[test]
    fn a_tag_is_for_its_message_its_use_and_its_secret() {
        let keys = MacKeys::derive(b"secret", &NONE, "a").unwrap();
        let tag = keys.tag(&[b"message"]);
        assert!(keys.verify(&[b"message"], &tag));
        assert!(keys.verify(&[b"mess", b"age"], &tag));
        assert!(!keys.verify(&[b"massage"], &tag));
        assert!(!MacKeys::derive(b"secret", &NONE, "b").unwrap().verify(&[b"message"], &tag));
        assert!(!MacKeys::derive(b"terces", &NONE, "a").unwrap().verify(&[b"message"], &tag));
    }

    #[test]
    fn a_retired_secret_verifies_until_it_is_dropped() {
        let tag = MacKeys::derive(b"old", &NONE, "a").unwrap().tag(&[b"message"]);
        let rotated = MacKeys::derive(b"new", &[b"old"], "a").unwrap();
        assert!(rotated.verify(&[b"message"], &tag));
        assert_ne!(rotated.tag(&[b"message"]), tag);
    }
}
