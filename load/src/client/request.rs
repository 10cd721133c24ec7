//! Requests, built with as few allocations as they allow.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue},
};

use super::Target;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What is asked. Clones are cheap: the parts are shared.
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    path: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    fn new(method: Method, path: impl Into<Bytes>) -> Self {
        // A path that is none is asked for as `/`: the answer's status tells.
        let path = Uri::from_maybe_shared(path.into()).unwrap_or_default();
        Self { method, path, headers: HeaderMap::with_capacity(4), body: Bytes::new() }
    }

    /// Asks for something.
    pub fn get(path: impl Into<Bytes>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Posts that JSON.
    pub fn post(path: impl Into<Bytes>, json: impl Into<Bytes>) -> Self {
        let mut request = Self::new(Method::POST, path);
        request.headers.insert(CONTENT_TYPE, JSON);
        request.body = json.into();
        request
    }

    /// With another method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// As the holder of that access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION, format!("Bearer {token}"))
    }

    /// With another header. One that cannot be sent is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<Bytes>) -> Self {
        if let Ok(value) = HeaderValue::from_maybe_shared(value.into()) {
            self.headers.insert(name, value);
        }
        self
    }

    /// As hyper sends it.
    pub(super) fn for_target(self, target: &Target) -> hyper::Request<Full<Bytes>> {
        let mut request = hyper::Request::new(Full::new(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path;
        *request.headers_mut() = self.headers;
        request.headers_mut().insert(HOST, target.host.clone());
        request
    }
}
