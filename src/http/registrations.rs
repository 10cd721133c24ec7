//! Registration: proving that an email address or a phone is one's own, and making an account of it.

use actix_web::{HttpRequest, HttpResponse, web};
use chatlink_actors::{
    otp::{Command, Otp, Registration},
    shell::Router,
};

use super::{
    Front, Services,
    address::ClientAddress,
    body::Body,
    completion::CompleteRequest,
    csrf,
    edge::Edge,
    identifier,
    login::{self, Login},
    otp::{self, Flow, StartRequest, VerifiedOtpSession, VerifyRequest},
    otp_completion::{authorize, use_up},
    otp_session::OtpSession,
    problem::Problem,
    validation::Checks,
};
use crate::accounts::field::FieldCode;

impl Flow for Registration {
    const PATH: &'static str = "/v1/registrations";

    fn router(services: &Services) -> &Router<Otp<Self>> {
        &services.registrations
    }
}

/// Starts a registration.
///
/// Sends a code to an email address or a phone. The answer is the same whether or not it belongs to an account; if it
/// does, its owner gets a notice instead of a code.
#[utoipa::path(post, path = "/v1/registrations", operation_id = "start_registration", tag = "Registration", request_body = StartRequest,
    params(("Accept-Language" = Option<String>, Header, description = "The language of the message, where `locale` is missing")),
    responses(
        (status = 202, description = "The code is on its way", body = OtpSession,
            headers(("Location" = String, description = "Where the session is"))),
        (status = 422, description = "`validation-failed`"),
        (status = 429, description = "`otp-identifier-limited`, `rate-limited`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn start(
    front: web::Data<Front>,
    address: ClientAddress,
    request: HttpRequest,
    Body(body): Body<StartRequest>,
) -> Result<HttpResponse, Problem> {
    let mut checks = Checks::default();
    let settings = &front.services.settings;
    let opening = body.check(&mut checks, request.headers(), |typed| identifier::parse(settings, typed));
    otp::start::<Registration>(&front, address.0, checks.finish(opening)?).await
}

/// Tells how a registration stands.
#[utoipa::path(get, path = "/v1/registrations/{id}", operation_id = "get_registration", tag = "Registration",
    params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 200, description = "The session", body = OtpSession),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn status(front: web::Data<Front>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    otp::status::<Registration>(&front, &id).await
}

/// Sends the code again.
///
/// The same code while at least half of its life is left, else a fresh one. The first resends need no waiting, those
/// after them ever more.
#[utoipa::path(post, path = "/v1/registrations/{id}/resend", operation_id = "resend_registration_code", tag = "Registration",
    params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 202, description = "The code is on its way", body = OtpSession),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 410, description = "`otp-session-locked`, `otp-session-expired`, `otp-code-used`, `otp-resends-exhausted`"),
        (status = 429, description = "`otp-resend-cooldown` with `available_at`, `otp-identifier-limited`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn resend(front: web::Data<Front>, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    otp::resend::<Registration>(&front, &id).await
}

/// Judges a code.
///
/// Only the newest code of a session counts. A wrong one costs an attempt, the last one locks the session; what does
/// not have the form of a code costs nothing.
#[utoipa::path(post, path = "/v1/registrations/{id}/verify", operation_id = "verify_registration", tag = "Registration", request_body = VerifyRequest,
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
    otp::verify::<Registration>(&front, &id, body).await
}

/// Watches a registration on a WebSocket.
///
/// The server sends text frames `{"type": "otp.session", "seq": 1, "session": {…}}`: the present state at once, then
/// one after every change. Once the session has ended it closes with 1000. Subprotocol `chatlink.v1`;
/// `{"type": "ping"}` gets `{"type": "pong"}`.
#[utoipa::path(get, path = "/v1/registrations/{id}/events", operation_id = "watch_registration", tag = "Registration",
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
    otp::events::<Registration>(&front, &source, &id, None, &request, payload).await
}

/// Makes the account, and logs its owner in.
///
/// Under the minimum age there is no account: the session ends, and nothing that was sent is kept. After any other
/// failure of validation, and where the username is taken, the completion token stays usable.
#[utoipa::path(post, path = "/v1/registrations/{id}/complete", operation_id = "complete_registration", tag = "Registration", request_body = CompleteRequest,
    params(("id" = String, Path, description = "The session's `id`")),
    responses(
        (status = 201, description = "The account is made and its owner logged in", body = Login,
            headers(("Set-Cookie" = String, description = "The session, where `session_kind` is `cookie`"))),
        (status = 403, description = "`csrf-failed`, where a cookie is asked for by a page of another site"),
        (status = 404, description = "`otp-session-not-found`"),
        (status = 409, description = "`username-taken`, `identifier-taken`"),
        (status = 410, description = "`completion-token-invalid`"),
        (status = 422, description = "`validation-failed`"),
        (status = 503, description = "`temporarily-unavailable`"),
    ))]
pub async fn complete(
    front: web::Data<Front>,
    id: web::Path<String>,
    address: ClientAddress,
    request: HttpRequest,
    Body(body): Body<CompleteRequest>,
) -> Result<HttpResponse, Problem> {
    if body.session.wants_cookie() {
        csrf::check_login(&request)?;
    }
    let services = &front.services;
    let id = otp::parse_id(&id)?;
    let mut checks = Checks::default();
    let (token, accepted) = authorize::<Registration>(services, id, body.completion_token, &mut checks).await?;
    let opening = body.session.check(&mut checks, address, request.headers());
    let account = body.account.check(&mut checks, services, id, accepted, address, token.is_some());
    if let Some(token) = token.clone().filter(|_| checks.found(FieldCode::AgeBelowMinimum)) {
        otp::ask::<Registration>(services, id, Command::Discard { session: id.session, token }).await?;
    }
    let ((account, opening), token) = checks.finish(account.zip(opening).zip(token))?;

    let owner = services.accounts.register(account).await?;
    let opened = services.accounts.open_first_session(owner, opening).await?;
    if let Err(problem) = use_up::<Registration>(services, id, token).await {
        services.accounts.abandon(&opened).await?;
        return Err(problem);
    }
    Ok(login::logged_in(HttpResponse::Created(), opened, services))
}
