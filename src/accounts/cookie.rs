//! What a browser uses its session by: a cookie that is nothing but randomness, of which only the hash is stored, and
//! a token bound to the session that only our own pages can send along with it (CSRF).

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chatlink_actors::ports::Entropy;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{keys::MacKeys, tokens::KeyError};

/// 256 random bits that say who calls.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CookieSecret([u8; 32]);

impl CookieSecret {
    pub(super) fn random(entropy: &dyn Entropy) -> Self {
        Self(entropy.array())
    }

    /// Reads the value of the cookie.
    pub fn parse(text: &str) -> Option<Self> {
        bytes(text).map(Self)
    }

    /// The value of the cookie: base64url without padding.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0))
    }

    /// SHA-256 of it: all that is stored.
    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Debug for CookieSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieSecret(…)")
    }
}

/// Makes the CSRF tokens of sessions, and knows them again.
#[derive(Debug)]
pub(super) struct CsrfKeys(MacKeys);

impl CsrfKeys {
    pub fn derive(newest: &[u8], older: &[impl AsRef<[u8]>]) -> Result<Self, KeyError> {
        MacKeys::derive(newest, older, "chatlink/csrf/v1").map(Self)
    }

    pub fn token(&self, session: Uuid) -> CsrfToken {
        CsrfToken(URL_SAFE_NO_PAD.encode(self.0.tag(&[session.as_bytes()])))
    }

    /// Whether the text is a token of that session, in constant time.
    pub fn verify(&self, session: Uuid, text: &str) -> bool {
        bytes(text).is_some_and(|claimed| self.0.verify(&[session.as_bytes()], &claimed))
    }
}

/// Says that a page of ours calls, and not one that merely has the browser send its cookies.
#[derive(Clone)]
pub struct CsrfToken(String);

impl CsrfToken {
    /// The token as pages hold it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(…)")
    }
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [&str; 0] = [];
    const SESSION: Uuid = Uuid::from_u128(1);

    fn keys(secret: &str) -> CsrfKeys {
        CsrfKeys::derive(secret.as_bytes(), &NONE).unwrap()
    }

    #[test]
    fn a_csrf_token_is_for_one_session() {
        let token = keys("secret").token(SESSION);
        assert!(keys("secret").verify(SESSION, token.as_str()));
        assert!(!keys("secret").verify(Uuid::from_u128(2), token.as_str()));
        assert!(!keys("terces").verify(SESSION, token.as_str()));
        for other in ["", "x", &token.as_str()[1..], &format!("{}A", token.as_str()), &format!("{}=", token.as_str())] {
            assert!(!keys("secret").verify(SESSION, other), "{other}");
        }
    }

    #[test]
    fn a_csrf_token_outlives_the_rotation_of_the_secret() {
        let token = keys("old").token(SESSION);
        assert!(CsrfKeys::derive(b"new", &["old"]).unwrap().verify(SESSION, token.as_str()));
        assert!(!keys("new").verify(SESSION, token.as_str()));
    }

    #[test]
    fn a_cookie_has_one_spelling() {
        let secret = CookieSecret([0xa5; 32]);
        let text = secret.to_text();
        assert_eq!(CookieSecret::parse(&text).unwrap().hash(), secret.hash());
        for other in ["", &text[1..], &format!("{}A", *text), &format!("{}=", *text), &text.replace('W', "!")] {
            assert!(CookieSecret::parse(other).is_none(), "{other}");
        }
    }
}
