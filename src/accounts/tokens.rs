//! Access tokens: they say for a short time who calls (JWTs signed with Ed25519). The signing keys are derived from
//! the server's secrets, so every node signs and verifies alike, and a retired secret verifies until it is dropped.
//!
//! A signature costs more to check than everything else that a request needs, so a token whose signature was right is
//! remembered, by its hash. That says nothing of whether it has expired or its session lives: both are asked each time.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chatlink_actors::{ports::Entropy, time::Timestamp};
use hkdf::Hkdf;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use lru::LruCache;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What comes before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, 7).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// How many tokens are remembered at most: some ten megabytes.
const REMEMBERED: usize = 100_000;

/// Who calls: a user, by one of their sessions. Whether that session still lives, only the database knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The id of the account.
    pub user: Uuid,
    /// The id of the session.
    pub session: Uuid,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    /// Seconds since the Unix epoch, as is `exp`.
    iat: i64,
    exp: i64,
    jti: Uuid,
}

/// The secrets gave no signing key. They always do.
#[derive(Debug, thiserror::Error)]
#[error("no signing key: {0}")]
pub struct KeyError(String);

struct Key {
    id: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    public: Jwk,
}

/// Signs and verifies access tokens.
pub struct Signer {
    newest: Key,
    older: Vec<Key>,
    issuer: String,
    validation: Validation,
    verified: Mutex<LruCache<TokenHash, Verified>>,
}

/// SHA-256 of a token.
type TokenHash = [u8; 32];

/// What a token with a right signature says.
#[derive(Clone, Copy)]
struct Verified {
    caller: Caller,
    /// Seconds since the Unix epoch.
    expires_at: i64,
}

impl Signer {
    /// Derives the keys of these secrets. `newest` signs, all of them verify. Tokens are issued by and for `issuer`,
    /// the public URL.
    pub fn new(newest: &[u8], older: &[impl AsRef<[u8]>], issuer: &str) -> Result<Self, KeyError> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The library would read the clock of the machine; `verify` compares with the time it is given.
        validation.validate_exp = false;
        Ok(Self {
            newest: Key::derive(newest)?,
            older: older.iter().map(|secret| Key::derive(secret.as_ref())).collect::<Result<_, _>>()?,
            issuer: issuer.to_owned(),
            validation,
            verified: Mutex::new(LruCache::unbounded()),
        })
    }

    /// Signs an access token that is good from now on, for so long.
    pub fn sign(
        &self,
        caller: Caller,
        now: Timestamp,
        lifetime: Duration,
        entropy: &dyn Entropy,
    ) -> Result<String, KeyError> {
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: caller.user,
            sid: caller.session,
            iat: seconds(now),
            exp: seconds(now + lifetime),
            jti: random_uuid(entropy),
        };
        let header = Header { kid: Some(self.newest.id.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, &claims, &self.newest.signing).map_err(KeyError::from)
    }

    /// The caller that a token was signed for, unless it is forged, of another place, or has expired.
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Caller> {
        let hash = Sha256::digest(token).into();
        let remembered = self.remembered().get(&hash).copied();
        let verified = match remembered {
            Some(verified) => verified,
            None => self.check(token)?,
        };
        if verified.expires_at <= seconds(now) {
            self.remembered().pop(&hash);
            return None;
        }
        if remembered.is_none() {
            let mut known = self.remembered();
            known.push(hash, verified);
            if known.len() > REMEMBERED {
                known.pop_lru();
            }
        }
        Some(verified.caller)
    }

    fn check(&self, token: &str) -> Option<Verified> {
        let id = jsonwebtoken::decode_header(token).ok()?.kid?;
        let key = std::iter::once(&self.newest).chain(&self.older).find(|key| key.id == id)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &self.validation).ok()?.claims;
        Some(Verified { caller: Caller { user: claims.sub, session: claims.sid }, expires_at: claims.exp })
    }

    /// Whole at any instant, so a panic elsewhere does not spoil it.
    fn remembered(&self) -> std::sync::MutexGuard<'_, LruCache<TokenHash, Verified>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The public keys, for those who verify elsewhere.
    pub fn jwks(&self) -> JwkSet {
        JwkSet { keys: std::iter::once(&self.newest).chain(&self.older).map(|key| key.public.clone()).collect() }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Key {
    fn derive(secret: &[u8]) -> Result<Self, KeyError> {
        let mut der = Zeroizing::new([0; 48]);
        let (prefix, seed) = der.split_at_mut(PKCS8_PREFIX.len());
        prefix.copy_from_slice(&PKCS8_PREFIX);
        Hkdf::<Sha256>::new(None, secret).expand(b"chatlink/access-token/v1", seed)?;
        let signing = EncodingKey::from_ed_der(der.as_slice());
        let mut public = Jwk::from_encoding_key(&signing, Algorithm::EdDSA)?;
        let id = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { id, verifying: DecodingKey::from_jwk(&public)?, signing, public })
    }
}

impl From<hkdf::InvalidLength> for KeyError {
    fn from(error: hkdf::InvalidLength) -> Self {
        Self(error.to_string())
    }
}

impl From<jsonwebtoken::errors::Error> for KeyError {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        Self(error.to_string())
    }
}

const fn seconds(instant: Timestamp) -> i64 {
    instant.as_millis().div_euclid(1000)
}

/// A random UUID (version 4).
pub(super) fn random_uuid(entropy: &dyn Entropy) -> Uuid {
    uuid::Builder::from_random_bytes(entropy.array()).into_uuid()
}
