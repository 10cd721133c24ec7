//! Instants as clients see them.

use chatlink_actors::time::Timestamp;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// RFC 3339 in UTC, to the millisecond.
pub fn rfc3339(at: Timestamp) -> String {
    let nanos = i128::from(at.as_millis()).saturating_mul(1_000_000);
    // An instant beyond the year 9999 cannot be written; none is ever that far.
    OffsetDateTime::from_unix_timestamp_nanos(nanos).ok().and_then(|it| it.format(&Rfc3339).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_in_utc_with_z() {
        assert_eq!(rfc3339(Timestamp::from_millis(0)), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(Timestamp::from_millis(1_767_225_600_120)), "2026-01-01T00:00:00.12Z");
    }
}
