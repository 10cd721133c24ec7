//! The caller's own account.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag},
    web,
};

use super::{
    Front, Services, cache,
    caller::Authenticated,
    problem::{Kind, Problem},
    user::UserBody,
};
use crate::{accounts::User, web::fingerprint};

/// The caller's account.
#[utoipa::path(get, path = "/v1/me", operation_id = "get_me", tag = "Account", security(("bearer" = []), ("cookie" = [])), responses(
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
    let services = &front.services;
    let user = UserBody::new(caller.user, &services.accounts, services.clock.now());
    let body = serde_json::to_vec(&user).map_err(|_| Kind::Internal)?;
    let mut response = cache::answer(&request, &fingerprint(&body), "no-store", |answer| {
        answer.content_type("application/json").body(body.clone())
    });
    response.headers_mut().remove(header::CACHE_CONTROL);
    Ok(response)
}

/// The account after it was changed, with the same `ETag` as when it is read.
pub fn changed(user: User, services: &Services) -> Result<HttpResponse, Problem> {
    let user = UserBody::new(user, &services.accounts, services.clock.now());
    let body = serde_json::to_vec(&user).map_err(|_| Kind::Internal)?;
    let tag = ETag(EntityTag::new_strong(fingerprint(&body)));
    Ok(HttpResponse::Ok().insert_header(tag).content_type("application/json").body(body))
}
