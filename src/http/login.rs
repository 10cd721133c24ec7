//! What somebody who logs in may ask for, and what they get.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Services, body::Field, instant::rfc3339, user::UserBody, validation::Checks};
use crate::accounts::{
    LoggedIn, SessionInfo,
    field::{FieldCode, FieldError},
    profile::DeviceName,
};

/// How somebody is logged in.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct SessionOptions {
    /// `token`, which is the default.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "token")]
    session_kind: Field<String>,
    /// Recalls to its owner where the session is used.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100, example = "Ann’s phone")]
    device_name: Field<String>,
}

impl SessionOptions {
    /// The name of the device, if there is one. The outer `None`: something is wrong, and the checks know what.
    #[expect(clippy::option_option, reason = "wrong and missing are different things")]
    pub fn check(self, checks: &mut Checks) -> Option<Option<DeviceName>> {
        let kind = checks.optional("/session_kind", self.session_kind, |kind| match kind.as_str() {
            "token" => Ok(()),
            _ => Err(FieldError::from(FieldCode::NotSupported)),
        });
        let device_name = checks.optional("/device_name", self.device_name, |name| DeviceName::parse(&name));
        kind.and(device_name)
    }
}

/// Somebody is logged in.
#[derive(Serialize, ToSchema)]
pub struct Login {
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

/// A session of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionBody {
    /// Names it; worth nothing without its tokens.
    #[schema(format = Uuid)]
    id: String,
    /// `token`.
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

impl Login {
    /// What somebody who was just logged in gets.
    pub fn new(session: LoggedIn, services: &Services) -> Self {
        Self {
            access_token: session.access_token.as_str().to_owned(),
            token_type: "Bearer",
            expires_in: session.expires_in.as_secs(),
            refresh_token: session.refresh_token.to_text().to_string(),
            refresh_expires_in: session.refresh_expires_in.as_secs(),
            session: SessionBody::new(session.session, true),
            user: UserBody::new(session.user, &services.accounts, services.clock.now()),
        }
    }
}

impl SessionBody {
    fn new(session: SessionInfo, current: bool) -> Self {
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
