//! Languages by ISO 639-3, and the choice of them that belongs to an account.

use std::{
    collections::HashMap,
    sync::{LazyLock, PoisonError, RwLock},
};

use super::field::{FieldCode, FieldError, PointedError};

const LEARNING_MAX: usize = 5;

/// What ISO 639 says of the languages that were asked about. The table that it is read from is a constant of 380 KB, and
/// compiled such that a look copies it.
static READ: LazyLock<RwLock<HashMap<Language, Facts>>> = LazyLock::new(RwLock::default);

#[derive(Clone, Copy)]
struct Facts {
    code: &'static str,
    iso639_1: Option<&'static str>,
    english_name: &'static str,
    autonym: Option<&'static str>,
}

/// A language, known by its ISO 639-3 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Language(isolang::Language);

impl Language {
    /// Parses an ISO 639-1 or 639-3 code in any case.
    pub fn parse(input: &str) -> Result<Self, FieldError> {
        Self::from_code(&input.to_ascii_lowercase()).ok_or(FieldCode::UnknownLanguage.into())
    }

    /// The language of a lower-case code.
    pub fn from_code(code: &str) -> Option<Self> {
        let language =
            if code.len() == 2 { isolang::Language::from_639_1(code) } else { isolang::Language::from_639_3(code) };
        language.filter(|language| !is_special(*language)).map(Self)
    }

    /// The ISO 639-3 code.
    pub fn code(self) -> &'static str {
        self.facts().code
    }

    /// The ISO 639-1 code, where there is one.
    pub fn iso639_1(self) -> Option<&'static str> {
        self.facts().iso639_1
    }

    /// The code by which BCP 47, and so CLDR, knows the language: the shorter one where there is one.
    pub fn tag(self) -> &'static str {
        self.iso639_1().unwrap_or(self.code())
    }

    /// The name in English by ISO 639-3. See [`Names`](super::Names) for the one that people use.
    pub fn english_name(self) -> &'static str {
        self.facts().english_name
    }

    /// What its speakers call it, where known. The first where there are several, without transliteration.
    pub fn autonym(self) -> Option<&'static str> {
        self.facts().autonym
    }

    fn facts(self) -> Facts {
        if let Some(facts) = READ.read().unwrap_or_else(PoisonError::into_inner).get(&self) {
            return *facts;
        }
        let first = |names: &'static str| names.split([',', '(', '\u{200e}']).next().map(str::trim);
        let facts = Facts {
            code: self.0.to_639_3(),
            iso639_1: self.0.to_639_1(),
            english_name: self.0.to_name(),
            autonym: self.0.to_autonym().and_then(first).filter(|name| !name.is_empty()),
        };
        READ.write().unwrap_or_else(PoisonError::into_inner).insert(self, facts);
        facts
    }

    /// Every language, by code.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<_> = isolang::languages().filter(|language| !is_special(*language)).map(Self).collect();
        all.sort_unstable_by_key(|language| language.code());
        all
    }
}

/// Codes that stand for several languages, for none, or for one that nobody has named.
fn is_special(language: isolang::Language) -> bool {
    use isolang::Language as Code;
    matches!(language, Code::Mis | Code::Mul | Code::Und | Code::Zxx)
}

/// The language that somebody brings, and those that they wish to learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Languages {
    native: Language,
    learning: Vec<Language>,
}

