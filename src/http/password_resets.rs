//! Password reset: proving that an account is one's own by a code that goes to its address, and giving it another
//! password. No answer tells whether there is such an account, the last one to somebody who guessed its code included.

use actix_web::{HttpRequest, HttpResponse, web};
use chatlink_actors::{
    identifier::LoginName,
    otp::{Otp, PasswordReset},
    shell::Router,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Front, Services, Settings,
    address::ClientAddress,
    body::{Body, Field},
    edge::Edge,
    identifier,
    otp::{self, Flow, StartRequest, VerifiedOtpSession, VerifyRequest},
    otp_completion::{authorize, use_up},
    otp_session::OtpSession,
    problem::Problem,
    validation::Checks,
};
use crate::accounts::{
    self, OtpSession as UsedSession, ResetError,
    field::{FieldCode, FieldError},
    password::{Context, Password},
    reset::NewPassword,
};

impl Flow for PasswordReset {
    const PATH: &'static str = "/v1/password-resets";

    fn router(services: &Services) -> &Router<Otp<Self>> {
        &services.password_resets
    }
}

/// What a password reset is started with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct ResetRequest {
    /// An email address, a phone number in E.164, or a username.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "ann.lee")]
    identifier: Field<String>,
    /// A BCP 47 tag. The message is in the language of the account all the same.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "pt-BR")]
    locale: Field<String>,
}

/// What a password reset is completed with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct CompleteResetRequest {
    /// As answered to the right code.
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    completion_token: Field<String>,
    /// The password from now on. Common ones and those built from the username, email address or phone number are
    /// refused.
    #[serde(default)]
    #[schema(value_type = String, required = true, min_length = 8, max_length = 256, format = Password)]
    password: Field<String>,
}

/// What may name an account, as it is typed to log in, where a code could be sent for it.
fn login_name(settings: &Settings, typed: &str) -> Result<LoginName, FieldError> {
    match accounts::parse_login(typed) {
        None => Err(FieldCode::InvalidFormat.into()),
        Some(LoginName::Identifier(it)) => identifier::reachable(settings, it).map(LoginName::Identifier),
        Some(username @ LoginName::Username(_)) => Ok(username),
    }
}

/// Starts a password reset.
///
/// Sends a code to the owner of an account, at the address that is named or, for a username, at the account's own. The
/// answer is the same whether or not there is such an account; if there is none, nothing is sent. Of a session that was
/// started with a username, `channel` and `destination` are null.
#[utoipa::path(post, path = "/v1/password-resets", operation_id = "start_password_reset", tag = "Password reset", request_body = ResetRequest,
    params(("Accept-Language" = Option<String>, Header, description = "As `locale`, where that is missing")),
    responses(
        (status = 202, description = "The code is on its way, if there is such an account", body = OtpSession,
            headers(("Location" = String, description = "Where the session is"))),
        (status = 422, description = "`validation-failed`"),
        (status = 429, description = "`otp-identifier-limited`, `rate-limited`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn start(
    front: web::Data<Front>,
    address: ClientAddress,
    request: HttpRequest,
    Body(ResetRequest { identifier, locale }): Body<ResetRequest>,
) -> Result<HttpResponse, Problem> {
    let mut checks = Checks::default();
    let settings = &front.services.settings;
    let body = StartRequest { identifier, locale };
    let opening = body.check(&mut checks, request.headers(), |typed| login_name(settings, typed));
    otp::start::<PasswordReset>(&front, address.0, checks.finish(opening)?).await
}

/// Tells how a password reset stands.
#[utoipa::path(get, path = "/v1/password-resets/{id}", operation_id = "get_password_reset", tag = "Password reset",
    params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 200, description = "The session", body = OtpSession),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn status(front: web::Data<Front>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    otp::status::<PasswordReset>(&front, &id).await
}

