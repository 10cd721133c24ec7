//! An account as its owner sees it.

use chatlink_actors::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::instant::rfc3339;
use crate::accounts::{Accounts, Names, User, country::Country, language::Language};

/// An account as its owner sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserBody {
    /// Never changes.
    #[schema(format = Uuid)]
    id: String,
    /// As typed; unique without regard to case.
    #[schema(example = "ann.lee")]
    username: String,
    /// As its owner writes it.
    #[schema(example = "Ann Lee")]
    full_name: String,
    /// A few words of theirs; empty at first.
    bio: String,
    /// The address that mail is delivered to.
    #[schema(required = true, example = "ann@example.org")]
    email: Option<String>,
    /// In E.164.
    #[schema(required = true, example = "+5511961234567")]
    phone: Option<String>,
    /// When they were born.
    #[schema(format = Date, example = "1990-02-28")]
    date_of_birth: String,
    /// `female`, `male` or `other`.
    #[schema(example = "other")]
    gender: &'static str,
    /// Where they are.
    country: CountryBody,
    /// What they speak.
    native_language: LanguageBody,
    /// What they learn, in their order.
    learning_languages: Vec<LanguageBody>,
    /// When the languages may be changed again; null if they may be now.
    #[schema(required = true, format = DateTime)]
    languages_changeable_at: Option<String>,
    /// When they registered.
    #[schema(format = DateTime)]
    created_at: String,
}

thread_local! {
    /// They are read when they are made, and cannot be shared by threads.
    static ENGLISH: Names = Names::english();
}

/// A country of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = UserCountry)]
pub struct CountryBody {
    /// ISO 3166-1 alpha-2.
    #[schema(example = "BR")]
    code: &'static str,
    /// In English.
    #[schema(example = "Brazil")]
    name: String,
}

/// A language of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = UserLanguage)]
pub struct LanguageBody {
    /// ISO 639-3.
    #[schema(example = "por")]
    code: &'static str,
    /// In English.
    #[schema(example = "Portuguese")]
    name: String,
    /// As its speakers call it, where known.
    #[schema(value_type = Option<String>, required = true, example = "português")]
    autonym: Option<&'static str>,
}

impl UserBody {
    /// The user as they stand at that instant.
    pub fn new(user: User, accounts: &Accounts, now: Timestamp) -> Self {
        ENGLISH.with(|names| Self::named(user, names, accounts, now))
    }

    fn named(user: User, names: &Names, accounts: &Accounts, now: Timestamp) -> Self {
        let language = |language: Language| LanguageBody {
            code: language.code(),
            name: names.language(language).to_owned(),
            autonym: language.autonym(),
        };
        let country = |country: Country| CountryBody { code: country.code(), name: names.country(country).to_owned() };
        let changeable_at = user.languages_changeable_at(accounts.settings().language_cooldown, now);
        Self {
            id: user.id.to_string(),
            username: user.username,
            full_name: user.full_name,
            bio: user.bio,
            email: user.email,
            phone: user.phone,
            date_of_birth: user.date_of_birth.to_string(),
            gender: user.gender.name(),
            country: country(user.country),
            native_language: language(user.native_language),
            learning_languages: user.learning_languages.into_iter().map(language).collect(),
            languages_changeable_at: changeable_at.map(rfc3339),
            created_at: rfc3339(user.created_at),
        }
    }
}
