//! Errors as clients see them: RFC 9457, `application/problem+json`. The only place that knows status codes of errors.
//!
//! A handler returns `Err(Problem)`. The body is written by the outermost middleware (see `edge`), for it knows the
//! request id; it passes the framework's own errors through [`Problem::of_status`], so that they look the same.

use std::{borrow::Cow, fmt, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, Responder, ResponseError,
    body::BoxBody,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use chatlink_actors::time::Timestamp;
use serde_json::Value;

use super::{
    instant::rfc3339,
    problem_body::{Members, ProblemBody},
    validation::FieldFailure,
};

/// The media type of every error.
pub const CONTENT_TYPE: &str = "application/problem+json";

/// What is true of every problem of one kind.
#[derive(Debug)]
pub struct Facts {
    /// Last segment of the `type`, and of the page that explains it.
    pub slug: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Short, the same for all of the kind.
    pub title: &'static str,
    /// What it means and what to do about it: the default `detail`, and the text of the page.
    pub meaning: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $status:literal $slug:literal, $title:literal, $meaning:literal;)+) => {
        /// The kinds of problems. A client tells them apart by the slug of their `type`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {$(
            #[doc = $title]
            $name
        ),+}

        impl Kind {
            /// Every kind, by status.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// What is true of every problem of this kind.
            pub const fn facts(self) -> &'static Facts {
                match self {$(
                    Self::$name => &Facts { slug: $slug, status: $status, title: $title, meaning: $meaning }
                ),+}
            }
        }
    };
}

