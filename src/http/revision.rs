//! Entity tags of an account, and the conditions that are made of them (RFC 9110, 13).
//!
//! A tag names a representation: the version of the account, and after a dot the bytes, for those change without the
//! account being changed, when a cooldown ends. `If-None-Match` asks for the bytes. `If-Match` guards a change, and
//! asks for the version alone: a cooldown that ended must not refuse a change that it allows.

use actix_web::http::header;
use actix_web::{
    HttpRequest,
    http::header::{EntityTag, Header as _, IfMatch},
};

use crate::{
    accounts::{Precondition, Version},
    web::fingerprint,
};

/// The inner part of the strong entity tag of that version, represented by these bytes.
pub fn tag(version: Version, body: &[u8]) -> String {
    format!("{}.{}", version.number(), fingerprint(body))
}

/// Which versions a request is for. What is no tag of ours names none.
pub fn precondition(request: &HttpRequest) -> Precondition {
    if !request.headers().contains_key(header::IF_MATCH) {
        return Precondition::Any;
    }
    match IfMatch::parse(request) {
        Ok(IfMatch::Any) => Precondition::Any,
        Ok(IfMatch::Items(tags)) => Precondition::OneOf(tags.iter().filter_map(version).collect()),
        Err(_) => Precondition::OneOf(Vec::new()),
    }
}

/// `If-Match` compares strongly: a weak tag is never the same.
fn version(tag: &EntityTag) -> Option<Version> {
    let strong = tag.strong_eq(tag);
    let (number, _) = tag.tag().split_once('.').filter(|_| strong)?;
    number.parse().ok().map(Version::from_number)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(lines: &[&str]) -> Precondition {
        let request = TestRequest::patch();
        let request = lines.iter().fold(request, |request, line| request.append_header((header::IF_MATCH, *line)));
        precondition(&request.to_http_request())
    }

    fn one_of(numbers: &[i32]) -> Precondition {
        Precondition::OneOf(numbers.iter().copied().map(Version::from_number).collect())
    }

    #[test]
    fn a_tag_is_read_as_its_version() {
        let ours = format!("\"{}\"", tag(Version::from_number(12), b"body"));
        assert_eq!(read(&[&ours]), one_of(&[12]));
        assert_eq!(read(&["\"3.a\", \"4.b\"", "\"5.c-gzip\""]), one_of(&[3, 4, 5]));
    }

    #[test]
    fn no_condition_and_a_star_admit_every_version() {
        assert_eq!(read(&[]), Precondition::Any);
        assert_eq!(read(&["*"]), Precondition::Any);
    }

    #[test]
    fn what_is_no_strong_tag_of_ours_names_nothing() {
        for line in ["", "3", "\"3\"", "W/\"3.a\"", "\"x.a\"", "\"99999999999.a\"", "nonsense", "\"\u{ff}\""] {
            assert_eq!(read(&[line]), one_of(&[]), "{line}");
        }
    }

    #[test]
    fn a_version_has_several_representations() {
        let version = Version::from_number(1);
        assert_ne!(tag(version, b"a"), tag(version, b"b"));
        assert_ne!(tag(version, b"a"), tag(Version::from_number(2), b"a"));
    }
}
