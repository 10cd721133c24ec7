//! By what a device is known again: a keyed hash of what its client says of itself. What is stored tells nobody what
//! that was, and devices of different accounts have nothing in common.

use std::fmt;

use uuid::Uuid;

use super::{Opening, keys::MacKeys, tokens::KeyError};

/// Makes the marks of devices.
#[derive(Debug)]
pub(super) struct DeviceKeys(MacKeys);

/// The marks of one device of one account: the one that is stored, and those that were stored under older secrets.
pub(crate) struct DeviceMarks {
    pub newest: [u8; 32],
    /// `newest` among them.
    pub all: Vec<[u8; 32]>,
}

impl DeviceKeys {
    pub fn derive(newest: &[u8], older: &[impl AsRef<[u8]>]) -> Result<Self, KeyError> {
        MacKeys::derive(newest, older, "chatlink/device/v1").map(Self)
    }

    pub fn marks(&self, user: Uuid, opening: &Opening) -> DeviceMarks {
        let (kind, words) = words(opening);
        let parts: [&[u8]; 3] = [user.as_bytes(), &[kind], words.as_bytes()];
        DeviceMarks { newest: self.0.tag(&parts), all: self.0.tags(&parts).collect() }
    }
}

impl fmt::Debug for DeviceMarks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceMarks(…)")
    }
}

/// The name, or else the `User-Agent` without what versions are written with: a browser that was updated is the same.
fn words(opening: &Opening) -> (u8, String) {
    match (&opening.device_name, &opening.user_agent) {
        (Some(name), _) => (1, name.as_str().to_owned()),
        (None, Some(agent)) => (2, agent.replace(|char: char| char.is_ascii_digit() || "._".contains(char), "")),
        (None, None) => (0, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::accounts::{SessionKind, profile::DeviceName};

    const NONE: [&str; 0] = [];
    const USER: Uuid = Uuid::from_u128(1);

    fn opening(name: Option<&str>, agent: Option<&str>) -> Opening {
        Opening {
            kind: SessionKind::Token,
            device_name: name.map(|name| DeviceName::parse(name).unwrap()),
            user_agent: agent.map(ToOwned::to_owned),
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }

    fn mark(user: Uuid, name: Option<&str>, agent: Option<&str>) -> [u8; 32] {
        DeviceKeys::derive(b"secret", &NONE).unwrap().marks(user, &opening(name, agent)).newest
    }

    #[test]
    fn a_device_is_known_by_its_name_or_else_by_its_program() {
        let phone = mark(USER, Some("phone"), Some("App/1.0"));
        assert_eq!(mark(USER, Some("phone"), Some("Other")), phone);
        assert_ne!(mark(USER, Some("tablet"), Some("App/1.0")), phone);
        let browser = mark(USER, None, Some("Browser/120.0"));
        assert_eq!(mark(USER, None, Some("Browser/121.0.7")), browser);
        assert_ne!(mark(USER, None, Some("Bowser/120.0")), browser);
        assert_ne!(mark(USER, Some("Browser/"), None), browser);
        assert_ne!(mark(USER, None, None), mark(USER, None, Some("")));
    }

    #[test]
    fn accounts_have_no_marks_in_common() {
        assert_ne!(mark(USER, Some("phone"), None), mark(Uuid::from_u128(2), Some("phone"), None));
    }

    #[test]
    fn a_device_is_known_after_the_secret_was_rotated() {
        let old = mark(USER, Some("phone"), None);
        let marks = DeviceKeys::derive(b"new", &["secret"]).unwrap().marks(USER, &opening(Some("phone"), None));
        assert!(marks.newest != old && marks.all == [marks.newest, old]);
    }
}
