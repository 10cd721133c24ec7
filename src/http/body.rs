//! Request bodies: one JSON object of at most 16 KiB, read by one extractor.
//!
//! Its fields are [`Field`]s, so that a handler can name everything that is wrong with them at once instead of
//! stopping at the first. What is no JSON object at all is refused here.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
};
use futures_util::StreamExt as _;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::problem::{Kind, Problem};

/// Longest body, in bytes.
const LIMIT: usize = 16 * 1024;
/// How much of a body that is too long is read and dropped. A client that is still sending when the connection
/// closes sees that instead of the answer.
const PATIENCE: usize = 1024 * 1024;
/// Deepest nesting of a body; the object itself is the first level.
const DEPTH: usize = 32;

/// The body of a request.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media_type = media_type(request);
        let encoded = is_encoded(request.headers());
        let payload = payload.take();
        Box::pin(async move {
            let late = |_| malformed("The body took too long to arrive.");
            let bytes = timeout(ARRIVAL, read(payload)).await.map_err(late)??;
            match media_type {
                MediaType::Json if !encoded => parse(&bytes).map(Self),
                MediaType::Absent if bytes.is_empty() => Err(malformed("A body is missing.")),
                _ => Err(Kind::UnsupportedMediaType.into()),
            }
        })
    }
}

enum MediaType {
    Absent,
    Json,
    Other,
}

fn media_type(request: &HttpRequest) -> MediaType {
    if !request.headers().contains_key(header::CONTENT_TYPE) {
        return MediaType::Absent;
    }
    let Ok(Some(mime)) = request.mime_type() else { return MediaType::Other };
    let utf8 = mime.get_param("charset").is_none_or(|charset| charset == "utf-8");
    if mime.essence_str() == "application/json" && utf8 { MediaType::Json } else { MediaType::Other }
}

fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// How long a body may take to arrive: whoever sends it byte by byte holds nothing for longer.
const ARRIVAL: Duration = Duration::from_secs(10);

async fn read(mut payload: Payload) -> Result<Vec<u8>, Problem> {
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| malformed("The body could not be read to its end."))?;
        length = length.saturating_add(chunk.len());
        if length <= LIMIT {
            bytes.extend_from_slice(&chunk);
        } else if length > PATIENCE {
            break;
        }
    }
    if length > LIMIT { Err(Kind::PayloadTooLarge.into()) } else { Ok(bytes) }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if nesting(bytes) > DEPTH {
        return Err(malformed("The body nests too deeply."));
    }
    let object: Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|_| malformed("The body is not a JSON object."))?;
    serde_json::from_value(Value::Object(object)).map_err(|_| malformed("The body is not a JSON object."))
}

fn malformed(detail: &'static str) -> Problem {
    Problem::new(Kind::MalformedRequest).detail(detail)
}

/// How deeply objects and arrays nest, told before anything is parsed. Of what is not JSON it tells nothing useful.
fn nesting(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// One field of a body. `null` counts as missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Not there.
    #[default]
    Missing,
    /// There, but not of the type it has to be.
    WrongType,
    /// There.
    Present(T),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Missing,
            value => serde_json::from_value(value).map_or(Self::WrongType, Self::Present),
        })
    }
}

