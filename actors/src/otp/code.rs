//! Codes and the keys they are derived with. A code is never stored: whoever holds the key computes it again.

use std::{fmt, marker::PhantomData};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{policy::CodeLength, session::SessionId};
use crate::{
    identifier::{ActorKey, Subject},
    typed::{decimal_digit, is_filler},
};

/// What a code is good for. A marker type for each, so that nothing of one purpose fits into another.
pub trait Purpose: Send + Sync + 'static {
    /// The name that clients see and that keys and namespaces are derived from. Stored data depends on it.
    const NAME: &'static str;
    /// What a session of this purpose is started with.
    type Subject: Subject;
}

/// Which of the rotating keys a session's codes are derived with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyId([u8; 4]);

#[derive(Zeroize, ZeroizeOnDrop)]
struct PurposeKey {
    #[zeroize(skip)]
    id: KeyId,
    bytes: [u8; 32],
}

/// The keys of one purpose, derived from the server's secrets, newest first.
pub struct Keyring<P> {
    newest: PurposeKey,
    older: Vec<PurposeKey>,
    purpose: PhantomData<fn() -> P>,
}

impl<P: Purpose> Keyring<P> {
    /// Derives the purpose's keys. New sessions use `newest`; those begun under an older secret stay valid.
    pub fn derive(newest: &[u8], older: &[impl AsRef<[u8]>]) -> Self {
        Self {
            newest: PurposeKey::derive(P::NAME, newest),
            older: older.iter().map(|secret| PurposeKey::derive(P::NAME, secret.as_ref())).collect(),
            purpose: PhantomData,
        }
    }

    /// The actor of a subject: the first 16 bytes of a MAC over its canonical form.
    pub fn actor_key(&self, subject: &P::Subject) -> ActorKey {
        self.newest.actor(subject)
    }

    /// Every actor that may remember something of a subject: that of the newest key, and those of the older ones.
    pub fn actor_keys(&self, subject: &P::Subject) -> Vec<ActorKey> {
        self.all().map(|key| key.actor(subject)).collect()
    }

    /// The key that new sessions use.
    pub(super) fn newest_id(&self) -> KeyId {
        self.newest.id
    }

    /// Whether codes of that key can be derived.
    pub(super) fn holds(&self, key: KeyId) -> bool {
        self.find(key).is_some()
    }

    /// The code of a generation of a session, or `None` when its key has been retired.
    pub fn code(&self, key: KeyId, session: SessionId, generation: u16, length: CodeLength) -> Option<Code> {
        let mac = self.find(key)?.mac(&[b"code", session.as_bytes(), &generation.to_be_bytes()]);
        Some(Code::truncate(&mac, length))
    }

    /// Names the message that carries the code of a generation. Tells nothing of the session.
    pub fn message_id(&self, key: KeyId, session: SessionId, generation: u16) -> Option<MessageId> {
        let mac = self.find(key)?.mac(&[b"message", session.as_bytes(), &generation.to_be_bytes()]);
        Some(MessageId(first_half(mac)))
    }

    fn find(&self, id: KeyId) -> Option<&PurposeKey> {
        self.all().find(|key| key.id == id)
    }

    fn all(&self) -> impl Iterator<Item = &PurposeKey> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

impl<P> fmt::Debug for Keyring<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}

impl PurposeKey {
    fn derive(purpose: &str, secret: &[u8]) -> Self {
        let bytes = hmac_sha256(secret, &[b"chatlink/otp/v1", purpose.as_bytes()]);
        let [a, b, c, d, ..] = hmac_sha256(&bytes, &[b"key id"]);
        Self { id: KeyId([a, b, c, d]), bytes }
    }

    fn actor(&self, subject: &impl Subject) -> ActorKey {
        ActorKey::from_bytes(first_half(self.mac(&[b"actor", subject.canonical().as_bytes()])))
    }

    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        hmac_sha256(&self.bytes, parts)
    }
}

/// HMAC-SHA-256 over the parts, each behind its length, so that no two lists of parts share an input.
fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!("HMAC takes keys of any length") };
    for part in parts {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn first_half(mac: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(mac).for_each(|(to, from)| *to = from);
    half
}

/// A one-time code: decimal digits, leading zeros kept.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Code(String);

impl Code {
    /// Dynamic truncation as in RFC 4226, 5.3, but of eight bytes: its 31 bits are too few for ten digits, while
    /// 63 leave a bias below 10^-8 at every length.
    fn truncate(mac: &[u8; 32], length: CodeLength) -> Self {
        let [.., last] = mac;
        let offset = usize::from(last & 0x0f);
        let word = mac.iter().skip(offset).take(8).fold(0_u64, |word, &byte| word << 8 | u64::from(byte));
        let value = (word & (u64::MAX >> 1)) % 10_u64.pow(u32::from(length.digits()));
        Self(format!("{value:0width$}", width = usize::from(length.digits())))
    }

    pub(super) fn of_digits(digits: &str) -> Self {
        Self(digits.to_owned())
    }

    /// The digits, to be sent to the owner of the identifier and shown to nobody else.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Compares in constant time.
    pub(super) fn matches(&self, guess: &str) -> bool {
        self.0.as_bytes().ct_eq(guess.as_bytes()).into()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// What somebody typed as a code: spaces, dashes and direction marks dropped, the digits of any script folded to ASCII.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Guess(Option<String>);

impl Guess {
    /// Reads what was typed. Whether it has the form of a code is for the session to say, which knows the length.
    pub fn from_input(input: &str) -> Self {
        const LONGEST_INPUT: usize = 64;
        let typed = input.chars().filter(|&c| !is_filler(c));
        Self((input.chars().count() <= LONGEST_INPUT).then(|| typed.map(decimal_digit).collect()).flatten())
    }

    /// The digits, if there are exactly as many.
    pub(super) fn of_length(&self, length: CodeLength) -> Option<&str> {
        self.0.as_deref().filter(|digits| digits.len() == usize::from(length.digits()))
    }
}

impl fmt::Debug for Guess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guess(…)")
    }
}

/// Names a message to its carrier: the same for every attempt to deliver one generation of a session's code, or one
/// notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageId([u8; 16]);

impl MessageId {
    /// The id of these bytes, for a message that has no session.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads what [`Display`](fmt::Display) wrote, and no other spelling of it.
    pub fn parse(input: &str) -> Option<Self> {
        if input.len() != 32 || !input.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let mut bytes = [0; 16];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(input.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Lets a verified session be completed, once. 256 random bits, chosen by the caller who verifies.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct CompletionToken([u8; 32]);

impl CompletionToken {
    /// The token of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    pub fn parse(input: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        super::session::from_base64(input, &mut bytes)?;
        Some(Self(bytes))
    }

    /// The token as clients hold it: base64url without padding.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(super::session::to_base64(&self.0))
    }

    pub(super) fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for CompletionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CompletionToken(…)")
    }
}

/// SHA-256 of a [`CompletionToken`]: all that is stored of it.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct TokenHash([u8; 32]);

impl PartialEq for TokenHash {
    /// In constant time.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenHash {}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}
