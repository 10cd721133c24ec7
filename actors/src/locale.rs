//! The languages in which ChatLink writes to people.

use serde::{Deserialize, Serialize};

/// A language that every message and notice exists in. Stored in snapshots by position: add at the end only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is named by its own language tag")]
pub enum Locale {
    #[default]
    En,
    Es,
    Fr,
    De,
    Pt,
    Hi,
    Ml,
    Ar,
    Ja,
    Zh,
}

impl Locale {
    /// Every locale, the default first.
    pub const ALL: [Self; 10] =
        [Self::En, Self::Es, Self::Fr, Self::De, Self::Pt, Self::Hi, Self::Ml, Self::Ar, Self::Ja, Self::Zh];

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::De => "de",
            Self::Pt => "pt",
            Self::Hi => "hi",
            Self::Ml => "ml",
            Self::Ar => "ar",
            Self::Ja => "ja",
            Self::Zh => "zh",
        }
    }

    /// In which direction its script runs, as HTML's `dir` says it: `ltr` or `rtl`.
    pub const fn direction(self) -> &'static str {
        match self {
            Self::Ar => "rtl",
            _ => "ltr",
        }
    }

    /// The locale of a BCP 47 tag by its primary language (RFC 4647 lookup, one step), if it is one of ours.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|locale| locale.tag().eq_ignore_ascii_case(primary))
    }
}
