//! For whoever operates the server, and for the software that watches over users' passwords.

use actix_web::{HttpResponse, http::header, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Front, Readiness,
    problem::{Kind, Problem},
};

/// All is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
}

const OK: Health = Health { status: "ok" };

/// The process is up.
#[utoipa::path(get, path = "/healthz", tag = "Operations", responses(
    (status = 200, description = "The process is up", body = Health),
))]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(OK)
}

/// The process can do its work.
#[utoipa::path(get, path = "/readyz", tag = "Operations", responses(
    (status = 200, description = "All that the process depends on is there", body = Health),
    (status = 503, description = "`temporarily-unavailable`; `failing` names what is not there"),
))]
pub async fn readyz(front: web::Data<Front>) -> Result<HttpResponse, Problem> {
    readiness(&*front.services.readiness).await
}

/// Whether all that this process depends on is there.
///
/// # Errors
/// What is not is named in the problem, and explained in the log.
pub async fn readiness(of: &dyn Readiness) -> Result<HttpResponse, Problem> {
    let parts = of.check().await;
    let failing: Vec<&'static str> = parts
        .iter()
        .filter_map(|(name, result)| {
            let error = result.as_ref().err()?;
            tracing::warn!(part = name, error, "not ready");
            Some(*name)
        })
        .collect();
    if failing.is_empty() {
        return Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(OK));
    }
    let detail = format!("Not ready: {}.", failing.join(", "));
    Err(Problem::new(Kind::TemporarilyUnavailable).detail(detail).failing(failing))
}

/// The keys by which access tokens can be checked (RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "Operations", responses(
    (status = 200, description = "The keys", body = Object),
))]
pub async fn jwks(front: web::Data<Front>) -> HttpResponse {
    HttpResponse::Ok().json(front.services.accounts.jwks())
}

/// Where password managers send people to change a password (W3C "A Well-Known URL for Changing Passwords").
#[utoipa::path(get, path = "/.well-known/change-password", tag = "Operations", responses(
    (status = 302, description = "To the page where that is done", headers(("Location" = String))),
))]
pub async fn change_password() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/account/password")).finish()
}
