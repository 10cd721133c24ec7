//! Another email address or phone number for the caller's own account: proved as at registration, by somebody who is
//! logged in throughout and knows the password. Another account's sessions are as good as none.

use actix_web::{HttpRequest, HttpResponse, web};
use chatlink_actors::{
    identifier::Claim,
    otp::{Command, IdentifierChange, Otp},
    shell::Router,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Front, Services,
    address::ClientAddress,
    body::{Body, Field},
    caller::Authenticated,
    edge::Edge,
    identifier, me,
    otp::{self, Flow, StartRequest, VerifiedOtpSession, VerifyRequest},
    otp_completion::{authorize, use_up},
    otp_session::OtpSession,
    problem::{Kind, Problem},
    user::UserBody,
    validation::Checks,
};
use crate::accounts::{
    OtpSession as UsedSession, field::FieldError, identifiers::NewIdentifier, password::PasswordAttempt,
};

impl Flow for IdentifierChange {
    const PATH: &'static str = "/v1/identifier-changes";

    fn router(services: &Services) -> &Router<Otp<Self>> {
        &services.identifier_changes
    }
}

/// What a change of identifier is started with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct ChangeRequest {
    /// What to be reached by.
    #[serde(flatten)]
    start: StartRequest,
    /// The account's password.
    #[serde(default)]
    #[schema(value_type = String, required = true, format = Password)]
    password: Field<String>,
}

/// What a change of identifier is completed with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct CompleteChangeRequest {
    /// As answered to the right code.
    #[serde(default)]
    #[schema(value_type = String, required = true)]
    completion_token: Field<String>,
}

/// Lets the caller on to a session of their own.
async fn admit(front: &Front, caller: &Authenticated, id: &str) -> Result<(), Problem> {
    let id = otp::parse_id(id)?;
    let command = Command::Status { session: id.session };
    let accepted = otp::ask::<IdentifierChange>(&front.services, id, command).await?;
    if accepted.subject.account == caller.user.id.into_bytes() { Ok(()) } else { Err(Kind::OtpSessionNotFound.into()) }
}

/// Starts a change of identifier.
///
/// Sends a code to the email address or phone that the account is to have. The answer is the same whether or not it
/// belongs to another account; if it does, its owner gets a notice instead of a code.
#[utoipa::path(post, path = "/v1/identifier-changes", operation_id = "start_identifier_change", tag = "Identifiers",
    security(("bearer" = []), ("cookie" = [])), request_body = ChangeRequest,
    params(("Accept-Language" = Option<String>, Header, description = "The language of the message, where `locale` is missing")),
    responses(
        (status = 202, description = "The code is on its way", body = OtpSession,
            headers(("Location" = String, description = "Where the session is"))),
        (status = 401, description = "`not-authenticated`"),
        (status = 403, description = "`password-incorrect`, `csrf-failed`"),
        (status = 422, description = "`validation-failed`"),
        (status = 429, description = "`otp-identifier-limited`, `rate-limited`, `login-throttled`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn start(
    front: web::Data<Front>,
    caller: Authenticated,
    address: ClientAddress,
    request: HttpRequest,
    Body(body): Body<ChangeRequest>,
) -> Result<HttpResponse, Problem> {
    let mut checks = Checks::default();
    let Services { settings, accounts, .. } = &front.services;
    let opening = body.start.check(&mut checks, request.headers(), |typed| identifier::parse(settings, typed));
    let password = checks.required("/password", body.password, |it| Ok::<_, FieldError>(PasswordAttempt::new(&it)));
    let ((identifier, locale), password) = checks.finish(opening.zip(password))?;
    accounts.confirm_password(caller.user.id, password, address.0).await?;
    let traces = front.services.erasure().traces_of_claim(caller.user.id, &identifier);
    accounts.note_traces(caller.user.id, &traces).await?;
    let claim = Claim { account: caller.user.id.into_bytes(), identifier };
    otp::start::<IdentifierChange>(&front, address.0, (claim, locale)).await
}

/// Tells how a change of identifier stands.
#[utoipa::path(get, path = "/v1/identifier-changes/{id}", operation_id = "get_identifier_change", tag = "Identifiers",
    security(("bearer" = []), ("cookie" = [])), params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 200, description = "The session", body = OtpSession),
        (status = 401, description = "`not-authenticated`"),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn status(
    front: web::Data<Front>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    admit(&front, &caller, &id).await?;
    otp::status::<IdentifierChange>(&front, &id).await
}

