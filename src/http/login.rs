//! What somebody who logs in may ask for, and what they get.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::header::{self, HeaderMap},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Services, address::ClientAddress, body::Field, cookie, instant::rfc3339, user::UserBody, validation::Checks,
};
use crate::accounts::{
    Grant, LoggedIn, Opening, SessionInfo, SessionKind,
    field::{FieldCode, FieldError},
    profile::DeviceName,
};

/// How somebody is logged in.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct SessionOptions {
    /// `token`, which is the default, or `cookie`, for browsers.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "token")]
    session_kind: Field<String>,
    /// Recalls to its owner where the session is used.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100, example = "Ann’s phone")]
    device_name: Field<String>,
}

impl SessionOptions {
    /// Whether a cookie is asked for.
    pub fn wants_cookie(&self) -> bool {
        matches!(&self.session_kind, Field::Present(kind) if kind == SessionKind::Cookie.name())
    }

    /// What is asked for, by a client at that address that sent these headers, unless something is wrong with it;
    /// then the checks know what.
    pub fn check(self, checks: &mut Checks, address: ClientAddress, headers: &HeaderMap) -> Option<Opening> {
        let kind = checks.optional("/session_kind", self.session_kind, |kind| {
            SessionKind::from_name(&kind).ok_or(FieldError::from(FieldCode::NotSupported))
        });
        let device_name = checks.optional("/device_name", self.device_name, |name| DeviceName::parse(&name));
        let user_agent = headers.get(header::USER_AGENT).map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned());
        Some(Opening { kind: kind?.unwrap_or_default(), device_name: device_name?, user_agent, ip: address.0 })
    }
}

/// Somebody is logged in, as `session_kind` has it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Login {
    Token(TokenLogin),
    Cookie(CookieLogin),
}

/// Somebody is logged in, and uses the session by tokens.
#[derive(Serialize, ToSchema)]
pub struct TokenLogin {
    /// For `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// For how many seconds the access token is good.
    #[schema(example = 600)]
    expires_in: u64,
    /// Gets the next pair of tokens.
    refresh_token: String,
    /// For how many seconds the refresh token is good.
    #[schema(example = 2_592_000)]
    refresh_expires_in: u64,
    /// The session.
    session: SessionBody,
    /// Whose it is.
    user: UserBody,
}

/// Somebody is logged in, and uses the session by the cookie that came along.
#[derive(Serialize, ToSchema)]
pub struct CookieLogin {
    /// For `X-CSRF-Token`.
    csrf_token: String,
    /// The session.
    session: SessionBody,
    /// Whose it is.
    user: UserBody,
}

/// What somebody who has just been logged in gets, cookie and all.
pub fn logged_in(mut answer: HttpResponseBuilder, opened: LoggedIn, services: &Services) -> HttpResponse {
    let session = SessionBody::new(opened.session, true);
    let user = UserBody::new(opened.user, &services.accounts, services.clock.now());
    match opened.grant {
        Grant::Tokens(tokens) => answer.json(Login::Token(TokenLogin {
            access_token: tokens.access_token.as_str().to_owned(),
            token_type: "Bearer",
            expires_in: tokens.expires_in.as_secs(),
            refresh_token: tokens.refresh_token.to_text().to_string(),
            refresh_expires_in: tokens.refresh_expires_in.as_secs(),
            session,
            user,
        })),
        Grant::Cookie(cookie) => {
            if let Some(value) = cookie::set(&cookie.secret.to_text(), cookie.max_age) {
                answer.insert_header((header::SET_COOKIE, value));
            }
            answer.json(Login::Cookie(CookieLogin { csrf_token: cookie.csrf_token.as_str().to_owned(), session, user }))
        }
    }
}

/// A session of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionBody {
    /// Names it; worth nothing without its tokens.
    #[schema(format = Uuid)]
    id: String,
    /// `token` or `cookie`.
    #[schema(example = "token")]
    kind: &'static str,
    /// What the client called itself.
    #[schema(required = true)]
    device_name: Option<String>,
    /// When somebody logged in.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last used, to the minute.
    #[schema(format = DateTime)]
    last_seen_at: String,
    /// From where somebody logged in.
    #[schema(example = "192.0.2.1")]
    ip: String,
    /// Whether this is the one that asks.
    current: bool,
}

impl SessionBody {
    /// A session as it is shown to its owner.
    pub fn new(session: SessionInfo, current: bool) -> Self {
        Self {
            id: session.id.to_string(),
            kind: session.kind.name(),
            device_name: session.device_name,
            created_at: rfc3339(session.created_at),
            last_seen_at: rfc3339(session.last_seen_at),
            ip: session.ip.to_string(),
            current,
        }
    }
}
