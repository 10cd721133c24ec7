//! What is answered before any handler has looked at a request. Each test goes through all operations of the OpenAPI
//! document, so that new ones are covered the day they come.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{
    Server,
    client::{Answer, Client, PASSWORD},
    document::{self, Operation, operations, paths, resolve},
};

const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"];

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_cannot_be_read_is_refused_by_whatever_reads_one() {
    let server = Server::start().await;
    let ann = server.register("ann@example.org", "ann").await;
    let nested = format!("{{\"x\":{}{}}}", "[".repeat(32), "]".repeat(32));
    let long = format!("{{\"x\":\"{}\"}}", "x".repeat(16 * 1024));
    let json = Some("application/json");
    for operation in operations().filter(|it| it.body().is_some()) {
        let send = async |content_type: Option<&str>, body: &str| {
            let request = ann.request(operation.method(), &operation.path_with("x")).body(body.to_owned());
            refused(content_type.into_iter().fold(request, |request, it| request.header("content-type", it))).await
        };
        send(None, "{}").await.problem(415, "unsupported-media-type");
        for other in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "x"] {
            send(Some(other), "{}").await.problem(415, "unsupported-media-type");
        }
        send(json, &long).await.problem(413, "payload-too-large");
        for malformed in ["", "{", "{\"x\":1,}", "[]", "null", "\"x\"", "7", "{} {}", "{\"x\":\"\u{1}\"}", &nested] {
            send(json, malformed).await.problem(400, "malformed-request");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_the_wrong_type_are_all_named() {
    let server = Server::start().await;
    let ann = server.register("ann@example.org", "ann").await;
    for operation in operations() {
        let Some(schema) = operation.body() else { continue };
        let (mut body, mut expected) = (json!({}), BTreeSet::new());
        for member in members(schema) {
            body[&member] = json!({});
            expected.insert(format!("/{member}"));
        }
        let path = real(&ann, operation).await;
        let answer = refused(ann.request(operation.method(), &path).json(&body)).await;
        let problem = answer.problem(422, "validation-failed");
        let errors = problem["errors"].as_array().unwrap().iter();
        let named: BTreeSet<String> = errors.map(|error| error["pointer"].as_str().unwrap().to_owned()).collect();
        assert_eq!(named, expected, "{} {}", operation.method, operation.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_there_is_no_way_in() {
    let server = Server::start().await;
    let secured: Vec<_> = operations().filter(Operation::needs_login).collect();
    assert!(!secured.is_empty());
    for operation in secured {
        let nobody = server.client();
        for client in [&nobody, &nobody.with_token("x"), &nobody.with_header("authorization", "Basic YTpi")] {
            let answer = refused(client.request(operation.method(), &operation.path_with("x")).json(&json!({}))).await;
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", operation.path);
            answer.problem(401, "not-authenticated");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_has_the_methods_that_the_document_names() {
    let server = Server::start().await;
    let ann = server.register("ann@example.org", "ann").await;
    for (path, methods) in paths() {
        let allowed = document::allowed(methods);
        for method in METHODS.into_iter().filter(|method| !allowed.contains(*method)) {
            let answer = refused(ann.request(method.parse().unwrap(), &document::fill(path, "x"))).await;
            let named: BTreeSet<String> = answer.header("allow").split(", ").map(ToOwned::to_owned).collect();
            assert_eq!(named, allowed, "{method} {path}");
            answer.problem(405, "method-not-allowed");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_the_paths_there_is_nothing() {
    let server = Server::start().await;
    let ann = server.register("ann@example.org", "ann").await;
    for (path, _) in paths() {
        let path = document::fill(path, "x");
        for elsewhere in [format!("{path}/"), format!("{path}/x/x/x"), format!("/x{path}"), path.to_uppercase()] {
            for method in [Method::GET, Method::POST] {
                refused(ann.request(method, &elsewhere)).await.problem(404, "not-found");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_path_can_hold_gets_a_documented_answer() {
    let server = Server::start().await;
    let ann = server.register("ann@example.org", "ann").await;
    for operation in operations().filter(|it| it.path.contains('{')) {
        for strange in ["%ff", "%00", "%2F", "%2e%2e", "%", "a%20b", "..%5c", "%F0%9F%90%88", &"x".repeat(5000)] {
            let path = operation.path_with(strange);
            // Whatever the answer is, the document has to foresee it.
            Answer::read(ann.request(operation.method(), &path).json(&json!({}))).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_answered_without_a_word() {
    let server = Server::start().await;
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(200_000));
    for (sent, status) in [("nonsense\r\n\r\n", "400"), ("GET /\u{7f}\u{0} HTTP/1.1\r\n\r\n", "400"), (&long, "431")] {
        let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = vec![0; 1024];
        let length = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{answer}");
        assert!(answer.contains("content-length: 0") && answer.contains("connection: close"), "{answer}");
        assert!(!answer.contains("server:"), "{answer}");
    }
}

/// Sends what is to be refused, and asserts that the answer bears all that every answer has to.
async fn refused(request: RequestBuilder) -> Answer {
    let answer = Answer::read(request).await;
    assert!(answer.status >= 400, "{}", answer.text);
    for (name, value) in [
        ("content-type", "application/problem+json"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(answer.header(name), value, "{}", answer.text);
    }
    assert!(answer.header("content-security-policy").starts_with("default-src 'none';"), "{}", answer.text);
    assert!(answer.headers.get_all("vary").iter().any(|it| it == "Authorization, Cookie"), "{}", answer.text);
    assert!(!answer.headers.contains_key("server"), "{}", answer.text);
    assert_eq!(answer.header("x-request-id").len(), 32, "{}", answer.text);
    answer
}

/// The members of an object, of all the parts that its schema is made of.
fn members(schema: &'static Value) -> Vec<String> {
    let schema = resolve(schema);
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(members);
    let own = schema["properties"].as_object().into_iter().flat_map(|it| it.keys().cloned());
    parts.chain(own).collect()
}

/// The path with the id of something that is there: what a post to the collection makes.
async fn real(client: &Client, operation: Operation) -> String {
    let Some((collection, _)) = operation.path.split_once("/{id}") else { return operation.path.to_owned() };
    let body = json!({"identifier": "bo@example.org", "password": PASSWORD});
    let made = client.post(collection, body).await.expect(202);
    operation.path_with(made["id"].as_str().unwrap())
}