kinds! {
    MalformedRequest = 400 "malformed-request", "Malformed request",
        "The request could not be read: a body has to be one JSON object that nests no deeper than 32 levels.";
    NotAuthenticated = 401 "not-authenticated", "Not authenticated",
        "This call needs a live session: its access token as `Authorization: Bearer …`, or its cookie. Refresh the \
         token, or log in again.";
    RefreshTokenReused = 401 "refresh-token-reused", "Refresh token reused",
        "This refresh token was used before, so somebody else may hold it. The session has ended: log in again.";
    InvalidCredentials = 401 "invalid-credentials", "Invalid credentials",
        "Login name and password do not belong together.";
    OriginNotAllowed = 403 "origin-not-allowed", "Origin not allowed",
        "Pages of this origin may not use this server. Its operator can add the origin to `http.allowed_origins`.";
    PasswordIncorrect = 403 "password-incorrect", "Wrong password",
        "This is not the password of the account.";
    AccountLocked = 403 "account-locked", "Account locked",
        "The operator of this server locked the account: nobody can log in to it until it is unlocked.";
    CsrfFailed = 403 "csrf-failed", "Not from a page of this server",
        "A session that is held by a cookie changes nothing unless a page of this server asks: with the session's \
         token as `X-CSRF-Token`, from an allowed origin. `GET /v1/csrf` tells the token.";
    NotFound = 404 "not-found", "Not found",
        "There is nothing at this path.";
    OtpSessionNotFound = 404 "otp-session-not-found", "No such session",
        "There is no session of this id here: it is misspelt, belongs to another flow, or ended more than ten minutes \
         ago.";
    SessionNotFound = 404 "session-not-found", "No such session",
        "The caller's account has no live session of this id.";
    MethodNotAllowed = 405 "method-not-allowed", "Method not allowed",
        "The path exists, but not for this method. The header `Allow` names those that it has.";
    UsernameTaken = 409 "username-taken", "Username taken",
        "Somebody else has this username. Choose another; the completion token stays usable.";
    IdentifierTaken = 409 "identifier-taken", "Identifier taken",
        "Another account has this email address or phone number.";
    LastIdentifier = 409 "last-identifier", "Last identifier",
        "An account keeps at least one email address or phone number. Add another one first.";
    LanguageCooldown = 409 "language-cooldown", "Languages changed a short while ago",
        "Languages may be changed once in a while. They may be changed again at `available_at`; nothing of this \
         request was applied.";
    OtpSessionLocked = 410 "otp-session-locked", "Session locked",
        "Too many wrong codes were tried. Start anew.";
    OtpSessionExpired = 410 "otp-session-expired", "Session expired",
        "The session ran out of time. Start anew.";
    OtpCodeUsed = 410 "otp-code-used", "Code used",
        "The code of this session was accepted before and works only once.";
    OtpResendsExhausted = 410 "otp-resends-exhausted", "No resends left",
        "The code of this session cannot be sent again. Use the last one, or start anew.";
    CompletionTokenInvalid = 410 "completion-token-invalid", "Completion token invalid",
        "The completion token is wrong, was used, or has expired. Start anew.";
    PreconditionFailed = 412 "precondition-failed", "Precondition failed",
        "This has changed since the version that `If-Match` names. Read it again, and decide anew.";
    PayloadTooLarge = 413 "payload-too-large", "Body too large",
        "A body may have at most 16 KiB.";
    UnsupportedMediaType = 415 "unsupported-media-type", "Unsupported media type",
        "A body has to be `application/json` in UTF-8, uncompressed, and say so in `Content-Type`.";
    ValidationFailed = 422 "validation-failed", "Validation failed",
        "Some fields are not acceptable. `errors` lists all of them, each with a JSON pointer and a stable code.";
    OtpCodeIncorrect = 422 "otp-code-incorrect", "Wrong code",
        "This is not the code that was sent last. `attempts_left` says how many more may be tried.";
    UpgradeRequired = 426 "upgrade-required", "Upgrade required",
        "This path is a WebSocket (RFC 6455, version 13).";
    RateLimited = 429 "rate-limited", "Too many requests",
        "Too many requests of this kind from one place. Try again after `retry_after` seconds.";
    LoginThrottled = 429 "login-throttled", "Too many wrong passwords",
        "Too many wrong passwords were tried. Try again after `retry_after` seconds; nothing is judged before.";
    OtpResendCooldown = 429 "otp-resend-cooldown", "Too soon to resend",
        "The code may be sent again at `available_at`, in `retry_after` seconds.";
    OtpIdentifierLimited = 429 "otp-identifier-limited", "Too much for this identifier",
        "Too many codes were sent to this email address or phone number, or tried for it. Try again after \
         `retry_after` seconds.";
    Internal = 500 "internal", "Internal error",
        "The server failed to answer. The request id helps its operator to find out why.";
    TemporarilyUnavailable = 503 "temporarily-unavailable", "Temporarily unavailable",
        "The server cannot do this now. Try again after `retry_after` seconds; a step that was taken after all is not \
         taken twice.";
}

impl Kind {
    fn status(self) -> StatusCode {
        StatusCode::from_u16(self.facts().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// An error that a client gets to see.
#[derive(Clone)]
pub struct Problem(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: Kind,
    detail: Cow<'static, str>,
    members: Members,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of that kind, with the headers that its status asks for.
    pub fn new(kind: Kind) -> Self {
        let detail = Cow::Borrowed(kind.facts().meaning);
        let problem = Self(Box::new(Parts { kind, detail, members: Members::default(), headers: Vec::new() }));
        match kind.status() {
            StatusCode::UNAUTHORIZED => {
                problem.header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"chatlink\""))
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => problem.retry_after(Duration::ZERO),
            _ => problem,
        }
    }

    /// The problem that a status of the framework's own stands for.
    pub fn of_status(status: StatusCode) -> Self {
        Self::new(match status.as_u16() {
            404 => Kind::NotFound,
            405 => Kind::MethodNotAllowed,
            413 => Kind::PayloadTooLarge,
            415 => Kind::UnsupportedMediaType,
            400..=499 => Kind::MalformedRequest,
            503 => Kind::TemporarilyUnavailable,
            _ => Kind::Internal,
        })
    }

    /// Says what is the matter this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// Lists what is wrong with the fields of a body.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldFailure>) -> Self {
        self.0.members.errors = errors;
        self
    }

    /// Says how many more codes may be tried.
    #[must_use]
    pub fn attempts_left(mut self, attempts: u16) -> Self {
        self.0.members.attempts_left = Some(attempts);
        self
    }

    /// Says when it will be possible, and how long that is from now.
    #[must_use]
    pub fn available_at(self, at: Timestamp, now: Timestamp) -> Self {
        self.available_from(at).retry_after(at.since(now))
    }

    /// Says when it will be possible, to whom it is no use to wait for it.
    #[must_use]
    pub fn available_from(mut self, at: Timestamp) -> Self {
        self.0.members.available_at = Some(rfc3339(at));
        self
    }

    /// Names what is missing.
    #[must_use]
    pub fn failing(mut self, parts: Vec<&'static str>) -> Self {
        self.0.members.failing = parts;
        self
    }

    /// Adds a header, in place of one of that name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.retain(|(present, _)| *present != name);
        self.0.headers.push((name, value));
        self
    }

