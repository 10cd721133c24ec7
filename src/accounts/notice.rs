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

impl NoticeKind {
    /// The names of all kinds that this version of the program knows.
    pub(super) const NAMES: [&str; 3] = ["password_changed", "identifier_changed", "new_login"];

    /// Reads what is stored, if it makes sense.
    pub(super) fn from_stored(name: &str, ip: Option<IpAddr>, channel: Option<&str>) -> Option<Self> {
        let channel = channel.and_then(|name| [Channel::Email, Channel::Sms].into_iter().find(|it| it.name() == name));
        match (name, ip, channel) {
            ("password_changed", ..) => Some(Self::PasswordChanged),
            ("identifier_changed", _, Some(channel)) => Some(Self::IdentifierChanged { channel }),
            ("new_login", Some(ip), _) => Some(Self::NewLogin { ip }),
            _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back() {
        let ip: IpAddr = "192.0.2.1".parse().unwrap();
        let kinds = [
            (NoticeKind::PasswordChanged, None, None),
            (NoticeKind::IdentifierChanged { channel: Channel::Email }, None, Some("email")),
            (NoticeKind::IdentifierChanged { channel: Channel::Sms }, None, Some("sms")),
            (NoticeKind::NewLogin { ip }, Some(ip), None),
        ];
        for (kind, ip, channel) in kinds {
            assert!(NoticeKind::NAMES.contains(&kind.name()));
            assert_eq!(NoticeKind::from_stored(kind.name(), ip, channel), Some(kind));
        }
        for (name, channel) in [("identifier_changed", None), ("identifier_changed", Some("post")), ("new_login", None)]
        {
            assert_eq!(NoticeKind::from_stored(name, None, channel), None);
        }
    }
}
