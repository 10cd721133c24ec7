//! The caller's own account.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag},
    web,
};

use super::{
    Front, Services,
    address::ClientAddress,
    body::Body,
    cache,
    caller::Authenticated,
    problem::{Kind, Problem},
    profile::ProfileRequest,
    revision,
    user::UserBody,
    validation::Checks,
};
use crate::accounts::User;

/// The caller's account.
///
/// The `ETag` names the account as it is now, for `If-None-Match` here and for `If-Match` when it is changed.
#[utoipa::path(get, path = "/v1/me", operation_id = "get_me", tag = "Account", security(("bearer" = []), ("cookie" = [])), params(
    ("If-None-Match" = Option<String>, Header, description = "What the client has already"),
), responses(
    (status = 200, description = "The account", body = UserBody, headers(("ETag" = String))),
    (status = 304, description = "What `If-None-Match` names is still true"),
    (status = 401, description = "`not-authenticated`"),
    (status = 503, description = "`temporarily-unavailable`"),
))]
pub async fn read(
    front: web::Data<Front>,
    caller: Authenticated,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (tag, body) = represent(caller.user, &front.services)?;
    let mut response =
        cache::answer(&request, &tag, "no-store", |answer| answer.content_type("application/json").body(body));
    response.headers_mut().remove(header::CACHE_CONTROL);
    Ok(response)
}

/// Changes the caller's account.
///
/// All of it or nothing. What is not named stays as it is. A change of languages, if only of their order, starts a
/// cooldown in which they cannot be changed again: `languages_changeable_at` says until when. Email address, phone
/// number, username, date of birth and gender cannot be changed here.
///
/// With `If-Match` it is done only if the account is still the one that an `ETag` named.
#[utoipa::path(patch, path = "/v1/me", operation_id = "change_me", tag = "Account", security(("bearer" = []), ("cookie" = [])),
    request_body = ProfileRequest, params(
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the account that is to be changed"),
    ), responses(
        (status = 200, description = "The account as it is now", body = UserBody, headers(("ETag" = String))),
        (status = 401, description = "`not-authenticated`"),
        (status = 403, description = "`csrf-failed`"),
        (status = 409, description = "`language-cooldown`, with `available_at`"),
        (status = 412, description = "`precondition-failed`"),
        (status = 422, description = "`validation-failed`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn change(
    front: web::Data<Front>,
    caller: Authenticated,
    address: ClientAddress,
    Body(body): Body<ProfileRequest>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let precondition = revision::precondition(&request);
    if !precondition.admits(caller.user.version) {
        // What is wrong with a change of something else is not worth saying.
        return Err(Kind::PreconditionFailed.into());
    }
    let mut checks = Checks::default();
    let change = body.check(&mut checks, &caller.user);
    let change = checks.finish(change)?;
    let accounts = &front.services.accounts;
    let user = accounts.change_profile(caller.caller(), &change, &precondition, address.0).await?;
    changed(user, &front.services)
}

/// The account after it was changed, with the same `ETag` as when it is read.
pub fn changed(user: User, services: &Services) -> Result<HttpResponse, Problem> {
    let (tag, body) = represent(user, services)?;
    let tag = ETag(EntityTag::new_strong(tag));
    Ok(HttpResponse::Ok().insert_header(tag).content_type("application/json").body(body))
}

/// The account as it is sent now, and the inner part of its entity tag.
fn represent(user: User, services: &Services) -> Result<(String, Vec<u8>), Problem> {
    let version = user.version;
    let user = UserBody::new(user, &services.accounts, services.clock.now());
    let body = serde_json::to_vec(&user).map_err(|_| Kind::Internal)?;
    Ok((revision::tag(version, &body), body))
}
