//! The cookie by which a browser holds its session (RFC 6265). Its prefix binds it to this host and to TLS: no other
//! host can set or read it. Any cookie is read here, but no other is set.

use std::time::Duration;

use actix_web::http::header::{self, HeaderMap, HeaderValue};

const NAME: &str = "__Host-chatlink_session";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// Has the browser hold a session for so long.
pub fn set(secret: &str, max_age: Duration) -> Option<HeaderValue> {
    let mut value =
        HeaderValue::from_str(&format!("{NAME}={secret}; Max-Age={}; {ATTRIBUTES}", max_age.as_secs())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Has the browser forget it.
pub fn clear() -> HeaderValue {
    HeaderValue::from_str(&format!("{NAME}=; Max-Age=0; {ATTRIBUTES}")).unwrap_or(HeaderValue::from_static(""))
}

/// What holds the session, where exactly one is given: no browser sends two of this prefix.
pub fn read(headers: &HeaderMap) -> Option<&str> {
    value(headers, NAME)
}

/// The value of a cookie, where exactly one of that name is given.
pub fn value<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cookie_is_read_wherever_it_stands() {
        let read = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, HeaderValue::from_static(line));
            }
            super::read(&headers).map(ToOwned::to_owned)
        };
        for lines in [
            &["__Host-chatlink_session=abc"][..],
            &["a=b; __Host-chatlink_session=abc;c=d"],
            &["a=b", "c;;; __Host-chatlink_session=abc"],
        ] {
            assert_eq!(read(lines).as_deref(), Some("abc"), "{lines:?}");
        }
        for lines in [
            &[][..],
            &["chatlink_session=abc"],
            &["__host-chatlink_session=abc"],
            &["=__Host-chatlink_session=abc"],
            &["__Host-chatlink_session"],
            &["__Host-chatlink_session=abc; __Host-chatlink_session=abc"],
            &["__Host-chatlink_session=abc", "__Host-chatlink_session=def"],
        ] {
            assert_eq!(read(lines), None, "{lines:?}");
        }
    }
}