impl Languages {
    /// Parses the fields `native_language` and `learning_languages` of a document: of the latter one to five, all
    /// different, and none the native one. Answers everything that is wrong, not just the first of it.
    pub fn parse(native: &str, learning: &[impl AsRef<str>]) -> Result<Self, Vec<PointedError>> {
        let mut errors = Vec::new();
        let native = Language::parse(native).map_err(|error| errors.push(error.at("/native_language"))).ok();
        match learning.len() {
            0 => errors.push(FieldError::from(FieldCode::TooShort).at("/learning_languages")),
            1..=LEARNING_MAX => {}
            _ => errors.push(FieldError::from(FieldCode::TooLong).at("/learning_languages")),
        }
        let mut chosen = Vec::new();
        for (index, input) in learning.iter().enumerate().take(LEARNING_MAX) {
            match Self::next(input.as_ref(), native, &chosen) {
                Ok(language) => chosen.push(language),
                Err(error) => errors.push(error.at(format!("/learning_languages/{index}"))),
            }
        }
        match native {
            Some(native) if errors.is_empty() => Ok(Self { native, learning: chosen }),
            _ => Err(errors),
        }
    }

    fn next(input: &str, native: Option<Language>, chosen: &[Language]) -> Result<Language, FieldError> {
        let language = Language::parse(input)?;
        if Some(language) == native {
            return Err(FieldCode::SameAsNative.into());
        }
        if chosen.contains(&language) {
            return Err(FieldCode::Duplicate.into());
        }
        Ok(language)
    }

    /// The native language.
    pub const fn native(&self) -> Language {
        self.native
    }

    /// The languages to learn, in the order given.
    pub fn learning(&self) -> &[Language] {
        &self.learning
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(native: &str, learning: &[&str]) -> Vec<(String, FieldCode)> {
        let errors = Languages::parse(native, learning).err().unwrap_or_default();
        errors.into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    #[test]
    fn either_code_in_any_case_names_a_language() {
        for input in ["de", "DE", "deu", "Deu"] {
            assert_eq!(Language::parse(input).unwrap().code(), "deu");
        }
        assert_eq!(Language::parse("yue").unwrap().iso639_1(), None);
    }

    #[test]
    fn what_names_no_language_is_refused() {
        for input in ["", "d", "xx", "ger", "mul", "UND", "zxx", "mis", "qaa", "de-DE", "german", "ｄｅ", "de\0"] {
            assert_eq!(Language::parse(input), Err(FieldCode::UnknownLanguage.into()), "{input:?}");
        }
    }

    #[test]
    fn autonyms_are_one_plain_name() {
        let autonym = |code| Language::parse(code).unwrap().autonym();
        assert_eq!(autonym("fra"), Some("français"));
        assert_eq!(autonym("cmn"), Some("普通话"));
        assert_eq!(autonym("lim"), Some("Limbourgeois"));
        assert_eq!(autonym("ave"), None);
    }

    #[test]
    fn all_are_listed_once_in_order() {
        let all = Language::all();
        assert!(all.len() > 7000);
        assert!(all.is_sorted_by(|a, b| a.code() < b.code()));
    }

    #[test]
    fn one_to_five_are_learnt_in_the_order_given() {
        let languages = Languages::parse("en", &["fr", "deu", "ja", "hi", "ml"]).unwrap();
        assert_eq!(languages.native().code(), "eng");
        let codes: Vec<_> = languages.learning().iter().map(|language| language.code()).collect();
        assert_eq!(codes, ["fra", "deu", "jpn", "hin", "mal"]);
    }

    #[test]
    fn each_mistake_is_pointed_at() {
        let list = "/learning_languages".to_owned();
        let at = |index: usize| format!("/learning_languages/{index}");
        assert_eq!(errors("en", &[]), [(list.clone(), FieldCode::TooShort)]);
        assert_eq!(errors("en", &["fr", "de", "ja", "hi", "ml", "es"]), [(list, FieldCode::TooLong)]);
        assert_eq!(errors("en", &["fr", "ENG"]), [(at(1), FieldCode::SameAsNative)]);
        assert_eq!(errors("en", &["fr", "fra"]), [(at(1), FieldCode::Duplicate)]);
        assert_eq!(
            errors("xx", &["fr", "yy", "fr"]),
            [
                ("/native_language".to_owned(), FieldCode::UnknownLanguage),
                (at(1), FieldCode::UnknownLanguage),
                (at(2), FieldCode::Duplicate)
            ]
        );
    }
}
