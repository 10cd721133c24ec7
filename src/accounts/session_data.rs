//! What a session is and what its holder gets, as plain data.

use std::{fmt, net::IpAddr, time::Duration};

use chatlink_actors::time::Timestamp;
use zeroize::Zeroizing;

use super::{
    User,
    cookie::{CookieSecret, CsrfToken},
    profile::DeviceName,
    refresh_token::RefreshToken,
};

/// How a session's holder shows that it is theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionKind {
    /// By an access token in each request, renewed by a refresh token.
    #[default]
    Token,
    /// By a cookie that a browser keeps, and in what is unsafe by a CSRF token too.
    Cookie,
}

impl SessionKind {
    const ALL: [Self; 2] = [Self::Token, Self::Cookie];

    /// The name that clients see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Cookie => "cookie",
        }
    }

    /// Reads the name that clients use.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A session, as its owner sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionInfo {
    /// Names the session; no capability.
    pub id: uuid::Uuid,
    /// How it is used.
    pub kind: SessionKind,
    /// What its client calls its device.
    pub device_name: Option<String>,
    /// From where it was opened.
    pub ip: IpAddr,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to a minute or less.
    pub last_seen_at: Timestamp,
    /// When it ends, unless it is renewed.
    pub expires_at: Timestamp,
}

impl fmt::Debug for SessionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionInfo(…)")
    }
}

/// What a client asks of the session that is opened for it, and what it says of itself.
#[derive(Clone)]
pub struct Opening {
    /// How it is to be used.
    pub kind: SessionKind,
    /// What the client calls its device.
    pub device_name: Option<DeviceName>,
    /// Its `User-Agent`: a device without a name is known again by it.
    pub user_agent: Option<String>,
    /// Where the request came from.
    pub ip: IpAddr,
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(…)")
    }
}

/// A session just opened or renewed, with what uses it. That cannot be had again.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// What its holder uses it by.
    pub grant: Grant,
    /// The session.
    pub session: SessionInfo,
    /// Whose it is.
    pub user: User,
}

/// What a session is used by, as its kind has it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is explained by what it holds")]
pub enum Grant {
    Tokens(Tokens),
    Cookie(Cookie),
}

impl LoggedIn {
    /// The tokens, if the session has any.
    pub const fn tokens(&self) -> Option<&Tokens> {
        match &self.grant {
            Grant::Tokens(tokens) => Some(tokens),
            Grant::Cookie(_) => None,
        }
    }
}

/// What a session of the kind [`Token`](SessionKind::Token) is used by.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Says who calls.
    pub access_token: AccessToken,
    /// How long it does.
    pub expires_in: Duration,
    /// Renews the session.
    pub refresh_token: RefreshToken,
    /// How long it does.
    pub refresh_expires_in: Duration,
}

/// What a session of the kind [`Cookie`](SessionKind::Cookie) is used by.
#[derive(Clone, Debug)]
pub struct Cookie {
    /// Says who calls.
    pub secret: CookieSecret,
    /// For how long a browser is to keep it: how long the session lives at most.
    pub max_age: Duration,
    /// Says that a page of ours calls.
    pub csrf_token: CsrfToken,
}

/// A signed access token.
#[derive(Clone)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    pub(super) const fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The token as clients hold it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}
