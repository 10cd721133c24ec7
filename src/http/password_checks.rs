//! Whether a password would be accepted, for forms that say so while it is typed. Nothing is kept of it.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{
    Front,
    address::ClientAddress,
    body::{Body, Field},
    problem::{Kind, Problem},
    validation::Checks,
};
use crate::accounts::{
    field::{FieldCode, FieldError},
    password::{Context, Password},
};

/// Username, email address and phone number, and some to spare.
const WORDS: usize = 5;
/// As long as an email address can be typed, and longer than anything else.
const WORD_LENGTH: usize = 320;

/// A password that somebody may want.
#[derive(Default, Deserialize, ToSchema)]
pub struct PasswordCheckRequest {
    /// The password as it is typed.
    #[serde(default)]
    #[schema(value_type = String, required = true, format = Password)]
    password: Field<String>,
    /// What is known of its owner, as they typed it: username, email address, phone number. Each of at most 320
    /// characters.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 5, example = json!(["ann.lee", "ann@example.org"]))]
    context: Field<Vec<Field<String>>>,
}

/// Whether a password would be accepted.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PasswordVerdict {
    /// Whether it would.
    acceptable: bool,
    /// Why not: `too_short`, `too_long`, `password_too_common` or `password_similar`, as in the `errors` of a problem.
    #[schema(value_type = Option<String>, required = true, example = "too_short")]
    code: Option<&'static str>,
    /// How hard it is to guess: 0 where it is not acceptable, else 1 to 4.
    #[schema(minimum = 0, maximum = 4, example = 0)]
    strength: u8,
}

/// Whether a password would be accepted.
///
/// For forms: it is what the server will say of it, given the same username and identifier. At most 120 a minute from
/// one address.
#[utoipa::path(post, path = "/v1/password-checks", operation_id = "check_password", tag = "Reference data",
    request_body = PasswordCheckRequest, responses(
        (status = 200, description = "Whether it would", body = PasswordVerdict),
        (status = 422, description = "`validation-failed`"),
        (status = 429, description = "`rate-limited`"),
    ))]
pub async fn check(
    front: web::Data<Front>,
    address: ClientAddress,
    Body(body): Body<PasswordCheckRequest>,
) -> Result<HttpResponse, Problem> {
    front.admit(&front.password_checks, address.0)?;
    let mut checks = Checks::default();
    let password = checks.required("/password", body.password, |typed| Ok::<_, FieldError>(Zeroizing::new(typed)));
    let context = check_context(&mut checks, body.context);
    let (password, context) = checks.finish(password.zip(context))?;
    let min_length = front.services.accounts.settings().password_min_length;
    // A long one takes a while, and anybody may ask.
    let verdict = web::block(move || judge(&password, &context, min_length)).await.map_err(|_| Kind::Internal)?;
    Ok(HttpResponse::Ok().json(verdict))
}

fn judge(password: &str, context: &Context, min_length: usize) -> PasswordVerdict {
    match Password::parse(password, context, min_length) {
        Ok(password) => PasswordVerdict { acceptable: true, code: None, strength: password.strength() },
        Err(error) => PasswordVerdict { acceptable: false, code: Some(error.code.name()), strength: 0 },
    }
}

fn check_context(checks: &mut Checks, field: Field<Vec<Field<String>>>) -> Option<Context> {
    let items = checks.optional("/context", field, |items| at_most(WORDS, items.len()).map(|()| items))?;
    let items = items.unwrap_or_default().into_iter().enumerate();
    let words: Vec<_> = items
        .map(|(index, item)| {
            let short = |word: String| at_most(WORD_LENGTH, word.chars().count()).map(|()| word);
            checks.required(&format!("/context/{index}"), item, short)
        })
        .collect();
    // Gathered before they are looked at, so that all failures are noted.
    Some(Context::as_typed(words.into_iter().collect::<Option<_>>()?))
}

fn at_most(limit: usize, length: usize) -> Result<(), FieldError> {
    if length <= limit { Ok(()) } else { Err(FieldCode::TooLong.into()) }
}
