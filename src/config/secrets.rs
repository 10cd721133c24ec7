//! The secrets that everything else is derived from, and the type that keeps any secret out of sight.

use std::{collections::BTreeSet, fmt, fs, path::PathBuf};

use zeroize::Zeroizing;

use super::{
    reader::Reader,
    value::{Setting, hidden},
};

/// A secret text. Wiped when dropped, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself, to be handed to whoever needs it and nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Setting for Secret {
    fn expected() -> String {
        "a secret without white space".into()
    }

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty() && !text.contains(char::is_whitespace)).then(|| Self::new(text))
    }

    fn show(&self) -> toml::Value {
        hidden()
    }
}

/// A secret that keys are derived from. Its bytes are used as they are written, whatever encoding they look like.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key(Secret);

impl Setting for Key {
    fn expected() -> String {
        "32 bytes or more that nobody can guess, such as the output of `openssl rand -base64 32`".into()
    }

    fn parse(text: &str) -> Option<Self> {
        const SHORTEST: usize = 32;
        let text = text.trim();
        (text.len() >= SHORTEST && (is_machine_made(text) || !is_guessable(text))).then(|| Self(Secret::new(text)))
    }

    fn show(&self) -> toml::Value {
        hidden()
    }
}

/// Whether it looks like 32 random bytes or more in Base64: many different signs of all classes, and no four of them twice
/// or in a row. Nothing that somebody thought of does. What does not is left to the estimator, whose dictionaries take
/// five megabytes for as long as the process lives.
fn is_machine_made(text: &str) -> bool {
    const SHORTEST: usize = 43;
    const DIFFERENT: usize = 20;
    const OF_EACH_CLASS: usize = 3;
    let signs = text.trim_end_matches('=').as_bytes();
    let has_many = |class: fn(&u8) -> bool| signs.iter().filter(|sign| class(sign)).nth(OF_EACH_CLASS - 1).is_some();
    let lower = signs.to_ascii_lowercase();
    let fours: BTreeSet<&[u8]> = lower.windows(4).collect();
    let is_row = |four: &&[u8]| {
        let steps = || four.iter().zip(four.iter().skip(1)).map(|(one, next)| next.wrapping_sub(*one));
        [0, 1, u8::MAX].into_iter().any(|row| steps().all(|step| step == row))
    };
    signs.len() >= SHORTEST
        && [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit].into_iter().all(has_many)
        && signs.iter().collect::<BTreeSet<_>>().len() >= DIFFERENT
        && fours.len() == lower.len() - 3
        && !fours.iter().any(is_row)
}

/// Whether it is a run of one letter, a repetition, a row from the keyboard, a string of words and the like.
fn is_guessable(text: &str) -> bool {
    // A random secret of 32 characters is beyond what the estimator can count; 2^64 is where that ends.
    const ENOUGH: u64 = u64::MAX;
    zxcvbn::zxcvbn(text, &["chatlink"]).guesses() < ENOUGH
}

/// `secrets.key` or `secrets.key_file`, whichever is set.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// What new keys are derived from.
    pub newest: Secret,
    /// What was used before and still holds, newest first.
    pub older: Vec<Secret>,
}

impl Secrets {
    pub(super) fn read(r: &mut Reader) -> Option<Self> {
        let inline = r.optional_list::<Key>("secrets.key");
        let file = r.optional::<PathBuf>("secrets.key_file");
        let keys = match (inline, file) {
            (Some(_), Some(_)) => {
                r.refuse("secrets.key", "contradicts secrets.key_file: set one of them");
                return None;
            }
            (Some(keys), None) => keys,
            (None, Some(file)) => read_file(r, &file)?,
            (None, None) => {
                r.refuse("secrets.key", "is missing, and so is secrets.key_file");
                return None;
            }
        };
        if keys.iter().enumerate().any(|(index, key)| keys.iter().skip(index + 1).any(|other| other == key)) {
            r.refuse("secrets.key", "has the same secret twice");
        }
        let mut keys = keys.into_iter().map(|Key(secret)| secret);
        Some(Self { newest: keys.next()?, older: keys.collect() })
    }
}

/// One secret per line, newest first.
fn read_file(r: &mut Reader, path: &PathBuf) -> Option<Vec<Key>> {
    const KEY: &str = "secrets.key_file";
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) => {
            r.refuse(KEY, format!("cannot be read: {error}"));
            return None;
        }
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Option<Vec<Key>> = lines.map(Key::parse).collect();
    let keys = keys.filter(|keys| !keys.is_empty());
    if keys.is_none() {
        r.refuse(KEY, format!("should hold one secret per line, newest first, each {}", Key::expected()));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_generator_prints_is_taken_for_it() {
        for random in
            ["q6tVh0c7NnS1yXbE3mRkZ9pLw2aUoQ5dJ8fGxT4iCvM=", "Zx8-kQ2v_LmN7pRt4WcYb1HsDf6JgU3eAoKi9TqVyBn5Xr0M"]
        {
            assert!(is_machine_made(random) && !is_guessable(random), "{random}");
        }
        for thought_of in [
            "",
            "q6tVh0c7NnS1yXbE3mRkZ9pLw2aUoQ5d",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "Correct-Horse-Battery-Staple-12345-Correct-Horse",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            "q6tVh0c7NnS1yXbE3mRkq6tVh0c7NnS1yXbE3mRkq6tVh0c7",
            "correcthorsebatterystaplecorrecthorsebatterystaple",
        ] {
            assert!(!is_machine_made(thought_of), "{thought_of}");
        }
    }
}
