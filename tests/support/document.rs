//! The OpenAPI document, and whether an answer is as it says. Every answer that a [`Client`](super::client::Client)
//! gets is held against it, so each test of the suite is one of the document too.

use std::{collections::BTreeSet, sync::LazyLock};

use reqwest::{Method, header::HeaderMap};
use serde_json::Value;

use super::{client::Answer, schema};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(chatlink::app::openapi()).unwrap());

/// Headers that are worth documenting wherever they are sent.
const NOTEWORTHY: [&str; 8] = [
    "clear-site-data",
    "content-language",
    "etag",
    "location",
    "retry-after",
    "set-cookie",
    "www-authenticate",
    "x-request-id",
];
/// The documented header that some of these answers do without.
const OPTIONAL: &str = "set-cookie";

/// One method of one path.
#[derive(Clone, Copy)]
pub struct Operation {
    pub path: &'static str,
    pub method: &'static str,
    pub spec: &'static Value,
}

/// All of them.
pub fn operations() -> impl Iterator<Item = Operation> {
    paths().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, spec)| Operation { path, method, spec })
    })
}

/// All paths, with their methods.
pub fn paths() -> impl Iterator<Item = (&'static str, &'static Value)> {
    DOCUMENT["paths"].as_object().unwrap().iter().map(|(path, methods)| (path.as_str(), methods))
}

/// What a 405 at that path says is allowed.
pub fn allowed(methods: &Value) -> BTreeSet<String> {
    let names = methods.as_object().unwrap().keys().map(|name| name.to_uppercase());
    names.chain(methods.get("get").map(|_| "HEAD".to_owned())).collect()
}

impl Operation {
    pub fn method(&self) -> Method {
        self.method.to_uppercase().parse().unwrap()
    }

    /// The schema of its body, where it reads one.
    pub fn body(&self) -> Option<&'static Value> {
        self.spec.pointer("/requestBody/content/application~1json/schema")
    }

    pub fn needs_login(&self) -> bool {
        self.spec.get("security").is_some()
    }

    /// The path with something in place of every parameter.
    pub fn path_with(&self, filling: &str) -> String {
        fill(self.path, filling)
    }
}

/// The path with something in place of every parameter.
pub fn fill(path: &str, filling: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { filling } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// Follows a reference.
pub fn resolve(schema: &'static Value) -> &'static Value {
    match schema["$ref"].as_str() {
        Some(path) => DOCUMENT.pointer(path.strip_prefix('#').unwrap()).expect("what is referred to is there"),
        None => schema,
    }
}

/// Asserts that the document foresees this answer, if the path is one of its.
#[track_caller]
pub fn hold(method: &Method, path: &str, answer: &Answer) {
    let Some((template, methods)) = find(path) else { return };
    let at = format!("{method} {template} answered {}: {}", answer.status, answer.text);
    let listed = if method == Method::HEAD { "get".to_owned() } else { method.as_str().to_lowercase() };
    let Some(operation) = methods.get(&listed) else { return hold_unlisted(method, methods, answer, &at) };
    let responses = operation["responses"].as_object().unwrap();
    let Some(expected) = responses.get(&answer.status.to_string()) else { panic!("undocumented: {at}") };
    hold_headers(expected, &answer.headers, &at);
    match expected["content"].as_object() {
        _ if method == Method::HEAD => assert_eq!(answer.text, "", "{at}"),
        None => assert_eq!(answer.text, "", "{at}"),
        Some(content) => {
            let media_type = answer.header("content-type").split(';').next().unwrap();
            let Some(media) = content.get(media_type) else { panic!("undocumented {media_type}: {at}") };
            let schema = &media["schema"];
            schema::fit(&answer.body, schema, "").unwrap_or_else(|complaint| panic!("{complaint}: {at}"));
        }
    }
}

/// A method that the path does not have is refused; a browser's question beforehand is answered.
fn hold_unlisted(method: &Method, methods: &Value, answer: &Answer, at: &str) {
    if method == Method::OPTIONS && matches!(answer.status, 204 | 403) {
        return;
    }
    assert_eq!(answer.status, 405, "undocumented: {at}");
    let named = answer.header("allow").split(", ").map(ToOwned::to_owned).collect();
    assert_eq!(allowed(methods), named, "{at}");
}

fn hold_headers(expected: &Value, headers: &HeaderMap, at: &str) {
    let documented: BTreeSet<String> =
        expected["headers"].as_object().into_iter().flat_map(|it| it.keys()).map(|name| name.to_lowercase()).collect();
    for name in documented.iter().filter(|name| *name != OPTIONAL) {
        assert!(headers.contains_key(name.as_str()), "{name} is missing: {at}");
    }
    for name in NOTEWORTHY.into_iter().filter(|name| headers.contains_key(*name)) {
        assert!(documented.contains(name), "{name} is undocumented: {at}");
    }
}

/// The path of the document that a request's path is an instance of: of several, the one with the fewest parameters.
fn find(path: &str) -> Option<(&'static str, &'static Value)> {
    let matching = paths().filter(|(template, _)| {
        let (mut wanted, mut given) = (template.split('/'), path.split('/'));
        let alike = wanted
            .by_ref()
            .zip(given.by_ref())
            .all(|(wanted, given)| wanted == given || wanted.starts_with('{') && !given.is_empty());
        alike && template.split('/').count() == path.split('/').count()
    });
    matching.min_by_key(|(template, _)| template.matches('{').count())
}