/// Sends the code again.
///
/// The same code while at least half of its life is left, else a fresh one. The first resends need no waiting, those
/// after them ever more.
#[utoipa::path(post, path = "/v1/identifier-changes/{id}/resend", operation_id = "resend_identifier_change_code",
    tag = "Identifiers", security(("bearer" = []), ("cookie" = [])), params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 202, description = "The code is on its way", body = OtpSession),
        (status = 401, description = "`not-authenticated`"),
        (status = 403, description = "`csrf-failed`"),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 410, description = "`otp-session-locked`, `otp-session-expired`, `otp-code-used`, `otp-resends-exhausted`"),
        (status = 429, description = "`otp-resend-cooldown` with `available_at`, `otp-identifier-limited`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn resend(
    front: web::Data<Front>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    admit(&front, &caller, &id).await?;
    otp::resend::<IdentifierChange>(&front, &id).await
}

/// Judges a code.
///
/// Only the newest code of a session counts. A wrong one costs an attempt, the last one locks the session; what does
/// not have the form of a code costs nothing.
#[utoipa::path(post, path = "/v1/identifier-changes/{id}/verify", operation_id = "verify_identifier_change",
    tag = "Identifiers", security(("bearer" = []), ("cookie" = [])), request_body = VerifyRequest,
    params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 200, description = "The code was right", body = VerifiedOtpSession),
        (status = 401, description = "`not-authenticated`"),
        (status = 403, description = "`csrf-failed`"),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 410, description = "`otp-session-locked`, `otp-session-expired`, `otp-code-used`"),
        (status = 422, description = "`otp-code-incorrect` with `attempts_left`, `validation-failed`"),
        (status = 429, description = "`otp-identifier-limited`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn verify(
    front: web::Data<Front>,
    caller: Authenticated,
    id: web::Path<String>,
    Body(body): Body<VerifyRequest>,
) -> Result<HttpResponse, Problem> {
    admit(&front, &caller, &id).await?;
    otp::verify::<IdentifierChange>(&front, &id, body).await
}

/// Watches a change of identifier on a WebSocket.
///
/// As the events of a registration.
#[utoipa::path(get, path = "/v1/identifier-changes/{id}/events", operation_id = "watch_identifier_change",
    tag = "Identifiers", security(("bearer" = []), ("cookie" = [])), params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 101, description = "The socket is open"),
        (status = 401, description = "`not-authenticated`"),
        (status = 403, description = "`origin-not-allowed`"),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 426, description = "`upgrade-required`"),
        (status = 429, description = "`rate-limited`: the session has five sockets already"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn events(
    front: web::Data<Front>,
    edge: web::Data<Edge>,
    caller: Authenticated,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let source = edge.origins.source(request.headers());
    admit(&front, &caller, &id).await?;
    otp::events::<IdentifierChange>(&front, &source, &id, Some(caller.caller()), &request, payload).await
}

/// Makes the identifier the account's.
///
/// One of the same kind is replaced, one of the other kind is added. A notice goes to the one that was replaced, or
/// else to the other one.
#[utoipa::path(post, path = "/v1/identifier-changes/{id}/complete", operation_id = "complete_identifier_change",
    tag = "Identifiers", security(("bearer" = []), ("cookie" = [])), request_body = CompleteChangeRequest,
    params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 200, description = "The account as it is now", body = UserBody, headers(("ETag" = String))),
        (status = 401, description = "`not-authenticated`"),
        (status = 403, description = "`csrf-failed`"),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 409, description = "`identifier-taken`"),
        (status = 410, description = "`completion-token-invalid`"),
        (status = 422, description = "`validation-failed`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn complete(
    front: web::Data<Front>,
    caller: Authenticated,
    id: web::Path<String>,
    address: ClientAddress,
    Body(body): Body<CompleteChangeRequest>,
) -> Result<HttpResponse, Problem> {
    admit(&front, &caller, &id).await?;
    let services = &front.services;
    let id = otp::parse_id(&id)?;
    let mut checks = Checks::default();
    let (token, accepted) = authorize::<IdentifierChange>(services, id, body.completion_token, &mut checks).await?;
    let token = checks.finish(token)?;
    let new = NewIdentifier {
        identifier: accepted.subject.identifier,
        otp_session: UsedSession::new(id.key.as_bytes(), id.session.as_bytes()),
        ip: address.0,
    };
    if let Some(old) = caller.user.identifier(new.identifier.channel()) {
        services.note_parting(caller.user.id, &old).await?;
    }
    let user = services.accounts.change_identifier(caller.caller(), new).await?;
    use_up::<IdentifierChange>(services, id, token).await?;
    me::changed(user, services)
}
