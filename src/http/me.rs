//! The caller's own account.

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use super::{
    Front, cache,
    caller::Authenticated,
    problem::{Kind, Problem},
    user::UserBody,
};
use crate::web::fingerprint;

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
