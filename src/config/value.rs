//! What a setting's text may be: one implementation of [`Setting`] per type.

use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use chatlink_actors::{
    otp::{CodeLength, Rate},
    time::Timestamp,
};
use ipnet::IpNet;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A type that settings are parsed into.
pub(super) trait Setting: Sized {
    /// What the text must be, to follow "should be".
    fn expected() -> String;

    /// The value, if the text is one.
    fn parse(text: &str) -> Option<Self>;

    /// What `check` prints. Never a secret.
    fn show(&self) -> toml::Value;
}

const SECOND: u64 = 1000;
/// The units of durations, in milliseconds, the longest first.
const UNITS: [(&str, u64); 5] =
    [("d", 24 * 3600 * SECOND), ("h", 3600 * SECOND), ("m", 60 * SECOND), ("s", SECOND), ("ms", 1)];
/// Nothing here lasts longer, and sums of two never overflow.
const LONGEST: Duration = Duration::from_secs(3660 * 24 * 3600);

/// A whole number and a unit; never zero, never above ten years.
impl Setting for Duration {
    fn expected() -> String {
        r#"a duration such as "90s", "5m" or "15d""#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (digits, unit) = text.split_at_checked(text.bytes().take_while(u8::is_ascii_digit).count())?;
        let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let duration = Self::from_millis(digits.parse::<u64>().ok()?.checked_mul(*millis)?);
        (!duration.is_zero() && duration <= LONGEST).then_some(duration)
    }

    fn show(&self) -> toml::Value {
        let millis = u64::try_from(self.as_millis()).unwrap_or(u64::MAX);
        let (unit, size) = UNITS.into_iter().find(|(_, size)| millis.is_multiple_of(*size)).unwrap_or(("ms", 1));
        toml::Value::String(format!("{}{unit}", millis / size))
    }
}

impl Setting for Rate {
    fn expected() -> String {
        r#"a rate such as "20/24h""#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        let (limit, window) = text.split_once('/')?;
        let limit: NonZeroU32 = limit.trim().parse().ok()?;
        Some(Self { limit: limit.get(), window: Duration::parse(window)? })
    }

    fn show(&self) -> toml::Value {
        let window = self.window.show();
        toml::Value::String(format!("{}/{}", self.limit, window.as_str().unwrap_or_default()))
    }
}

impl Setting for CodeLength {
    fn expected() -> String {
        "a number of digits from 6 to 10".into()
    }

    fn parse(text: &str) -> Option<Self> {
        Self::new(text.trim().parse().ok()?)
    }

    fn show(&self) -> toml::Value {
        toml::Value::Integer(self.digits().into())
    }
}

impl Setting for SocketAddr {
    fn expected() -> String {
        r#"an address and port such as "127.0.0.1:8080" or "[::]:8080""#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn show(&self) -> toml::Value {
        toml::Value::String(self.to_string())
    }
}

/// An instant by RFC 3339, in whole milliseconds.
impl Setting for Timestamp {
    fn expected() -> String {
        r#"an instant such as "2030-01-31T12:00:00Z""#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        let at = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
        let millis = at.unix_timestamp_nanos().div_euclid(1_000_000);
        i64::try_from(millis).ok().map(Self::from_millis)
    }

    fn show(&self) -> toml::Value {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.as_millis()) * 1_000_000).ok();
        toml::Value::String(at.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default())
    }
}

/// A network, or one address.
impl Setting for IpNet {
    fn expected() -> String {
        r#"an address or network such as "10.0.0.0/8""#.into()
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        text.parse().or_else(|_| text.parse::<IpAddr>().map(Self::from)).ok()
    }

    fn show(&self) -> toml::Value {
        toml::Value::String(self.to_string())
    }
}

impl Setting for PathBuf {
    fn expected() -> String {
        "a path".into()
    }

    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::from(text))
    }

    fn show(&self) -> toml::Value {
        toml::Value::String(self.display().to_string())
    }
}

/// A word for a choice or a name: letters, digits and a few signs, 1 to 64 of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word(pub(super) String);

impl Setting for Word {
    fn expected() -> String {
        "1 to 64 letters, digits, dots, dashes or underscores".into()
    }

    fn parse(text: &str) -> Option<Self> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let fits = (1..=64).contains(&text.len()) && text.chars().all(allowed);
        fits.then(|| Self(text.to_owned()))
    }

    fn show(&self) -> toml::Value {
        toml::Value::String(self.0.clone())
    }
}

/// Shown in the place of what must not be.
pub(super) fn hidden() -> toml::Value {
    toml::Value::String("(hidden)".into())
}