/// One field of a body that need not be there. `null` does not count as missing: the field was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given<T>(pub Option<Field<T>>);

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Field::deserialize(deserializer).map(|field| Self(Some(field)))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{FromRequest as _, test::TestRequest};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(default)]
    #[derive(Default)]
    struct Named {
        name: Field<String>,
        tags: Field<Vec<Field<String>>>,
    }

    async fn extract(request: TestRequest) -> Result<Named, Kind> {
        let (request, mut payload) = request.to_http_parts();
        let body = Body::<Named>::from_request(&request, &mut payload).await;
        body.map(|Body(named)| named).map_err(|problem| problem.kind())
    }

    async fn post(content_type: &str, body: impl Into<String>) -> Result<Named, Kind> {
        extract(TestRequest::post().insert_header((header::CONTENT_TYPE, content_type)).set_payload(body.into())).await
    }

    #[actix_web::test]
    async fn fields_are_missing_wrong_or_present() {
        let named = post("application/json", r#"{"tags": ["a", 1, null], "unknown": {}, "name": null}"#).await.unwrap();
        assert_eq!(named.name, Field::Missing);
        assert_eq!(named.tags, Field::Present(vec![Field::Present("a".to_owned()), Field::WrongType, Field::Missing]));
        assert_eq!(post("application/json", r#"{"name": 7}"#).await.unwrap().name, Field::WrongType);
        assert_eq!(post("application/json", "{}").await.unwrap().name, Field::Missing);
    }

    #[test]
    fn a_field_that_is_named_is_given_even_if_it_is_null() {
        #[derive(Deserialize)]
        struct Change {
            #[serde(default)]
            name: Given<String>,
        }
        let name = |text| serde_json::from_str::<Change>(text).unwrap().name.0;
        assert_eq!(name("{}"), None);
        assert_eq!(name(r#"{"name": null}"#), Some(Field::Missing));
        assert_eq!(name(r#"{"name": 7}"#), Some(Field::WrongType));
        assert_eq!(name(r#"{"name": "x"}"#), Some(Field::Present("x".to_owned())));
    }

    #[actix_web::test]
    async fn only_plain_json_is_read() {
        for accepted in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"] {
            assert!(post(accepted, "{}").await.is_ok(), "{accepted}");
        }
        for refused in
            ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "nonsense", ""]
        {
            assert_eq!(post(refused, "{}").await.unwrap_err(), Kind::UnsupportedMediaType, "{refused}");
        }
        assert_eq!(extract(TestRequest::post().set_payload("{}")).await.unwrap_err(), Kind::UnsupportedMediaType);
        let zipped = TestRequest::post()
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .insert_header((header::CONTENT_ENCODING, "gzip"))
            .set_payload("{}");
        assert_eq!(extract(zipped).await.unwrap_err(), Kind::UnsupportedMediaType);
    }

    #[actix_web::test]
    async fn what_is_no_object_is_malformed() {
        for body in ["", "nonsense", "[]", "null", "\"{}\"", "{", "{} {}", "{\"name\": \"\u{1}\"}", "\u{feff}{}"] {
            assert_eq!(post("application/json", body).await.unwrap_err(), Kind::MalformedRequest, "{body:?}");
        }
        assert_eq!(extract(TestRequest::post()).await.unwrap_err(), Kind::MalformedRequest);
        let not_utf8 = TestRequest::post()
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .set_payload(b"{\"name\": \"\xff\"}".to_vec());
        assert_eq!(extract(not_utf8).await.unwrap_err(), Kind::MalformedRequest);
    }

    #[actix_web::test]
    async fn a_body_of_the_limit_is_read_and_a_longer_one_is_not() {
        let padded = |length: usize| format!("{{{}}}", " ".repeat(length - 2));
        assert!(post("application/json", padded(LIMIT)).await.is_ok());
        assert_eq!(post("application/json", padded(LIMIT + 1)).await.unwrap_err(), Kind::PayloadTooLarge);
        assert_eq!(post("application/json", padded(2 * PATIENCE)).await.unwrap_err(), Kind::PayloadTooLarge);
    }

    #[actix_web::test]
    async fn the_thirty_second_level_is_the_last() {
        let nested = |depth: usize| format!("{{\"x\": {}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(post("application/json", nested(DEPTH)).await.is_ok());
        assert_eq!(post("application/json", nested(DEPTH + 1)).await.unwrap_err(), Kind::MalformedRequest);
    }

    #[test]
    fn brackets_in_strings_do_not_nest() {
        assert_eq!(nesting(br#"{"a": "[[[", "b": "\"[[[", "c\\": [1]}"#), 2);
    }
}
