//! Countries by ISO 3166-1 alpha-2.

use super::field::{FieldCode, FieldError};

/// A country, known by its upper-case alpha-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country {
    code: &'static str,
    english: &'static str,
}

impl Country {
    /// Parses an alpha-2 code in any case.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        Self::from_code(&input.to_ascii_uppercase()).ok_or(FieldCode::UnknownCountry.into())
    }

    /// The country of an upper-case code.
    pub fn from_code(code: &str) -> Option<Self> {
        rust_iso3166::from_alpha2(code).map(Self::from_entry)
    }

    /// The alpha-2 code.
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// The short name in English by ISO 3166-1, which is often not what people say. See [`Names`](super::Names).
    pub const fn english_name(self) -> &'static str {
        self.english
    }

    /// Every country, by code.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<_> = rust_iso3166::ALL.iter().copied().map(Self::from_entry).collect();
        all.sort_unstable();
        all
    }

    const fn from_entry(entry: rust_iso3166::CountryCode) -> Self {
        Self { code: entry.alpha2, english: entry.name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_taken_in_any_case_and_answered_upper_case() {
        for input in ["DE", "de", "dE"] {
            assert_eq!(Country::parse(input).unwrap().code(), "DE");
        }
    }

    #[test]
    fn only_countries_are_countries() {
        for input in ["", "D", "DEU", "276", "UK", "EU", "ZZ", "XX", "D ", "ＤＥ", "d\0"] {
            assert_eq!(Country::parse(input), Err(FieldCode::UnknownCountry.into()), "{input:?}");
        }
    }

    #[test]
    fn there_are_249_of_them_in_order() {
        let all = Country::all();
        assert_eq!(all.len(), 249);
        assert!(all.is_sorted_by(|a, b| a.code() < b.code()));
    }
}
