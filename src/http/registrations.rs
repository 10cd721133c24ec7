//! Registration: proving that an email address or a phone is one's own, and making an account of it.

use actix_web::{HttpRequest, HttpResponse, web};
use chatlink_actors::{
    identifier::{Identifier, IdentifierError},
    otp::{Accepted, Command, CompletionToken, Otp, PublicId, Registration, SessionState},
    shell::Router,
};

use super::{
    Front, Services, Settings, TextReach,
    address::ClientAddress,
    body::{Body, Field},
    completion::CompleteRequest,
    csrf,
    edge::Edge,
    login::{self, Login},
    otp::{self, Flow, StartRequest, VerifiedOtpSession, VerifyRequest},
    otp_session::OtpSession,
    problem::{Kind, Problem},
    validation::Checks,
};
use crate::accounts::field::{FieldCode, FieldError};

impl Flow for Registration {
    const PATH: &'static str = "/v1/registrations";

    fn router(services: &Services) -> &Router<Otp<Self>> {
        &services.registrations
    }

    fn subject(settings: &Settings, typed: &str) -> Result<Identifier, FieldError> {
        let identifier = Identifier::parse(typed).map_err(|error| match error {
            IdentifierError::Malformed => FieldCode::InvalidFormat,
            IdentifierError::TooLong => FieldCode::TooLong,
            IdentifierError::CannotReceiveSms => FieldCode::NotSupported,
        })?;
        if reaches(&settings.texts, &identifier) { Ok(identifier) } else { Err(FieldCode::NotSupported.into()) }
    }
}

fn reaches(texts: &TextReach, identifier: &Identifier) -> bool {
    match (identifier, texts) {
        (Identifier::Email(_), _) | (_, TextReach::Everywhere) => true,
        (Identifier::Phone(_), TextReach::Nowhere) => false,
        (Identifier::Phone(phone), TextReach::Countries(countries)) => countries.contains(phone.region()),
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
    otp::start::<Registration>(&front, address.0, request.headers(), body).await
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
    otp::events::<Registration>(&front, &source, &id, &request, payload).await
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
    let (token, accepted) = authorize(services, id, body.completion_token, &mut checks).await?;
    let opening = body.session.check(&mut checks, address, request.headers());
    let account = body.account.check(&mut checks, services, id, accepted, address, token.is_some());
    if let Some(token) = token.clone().filter(|_| checks.found(FieldCode::AgeBelowMinimum)) {
        otp::ask::<Registration>(services, id, Command::Discard { session: id.session, token }).await?;
    }
    let ((account, opening), token) = checks.finish(account.zip(opening).zip(token))?;

    // In this order: whatever fails before the token is used up is repaired by the retry, which finds the account.
    let owner = services.accounts.register(account).await?;
    let opened = services.accounts.open_first_session(owner, opening).await?;
    if let Err(problem) = use_up(services, id, token).await {
        services.accounts.abandon(&opened).await?;
        return Err(problem);
    }
    Ok(login::logged_in(HttpResponse::Created(), opened, services))
}

/// Uses the token up: of several completions at once, one succeeds. A session that ran out while its account was
/// being made has done its work all the same.
async fn use_up(services: &Services, id: PublicId, token: CompletionToken) -> Result<(), Problem> {
    let session = id.session;
    let Err(problem) = otp::ask::<Registration>(services, id, Command::Complete { session, token }).await else {
        return Ok(());
    };
    if problem.kind() == Kind::CompletionTokenInvalid {
        let stands = otp::ask::<Registration>(services, id, Command::Status { session }).await?;
        if stands.session.state == SessionState::Expired {
            return Ok(());
        }
    }
    Err(problem)
}

/// Whether the token could complete the session. Where there is none the session must at least be there; what is
/// missing is one more failure to list.
async fn authorize(
    services: &Services,
    id: PublicId,
    typed: Field<String>,
    checks: &mut Checks,
) -> Result<(Option<CompletionToken>, Accepted<Identifier>), Problem> {
    let session = id.session;
    match checks.required("/completion_token", typed, Ok::<_, FieldError>) {
        None => Ok((None, otp::ask::<Registration>(services, id, Command::Status { session }).await?)),
        Some(typed) => {
            // What is no token is one that fits nothing: the rules say whether there is such a session at all.
            let garbled = || CompletionToken::from_bytes(services.entropy.array());
            let token = CompletionToken::parse(&typed).unwrap_or_else(garbled);
            let command = Command::Authorize { session, token: token.clone() };
            Ok((Some(token), otp::ask::<Registration>(services, id, command).await?))
        }
    }
}
