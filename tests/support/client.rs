//! Personas: people and programs that talk to a server over HTTP, as a client developer would write them.

use std::{
    net::Ipv4Addr,
    sync::atomic::{AtomicU32, Ordering},
};

use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

use super::{document, flow::Flow};

/// Someone with an address of their own, logged in or not.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    address: Ipv4Addr,
    bearer: Option<String>,
    headers: Vec<(&'static str, String)>,
    flow: Flow,
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Client {
    /// A person at an address that nobody else has. The test servers trust the loopback as a proxy.
    pub fn new(base: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(u32::from_be_bytes([10, 0, 0, 1]));
        // reqwest wants to be told, and a test may come before any server of this process; the first word counts.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let address = Ipv4Addr::from(NEXT.fetch_add(1, Ordering::Relaxed));
        Self { http, base: base.to_owned(), address, bearer: None, headers: Vec::new(), flow: Flow::Registration }
    }

    /// The same person, with a header on every request.
    pub fn with_header(&self, name: &'static str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name, value.to_owned()));
        client
    }

    /// The same person, logged in.
    pub fn with_token(&self, token: &str) -> Self {
        Self { bearer: Some(token.to_owned()), ..self.clone() }
    }

    /// The same person, after this login: with all that their session needs, of whichever kind.
    pub async fn logged_in(&self, credentials: Value) -> Self {
        self.with_session(&self.post("/v1/sessions", credentials).await)
    }

    /// The same person, with all that the session needs that was opened for them.
    #[track_caller]
    pub fn with_session(&self, opened: &Answer) -> Self {
        assert_eq!(opened.status, 201, "{}", opened.text);
        if let Some(token) = opened.body["access_token"].as_str() {
            return self.with_token(token);
        }
        let cookie = opened.header("set-cookie").split(';').next().unwrap();
        self.with_header("cookie", cookie).with_header("x-csrf-token", opened.body["csrf_token"].as_str().unwrap())
    }

    /// The headers that say who they are, for sockets.
    pub fn credentials(&self) -> Vec<(&'static str, String)> {
        let bearer = self.bearer.iter().map(|token| ("authorization", format!("Bearer {token}")));
        bearer.chain(self.headers.iter().cloned()).collect()
    }

    /// The same person, in another flow than registration.
    pub fn on(&self, flow: Flow) -> Self {
        Self { flow, ..self.clone() }
    }

    /// The same person, at another server.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        request = request.header("x-forwarded-for", self.address.to_string());
        if let Some(token) = &self.bearer {
            request = request.bearer_auth(token);
        }
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::read(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::read(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn post_empty(&self, path: &str) -> Answer {
        Answer::read(self.request(Method::POST, path)).await
    }

    pub async fn start(&self, identifier: &str) -> Answer {
        self.post(self.flow.path(), self.flow.opening(identifier)).await
    }

    pub async fn status(&self, id: &str) -> Answer {
        self.get(&format!("{}/{id}", self.flow.path())).await
    }

    pub async fn resend(&self, id: &str) -> Answer {
        self.post_empty(&format!("{}/{id}/resend", self.flow.path())).await
    }

    pub async fn verify(&self, id: &str, code: &str) -> Answer {
        self.post(&format!("{}/{id}/verify", self.flow.path()), json!({"code": code})).await
    }

    pub async fn complete(&self, id: &str, body: Value) -> Answer {
        self.post(&format!("{}/{id}/complete", self.flow.path()), body).await
    }

    pub async fn log_in(&self, login: &str, password: &str) -> Answer {
        self.post("/v1/sessions", json!({"login": login, "password": password})).await
    }
}

impl Answer {
    /// Sends the request, and asserts that the answer is one that the OpenAPI document foresees.
    pub async fn read(request: reqwest::RequestBuilder) -> Self {
        let (http, request) = request.build_split();
        let request = request.expect("a request");
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let answer = Self::receive(http.execute(request).await).await;
        document::hold(&method, &path, &answer);
        answer
    }

    /// The answer of a server that the OpenAPI document says nothing of.
    pub async fn receive(response: reqwest::Result<reqwest::Response>) -> Self {
        let response = response.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("the answer is text");
        Self { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    /// Asserts the status and gives the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Asserts that this is the problem of that slug, whole and in form, and gives its body.
    #[track_caller]
    pub fn problem(self, status: u16, slug: &str) -> Value {
        assert_eq!(
            (self.status, self.body["type"].as_str()),
            (status, Some(format!("/problems/{slug}").as_str())),
            "{}",
            self.text
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["instance"], self.header("x-request-id"));
        for member in ["title", "detail"] {
            assert!(self.body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {}", self.text);
        }
        if matches!(status, 429 | 503) {
            let seconds: u64 = self.header("retry-after").parse().expect("Retry-After in whole seconds");
            assert!(seconds >= 1);
            assert_eq!(self.body["retry_after"], seconds);
        }
        self.body
    }

    /// Asserts a validation failure with exactly these pointers and codes.
    #[track_caller]
    pub fn invalid(self, expected: &[(&str, &str)]) -> Value {
        let body = self.problem(422, "validation-failed");
        let mut errors: Vec<(&str, &str)> = body["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect();
        errors.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(errors, expected, "{body}");
        body
    }

    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A profile that is fit to complete a registration.
pub fn profile(token: &Value, username: &str) -> Value {
    json!({
        "completion_token": token,
        "username": username,
        "password": PASSWORD,
        "full_name": "Ann Lee",
        "date_of_birth": "1990-05-17",
        "country": "de",
        "native_language": "de",
        "learning_languages": ["es", "jpn"],
    })
}

/// Good enough for anybody here.
pub const PASSWORD: &str = "plum-anvil-Quartz-47";
/// As good, for those who want another one.
pub const NEW_PASSWORD: &str = "tram-Saffron-ladder-93";

/// The profile with one member replaced, or taken out where the value is null.
pub fn with(mut profile: Value, member: &str, value: Value) -> Value {
    let object = profile.as_object_mut().unwrap();
    if value.is_null() {
        object.remove(member);
    } else {
        object.insert(member.to_owned(), value);
    }
    profile
}
