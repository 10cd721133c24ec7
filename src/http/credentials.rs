//! What somebody logged in has to give their password for, again: another password, and leaving.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Front,
    address::ClientAddress,
    body::{Body, Field},
    caller::Authenticated,
    problem::{Kind, Problem},
    sessions,
    validation::Checks,
};
use crate::accounts::{
    PasswordChange,
    audit::By,
    field::{FieldCode, FieldError},
    password::{Password, PasswordAttempt},
};

/// Another password.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct PasswordRequest {
    /// The one that the account has.
    #[serde(default)]
    #[schema(value_type = String, required = true, format = Password)]
    current_password: Field<String>,
    /// The one that it is to have: another one, not common, and not built from the username or what the account is
    /// reached by.
    #[serde(default)]
    #[schema(value_type = String, required = true, min_length = 8, max_length = 256, format = Password)]
    new_password: Field<String>,
}

/// Changes the password.
///
/// All other sessions of the account end. Its owner is told, by mail or else by text message.
#[utoipa::path(post, path = "/v1/me/password", operation_id = "change_password", tag = "Account",
    security(("bearer" = []), ("cookie" = [])), request_body = PasswordRequest, responses(
        (status = 204, description = "Changed"),
        (status = 401, description = "`not-authenticated`"),
        (status = 403, description = "`password-incorrect`, also when the password was changed meanwhile; `csrf-failed`"),
        (status = 422, description = "`validation-failed`"),
        (status = 429, description = "`login-throttled`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn change_password(
    front: web::Data<Front>,
    caller: Authenticated,
    address: ClientAddress,
    Body(body): Body<PasswordRequest>,
) -> Result<HttpResponse, Problem> {
    let accounts = &front.services.accounts;
    let (context, least) = (caller.user.context(), accounts.settings().password_min_length);
    let mut checks = Checks::default();
    let current = check_attempt(&mut checks, "/current_password", body.current_password);
    let new = checks.required("/new_password", body.new_password, |it| Password::parse(&it, &context, least));
    if current.as_ref().zip(new.as_ref()).is_some_and(|(current, new)| new.is(current)) {
        // Whoever changes their password because somebody else may know it would be left with that one.
        checks.fail("/new_password", FieldCode::PasswordSimilar);
    }
    let (current, new) = checks.finish(current.zip(new))?;
    accounts.change_password(caller.caller(), PasswordChange { current, new, ip: address.0 }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What an account is deleted with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct DeletionRequest {
    /// The account's password.
    #[serde(default)]
    #[schema(value_type = String, required = true, format = Password)]
    password: Field<String>,
}

/// Deletes the account.
///
/// Everything personal goes with it, at once and for good: the account, its sessions, what was done to it, one-time
/// codes under way. That there was an account of that `id`, and when it was deleted, is kept. Its username and what it
/// was reached by are free from then on.
#[utoipa::path(post, path = "/v1/me/delete", operation_id = "delete_me", tag = "Account",
    security(("bearer" = []), ("cookie" = [])), request_body = DeletionRequest, responses(
        (status = 204, description = "Deleted", headers(
            ("Clear-Site-Data" = String, description = "What a browser is to forget"),
            ("Set-Cookie" = String, description = "Clears the cookie, where there is one"))),
        (status = 401, description = "`not-authenticated`"),
        (status = 403, description = "`password-incorrect`, `csrf-failed`"),
        (status = 422, description = "`validation-failed`"),
        (status = 429, description = "`login-throttled`"),
        (status = 503, description = "`temporarily-unavailable`: the account is still there"),
    ))]
pub async fn delete(
    front: web::Data<Front>,
    caller: Authenticated,
    address: ClientAddress,
    Body(body): Body<DeletionRequest>,
) -> Result<HttpResponse, Problem> {
    let mut checks = Checks::default();
    let password = check_attempt(&mut checks, "/password", body.password);
    let password = checks.finish(password)?;
    let (services, owner) = (&front.services, caller.caller());
    let verified = services.accounts.confirm_password(owner.user, password, address.0).await?;
    let traces = services.accounts.traces(owner.user).await?.ok_or(Kind::NotAuthenticated)?;
    // Before the account, by which alone they are found.
    services.erasure().erase(&traces).await?;
    services.accounts.delete_own(owner, verified, By::Client(address.0)).await?;
    Ok(sessions::farewell(caller.session.kind))
}

/// A password that somebody has, whatever it is.
fn check_attempt(checks: &mut Checks, pointer: &str, field: Field<String>) -> Option<PasswordAttempt> {
    checks.required(pointer, field, |typed| Ok::<_, FieldError>(PasswordAttempt::new(&typed)))
}
