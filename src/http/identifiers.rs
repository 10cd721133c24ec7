//! Removing an email address or a phone number from the caller's own account.

use actix_web::{HttpResponse, web};
use chatlink_actors::identifier::Identifier;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Front,
    address::ClientAddress,
    body::{Body, Field},
    caller::Authenticated,
    identifier,
    problem::Problem,
    validation::Checks,
};
use crate::accounts::{field::FieldError, identifiers::OldIdentifier, password::PasswordAttempt};

/// What somebody does not want to be reached by any more.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct RemoveRequest {
    /// The account's email address or phone number, in any spelling.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "ann@example.org")]
    identifier: Field<String>,
    /// The account's password.
    #[serde(default)]
    #[schema(value_type = String, required = true, format = Password)]
    password: Field<String>,
}

/// Removes an email address or a phone number from the account.
///
/// Never the last one. A notice goes to the one that was removed. For one that the account does not have, `errors` says
/// `not_supported`.
#[utoipa::path(post, path = "/v1/me/identifiers/remove", operation_id = "remove_identifier", tag = "Identifiers",
    security(("bearer" = []), ("cookie" = [])), request_body = RemoveRequest, responses(
        (status = 204, description = "It is removed"),
        (status = 401, description = "`not-authenticated`"),
        (status = 403, description = "`password-incorrect`, `csrf-failed`"),
        (status = 409, description = "`last-identifier`"),
        (status = 422, description = "`validation-failed`"),
        (status = 429, description = "`login-throttled`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn remove(
    front: web::Data<Front>,
    caller: Authenticated,
    address: ClientAddress,
    Body(body): Body<RemoveRequest>,
) -> Result<HttpResponse, Problem> {
    let mut checks = Checks::default();
    let identifier = checks
        .required("/identifier", body.identifier, |typed| Identifier::parse(&typed).map_err(identifier::complaint));
    let password = checks.required("/password", body.password, |it| Ok::<_, FieldError>(PasswordAttempt::new(&it)));
    let (identifier, password) = checks.finish(identifier.zip(password))?;
    let accounts = &front.services.accounts;
    let confirmed = accounts.confirm_password(caller.user.id, password, address.0).await?;
    let theirs = caller.user.identifier(identifier.channel());
    if let Some(theirs) = theirs.filter(|theirs| theirs.canonical() == identifier.canonical()) {
        front.services.note_parting(caller.user.id, &theirs).await?;
    }
    let old = OldIdentifier { identifier, credentials_version: confirmed.version, ip: address.0 };
    accounts.remove_identifier(caller.caller(), old).await?;
    Ok(HttpResponse::NoContent().finish())
}
