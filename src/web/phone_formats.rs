//! How phone numbers are written, so that the client can group their digits while somebody types.
//!
//! It is made of the metadata that the actors read numbers by, and a test keeps it so: loading all of that takes a
//! tenth of a second, which no start has to wait for. `UPDATE=1 cargo test --lib phone_formats` writes it anew.

use bytes::Bytes;

/// By calling code, the ways to write national numbers beneath it; the first that fits is the one to take. Each is the
/// pattern of a whole number, what takes its place, and patterns of its first digits, the most exact one last.
pub fn json() -> Bytes {
    Bytes::from_static(include_bytes!("phone-formats.json"))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use phonenumber::{
        Metadata,
        metadata::{DATABASE, Format},
    };
    use serde::Serialize;

    use super::*;

    /// The region of numbers that belong to no country.
    const NO_COUNTRY: &str = "001";

    #[derive(Debug, PartialEq, Eq, Serialize)]
    struct Way<'a>(String, &'a str, Vec<String>);

    impl<'a> Way<'a> {
        fn new(format: &'a Format) -> Self {
            // The patterns are written over several lines, and mean the same without.
            let compact = |pattern: &str| pattern.split_whitespace().collect();
            let leading = format.leading_digits().iter().map(|digits| compact(digits.as_str()));
            Self(compact(format.pattern().as_str()), format.format(), leading.collect())
        }
    }

    fn ways() -> BTreeMap<u16, Vec<Way<'static>>> {
        let countries = DATABASE.iter().filter(|country| country.id() != NO_COUNTRY);
        let codes: BTreeSet<u16> = countries.map(Metadata::country_code).collect();
        let ways = codes.into_iter().map(|code| {
            // Where several countries share a code the main one is the first, and numbers are written as there.
            let country = DATABASE.by_code(&code).unwrap()[0];
            // As they are written with their calling code, where that differs.
            let formats = match country.international_formats() {
                [] => country.formats(),
                international => international,
            };
            (code, formats.iter().map(Way::new).collect())
        });
        ways.filter(|(_, ways): &(u16, Vec<_>)| !ways.is_empty()).collect()
    }

    #[test]
    fn the_checked_in_file_is_what_the_metadata_says() {
        // A line for each code, so that a change can be read.
        let lines =
            ways().into_iter().map(|(code, ways)| format!("\"{code}\":{}", serde_json::to_string(&ways).unwrap()));
        let current = format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"));
        if std::env::var_os("UPDATE").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/phone-formats.json");
            std::fs::write(path, &current).unwrap();
        } else {
            let stale = "src/web/phone-formats.json is stale: run `UPDATE=1 cargo test --lib phone_formats`";
            assert!(current.as_bytes() == json(), "{stale}");
        }
    }

    #[test]
    fn numbers_are_written_as_in_their_main_country() {
        let ways = ways();
        assert!(ways.len() > 190, "{}", ways.len());
        for (code, pattern, format) in [
            (1, r"(\d{3})(\d{3})(\d{4})", "$1-$2-$3"),
            (33, r"(\d)(\d{2})(\d{2})(\d{2})(\d{2})", "$1 $2 $3 $4 $5"),
            (44, r"(\d{4})(\d{6})", "$1 $2"),
        ] {
            assert!(ways[&code].iter().any(|way| way.0 == pattern && way.1 == format), "{:?}", ways[&code]);
        }
    }

    #[test]
    fn every_way_is_one_that_browsers_understand() {
        for Way(pattern, format, leading) in ways().values().flatten() {
            assert!(format.contains("$1") && *format != "NA", "{format}");
            for pattern in leading.iter().chain([pattern]) {
                assert!(
                    !pattern.is_empty() && pattern.chars().all(|c| r"\d0123456789()?:[]{},|-".contains(c)),
                    "{pattern}"
                );
            }
        }
    }
}
