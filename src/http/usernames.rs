//! Whether a username can still be had.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Front, address::ClientAddress, problem::Problem};
use crate::accounts::{field::FieldCode, username::Username};

/// Whether a username can still be had.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Availability {
    /// Whether it can.
    available: bool,
    /// Why not.
    #[schema(required = true)]
    reason: Option<Reason>,
}

/// Why a username cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UsernameReason)]
pub enum Reason {
    /// Somebody has it.
    Taken,
    /// Nobody can have it.
    Reserved,
    /// It is not of the form that usernames have.
    Invalid,
}

/// Whether a username can still be had.
///
/// For forms: whoever completes a registration first has it. At most 60 a minute from one address.
#[utoipa::path(get, path = "/v1/usernames/{name}", operation_id = "check_username", tag = "Reference data",
    params(("name" = String, Path, description = "The username")),
    responses(
        (status = 200, description = "Whether it can, whatever was asked for", body = Availability),
        (status = 429, description = "`rate-limited`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn check(
    front: web::Data<Front>,
    address: ClientAddress,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let services = &front.services;
    front.admit(&front.username_checks, address.0)?;
    let reason = match Username::parse(&name) {
        Err(error) if error.code == FieldCode::UsernameReserved => Some(Reason::Reserved),
        Err(_) => Some(Reason::Invalid),
        Ok(name) => services.accounts.is_username_taken(&name).await?.then_some(Reason::Taken),
    };
    Ok(HttpResponse::Ok().json(Availability { available: reason.is_none(), reason }))
}
