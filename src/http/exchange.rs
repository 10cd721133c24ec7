//! One request and its answer, as operators see them: a line in the access log, the metrics, a span.
//!
//! The route, never the path: paths hold the ids of sessions.

use actix_web::{body::BoxBody, dev::ServiceResponse};
use tracing::Span;

use super::edge::RequestId;
use crate::telemetry::metrics::{InFlight, Requests, Stopwatch};

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
    pub fn begin(id: RequestId, requests: &Requests) -> Self {
        let span = tracing::info_span!("http.request", request_id = %id);
        Self { id, span, watch: Stopwatch::start(), requests: requests.clone(), in_flight: requests.begin() }
    }

    /// Around everything that is done for the request.
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// Notes how it was answered.
    pub fn end(self, response: &ServiceResponse<BoxBody>) {
        let request = response.request();
        let (route, status, took) = (request.match_pattern(), response.status().as_u16(), self.watch.elapsed());
        tracing::info!(
            request_id = %self.id,
            method = %request.method(),
            route = route.as_deref().unwrap_or("(none)"),
            status,
            latency_ms = took.as_millis(),
            "served a request",
        );
        self.requests.answered(route, request.method().as_str(), status, took);
        drop(self.in_flight);
    }
}
