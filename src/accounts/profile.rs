//! What people say of themselves, and what a client says of the device it runs on.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use super::field::{FieldCode, FieldError};

const FULL_NAME_MAX: usize = 150;
const BIO_MAX: usize = 1000;
const DEVICE_NAME_MAX: usize = 100;

/// Somebody's name as they write it, in any script. One line, and nothing in it that would rearrange or hide the
/// text around it.
#[derive(Clone, PartialEq, Eq)]
pub struct FullName(String);

impl FullName {
    /// Parses a name of 1 to 150 code points; surrounding white space is dropped.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        one_line(input, FULL_NAME_MAX).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FullName(…)")
    }
}

/// A few words of somebody about themselves: plain text of any number of lines.
#[derive(Clone, PartialEq, Eq)]
pub struct Bio(String);

impl Bio {
    /// Parses a text of at most 1000 code points; surrounding white space is dropped. Lines end in a line feed, with
    /// or without a carriage return before it. No other control character is taken, the tab included: what it looks
    /// like is up to whoever shows it.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        let text: String = input.trim().replace("\r\n", "\n").nfc().collect();
        if text.chars().count() > BIO_MAX {
            return Err(FieldCode::TooLong.into());
        }
        if text.chars().any(|c| c != '\n' && is_unwanted(c)) {
            return Err(FieldCode::InvalidFormat.into());
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Bio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bio(…)")
    }
}

/// What a client calls the device that it runs on, so that its owner recognises the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceName(String);

impl DeviceName {
    /// Parses a name of 1 to 100 code points; surrounding white space is dropped.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        one_line(input, DEVICE_NAME_MAX).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How somebody wishes to be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is named by the word that clients see")]
pub enum Gender {
    Female,
    Male,
    #[default]
    Other,
}

impl Gender {
    const ALL: [Self; 3] = [Self::Female, Self::Male, Self::Other];

    /// Parses the name that clients use.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        Self::ALL.into_iter().find(|gender| gender.name() == input).ok_or(FieldCode::NotSupported.into())
    }

    /// The name that clients use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
        }
    }
}

fn one_line(input: &str, max: usize) -> Result<String, FieldError> {
    let text: String = input.trim().nfc().collect();
    if text.chars().all(is_invisible) {
        return Err(FieldCode::TooShort.into());
    }
    if text.chars().count() > max {
        return Err(FieldCode::TooLong.into());
    }
    if text.chars().any(is_unwanted) {
        return Err(FieldCode::InvalidFormat.into());
    }
    Ok(text)
}

fn is_unwanted(c: char) -> bool {
    c.is_control() || breaks_lines(c) || reorders_text(c)
}

const fn breaks_lines(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Embeddings, overrides and isolates (UAX 9), by which a name could make other text read otherwise.
const fn reorders_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Joiners and marks have their place between letters, but a name of nothing else would be no name.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}')
        || matches!(c, ' ' | '\u{a0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(input: &str) -> Option<FieldCode> {
        FullName::parse(input).err().map(|error| error.code)
    }

    #[test]
    fn names_of_all_scripts_are_kept() {
        for name in [
            "X",
            "Ann Lee",
            "O'Brien-Núñez",
            "李小龍",
            "محمد",
            "മീര",
            "علی\u{200c}رضا",
            "Robert'); DROP TABLE users;--",
        ] {
            assert_eq!(FullName::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(FullName::parse("  Jose\u{301} \n").unwrap().as_str(), "José");
    }

    #[test]
    fn length_is_counted_in_code_points() {
        assert_eq!(code(&"é".repeat(150)), None);
        assert_eq!(code(&"é".repeat(151)), Some(FieldCode::TooLong));
        assert_eq!(code(" \t "), Some(FieldCode::TooShort));
    }

    #[test]
    fn nothing_that_disturbs_other_text_is_taken() {
        for name in ["a\0b", "a\nb", "a\u{7}b", "a\u{85}b", "a\u{2028}b", "a\u{202e}b", "a\u{2066}b"] {
            assert_eq!(code(name), Some(FieldCode::InvalidFormat), "{name:?}");
        }
        assert_eq!(code("\u{200b}\u{feff}"), Some(FieldCode::TooShort));
        assert_eq!(code("\u{202e}"), Some(FieldCode::InvalidFormat));
    }

    #[test]
    fn a_bio_is_plain_text_of_several_lines() {
        let bio = |input: &str| Bio::parse(input).map(|bio| bio.0).map_err(|error| error.code);
        assert_eq!(bio(""), Ok(String::new()));
        assert_eq!(bio(" \n\t "), Ok(String::new()));
        assert_eq!(bio("  one\r\ntwo\n\nthree 🎻\n"), Ok("one\ntwo\n\nthree 🎻".to_owned()));
        assert_eq!(bio("<b>& cafe\u{301}"), Ok("<b>& café".to_owned()));
        for text in ["a\0b", "a\tb", "a\rb", "a\u{1b}b", "a\u{85}b", "a\u{2029}b", "a\u{202e}b", "a\u{2068}b"] {
            assert_eq!(bio(text), Err(FieldCode::InvalidFormat), "{text:?}");
        }
    }

    #[test]
    fn a_bio_has_at_most_a_thousand_code_points() {
        for text in ["🎻".repeat(1000), "e\u{301}".repeat(1000), "a\r\n".repeat(500)] {
            assert!(Bio::parse(&text).is_ok());
        }
        assert_eq!(Bio::parse(&"🎻".repeat(1001)), Err(FieldCode::TooLong.into()));
    }

    #[test]
    fn gender_is_one_of_three() {
        for gender in Gender::ALL {
            assert_eq!(Gender::parse(gender.name()), Ok(gender));
        }
        assert_eq!(Gender::default(), Gender::Other);
        for input in ["", "Female", "unknown"] {
            assert_eq!(Gender::parse(input), Err(FieldCode::NotSupported.into()));
        }
    }

    #[test]
    fn device_names_are_bounded() {
        assert_eq!(DeviceName::parse(" Ann's phone ").unwrap().as_str(), "Ann's phone");
        assert_eq!(DeviceName::parse(&"x".repeat(101)), Err(FieldCode::TooLong.into()));
    }
}
