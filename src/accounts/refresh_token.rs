//! What renews a session. A refresh token is spent by its first use, and then begets its successor: the same token
//! always the same one, so that a refresh repeated a moment later can be answered alike, by any node, though nothing
//! but a hash is stored. A tag in it tells that a token was once ours, so that one used twice is known for what it is
//! without keeping all that were spent.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chatlink_actors::ports::Entropy;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{keys::MacKeys, tokens::KeyError};

/// Renews one session, once. Its text is shown once, to whoever holds the session.
#[derive(Clone, ZeroizeOnDrop)]
pub struct RefreshToken {
    #[zeroize(skip)]
    session: Uuid,
    secret: [u8; 32],
    /// Of the session and the secret.
    tag: [u8; 32],
}

impl RefreshToken {
    /// Reads the text that clients hold.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        let (session, rest) = bytes.split_first_chunk()?;
        let (secret, tag) = rest.split_first_chunk()?;
        Some(Self { session: Uuid::from_bytes(*session), secret: *secret, tag: tag.try_into().ok()? })
    }

    /// The token as clients hold it: base64url without padding.
    pub fn to_text(&self) -> Zeroizing<String> {
        let parts: [&[u8]; 3] = [self.session.as_bytes(), &self.secret, &self.tag];
        Zeroizing::new(URL_SAFE_NO_PAD.encode(Zeroizing::new(parts.concat())))
    }

    /// The session that it claims to renew.
    pub const fn session(&self) -> Uuid {
        self.session
    }

    /// SHA-256 of all of it: what is stored.
    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::new().chain_update(self.session).chain_update(self.secret).chain_update(self.tag).finalize().into()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

/// Makes refresh tokens, and knows them again.
#[derive(Debug)]
pub(super) struct RefreshKeys {
    tags: MacKeys,
    successors: MacKeys,
}

impl RefreshKeys {
    pub fn derive(newest: &[u8], older: &[impl AsRef<[u8]>]) -> Result<Self, KeyError> {
        Ok(Self {
            tags: MacKeys::derive(newest, older, "chatlink/refresh-token/v1")?,
            successors: MacKeys::derive(newest, older, "chatlink/refresh-successor/v1")?,
        })
    }

    /// The token that a session begins with.
    pub fn first(&self, session: Uuid, entropy: &dyn Entropy) -> RefreshToken {
        let secret = entropy.array();
        RefreshToken { session, secret, tag: self.tags.tag(&[session.as_bytes(), &secret]) }
    }

    /// The successors of a token: by the newest of the server's secrets first, which is the one to be handed out;
    /// then by each older one, in case it was handed out before the secret was rotated.
    pub fn successors(&self, of: &RefreshToken) -> Vec<RefreshToken> {
        let session = of.session;
        let secrets = self.successors.tags(&[session.as_bytes(), &of.secret]).enumerate().collect::<Vec<_>>();
        let token = |(index, secret): (usize, [u8; 32])| {
            let tag = self.tags.tags(&[session.as_bytes(), &secret]).nth(index)?;
            Some(RefreshToken { session, secret, tag })
        };
        secrets.into_iter().filter_map(token).collect()
    }

    /// Whether the token was ever ours, spent or not.
    pub fn is_genuine(&self, token: &RefreshToken) -> bool {
        self.tags.verify(&[token.session.as_bytes(), &token.secret], &token.tag)
    }
}

#[cfg(test)]
mod tests {
    use chatlink_actors::testkit::World;

    use super::*;

    const NONE: [&str; 0] = [];
    const SESSION: Uuid = Uuid::from_u128(1);

    fn keys(secret: &str) -> RefreshKeys {
        RefreshKeys::derive(secret.as_bytes(), &NONE).unwrap()
    }

    fn first(keys: &RefreshKeys) -> RefreshToken {
        keys.first(SESSION, &World::new(1))
    }

    #[test]
    fn a_token_is_read_as_it_was_written_and_in_no_other_spelling() {
        let token = first(&keys("secret"));
        let text = token.to_text();
        let read = RefreshToken::parse(&text).unwrap();
        assert!(read.session() == SESSION && read.hash() == token.hash() && keys("secret").is_genuine(&read));
        for other in ["", "x", &text[1..], &text[..text.len() - 1], &format!("{}A", *text), &format!("{}=", *text)] {
            assert!(RefreshToken::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_token_altered_anywhere_is_not_ours() {
        let token = first(&keys("secret"));
        let parts: [&[u8]; 3] = [token.session.as_bytes(), &token.secret, &token.tag];
        let bytes = parts.concat();
        for index in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[index] ^= 1;
            let altered = RefreshToken::parse(&URL_SAFE_NO_PAD.encode(altered)).unwrap();
            assert!(!keys("secret").is_genuine(&altered), "{index}");
            assert_ne!(altered.hash(), token.hash(), "{index}");
        }
    }

    #[test]
    fn a_token_has_one_successor_on_every_node_and_others_have_others() {
        let token = first(&keys("secret"));
        let next = |token: &RefreshToken| keys("secret").successors(token)[0].clone();
        let successor = next(&token);
        assert_eq!(next(&token).hash(), successor.hash());
        assert!(keys("secret").is_genuine(&successor) && successor.session() == SESSION);
        assert_ne!(next(&successor).hash(), successor.hash());
        assert_ne!(next(&keys("secret").first(SESSION, &World::new(2))).hash(), successor.hash());
    }

    #[test]
    fn rotating_the_secret_forgets_neither_tokens_nor_their_successors() {
        let (old, rotated) = (keys("old"), RefreshKeys::derive(b"new", &["older", "old"]).unwrap());
        let token = first(&old);
        assert!(rotated.is_genuine(&token));
        assert!(!keys("new").is_genuine(&token));
        let successors = rotated.successors(&token);
        assert_eq!(successors.len(), 3);
        assert!(keys("new").is_genuine(&successors[0]));
        assert_eq!(successors[2].hash(), old.successors(&token)[0].hash());
    }
}
