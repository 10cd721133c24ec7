//! What countries and languages are called, in the language that somebody reads: the names of the Unicode CLDR,
//! compiled into the binary. Where CLDR has none, the English name of the standard stands in.

use std::fmt;

use icu_experimental::displaynames::{
    DisplayNamesOptions, DisplayNamesPreferences,
    multi::{LanguageDisplayNames, RegionDisplayNames},
};
use icu_locale_core::Locale;

use super::{country::Country, language::Language};

/// Names in one language.
pub struct Names {
    regions: Option<RegionDisplayNames>,
    languages: Option<LanguageDisplayNames>,
}

impl Names {
    /// Names in the language of a BCP 47 tag, or `None` where CLDR does not know them in that language. A tag that
    /// says more than that (`de-CH`, `zh-TW`) finds the nearest that is known.
    pub fn in_language(tag: &str) -> Option<Self> {
        let locale: Locale = tag.parse().ok()?;
        let preferences = DisplayNamesPreferences::from(&locale);
        Some(Self {
            regions: Some(RegionDisplayNames::try_new(preferences, DisplayNamesOptions::default()).ok()?),
            languages: Some(LanguageDisplayNames::try_new(preferences, DisplayNamesOptions::default()).ok()?),
        })
    }

    /// Names in English.
    pub fn english() -> Self {
        Self::in_language("en").unwrap_or(Self { regions: None, languages: None })
    }

    /// What the country is called.
    pub fn country(&self, country: Country) -> &str {
        let region = country.code().parse().ok();
        self.regions.as_ref().zip(region).and_then(|(names, region)| names.of(region)).unwrap_or(country.english_name())
    }

    /// What the language is called.
    pub fn language(&self, language: Language) -> &str {
        let subtag = language.tag().parse().ok();
        let name = self.languages.as_ref().zip(subtag).and_then(|(names, subtag)| names.of(subtag));
        name.unwrap_or(language.english_name())
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(tag: &str) -> (String, String) {
        let names = Names::in_language(tag).unwrap();
        let (country, language) = (Country::parse("BO").unwrap(), Language::parse("ell").unwrap());
        (names.country(country).to_owned(), names.language(language).to_owned())
    }

    #[test]
    fn names_are_those_that_people_use() {
        assert_eq!(named("en"), ("Bolivia".into(), "Greek".into()));
        assert_eq!(named("de-CH"), ("Bolivien".into(), "Griechisch".into()));
        assert_eq!(named("zh-TW"), ("玻利維亞".into(), "希臘文".into()));
    }

    #[test]
    fn a_language_without_names_is_not_guessed() {
        for tag in ["tlh", "und", "", "not a tag"] {
            assert!(Names::in_language(tag).is_none(), "{tag:?}");
        }
    }

    #[test]
    fn everything_has_a_name() {
        let names = Names::english();
        assert!(Country::all().into_iter().all(|country| !names.country(country).is_empty()));
        assert!(Language::all().into_iter().all(|language| !names.language(language).is_empty()));
        assert_eq!(Names::in_language("fr").unwrap().language(Language::parse("aaa").unwrap()), "Ghotuo");
    }
}
