//! Passwords by NIST SP 800-63B-4: long enough, not among the first that anybody guesses, not made of what is
//! known of their owner; no rules of composition. They are normalised (NFC), and never trimmed or cut short.
//! A password is wiped from memory when it is dropped, and no `Debug` shows it.

use std::fmt;

use chatlink_actors::identifier::Identifier;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};
use zxcvbn::Entropy;

use super::field::{FieldCode, FieldError};

const MAX_LENGTH: usize = 256;
/// A password that zxcvbn finds within so many guesses is common: `Password1!` (17 560) and `changeme123` (75 800)
/// are, `Secret123!` (578 640) is not. Guessing online is throttled to some hundreds a day, and offline Argon2
/// makes even this many cost minutes.
const COMMON_GUESSES: u64 = 100_000;
/// How much zxcvbn is given at once. It takes more than linear time: a millisecond for this, a second for a page.
const ESTIMATED_AT_ONCE: usize = 32;
/// Shorter words are in too many good passwords.
const CONTEXT_WORD_MIN: usize = 4;
/// Phone numbers are known by their last digits: people leave out the prefixes.
const PHONE_DIGITS_MIN: usize = 7;
const PRODUCT: &str = "chatlink";

/// A password that somebody may have.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Password(String);

impl Password {
    /// Parses a new password of somebody of whom `context` is known.
    pub fn parse(input: &str, context: &Context, min_length: usize) -> Result<Self, FieldError> {
        let password = Self(input.nfc().collect());
        let length = password.0.chars().count();
        if length < min_length {
            return Err(FieldCode::TooShort.into());
        }
        if length > MAX_LENGTH {
            return Err(FieldCode::TooLong.into());
        }
        if is_common(&password.0) {
            return Err(FieldCode::PasswordTooCommon.into());
        }
        if context.without(&password.0).chars().count() < min_length {
            return Err(FieldCode::PasswordSimilar.into());
        }
        Ok(password)
    }

    /// How hard it is to guess, from 1 to 4: by the best of its stretches, as zxcvbn scores them.
    pub fn strength(&self) -> u8 {
        const MOST: u8 = 4;
        let mut strength = 1;
        for estimate in estimates(&self.0) {
            strength = strength.max(estimate.score().into());
            if strength == MOST {
                break;
            }
        }
        strength
    }

    /// Whether it is what somebody typed as another one.
    pub fn is(&self, attempt: &PasswordAttempt) -> bool {
        self.0 == attempt.0
    }

