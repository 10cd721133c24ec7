//! The address that operators ask.

use chatlink::{
    app::{App, StartError, Surroundings},
    config::{Mode, Settings, Sources},
};
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpStream;

use crate::support::{
    Exposition, Place, Server,
    client::{Answer, Client},
    eventually,
    process::{HalfRequest, Node},
    smtp::SmtpServer,
};

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_served_to_operators_alone() {
    let server = Server::start().await;
    assert_ne!(server.url, server.admin_url);
    server.client().get("/metrics").await.problem(404, "not-found");
    let admin = Client::new(&server.admin_url);
    assert_eq!(admin.get("/metrics").await.status, 200);
    admin.get("/healthz").await.expect(200);
    admin.get("/readyz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_served_to_operators() {
    let server = Server::start().await;
    let admin = Client::new(&server.admin_url);
    for path in ["/", "/v1/me", "/v1/registrations", "/openapi.json", "/dev/mailbox", "/metrics/", "/static/page.css"] {
        Answer::receive(admin.request(Method::GET, path).send().await).await.problem(404, "not-found");
    }
    let answer = Answer::read(admin.request(Method::POST, "/metrics")).await;
    assert_eq!(answer.header("allow"), "GET, HEAD");
    answer.problem(405, "method-not-allowed");
    let page = admin.with_header("origin", "http://localhost:8080");
    assert_eq!(page.get("/metrics").await.header("access-control-allow-origin"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_port_that_is_taken_is_named_with_its_setting() {
    let place = Place::new().await;
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    let settings = place.development(&[("http.admin_bind", &taken)]);
    let error = App::build(&settings, Surroundings::system()).await.err().expect("the port is taken");
    assert!(matches!(error, StartError::ListenAdmin(..)));
    let text = error.to_string();
    assert!(text.contains("http.admin_bind") && text.contains(&taken), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_development_a_taken_operators_port_is_left_to_its_holder_unless_it_was_chosen() {
    let place = Place::new().await;
    // Somebody has it, be it this test or whoever was here before.
    let _holder = std::net::TcpListener::bind("127.0.0.1:9090");
    let unchosen = place.settings().into_iter().filter(|(key, _)| key != "http.admin_bind");
    let sources = Sources::new().flags("test", unchosen);
    let settings = Settings::read(sources, Mode::Development).unwrap_or_else(|problems| panic!("{problems}"));
    let app = App::build(&settings, Surroundings::system()).await.unwrap();
    assert_ne!(app.admin_address().port(), 9090);
    app.run_until(async {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_node_can_be_watched_until_the_last_request_is_answered() {
    let place = Place::new().await;
    let mut smtp = SmtpServer::start(&[]).await;
    let node = Node::start(&place, &smtp.settings()).await;
    let body = json!({"identifier": "ann@example.org"});
    let mut request = HalfRequest::post(&node.url, "/v1/registrations", &body).await;
    node.signal("TERM").await;
    let address = node.url.strip_prefix("http://").unwrap();
    eventually(|| async { TcpStream::connect(address).await.is_err() }).await;

    let metrics = Exposition::read(&node.admin_url).await;
    assert_eq!(metrics.count("chatlink_http_requests_in_flight", &[]), 1);
    Client::new(&node.admin_url).get("/healthz").await.expect(200);
    let answer = request.finish().await;
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    // What was accepted is still delivered.
    smtp.code().await;
    assert_eq!(node.ended().await.0.code(), Some(0));
}
