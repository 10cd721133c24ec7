//! Which pages of other origins may use this server (CORS, Fetch standard section 3.2).
//!
//! An allowed origin is echoed exactly; never `*`, since credentials are allowed. Whoever sends no `Origin` is not a
//! browser's page, and none of this concerns it.

use std::{fmt, str::FromStr};

use actix_web::{
    HttpResponse,
    http::{
        Method, StatusCode, Uri,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
};

use super::problem::{Kind, Problem};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PATCH");
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, Accept-Language, If-Match, If-None-Match, X-CSRF-Token");
const EXPOSED_HEADERS: HeaderValue =
    HeaderValue::from_static("ETag, Location, Retry-After, WWW-Authenticate, X-Request-Id");
/// How long a browser may remember the answer to a preflight, in seconds.
const PREFLIGHT_AGE: HeaderValue = HeaderValue::from_static("600");

/// An http or https origin in its ASCII form: scheme, host, and port where it is not the default one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// Something that is no [`Origin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an origin such as https://example.org: scheme, host and perhaps a port, nothing more")]
pub struct MalformedOrigin;

impl Origin {
    /// The origin of an absolute http or https URL.
    ///
    /// # Errors
    /// When it is none.
    pub fn of_url(url: &str) -> Result<Self, MalformedOrigin> {
        let uri: Uri = url.parse().map_err(|_| MalformedOrigin)?;
        let scheme = uri.scheme_str().filter(|it| matches!(*it, "http" | "https")).ok_or(MalformedOrigin)?;
        let authority = uri.authority().filter(|it| !it.as_str().contains('@')).ok_or(MalformedOrigin)?;
        let host = Some(authority.host()).filter(|host| !host.is_empty()).ok_or(MalformedOrigin)?.to_ascii_lowercase();
        let default_port = if scheme == "https" { 443 } else { 80 };
        Ok(match authority.port_u16() {
            Some(port) if port != default_port => Self(format!("{scheme}://{host}:{port}")),
            _ => Self(format!("{scheme}://{host}")),
        })
    }

    /// Whether it is reached by https.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl FromStr for Origin {
    type Err = MalformedOrigin;

    fn from_str(input: &str) -> Result<Self, MalformedOrigin> {
        let authority = input.split_once("://").map(|(_, rest)| rest).ok_or(MalformedOrigin)?;
        if authority.contains(['/', '?', '#']) { Err(MalformedOrigin) } else { Self::of_url(input) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The origins whose pages may use this server.
#[derive(Debug)]
pub struct Origins(Vec<Origin>);

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// No page of a browser, or none that says so.
    Unnamed,
    /// A page of an allowed origin.
    Allowed(HeaderValue),
    /// Any other page.
    Foreign,
}

impl Origins {
    /// The server's own origin, and those that its operator allows.
    pub fn new(own: Origin, others: &[Origin]) -> Self {
        Self(std::iter::once(own).chain(others.iter().cloned()).collect())
    }

    /// Where a request with these headers comes from.
    pub fn source(&self, headers: &HeaderMap) -> Source {
        let mut named = headers.get_all(header::ORIGIN);
        match (named.next(), named.next()) {
            (None, _) => Source::Unnamed,
            (Some(origin), None) if self.0.iter().any(|it| it.0.as_bytes() == origin.as_bytes()) => {
                Source::Allowed(origin.clone())
            }
            _ => Source::Foreign,
        }
    }
}

/// The answer to a browser that asks beforehand whether it may send a request; `None` if it asks no such thing.
pub fn preflight(method: &Method, headers: &HeaderMap, source: &Source) -> Option<Result<HttpResponse, Problem>> {
    if *method != Method::OPTIONS || !headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    match source {
        Source::Unnamed => None,
        Source::Foreign => Some(Err(Kind::OriginNotAllowed.into())),
        Source::Allowed(_) => {
            let mut response = HttpResponse::new(StatusCode::NO_CONTENT);
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE);
            Some(Ok(response))
        }
    }
}

/// Tells the browser whether the page may read this answer.
pub fn admit(headers: &mut HeaderMap, source: &Source) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Source::Allowed(origin) = source {
        let admitting: [(HeaderName, HeaderValue); 3] = [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
            (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS),
        ];
        for (name, value) in admitting {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(origins: &[&str]) -> Source {
        let allowed = Origins::new(
            Origin::of_url("https://Chat.Example:443/app").unwrap(),
            &["http://localhost:3000".parse().unwrap()],
        );
        let mut headers = HeaderMap::new();
        for origin in origins {
            headers.append(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        allowed.source(&headers)
    }

    #[test]
    fn origins_are_compared_whole() {
        assert_eq!(source(&[]), Source::Unnamed);
        for allowed in ["https://chat.example", "http://localhost:3000"] {
            assert_eq!(source(&[allowed]), Source::Allowed(HeaderValue::from_static(allowed)));
        }
        for foreign in [
            "null",
            "",
            "*",
            "http://chat.example",
            "https://chat.example:8443",
            "https://chat.example.evil.example",
            "https://evil.example",
            "https://sub.chat.example",
            "https://chat.example/",
            "http://localhost",
        ] {
            assert_eq!(source(&[foreign]), Source::Foreign, "{foreign:?}");
        }
        assert_eq!(source(&["https://chat.example", "https://evil.example"]), Source::Foreign);
    }

    #[test]
    fn settings_name_an_origin_and_nothing_more() {
        for bad in
            ["", "example.org", "ftp://example.org", "https://", "https://a.example/", "https://u@a.example", "*"]
        {
            assert_eq!(bad.parse::<Origin>(), Err(MalformedOrigin), "{bad:?}");
        }
        assert_eq!("https://A.example:443".parse::<Origin>().unwrap().to_string(), "https://a.example");
        assert_eq!("http://[::1]:8080".parse::<Origin>().unwrap().to_string(), "http://[::1]:8080");
    }

    #[test]
    fn only_an_allowed_page_gets_a_preflight_or_may_read() {
        let mut asking = HeaderMap::new();
        asking.insert(header::ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("POST"));
        let allowed = Source::Allowed(HeaderValue::from_static("https://a.example"));
        assert!(preflight(&Method::OPTIONS, &asking, &allowed).unwrap().is_ok());
        assert!(preflight(&Method::OPTIONS, &asking, &Source::Foreign).unwrap().is_err());
        assert!(preflight(&Method::OPTIONS, &asking, &Source::Unnamed).is_none());
        assert!(preflight(&Method::POST, &asking, &allowed).is_none());

        let mut headers = HeaderMap::new();
        admit(&mut headers, &Source::Foreign);
        assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        assert_eq!(headers.get(header::VARY).unwrap(), "Origin");
        admit(&mut headers, &allowed);
        assert_eq!(headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).unwrap(), "https://a.example");
    }
}