    pub(super) fn into_attempt(mut self) -> PasswordAttempt {
        PasswordAttempt(std::mem::take(&mut self.0))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What somebody typed as their password. It need not be one that anybody could have.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PasswordAttempt(String);

impl PasswordAttempt {
    /// Takes what was typed, normalised as passwords are.
    pub fn new(input: &str) -> Self {
        Self(input.nfc().collect())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for PasswordAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordAttempt(…)")
    }
}

/// What is known of somebody, in words that do not count in their password.
#[derive(Default)]
pub struct Context(Vec<String>);

impl Context {
    /// The words of a username as typed, valid or not, and of an identifier, with the name of the product.
    pub fn new(username: &str, identifier: &Identifier) -> Self {
        Self::of([username], [identifier])
    }

    /// The same of any number of usernames and identifiers.
    pub fn of<'a>(
        usernames: impl IntoIterator<Item = &'a str>,
        identifiers: impl IntoIterator<Item = &'a Identifier>,
    ) -> Self {
        let mut words = vec![PRODUCT.to_owned()];
        words.extend(usernames.into_iter().flat_map(with_parts));
        words.extend(identifiers.into_iter().flat_map(words_of));
        let mut words: Vec<_> = words.iter().map(|word| fold(word).to_string()).collect();
        words.retain(|word| word.chars().count() >= CONTEXT_WORD_MIN);
        // The longest first: a word within another one must not keep the rest of it from being found.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Self(words)
    }

    /// The same of words of which nobody has said what they are: those that are identifiers count as such.
    pub fn as_typed(words: Vec<String>) -> Self {
        let (mut usernames, mut identifiers) = (Vec::new(), Vec::new());
        for word in words {
            match Identifier::parse(&word) {
                Ok(identifier) => identifiers.push(identifier),
                Err(_) => usernames.push(word),
            }
        }
        Self::of(usernames.iter().map(String::as_str), &identifiers)
    }

    /// What is left of a password once every known word is taken out, and those that this brings together.
    fn without(&self, password: &str) -> Zeroizing<String> {
        let mut rest = fold(password);
        while let Some(word) = self.0.iter().find(|word| rest.contains(word.as_str())) {
            rest = Zeroizing::new(rest.replace(word.as_str(), ""));
        }
        rest
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Context(…)")
    }
}

/// An address with its parts, or a number without its prefixes.
fn words_of(identifier: &Identifier) -> Vec<String> {
    match identifier {
        Identifier::Email(email) => {
            let address = email.address();
            let domain = address.rsplit('@').take(1).flat_map(with_parts);
            with_parts(email.local_part()).chain(domain).chain([address.clone()]).collect()
        }
        Identifier::Phone(phone) => {
            let digits = phone.e164().trim_start_matches('+');
            let tails = (0..digits.len()).filter_map(|start| digits.get(start..));
            tails.take_while(|tail| tail.len() >= PHONE_DIGITS_MIN).map(str::to_owned).collect()
        }
    }
}

/// A text as a whole, and the words that punctuation divides it into.
fn with_parts(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    std::iter::once(text).chain(parts).map(str::to_owned)
}

fn fold(text: &str) -> Zeroizing<String> {
    let lower = Zeroizing::new(text.to_lowercase());
    Zeroizing::new(lower.nfc().collect())
}

/// Whether no stretch of the password would take long to guess.
fn is_common(password: &str) -> bool {
    estimates(password).all(|estimate| estimate.guesses() < COMMON_GUESSES)
}

/// How hard each stretch of a password is to guess, each estimated when it is asked for.
fn estimates(password: &str) -> impl Iterator<Item = Entropy> {
    let mut rest = password;
    std::iter::from_fn(move || {
        let end = rest.char_indices().nth(ESTIMATED_AT_ONCE).map_or(rest.len(), |(end, _)| end);
        let (stretch, others) = rest.split_at_checked(end)?;
        rest = others;
        (!stretch.is_empty()).then(|| zxcvbn::zxcvbn(stretch, &[]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_for(username: &str, identifier: &str, password: &str) -> Option<FieldCode> {
        let context = Context::new(username, &Identifier::parse(identifier).unwrap());
        Password::parse(password, &context, 8).err().map(|error| error.code)
    }

    fn code(password: &str) -> Option<FieldCode> {
        code_for("Wanderer", "ann.lee@example.org", password)
    }

    #[test]
    fn good_passwords_need_no_special_characters() {
        for password in [
            "Tr0ub4dor&3",
            "s3cret-Passw0rd!",
            "correct horse battery",
            "correct horse battery staple",
            "gato negro 42",
            "xK9#mQ2v",
            "പൂച്ച കറുത്തതാണ്",
            "blue-tram-7",
            "Zaubertrank",
            " two spaces  ",
        ] {
            assert_eq!(code(password), None, "{password:?}");
        }
    }

    #[test]
    fn length_is_counted_in_code_points_after_normalisation() {
        assert_eq!(code("xK9#mQ2"), Some(FieldCode::TooShort));
        assert_eq!(code("xK9#mQ2\u{e9}"), None);
        // Nine code points as typed, eight once composed; then eight and seven.
        assert_eq!(code("xK9#mQ2e\u{301}"), None);
        assert_eq!(code("xK9#mQe\u{301}"), Some(FieldCode::TooShort));
        assert_eq!(code(&"öäüß xK9#mQ2v!zz".repeat(16)), None);
        assert_eq!(code(&format!("{}y", "öäüß xK9#mQ2v!zz".repeat(16))), Some(FieldCode::TooLong));
    }

    #[test]
    fn the_composed_and_the_decomposed_spelling_are_one_password() {
        let parse = |input| {
            let context = Context::new("", &Identifier::parse("ann@example.org").unwrap());
            Password::parse(input, &context, 8).unwrap().into_attempt().as_bytes().to_vec()
        };
        assert_eq!(parse("Zaube\u{301}rtrank"), parse("Zaub\u{e9}rtrank"));
        assert_eq!(PasswordAttempt::new("e\u{301}").as_bytes(), "\u{e9}".as_bytes());
        assert_eq!(PasswordAttempt::new(" a ").as_bytes(), b" a ");
    }

    #[test]
    fn common_passwords_are_refused() {
        for password in [
            "password",
            "password123",
            "12345678",
            "qwertyuiop",
            "iloveyou",
            "aaaaaaaa",
            "Password1!",
            "P@ssw0rd!",
            "1q2w3e4r",
            "abcd1234",
            "letmein123",
            "20010911",
            "passwordpassword",
            "changeme123",
            "sunshine1",
        ] {
            assert_eq!(code(password), Some(FieldCode::PasswordTooCommon), "{password}");
        }
        assert_eq!(code(&"a".repeat(256)), Some(FieldCode::PasswordTooCommon));
    }

    #[test]
    fn a_good_stretch_makes_a_long_password_good() {
        assert_eq!(code(&format!("{}correct horse battery", "a".repeat(32))), None);
    }

    #[test]
    fn strength_is_that_of_the_best_stretch_and_of_what_is_accepted_never_nothing() {
        let strength = |password: &str| Password::parse(password, &Context::default(), 8).unwrap().strength();
        assert_eq!(strength("Secret123!"), 1);
        assert_eq!(strength("correct horse battery"), 4);
        assert_eq!(strength(&format!("{}correct horse battery", "a".repeat(32))), 4);
        let (weak, long) = ("Secret123!", "Secret123! ".repeat(20));
        assert!(strength(weak) <= strength(&long));
    }

    #[test]
    fn typed_words_count_as_what_they_are() {
        let code = |words: &[&str], password: &str| {
            let context = Context::as_typed(words.iter().map(|&word| word.to_owned()).collect());
            Password::parse(password, &context, 8).err().map(|error| error.code)
        };
        let words = ["Wanderer", "ann.lee@example.org", "+49 171 1234567", "", "no such@@thing"];
        for similar in ["wanderer-77!", "example-ann!", "0171 1234567", "ChatLink!7x", "no such@@thing7"] {
            assert_eq!(code(&words, similar), Some(FieldCode::PasswordSimilar), "{similar}");
            let elsewhere = if similar.starts_with("Chat") { Some(FieldCode::PasswordSimilar) } else { None };
            assert_eq!(code(&[], similar), elsewhere, "{similar}");
        }
    }

    #[test]
    fn what_is_known_of_somebody_does_not_count() {
        for password in [
            "wanderer-77!",
            "WANDERERwanderer",
            "ann.lee@example.org",
            "example-ann!",
            "ChatLink!7x",
            "chatchatlinklink#1",
        ] {
            assert_eq!(code(password), Some(FieldCode::PasswordSimilar), "{password}");
        }
        assert_eq!(code("wanderer of the seas"), None);
    }

    #[test]
    fn a_phone_number_is_known_with_and_without_its_prefix() {
        for password in ["+491711234567", "1711234567-x", "!!1711234567!!", "0171 1234567"] {
            let code = code_for("wanderer", "+491711234567", password);
            assert_eq!(code, Some(FieldCode::PasswordSimilar), "{password}");
        }
    }

    #[test]
    fn short_words_are_no_context() {
        assert_eq!(code_for("ann", "ann@ab.cd", "annanna#Bx9"), None);
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", PasswordAttempt::new("secret")), "PasswordAttempt(…)");
    }
}
