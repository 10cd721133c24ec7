//! The client has words for whatever the server may say. That every language has them all, a browser checks (see
//! tests/browser).

use std::{fs, path::Path};

use serde_json::{Map, Value};

use crate::{accounts::field::FieldCode, http::problem::Kind};

/// What the client runs into by no request that it sends; and a wrong code, which has words of its own, with the
/// attempts that are left.
const OTHERWISE: [Kind; 8] = [
    Kind::MalformedRequest,
    Kind::RefreshTokenReused,
    Kind::OriginNotAllowed,
    Kind::NotFound,
    Kind::MethodNotAllowed,
    Kind::UnsupportedMediaType,
    Kind::UpgradeRequired,
    Kind::OtpCodeIncorrect,
];

fn texts() -> Map<String, Value> {
    serde_json::from_str(include_str!("../../web/client/locales/en.json")).unwrap()
}

fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|it| it == "js") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    text
}

#[test]
fn every_problem_is_put_into_words() {
    let texts = texts();
    for kind in Kind::ALL.iter().filter(|kind| !OTHERWISE.contains(kind)) {
        assert!(texts.contains_key(&format!("problem.{}", kind.facts().slug)), "{}", kind.facts().slug);
    }
}

#[test]
fn everything_that_can_be_wrong_with_a_field_is_put_into_words() {
    let texts = texts();
    for code in [
        FieldCode::Required,
        FieldCode::InvalidFormat,
        FieldCode::TooShort,
        FieldCode::TooLong,
        FieldCode::NotSupported,
        FieldCode::AgeBelowMinimum,
        FieldCode::InTheFuture,
        FieldCode::UnknownCountry,
        FieldCode::UnknownLanguage,
        FieldCode::SameAsNative,
        FieldCode::Duplicate,
    ] {
        assert!(texts.contains_key(&format!("error.{code}")), "{code}");
    }
    for key in
        ["error.password.password_too_common", "error.password.password_similar", "error.username.username_reserved"]
    {
        assert!(texts.contains_key(key), "{key}");
    }
}

#[test]
fn every_text_that_the_client_names_is_there() {
    let (texts, code) = (texts(), sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/client"))));
    let named: Vec<&str> = [" t(", "(t(", ".t(", "[t(", "rich("]
        .iter()
        .flat_map(|call| code.split(call).skip(1).filter_map(|rest| rest.strip_prefix('"')?.split('"').next()))
        .collect();
    assert!(named.len() > 100, "{named:?}");
    assert_eq!(named.iter().filter(|key| !texts.contains_key(**key)).collect::<Vec<_>>(), [&""; 0]);
}
