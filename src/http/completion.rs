//! What a registration is completed with, checked field by field.

use chatlink_actors::{
    identifier::Identifier,
    otp::{Accepted, PublicId},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Services, address::ClientAddress, body::Field, login::SessionOptions, validation::Checks};
use crate::accounts::{
    NewAccount, OtpSession,
    age::DateOfBirth,
    country::Country,
    field::FieldError,
    language::Languages,
    password::{Context, Password},
    profile::{FullName, Gender},
    username::Username,
};

/// What a registration is completed with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct CompleteRequest {
    /// As answered to the right code.
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    pub completion_token: Field<String>,
    /// What the account is made of.
    #[serde(flatten)]
    pub account: AccountFields,
    /// How its owner is logged in.
    #[serde(flatten)]
    pub session: SessionOptions,
}

/// What an account is made of.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct AccountFields {
    /// Letters, digits, `_` and `.`; starts with a letter, no two of `_` `.` in a row, ends in neither.
    #[serde(default)]
    #[schema(value_type = String, required = true, min_length = 3, max_length = 30, example = "ann.lee")]
    username: Field<String>,
    /// Any characters; common ones and those built from the username or the identifier are refused.
    #[serde(default)]
    #[schema(value_type = String, required = true, min_length = 8, max_length = 256, format = Password)]
    password: Field<String>,
    /// As its owner writes it.
    #[serde(default)]
    #[schema(value_type = String, required = true, min_length = 1, max_length = 150, example = "Ann Lee")]
    full_name: Field<String>,
    /// Nobody younger than the minimum age can have an account.
    #[serde(default)]
    #[schema(value_type = String, required = true, format = Date, example = "1990-02-28")]
    date_of_birth: Field<String>,
    /// ISO 3166-1 alpha-2, any case.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "BR")]
    country: Field<String>,
    /// ISO 639-1 or 639-3, any case.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "pt")]
    native_language: Field<String>,
    /// ISO 639-1 or 639-3, any case; none of them the native one.
    #[serde(default)]
    #[schema(value_type = Vec<String>, required = true, min_items = 1, max_items = 5, example = json!(["en", "ja"]))]
    learning_languages: Field<Vec<Field<String>>>,
    /// `female`, `male` or `other`, which is the default.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "other")]
    gender: Field<String>,
}

impl AccountFields {
    /// The account, unless something is wrong with any field; then the checks know what.
    pub fn check(
        self,
        checks: &mut Checks,
        services: &Services,
        id: PublicId,
        accepted: Accepted<Identifier>,
        address: ClientAddress,
        is_authorized: bool,
    ) -> Option<NewAccount> {
        let (today, rules) = (services.accounts.today(), services.accounts.settings());
        // A longer name is refused anyway, and would only make for more words to look for.
        let typed_name = if let Field::Present(name) = &self.username { name.as_str() } else { "" };
        let typed_name: String = typed_name.chars().take(64).collect();
        // Without a token, nobody is told whether a password is like the identifier.
        let context = if is_authorized { Context::new(&typed_name, &accepted.subject) } else { Context::default() };

        let username = checks.required("/username", self.username, |it| Username::parse(&it));
        let password =
            checks.required("/password", self.password, |it| Password::parse(&it, &context, rules.password_min_length));
        let full_name = checks.required("/full_name", self.full_name, |it| FullName::parse(&it));
        let date_of_birth = checks
            .required("/date_of_birth", self.date_of_birth, |it| DateOfBirth::parse(&it, today, rules.minimum_age));
        let country = checks.required("/country", self.country, |it| Country::parse(&it));
        let languages = check_languages(checks, self.native_language, self.learning_languages);
        let gender = checks.optional("/gender", self.gender, |it| Gender::parse(&it));
        Some(NewAccount {
            otp_session: OtpSession::new(id.key.as_bytes(), id.session.as_bytes()),
            identifier: accepted.subject,
            locale: accepted.locale,
            username: username?,
            password: password?,
            full_name: full_name?,
            date_of_birth: date_of_birth?,
            country: country?,
            languages: languages?,
            gender: gender?.unwrap_or_default(),
            ip: address.0,
        })
    }
}

/// Both fields at once, for the one restricts the other. What is missing or of the wrong type is noted first, and
/// the checks keep the first failure of each field.
fn check_languages(
    checks: &mut Checks,
    native: Field<String>,
    learning: Field<Vec<Field<String>>>,
) -> Option<Languages> {
    let native = checks.required("/native_language", native, Ok::<_, FieldError>);
    let learning = checks.required("/learning_languages", learning, Ok::<_, FieldError>);
    let learning = learning.map(|items| texts(checks, items));
    Languages::parse(&native.unwrap_or_default(), &learning.unwrap_or_default())
        .map_err(|errors| checks.fail_all(errors))
        .ok()
}

/// The items of `learning_languages`. What is none is noted, and an empty text stands in for it.
pub fn texts(checks: &mut Checks, items: Vec<Field<String>>) -> Vec<String> {
    let items = items.into_iter().enumerate();
    items
        .map(|(index, item)| {
            let pointer = format!("/learning_languages/{index}");
            checks.required(&pointer, item, Ok::<_, FieldError>).unwrap_or_default()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::accounts::field::FieldCode;

    fn failures(native: &Value, learning: &Value) -> Vec<(String, String)> {
        let fields: AccountFields =
            serde_json::from_value(json!({"native_language": native, "learning_languages": learning})).unwrap();
        let mut checks = Checks::default();
        let languages = check_languages(&mut checks, fields.native_language, fields.learning_languages);
        let Err(problem) = checks.finish(languages) else { return Vec::new() };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = problem.body("")["errors"].clone();
        errors.as_array().unwrap().iter().map(|it| (text(&it["pointer"]), text(&it["code"]))).collect()
    }

    #[test]
    fn each_language_is_pointed_at_once() {
        let expect = |expected: &[(&str, FieldCode)]| {
            expected.iter().map(|(at, code)| ((*at).to_owned(), code.name().to_owned())).collect::<Vec<_>>()
        };
        let (native, learning) = ("/native_language", "/learning_languages");
        assert_eq!(failures(&json!("en"), &json!(["fr"])), []);
        let both = [(native, FieldCode::Required), (learning, FieldCode::Required)];
        assert_eq!(failures(&json!(null), &json!(null)), expect(&both));
        let wrong = [(native, FieldCode::InvalidFormat), (learning, FieldCode::InvalidFormat)];
        assert_eq!(failures(&json!(7), &json!("fr")), expect(&wrong));
        assert_eq!(failures(&json!("en"), &json!([])), expect(&[(learning, FieldCode::TooShort)]));
        let items = [
            ("/learning_languages/1", FieldCode::InvalidFormat),
            ("/learning_languages/2", FieldCode::Required),
            ("/learning_languages/0", FieldCode::SameAsNative),
            ("/learning_languages/3", FieldCode::UnknownLanguage),
        ];
        assert_eq!(failures(&json!("en"), &json!(["eng", 1, null, "xx"])), expect(&items));
    }
}
