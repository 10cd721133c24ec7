//! What bounds the abuse of text messages: caps, and when codes that nearly never come back are sent no more.

use std::time::Duration;

use chatlink_actors::otp::Rate;

use super::reader::Reader;

const HOUR: Duration = Duration::from_secs(3600);
const KEYS: [&str; 6] = [
    "sms.country_limit",
    "sms.prefix_limit",
    "sms.breaker_sends",
    "sms.breaker_verified_percent",
    "sms.breaker_window",
    "sms.breaker_cooloff",
];

/// `sms.country_limit`, `.prefix_limit` and `.breaker_*`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimits {
    /// Texts to one country.
    pub country: Rate,
    /// Texts to numbers that differ in their last four digits alone.
    pub prefix: Rate,
    /// From how many codes to such numbers on it is judged whether they come back.
    pub breaker_sends: u32,
    /// How many of a hundred must.
    pub breaker_verified_percent: u32,
    /// Within how long.
    pub breaker_window: Duration,
    /// For how long none is sent there, once they do not.
    pub breaker_cooloff: Duration,
}

impl TextLimits {
    /// The limits, and whether anybody set one.
    pub(super) fn read(r: &mut Reader) -> (Self, bool) {
        let [country, prefix, sends, percent, window, cooloff] = KEYS;
        let limits = Self {
            country: r.with_default(country, Rate { limit: 1000, window: HOUR }),
            prefix: r.with_default(prefix, Rate { limit: 30, window: HOUR }),
            breaker_sends: r.number(sends, 20, &(1..=1_000_000)),
            breaker_verified_percent: r.number(percent, 10, &(0..=100)),
            breaker_window: r.with_default(window, HOUR),
            breaker_cooloff: r.with_default(cooloff, HOUR),
        };
        (limits, KEYS.iter().any(|key| r.is_chosen(key)))
    }
}
