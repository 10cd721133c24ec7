//! One request and its answer, as operators see them: a line in the access log, the metrics, a span.
//!
//! The route, never the path: paths hold the ids of sessions.

use actix_web::{body::BoxBody, dev::ServiceResponse, http::header::HeaderMap};
use opentelemetry::trace::{Status, TraceContextExt as _};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::edge::{RequestId, Route};
use crate::telemetry::{
    metrics::{InFlight, NO_ROUTE, Requests, Stopwatch, label_of},
    traces,
};

/// A request that is being answered.
pub struct Exchange {
    id: RequestId,
    span: Span,
    watch: Stopwatch,
    requests: Requests,
    in_flight: InFlight,
}

impl Exchange {
    /// Notes that a request came in.
    pub fn begin(id: RequestId, headers: &HeaderMap, requests: &Requests) -> Self {
        let span = tracing::info_span!("http.request", request_id = %id, otel.kind = "server");
        traces::continue_trace(&span, headers.get("traceparent").and_then(|value| value.to_str().ok()));
        Self { id, span, watch: Stopwatch::start(), requests: requests.clone(), in_flight: requests.begin() }
    }

    /// Around everything that is done for the request.
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// Notes how it was answered.
    pub fn end(self, response: &ServiceResponse<BoxBody>) {
        let request = response.request();
        let (route, status, took) = (Route::of(request), response.status().as_u16(), self.watch.elapsed());
        tracing::info!(
            request_id = %self.id,
            method = %request.method(),
            route = route.unwrap_or(NO_ROUTE),
            status,
            latency_ms = took.as_millis(),
            "served a request",
        );
        self.trace(label_of(request.method().as_str()), route, status);
        self.requests.answered(route, request.method().as_str(), status, took);
        drop(self.in_flight);
    }

    /// Names the span, and says how the request was answered, as OpenTelemetry's conventions for HTTP have it.
    fn trace(&self, method: &'static str, route: Option<&'static str>, status: u16) {
        let context = self.span.context();
        if !context.span().span_context().is_valid() {
            // Nobody traces.
            return;
        }
        let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
        context.span().update_name(name);
        self.span.set_attribute("http.request.method", method);
        if let Some(route) = route {
            self.span.set_attribute("http.route", route);
        }
        self.span.set_attribute("http.response.status_code", i64::from(status));
        if status >= 500 {
            self.span.set_status(Status::error(""));
        }
    }
}
