//! Whole numbers within bounds, which differ from key to key, so that no type per key is needed.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use super::{reader::Reader, sources::Raw};

impl Reader {
    /// A whole number within bounds.
    pub(super) fn number<T>(&mut self, key: &str, default: T, within: &RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + Display + Copy,
    {
        let expected = format!("a whole number from {} to {}", within.start(), within.end());
        let parse = |raw: &Raw| match raw {
            Raw::Text(text) => text.trim().parse().ok().filter(|number| within.contains(number)),
            Raw::List(_) => None,
        };
        self.take(key, &expected, Some(default.to_string()), parse, T::to_string).unwrap_or(default)
    }
}
