//! What people are told about their account when it changes. A notice is written in the transaction of the change,
//! so that neither goes without the other; the courier sends it.

use std::net::IpAddr;

use chatlink_actors::{
    identifier::{Channel, Identifier},
    locale::Locale,
    time::Timestamp,
};
use uuid::Uuid;

/// What a notice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// The password was changed or reset.
    PasswordChanged,
    /// An address of that kind was added, replaced or removed.
    IdentifierChanged {
        /// Which kind.
        channel: Channel,
    },
    /// Somebody logged in from a device that was not seen before.
    NewLogin {
        /// From where.
        ip: IpAddr,
    },
}

impl NoticeKind {
    /// The name that is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PasswordChanged => "password_changed",
            Self::IdentifierChanged { .. } => "identifier_changed",
            Self::NewLogin { .. } => "new_login",
        }
    }
}

/// A notice to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Names it. A notice that is sent twice bears the same id.
    pub id: Uuid,
    /// Whose account it is about.
    pub user: Uuid,
    /// What it tells.
    pub kind: NoticeKind,
    /// Where it goes.
    pub to: Identifier,
    /// In which language.
    pub locale: Locale,
    /// When it happened.
    pub at: Timestamp,
}
