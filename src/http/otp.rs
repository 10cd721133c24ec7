//! The OTP flows over HTTP: start, status, resend, verify and events are the same for each of them.
//!
//! A flow says what it is started with and which actors it runs on; its own file has the routes, and what completing
//! it does. Nothing here looks an account up: the answers cannot tell whether there is one.

use std::{net::IpAddr, sync::Arc};

use actix_web::{HttpRequest, HttpResponse, http::header, http::header::HeaderMap, web};
use chatlink_actors::{
    identifier::{Identifier, Subject as _},
    locale::Locale,
    otp::{Accepted, Command, CompletionToken, Guess, Otp, PublicId, Purpose, Refusal, Reply, SessionId},
    shell::{Router, SendError, Watcher},
};
use futures_util::{Stream, StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use tracing::Instrument as _;
use utoipa::ToSchema;

use super::{
    Front, RequestId, Services,
    body::Field,
    language,
    origin::Source,
    otp_outcome::Asked,
    otp_session::OtpSession,
    problem::{Kind, Problem},
    validation::{Checks, invalid},
};
use crate::{
    accounts::{
        Caller,
        field::{FieldCode, FieldError},
    },
    ws,
};

/// One of the flows.
pub trait Flow: Purpose + Sized {
    /// Where its sessions are.
    const PATH: &'static str;

    /// Its actors.
    fn router(services: &Services) -> &Router<Otp<Self>>;
}

/// What a session is started with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct StartRequest {
    /// An email address, or a phone number in E.164; spaces and dashes are tolerated.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "ann@example.org")]
    pub identifier: Field<String>,
    /// A BCP 47 tag: the language of the message. Without it, `Accept-Language` decides.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "pt-BR")]
    pub locale: Field<String>,
}

impl StartRequest {
    /// What the session is about, and the language of its message, unless something is wrong with either; then the
    /// checks know what.
    pub fn check<S>(
        self,
        checks: &mut Checks,
        headers: &HeaderMap,
        subject: impl FnOnce(&str) -> Result<S, FieldError>,
    ) -> Option<(S, Locale)> {
        let subject = checks.required("/identifier", self.identifier, |typed| subject(&typed));
        let locale = checks.optional("/locale", self.locale, |tag| parse_locale(&tag));
        let (subject, locale) = subject.zip(locale)?;
        Some((subject, locale.unwrap_or_else(|| language::negotiate(headers, Locale::from_tag).unwrap_or_default())))
    }
}

/// What a session is verified with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct VerifyRequest {
    /// `code_length` decimal digits of any script; spaces and dashes are tolerated.
    #[serde(default)]
    #[schema(value_type = String, required = true, example = "123456")]
    code: Field<String>,
}

/// A session whose code was right.
#[derive(Serialize, ToSchema)]
pub struct VerifiedOtpSession {
    /// How it stands now.
    #[serde(flatten)]
    session: OtpSession,
    /// Good for completing the session, once, until `expires_at`. It is not answered again.
    #[schema(example = "Yk3hM0vXb9sZ1a8q0T5n2c7w4r6u9e1i3o5p7s9d1fg")]
    completion_token: String,
}

/// Opens a session and has its first code sent.
pub async fn start<F: Flow>(
    front: &Front,
    address: IpAddr,
    (subject, locale): (F::Subject, Locale),
) -> Result<HttpResponse, Problem> {
    let services = &front.services;
    front.admit(&front.starts, address)?;

    let key = F::router(services).machine().keyring().actor_key(&subject);
    let id = PublicId { key, session: SessionId::from_bytes(services.entropy.array()) };
    let started = ask::<F>(services, id, Command::Start { key, session: id.session, subject, locale }).await;
    let accepted = started.inspect_err(|problem| {
        // An outage is not the client's doing.
        if problem.kind() == Kind::TemporarilyUnavailable {
            front.starts.forgive(address);
        }
    })?;
    let location = format!("{}/{id}", F::PATH);
    Ok(HttpResponse::Accepted().insert_header((header::LOCATION, location)).json(OtpSession::from(&accepted.session)))
}

/// Tells how a session stands.
pub async fn status<F: Flow>(front: &Front, id: &str) -> Result<HttpResponse, Problem> {
    let id = parse_id(id)?;
    let accepted = ask::<F>(&front.services, id, Command::Status { session: id.session }).await?;
    Ok(HttpResponse::Ok().json(OtpSession::from(&accepted.session)))
}

/// Has the code sent again.
pub async fn resend<F: Flow>(front: &Front, id: &str) -> Result<HttpResponse, Problem> {
    let id = parse_id(id)?;
    let accepted = ask::<F>(&front.services, id, Command::Resend { session: id.session }).await?;
    Ok(HttpResponse::Accepted().json(OtpSession::from(&accepted.session)))
}