/// Sends the code again.
///
/// The same code while at least half of its life is left, else a fresh one. The first resends need no waiting, those
/// after them ever more.
#[utoipa::path(post, path = "/v1/password-resets/{id}/resend", operation_id = "resend_password_reset_code", tag = "Password reset",
    params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 202, description = "The code is on its way, if there is such an account", body = OtpSession),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 410, description = "`otp-session-locked`, `otp-session-expired`, `otp-code-used`, `otp-resends-exhausted`"),
        (status = 429, description = "`otp-resend-cooldown` with `available_at`, `otp-identifier-limited`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn resend(front: web::Data<Front>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    otp::resend::<PasswordReset>(&front, &id).await
}

/// Judges a code.
///
/// Only the newest code of a session counts. A wrong one costs an attempt, the last one locks the session; what does
/// not have the form of a code costs nothing.
#[utoipa::path(post, path = "/v1/password-resets/{id}/verify", operation_id = "verify_password_reset", tag = "Password reset", request_body = VerifyRequest,
    params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 200, description = "The code was right", body = VerifiedOtpSession),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 410, description = "`otp-session-locked`, `otp-session-expired`, `otp-code-used`"),
        (status = 422, description = "`otp-code-incorrect` with `attempts_left`, `validation-failed`"),
        (status = 429, description = "`otp-identifier-limited`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn verify(
    front: web::Data<Front>,
    id: web::Path<String>,
    Body(body): Body<VerifyRequest>,
) -> Result<HttpResponse, Problem> {
    otp::verify::<PasswordReset>(&front, &id, body).await
}

/// Watches a password reset on a WebSocket.
///
/// As the events of a registration.
#[utoipa::path(get, path = "/v1/password-resets/{id}/events", operation_id = "watch_password_reset", tag = "Password reset",
    params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 101, description = "The socket is open"),
        (status = 403, description = "`origin-not-allowed`"),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 426, description = "`upgrade-required`"),
        (status = 429, description = "`rate-limited`: the session has five sockets already"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn events(
    front: web::Data<Front>,
    edge: web::Data<Edge>,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let source = edge.origins.source(request.headers());
    otp::events::<PasswordReset>(&front, &source, &id, None, &request, payload).await
}

/// Replaces the password.
///
/// Ends every session of the account, and its owner gets a notice. After a failure of validation the completion token
/// stays usable. Where the password or an address of the account was changed after the session was started, the token
/// is worth nothing.
#[utoipa::path(post, path = "/v1/password-resets/{id}/complete", operation_id = "complete_password_reset", tag = "Password reset", request_body = CompleteResetRequest,
    params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 204, description = "The password is replaced"),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 410, description = "`completion-token-invalid`"),
        (status = 422, description = "`validation-failed`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn complete(
    front: web::Data<Front>,
    id: web::Path<String>,
    address: ClientAddress,
    Body(body): Body<CompleteResetRequest>,
) -> Result<HttpResponse, Problem> {
    let services = &front.services;
    let id = otp::parse_id(&id)?;
    let mut checks = Checks::default();
    let (token, accepted) = authorize::<PasswordReset>(services, id, body.completion_token, &mut checks).await?;
    // Without a token, nobody is told whether a password is like what an account says of its owner.
    let context = match token {
        Some(_) => services.accounts.reset_context(&accepted.subject).await?,
        None => Context::default(),
    };
    let min_length = services.accounts.settings().password_min_length;
    let password = checks.required("/password", body.password, |it| Password::parse(&it, &context, min_length));
    let (password, token) = checks.finish(password.zip(token))?;

    let new = NewPassword {
        login: accepted.subject,
        password,
        otp_session: UsedSession::new(id.key.as_bytes(), id.session.as_bytes()),
        started_at: accepted.session.created_at,
        ip: address.0,
    };
    let replaced = services.accounts.reset_password(new).await;
    // Without an account the session ends as it does with one: here nobody can tell.
    if matches!(replaced, Ok(()) | Err(ResetError::NoAccount)) {
        use_up::<PasswordReset>(services, id, token).await?;
    }
    replaced?;
    Ok(HttpResponse::NoContent().finish())
}
