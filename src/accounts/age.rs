//! Birth dates and ages. Age is counted in whole years on today's UTC date, which comes in as a parameter;
//! somebody born on 29 February comes of age on 1 March of a common year.

use std::fmt;

use chatlink_actors::time::Timestamp;
use time::{Date, OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::field::{FieldCode, FieldError};

/// Nobody alive was born before.
const FIRST_YEAR: i32 = 1900;
const ISO: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// The day that an instant falls on, in UTC.
pub fn utc_date(instant: Timestamp) -> Date {
    let nanoseconds = i128::from(instant.as_millis()) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).map_or(Date::MAX, OffsetDateTime::date)
}

/// When somebody old enough was born.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DateOfBirth(Date);

impl DateOfBirth {
    /// Parses `YYYY-MM-DD`, and refuses whoever is younger than `minimum_age` years on that day.
    pub fn parse(input: &str, today: Date, minimum_age: u8) -> Result<Self, FieldError> {
        // The parser would take signs and five-digit years too.
        let shaped = input.len() == 10 && input.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date = shaped.then(|| Date::parse(input, ISO).ok()).flatten().ok_or(FieldCode::InvalidFormat)?;
        if date > today {
            return Err(FieldCode::InTheFuture.into());
        }
        if date.year() < FIRST_YEAR {
            return Err(FieldCode::NotSupported.into());
        }
        if age(date, today) < i32::from(minimum_age) {
            return Err(FieldCode::AgeBelowMinimum.into());
        }
        Ok(Self(date))
    }

    /// The date.
    pub const fn date(self) -> Date {
        self.0
    }
}

impl fmt::Debug for DateOfBirth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DateOfBirth(…)")
    }
}

/// Whole years. In a common year the birthday of 29 February has not come before 1 March.
fn age(born: Date, today: Date) -> i32 {
    let day_of = |date: Date| (u8::from(date.month()), date.day());
    today.year() - born.year() - i32::from(day_of(today) < day_of(born))
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn code(input: &str, today: Date) -> Option<FieldCode> {
        DateOfBirth::parse(input, today, 13).err().map(|error| error.code)
    }

    #[test]
    fn thirteen_today_is_old_enough_and_tomorrow_is_not() {
        let today = date!(2026 - 07 - 15);
        assert_eq!(code("2013-07-15", today), None);
        assert_eq!(code("2013-07-14", today), None);
        assert_eq!(code("2013-07-16", today), Some(FieldCode::AgeBelowMinimum));
        assert_eq!(code("2013-08-01", today), Some(FieldCode::AgeBelowMinimum));
    }

    #[test]
    fn born_on_a_leap_day_comes_of_age_on_the_first_of_march() {
        assert_eq!(code("2012-02-29", date!(2025 - 02 - 28)), Some(FieldCode::AgeBelowMinimum));
        assert_eq!(code("2012-02-29", date!(2025 - 03 - 01)), None);
    }

    #[test]
    fn in_a_leap_year_the_leap_day_itself_counts() {
        let leap = |today| DateOfBirth::parse("2008-02-29", today, 16).err().map(|error| error.code);
        assert_eq!(leap(date!(2024 - 02 - 28)), Some(FieldCode::AgeBelowMinimum));
        assert_eq!(leap(date!(2024 - 02 - 29)), None);
    }

    #[test]
    fn the_future_and_the_distant_past_are_refused() {
        let today = date!(2026 - 07 - 15);
        assert_eq!(code("2026-07-16", today), Some(FieldCode::InTheFuture));
        assert_eq!(code("2026-07-15", today), Some(FieldCode::AgeBelowMinimum));
        assert_eq!(code("1900-01-01", today), None);
        assert_eq!(code("1899-12-31", today), Some(FieldCode::NotSupported));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for input in [
            "",
            "2013",
            "2013-7-15",
            "13-07-15",
            "2013-02-29",
            "2013-13-01",
            "2013-00-10",
            "2013-01-00",
            "15.07.2013",
            "2013/07/15",
            "2013-07-15T00:00:00Z",
            " 2013-07-15",
            "+2013-07-15",
            "-013-07-15",
            "２０１３-07-15",
        ] {
            assert_eq!(code(input, date!(2026 - 07 - 15)), Some(FieldCode::InvalidFormat), "{input:?}");
        }
    }

    #[test]
    fn the_date_is_that_of_utc() {
        assert_eq!(utc_date(Timestamp::from_millis(86_399_999)), date!(1970 - 01 - 01));
        assert_eq!(utc_date(Timestamp::from_millis(86_400_000)), date!(1970 - 01 - 02));
    }
}
