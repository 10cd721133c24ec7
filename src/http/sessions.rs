//! Logging in and out.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Front,
    address::ClientAddress,
    body::{Body, Field},
    caller::Authenticated,
    login::{self, Login, SessionOptions},
    problem::Problem,
    validation::Checks,
};
use crate::{
    accounts::{LogIn, LoginError, field::FieldError, password::PasswordAttempt},
    telemetry::metrics::LoginOutcome,
};

/// What somebody logs in with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct LoginRequest {
    /// A username, an email address or a phone number.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "ann.lee")]
    login: Field<String>,
    /// The account's password.
    #[serde(default)]
    #[schema(value_type = String, required = true, format = Password)]
    password: Field<String>,
    /// How they are logged in.
    #[serde(flatten)]
    session: SessionOptions,
}

/// Logs somebody in.
///
/// A wrong login name and a wrong password get the same answer in the same time.
#[utoipa::path(post, path = "/v1/sessions", tag = "Login", request_body = LoginRequest, responses(
    (status = 201, description = "Logged in", body = Login),
    (status = 401, description = "`invalid-credentials`"),
    (status = 403, description = "`account-locked`, which only a right password is told"),
    (status = 422, description = "`validation-failed`"),
    (status = 429, description = "`login-throttled`"),
    (status = 503, description = "`temporarily-unavailable`"),
))]
pub async fn log_in(
    front: web::Data<Front>,
    address: ClientAddress,
    request: HttpRequest,
    Body(body): Body<LoginRequest>,
) -> Result<HttpResponse, Problem> {
    let mut checks = Checks::default();
    let login = checks.required("/login", body.login, Ok::<_, FieldError>);
    let password =
        checks.required("/password", body.password, |typed| Ok::<_, FieldError>(PasswordAttempt::new(&typed)));
    let opening = body.session.check(&mut checks, address, request.headers());
    let ((login, password), opening) = checks.finish(login.zip(password).zip(opening))?;
    let opened = front.services.accounts.log_in(LogIn { login, password, opening }).await;
    front.services.metrics.outcomes.login(outcome(&opened));
    Ok(login::logged_in(HttpResponse::Created(), opened?, &front.services))
}

fn outcome<T>(opened: &Result<T, LoginError>) -> LoginOutcome {
    match opened {
        Ok(_) => LoginOutcome::Succeeded,
        Err(LoginError::InvalidCredentials) => LoginOutcome::Failed,
        Err(LoginError::Throttled { .. }) => LoginOutcome::Throttled,
        Err(LoginError::Locked) => LoginOutcome::Locked,
        Err(LoginError::Overloaded(_) | LoginError::Unavailable(_)) => LoginOutcome::Unavailable,
    }
}

/// Ends this session.
///
/// Its tokens are worth nothing from then on.
#[utoipa::path(post, path = "/v1/logout", tag = "Login", security(("bearer" = [])), responses(
    (status = 204, description = "Logged out"),
    (status = 401, description = "`not-authenticated`"),
    (status = 503, description = "`temporarily-unavailable`"),
))]
pub async fn log_out(
    front: web::Data<Front>,
    caller: Authenticated,
    address: ClientAddress,
) -> Result<HttpResponse, Problem> {
    front.services.accounts.log_out(caller.caller(), address.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