    /// Asks to wait: whole seconds, rounded up, at least one.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        let seconds = u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1);
        self.0.members.retry_after = Some(seconds);
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The body, for the request of that id.
    pub fn body(&self, instance: &str) -> Value {
        let facts = self.0.kind.facts();
        let body = ProblemBody {
            kind: format!("/problems/{}", facts.slug),
            title: facts.title,
            status: facts.status,
            detail: &self.0.detail,
            instance,
            members: &self.0.members,
        };
        serde_json::to_value(body).unwrap_or_default()
    }

    /// The whole answer, for the request of that id.
    pub fn response(&self, instance: &str) -> HttpResponse {
        let mut response = self.error_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        response.set_body(BoxBody::new(self.body(instance).to_string()))
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.kind.status()
    }

    /// Without a body: see [`Problem::response`].
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        for (name, value) in &self.0.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        response
    }
}

/// So that what always answers a problem can be a handler.
impl Responder for Problem {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::from_error(self)
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind.facts().slug)
    }
}

/// The kind only: details may quote what was sent.
impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({self})")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn slugs_are_unique_and_statuses_exist() {
        let mut slugs: Vec<_> = Kind::ALL.iter().map(|kind| kind.facts().slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(kind.status().as_u16(), kind.facts().status);
        }
    }

    #[test]
    fn body_has_the_members_of_rfc_9457_and_its_own() {
        let body = Problem::new(Kind::OtpCodeIncorrect).detail("no").attempts_left(3).body("abc");
        let expected = json!({
            "type": "/problems/otp-code-incorrect", "title": "Wrong code", "status": 422, "detail": "no",
            "instance": "abc", "attempts_left": 3,
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn waiting_is_said_twice_in_whole_seconds_rounded_up() {
        for (wait, seconds) in [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (59_001, 60)] {
            let problem = Problem::new(Kind::RateLimited).retry_after(Duration::from_millis(wait));
            assert_eq!(problem.body("")["retry_after"], json!(seconds), "{wait}");
            let header = problem.error_response().headers().get(header::RETRY_AFTER).cloned();
            assert_eq!(header, Some(HeaderValue::from(seconds)), "{wait}");
        }
    }

    #[test]
    fn whoever_is_told_to_come_back_is_told_when() {
        for kind in Kind::ALL.iter().filter(|kind| matches!(kind.facts().status, 429 | 503)) {
            assert!(Problem::new(*kind).response("").headers().contains_key(header::RETRY_AFTER), "{kind:?}");
        }
    }

    #[test]
    fn the_frameworks_errors_are_the_general_ones() {
        for (status, slug) in [
            (400, "malformed-request"),
            (404, "not-found"),
            (405, "method-not-allowed"),
            (408, "malformed-request"),
            (413, "payload-too-large"),
            (415, "unsupported-media-type"),
            (500, "internal"),
            (501, "internal"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(Problem::of_status(status).kind().facts().slug, slug);
        }
    }
}
