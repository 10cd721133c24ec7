//! What somebody wants to change of their account, checked field by field.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    body::{Field, Given},
    completion::texts,
    validation::Checks,
};
use crate::accounts::{
    LanguageChange, ProfileChange, User,
    country::Country,
    field::{FieldCode, FieldError},
    profile::{Bio, FullName},
};

/// What is to be changed. What is not named stays as it is; nothing can be set to null.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct ProfileRequest {
    /// As its owner writes it.
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 150, example = "Ann Lee")]
    full_name: Given<String>,
    /// Plain text, of several lines perhaps.
    #[serde(default)]
    #[schema(value_type = String, required = false, max_length = 1000, example = "I play the violin.")]
    bio: Given<String>,
    /// ISO 3166-1 alpha-2, any case.
    #[serde(default)]
    #[schema(value_type = String, required = false, example = "BR")]
    country: Given<String>,
    /// ISO 639-1 or 639-3, any case.
    #[serde(default)]
    #[schema(value_type = String, required = false, example = "pt")]
    native_language: Given<String>,
    /// ISO 639-1 or 639-3, any case; none of them the native one. Another order is a change.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = false, min_items = 1, max_items = 5, example = json!(["en", "ja"]))]
    learning_languages: Given<Vec<Field<String>>>,
    /// What cannot be changed here.
    #[serde(flatten)]
    #[schema(ignore)]
    fixed: Fixed,
}

/// What nobody changes, or changes by proving something. Ignoring it would look like success.
#[derive(Debug, Default, Deserialize)]
struct Fixed {
    #[serde(default)]
    gender: Given<serde_json::Value>,
    #[serde(default)]
    date_of_birth: Given<serde_json::Value>,
    #[serde(default)]
    email: Given<serde_json::Value>,
    #[serde(default)]
    phone: Given<serde_json::Value>,
    #[serde(default)]
    username: Given<serde_json::Value>,
}

impl ProfileRequest {
    /// The change, of the account as it was a moment ago, unless something is wrong with any field; then the checks
    /// know what.
    pub fn check(self, checks: &mut Checks, of: &User) -> Option<ProfileChange> {
        self.fixed.check(checks);
        let full_name = checks.changed("/full_name", self.full_name, |it| FullName::parse(&it));
        let bio = checks.changed("/bio", self.bio, |it| Bio::parse(&it));
        let country = checks.changed("/country", self.country, |it| Country::parse(&it));
        let languages = check_languages(checks, self.native_language, self.learning_languages, of);
        Some(ProfileChange { full_name: full_name?, bio: bio?, country: country?, languages: languages? })
    }
}

impl Fixed {
    fn check(&self, checks: &mut Checks) {
        for (pointer, field) in [
            ("/gender", &self.gender),
            ("/date_of_birth", &self.date_of_birth),
            ("/email", &self.email),
            ("/phone", &self.phone),
            ("/username", &self.username),
        ] {
            if field.0.is_some() {
                checks.fail(pointer, FieldCode::NotSupported);
            }
        }
    }
}

/// Both fields at once, for the one restricts the other. One that is not given is as it was; one that is wrong in
/// itself is noted first, and stands as empty for what is found in the other.
fn check_languages(
    checks: &mut Checks,
    native: Given<String>,
    learning: Given<Vec<Field<String>>>,
    of: &User,
) -> Option<LanguageChange> {
    let native = checks.changed("/native_language", native, Ok::<_, FieldError>);
    let learning = checks.changed("/learning_languages", learning, Ok::<_, FieldError>);
    let learning = learning.map(|given| given.map(|items| texts(checks, items)));
    let (native, learning) = (native.unwrap_or(Some(String::new())), learning.unwrap_or(Some(Vec::new())));
    LanguageChange::parse(native.as_deref(), learning.as_deref(), of).map_err(|errors| checks.fail_all(errors)).ok()
}