/// Judges a code.
pub async fn verify<F: Flow>(front: &Front, id: &str, request: VerifyRequest) -> Result<HttpResponse, Problem> {
    let id = parse_id(id)?;
    let services = &front.services;
    // What is no string is no code either; the rules say so, after they have seen to the session.
    let (guess, complaint) = match request.code {
        Field::Present(typed) => (Guess::from_input(&typed), FieldCode::InvalidFormat),
        Field::WrongType => (Guess::from_input(""), FieldCode::InvalidFormat),
        Field::Missing => (Guess::from_input(""), FieldCode::Required),
    };
    let token = CompletionToken::from_bytes(services.entropy.array());
    let command = Command::Verify { session: id.session, guess, token: token.clone() };
    let accepted = match put::<F>(services, id, command).await? {
        Err(Refusal::CodeMalformed { .. }) => return Err(invalid("/code", complaint)),
        reply => reply.map_err(|refusal| refused(services, refusal))?,
    };
    let rules = F::router(services).machine();
    // Nothing is sent to a test identifier, so nothing can come back.
    if let Some(phone) = accepted.subject.phone()
        && rules.test_identifiers().code(&Identifier::Phone(phone.clone()), services.clock.now()).is_none()
        && let Err(error) = services.texts.verified(phone).await
    {
        // The code was right all the same.
        tracing::warn!(%error, "a code that came back was not counted");
    }
    let completion_token = token.to_text().to_string();
    Ok(HttpResponse::Ok().json(VerifiedOtpSession { session: OtpSession::from(&accepted.session), completion_token }))
}

/// Shows a session on a WebSocket: to its holder alone where it has one, for as long as they are logged in.
pub async fn events<F: Flow>(
    front: &Front,
    source: &Source,
    id: &str,
    holder: Option<Caller>,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    if *source == Source::Foreign {
        return Err(Kind::OriginNotAllowed.into());
    }
    ws::check(request)?;
    let id = parse_id(id)?;
    let services = &front.services;
    let permit = front.sockets.permit(id).ok_or(Kind::RateLimited)?;
    let watcher = F::router(services).watch(id.key).await?;
    let mut feed = Box::pin(feed::<F>(services, watcher, id.session, holder));
    let present = feed.next().await.ok_or(Kind::TemporarilyUnavailable)?;
    let present = present.ok_or(Kind::OtpSessionNotFound)?;
    let opening = ws::Opening {
        present,
        feed,
        permit,
        request_id: RequestId::of(request),
        pace: services.settings.pace,
        clock: Arc::clone(&services.clock),
        shutdown: services.shutdown.clone(),
    };
    ws::open(request, payload, opening)
}

fn feed<F: Flow>(
    services: &Services,
    watcher: Watcher<Otp<F>>,
    session: SessionId,
    holder: Option<Caller>,
) -> impl Stream<Item = Option<OtpSession>> + use<F> {
    let (router, clock) = (F::router(services).clone(), Arc::clone(&services.clock));
    let accounts = services.accounts.clone();
    stream::unfold((router, clock, accounts, watcher), move |(router, clock, accounts, mut watcher)| async move {
        let state = watcher.next().await?;
        if let Some(holder) = holder {
            // Boxed, for it is large, and nearly no socket has a holder.
            Box::pin(accounts.current(holder)).await.ok()?;
        }
        let view = state.and_then(|state| router.machine().view(&state, session, clock.now()));
        Some((view.as_ref().map(OtpSession::from), (router, clock, accounts, watcher)))
    })
}

/// Puts a command to the actor of a session.
pub async fn ask<F: Flow>(
    services: &Services,
    id: PublicId,
    command: Command<F::Subject>,
) -> Result<Accepted<F::Subject>, Problem> {
    let reply = put::<F>(services, id, command).await?;
    reply.map_err(|refusal| refused(services, refusal))
}

/// Puts a command to an actor and counts what became of it.
async fn put<F: Flow>(
    services: &Services,
    id: PublicId,
    command: Command<F::Subject>,
) -> Result<Reply<F::Subject>, SendError> {
    let asked = Asked::of(&command);
    let span = tracing::debug_span!("otp.command", purpose = F::NAME, command = ?asked);
    let reply = F::router(services).send(id.key, command).instrument(span).await;
    if let Some(outcome) = asked.outcome(&reply) {
        services.metrics.outcomes.otp(F::NAME, outcome);
    }
    reply
}

/// Reads the id in a path. What is none names no session.
pub fn parse_id(id: &str) -> Result<PublicId, Problem> {
    id.parse().map_err(|_| Kind::OtpSessionNotFound.into())
}

fn parse_locale(tag: &str) -> Result<Locale, FieldError> {
    // A language that we do not write in is no mistake of whoever asks for it.
    if language::is_tag(tag) {
        Ok(Locale::from_tag(tag).unwrap_or_default())
    } else {
        Err(FieldCode::InvalidFormat.into())
    }
}

fn refused(services: &Services, refusal: Refusal) -> Problem {
    let now = services.clock.now();
    match refusal {
        Refusal::UnknownSession => Kind::OtpSessionNotFound.into(),
        Refusal::Expired => Kind::OtpSessionExpired.into(),
        Refusal::Locked => Kind::OtpSessionLocked.into(),
        Refusal::CodeUsed => Kind::OtpCodeUsed.into(),
        Refusal::CodeMalformed { .. } => invalid("/code", FieldCode::InvalidFormat),
        Refusal::CodeIncorrect { attempts_left } => Problem::new(Kind::OtpCodeIncorrect).attempts_left(attempts_left),
        Refusal::ResendCooldown { available_at } => {
            Problem::new(Kind::OtpResendCooldown).available_at(available_at, now)
        }
        Refusal::ResendsExhausted => Kind::OtpResendsExhausted.into(),
        Refusal::IdentifierLimited { until } => Problem::new(Kind::OtpIdentifierLimited).retry_after(until.since(now)),
        Refusal::TokenInvalid => Kind::CompletionTokenInvalid.into(),
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        tracing::warn!(%error, "an actor did not answer");
        Kind::TemporarilyUnavailable.into()
    }
}
