//! What people are told about their account without having asked: a notice, as it waits in the outbox.
//!
//! It comes from the database, where it was written along with what it tells of, and no session waits for it. Sent
//! twice it bears the same id, so that mail servers and people see that it is one.

use std::{fmt, net::IpAddr, time::Duration};

use chatlink_actors::{
    identifier::{ActorKey, Channel, Identifier},
    locale::Locale,
    machine::SnapshotError,
    otp::MessageId,
    stored,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The name that its stored form begins with.
pub(super) const NAME: &str = "notice";
/// For how long it is tried to be sent. Later it would tell of the day before yesterday.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A message about an account to one of its addresses.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Names it. Never used for another one.
    pub id: [u8; 16],
    /// What it tells.
    pub kind: NoticeKind,
    /// Where it goes.
    pub to: Identifier,
    /// In which language.
    pub locale: Locale,
    /// When that happened which it tells of.
    pub created_at: Timestamp,
}

/// What a notice tells. Nothing of it was written by whoever it is about, who may be an intruder. Stored by position:
/// add at the end only.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeKind {
    /// The password was changed or reset.
    PasswordChanged,
    /// An address of the account was added, replaced or removed.
    IdentifierChanged {
        /// Which kind of address. The new one is told to nobody.
        channel: Channel,
    },
    /// Somebody logged in from a device that was not seen before.
    NewLogin {
        /// From where.
        ip: IpAddr,
    },
}

impl Notice {
    /// As it stands in the outbox.
    pub fn encode(&self) -> Vec<u8> {
        stored::encode(&(NAME, self))
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// When the bytes are of an unknown schema, or damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, SnapshotError> {
        match stored::decode::<(String, Self)>(bytes)? {
            (name, notice) if name == NAME => Ok(notice),
            _ => Err(SnapshotError::Damaged),
        }
    }

    /// Which notices it waits for: none but itself. Tells its shard too.
    pub const fn lane(&self) -> ActorKey {
        ActorKey::from_bytes(self.id)
    }

    /// What names it to its carrier.
    pub const fn message(&self) -> MessageId {
        MessageId::from_bytes(self.id)
    }

    /// When it has lost its point.
    pub fn expires_at(&self) -> Timestamp {
        self.created_at + LIFETIME
    }
}

/// An address, or where somebody logged in, is nothing for a log.
impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notice(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    /// Written by this version. These bytes never change.
    const STORED: &str =
        "01066e6f74696365171717171717171717171717171717170200c00002010003416e6e0b6578616d706c652e6f72670980a0abfef962";

    fn notice() -> Notice {
        Notice {
            id: [0x17; 16],
            kind: NoticeKind::NewLogin { ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)) },
            to: Identifier::parse("Ann@example.org").unwrap(),
            locale: Locale::Zh,
            created_at: Timestamp::from_millis(1_700_000_000_000),
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    #[test]
    fn the_stored_form_stays_and_is_read_back() {
        assert_eq!(hex(&notice().encode()), STORED);
        for kind in [
            NoticeKind::PasswordChanged,
            NoticeKind::IdentifierChanged { channel: Channel::Sms },
            NoticeKind::NewLogin { ip: "2001:db8::1".parse().unwrap() },
        ] {
            let notice = Notice { kind, ..notice() };
            assert_eq!(stored::name(&notice.encode()), Ok(NAME));
            assert!(Notice::decode(&notice.encode()) == Ok(notice));
        }
    }

    #[test]
    fn it_is_told_from_everything_else_in_the_outbox() {
        let renamed = stored::encode(&("other", notice()));
        assert!(Notice::decode(&renamed) == Err(SnapshotError::Damaged));
        let whole = notice().encode();
        for length in 1..whole.len() {
            assert!(Notice::decode(&whole[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", notice()), "Notice(…)");
    }
}
