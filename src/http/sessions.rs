//! Logging in and out, and the sessions of the caller's account.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName, HeaderValue},
    web,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Front,
    address::ClientAddress,
    body::{Body, Field},
    caller::Authenticated,
    cookie, csrf,
    login::{self, Login, SessionBody, SessionOptions, TokenLogin},
    problem::{Kind, Problem},
    validation::Checks,
};
use crate::{
    accounts::{
        LogIn, LoginError, RefreshError, Renewed, SessionInfo, SessionKind, field::FieldError,
        password::PasswordAttempt,
    },
    telemetry::metrics::{LoginOutcome, RefreshOutcome},
};

/// What a page of this server may have kept goes with the session. Without `"cookies"`, which would take those of
/// every other host of the domain along: our only one is cleared by name.
const CLEAR_SITE_DATA: (HeaderName, HeaderValue) =
    (HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""));

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
/// A wrong login name and a wrong password get the same answer in the same time. A login from a device that was not
/// seen before is told to the account’s owner.
#[utoipa::path(post, path = "/v1/sessions", tag = "Login", request_body = LoginRequest, responses(
    (status = 201, description = "Logged in", body = Login,
        headers(("Set-Cookie" = String, description = "The session, where `session_kind` is `cookie`"))),
    (status = 401, description = "`invalid-credentials`"),
    (status = 403, description = "`csrf-failed`, where a cookie is asked for by a page of another site; \
        `account-locked`, which only a right password is told"),
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
    if body.session.wants_cookie() {
        csrf::check_login(&request)?;
    }
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

/// What a session is renewed with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct RefreshRequest {
    /// As answered last.
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    refresh_token: Field<String>,
}

/// Renews a session.
///
/// The refresh token is spent, and the answer has its successor. Repeated within 10 seconds, the call answers the same
/// successor, so retried or parallel refreshes do no harm; a token used again after that ends its session.
#[utoipa::path(post, path = "/v1/sessions/refresh", tag = "Login", request_body = RefreshRequest, responses(
    (status = 200, description = "Renewed", body = TokenLogin),
    (status = 401, description = "`not-authenticated`, `refresh-token-reused`"),
    (status = 422, description = "`validation-failed`"),
    (status = 503, description = "`temporarily-unavailable`"),
))]
pub async fn refresh(
    front: web::Data<Front>,
    address: ClientAddress,
    Body(body): Body<RefreshRequest>,
) -> Result<HttpResponse, Problem> {
    let mut checks = Checks::default();
    let token = checks.required("/refresh_token", body.refresh_token, Ok::<_, FieldError>);
    let token = checks.finish(token)?;
    let renewed = front.services.accounts.refresh(&token, address.0).await;
    front.services.metrics.outcomes.refresh(refresh_outcome(&renewed));
    Ok(login::logged_in(HttpResponse::Ok(), renewed?.session, &front.services))
}

const fn refresh_outcome(renewed: &Result<Renewed, RefreshError>) -> RefreshOutcome {
    match renewed {
        Ok(Renewed { repeated: false, .. }) => RefreshOutcome::Rotated,
        Ok(Renewed { repeated: true, .. }) => RefreshOutcome::Repeated,
        Err(RefreshError::Reused) => RefreshOutcome::Replayed,
        Err(RefreshError::NotAuthenticated) => RefreshOutcome::Refused,
        Err(RefreshError::UnknownSecret | RefreshError::Unavailable(_)) => RefreshOutcome::Unavailable,
    }
}

/// The sessions of an account.
#[derive(Serialize, ToSchema)]
pub struct SessionsBody {
    /// The live ones, the one used last first.
    sessions: Vec<SessionBody>,
}

/// Lists the live sessions of the caller’s account.
#[utoipa::path(get, path = "/v1/sessions", operation_id = "list_sessions", tag = "Login",
    security(("bearer" = []), ("cookie" = [])), responses(
    (status = 200, description = "The sessions", body = SessionsBody),
    (status = 401, description = "`not-authenticated`"),
    (status = 503, description = "`temporarily-unavailable`"),
))]
pub async fn list(front: web::Data<Front>, caller: Authenticated) -> Result<HttpResponse, Problem> {
    let sessions = front.services.accounts.sessions(caller.caller()).await?;
    let shown = |session: SessionInfo| {
        let is_current = session.id == caller.session.id;
        SessionBody::new(session, is_current)
    };
    Ok(HttpResponse::Ok().json(SessionsBody { sessions: sessions.into_iter().map(shown).collect() }))
}

/// Ends a session of the caller’s account.
///
/// What used it is worth nothing from then on, on every node.
#[utoipa::path(post, path = "/v1/sessions/{id}/revoke", operation_id = "revoke_session", tag = "Login",
    params(("id" = String, Path, description = "The session's `id`")),
    security(("bearer" = []), ("cookie" = [])), responses(
    (status = 204, description = "Ended"),
    (status = 401, description = "`not-authenticated`"),
    (status = 403, description = "`csrf-failed`"),
    (status = 404, description = "`session-not-found`"),
    (status = 503, description = "`temporarily-unavailable`"),
))]
pub async fn revoke(
    front: web::Data<Front>,
    caller: Authenticated,
    id: web::Path<String>,
    address: ClientAddress,
) -> Result<HttpResponse, Problem> {
    let id: Uuid = id.parse().map_err(|_| Kind::SessionNotFound)?;
    let ended = front.services.accounts.revoke(caller.caller(), id, address.0).await?;
    if ended { Ok(HttpResponse::NoContent().finish()) } else { Err(Kind::SessionNotFound.into()) }
}

/// Ends all sessions of the caller’s account but this one.
#[utoipa::path(post, path = "/v1/sessions/revoke-others", operation_id = "revoke_other_sessions", tag = "Login",
    security(("bearer" = []), ("cookie" = [])), responses(
    (status = 204, description = "Ended"),
    (status = 401, description = "`not-authenticated`"),
    (status = 403, description = "`csrf-failed`"),
    (status = 503, description = "`temporarily-unavailable`"),
))]
pub async fn revoke_others(
    front: web::Data<Front>,
    caller: Authenticated,
    address: ClientAddress,
) -> Result<HttpResponse, Problem> {
    front.services.accounts.revoke_others(caller.caller(), address.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends this session.
///
/// What used it is worth nothing from then on, and a browser forgets what it kept of this server.
#[utoipa::path(post, path = "/v1/logout", tag = "Login", security(("bearer" = []), ("cookie" = [])), responses(
    (status = 204, description = "Logged out", headers(
        ("Clear-Site-Data" = String, description = "What a browser is to forget"),
        ("Set-Cookie" = String, description = "Clears the cookie, where there is one"))),
    (status = 401, description = "`not-authenticated`"),
    (status = 403, description = "`csrf-failed`"),
    (status = 503, description = "`temporarily-unavailable`"),
))]
pub async fn log_out(
    front: web::Data<Front>,
    caller: Authenticated,
    address: ClientAddress,
) -> Result<HttpResponse, Problem> {
    front.services.accounts.log_out(caller.caller(), address.0).await?;
    Ok(farewell(caller.session.kind))
}

/// What somebody gets whose session of that kind has just ended: a browser forgets what it kept.
pub fn farewell(kind: SessionKind) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    answer.insert_header(CLEAR_SITE_DATA);
    if kind == SessionKind::Cookie {
        answer.insert_header((header::SET_COOKIE, cookie::clear()));
    }
    answer.finish()
}
