//! An OpenTelemetry collector that keeps what it gets over OTLP/HTTP.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message as _;

type Requests = Arc<Mutex<Vec<web::Bytes>>>;

/// A collector, until it is dropped.
pub struct Collector {
    pub url: String,
    requests: Requests,
    server: ServerHandle,
}

impl Collector {
    /// Listens at any free port, on the runtime that this is called on.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Requests::default();
        let kept = Arc::clone(&requests);
        let server = HttpServer::new(move || {
            App::new().app_data(web::Data::new(Arc::clone(&kept))).route("/v1/traces", web::post().to(take))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { url, requests, server: handle }
    }

    /// Everything it got, as it came.
    pub fn bytes(&self) -> Vec<u8> {
        self.requests.lock().unwrap().concat()
    }

    /// All spans so far, each with the attributes of its resource.
    pub fn spans(&self) -> Vec<(Span, BTreeMap<String, String>)> {
        let requests = self.requests.lock().unwrap();
        let decoded = requests.iter().map(|bytes| ExportTraceServiceRequest::decode(bytes.clone()).expect("OTLP"));
        let of_resource = |it: opentelemetry_proto::tonic::trace::v1::ResourceSpans| {
            let resource = attributes(&it.resource.unwrap_or_default().attributes);
            let spans = it.scope_spans.into_iter().flat_map(|scope| scope.spans);
            spans.map(|span| (span, resource.clone())).collect::<Vec<_>>()
        };
        decoded.flat_map(|request| request.resource_spans).flat_map(of_resource).collect()
    }

    /// The one span of that name.
    pub fn span(&self, name: &str) -> Span {
        let mut named = self.spans().into_iter().map(|(span, _)| span).filter(|span| span.name == name);
        let span = named.next().unwrap_or_else(|| panic!("no span {name}"));
        assert!(named.next().is_none(), "several spans {name}");
        span
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// Attributes as text.
pub fn attributes(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |pair: &KeyValue| match pair.value.clone().and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    pairs.iter().map(|pair| (pair.key.clone(), text(pair))).collect()
}

async fn take(requests: web::Data<Requests>, request: actix_web::HttpRequest, body: web::Bytes) -> HttpResponse {
    assert_eq!(request.headers().get("content-type").unwrap(), "application/x-protobuf");
    requests.lock().unwrap().push(body);
    let answer = ExportTraceServiceResponse::default().encode_to_vec();
    HttpResponse::Ok().content_type("application/x-protobuf").body(answer)
}
