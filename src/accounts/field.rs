//! What can be wrong with a submitted field. The codes are part of the API: clients act on them, so their names
//! never change. Where a value stands in a document is known to whoever reads the document: parsers of single
//! values answer a [`FieldError`], parsers of several values at once say where in them by a JSON pointer.

use std::fmt;

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldCode {
    /// Absent, or null.
    Required,
    /// Not of the form that the field has.
    InvalidFormat,
    /// Fewer characters or items than there must be.
    TooShort,
    /// More characters or items than there may be.
    TooLong,
    /// Well-formed, but nothing that ChatLink takes.
    NotSupported,
    /// Too young.
    AgeBelowMinimum,
    /// A date that is still to come.
    InTheFuture,
    /// No country of ISO 3166-1.
    UnknownCountry,
    /// No language of ISO 639.
    UnknownLanguage,
    /// Somebody's native language as one that they learn.
    SameAsNative,
    /// Given before.
    Duplicate,
    /// A password among the first that anybody guesses.
    PasswordTooCommon,
    /// A password made of what is known of its owner.
    PasswordSimilar,
    /// A username that could be taken for ChatLink itself.
    UsernameReserved,
}

impl FieldCode {
    /// The stable name that clients see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::InvalidFormat => "invalid_format",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::NotSupported => "not_supported",
            Self::AgeBelowMinimum => "age_below_minimum",
            Self::InTheFuture => "in_the_future",
            Self::UnknownCountry => "unknown_country",
            Self::UnknownLanguage => "unknown_language",
            Self::SameAsNative => "same_as_native",
            Self::Duplicate => "duplicate",
            Self::PasswordTooCommon => "password_too_common",
            Self::PasswordSimilar => "password_similar",
            Self::UsernameReserved => "username_reserved",
        }
    }

    /// A sentence for people who read errors.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Required => "This field must be given.",
            Self::InvalidFormat => "This is not of the form that the field has.",
            Self::TooShort => "This is too short.",
            Self::TooLong => "This is too long.",
            Self::NotSupported => "This value is not supported here.",
            Self::AgeBelowMinimum => "You are too young to have an account.",
            Self::InTheFuture => "This date is still to come.",
            Self::UnknownCountry => "This is not the ISO 3166-1 alpha-2 code of a country.",
            Self::UnknownLanguage => "This is not the ISO 639-1 or 639-3 code of a language.",
            Self::SameAsNative => "This is your native language.",
            Self::Duplicate => "This was given before.",
            Self::PasswordTooCommon => "This password is among the first that anybody would guess.",
            Self::PasswordSimilar => "This password is made of what is known of you.",
            Self::UsernameReserved => "This username is reserved.",
        }
    }
}

impl fmt::Display for FieldCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A value that was refused. Says why, and never what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}")]
pub struct FieldError {
    /// What is wrong with it.
    pub code: FieldCode,
}

impl FieldError {
    /// Says where in the document the value stands, by an RFC 6901 pointer.
    pub fn at(self, pointer: impl Into<String>) -> PointedError {
        PointedError { pointer: pointer.into(), code: self.code }
    }
}

impl From<FieldCode> for FieldError {
    fn from(code: FieldCode) -> Self {
        Self { code }
    }
}

/// A [`FieldError`] and where in the document its value stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {code}")]
pub struct PointedError {
    /// An RFC 6901 pointer.
    pub pointer: String,
    /// What is wrong there.
    pub code: FieldCode,
}
