//! What every request meets on its way in and every answer on its way out, in one middleware.
//!
//! In: a request id, a span, the question of other origins' pages. Out: the body of a problem, security and cache
//! headers, one line in the access log. [`guard`] sits further in, around each resource, and makes an answer of a panic.

use std::{fmt, panic::AssertUnwindSafe, sync::Arc};

use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web,
};
use chatlink_actors::ports::{Clock, Entropy};
use futures_util::FutureExt as _;
use ipnet::IpNet;
use tracing::Instrument as _;

use super::{
    headers::harden,
    origin::{self, Origins},
    problem::{Kind, Problem},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the edge needs to know.
pub struct Edge {
    /// Times requests.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids.
    pub entropy: Arc<dyn Entropy>,
    /// Whose pages may use this server.
    pub origins: Origins,
    /// Whose word on a client's address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the public URL is https.
    pub secure: bool,
}

/// Names one request, in its answer and in the log: 128 random bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    fn random(entropy: &dyn Entropy) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(entropy.array())))
    }

    /// The id of a request that came in through [`edge`].
    pub fn of(request: &HttpRequest) -> String {
        request.extensions().get::<Self>().map(ToString::to_string).unwrap_or_default()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The middleware around everything.
pub async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(edge) = request.app_data::<web::Data<Edge>>().cloned() else {
        return Err(Problem::from(Kind::Internal).into());
    };
    let started = edge.clock.now();
    let id = RequestId::random(&*edge.entropy);
    request.extensions_mut().insert(id.clone());
    let source = edge.origins.source(request.headers());

    let response = match origin::preflight(request.method(), request.headers(), &source) {
        Some(Ok(answer)) => request.into_response(answer),
        Some(Err(problem)) => request.error_response(problem),
        None => next
            .call(request)
            .instrument(tracing::info_span!("http.request", request_id = %id))
            .await?
            .map_into_boxed_body(),
    };
    let mut response = with_problem(response, &id);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, id);
    }
    origin::admit(headers, &source);
    harden(headers, edge.secure);
    log(&response, &id, edge.clock.now().since(started));
    Ok(response)
}

/// Writes the body of an error, be it ours or the framework's.
fn with_problem(response: ServiceResponse<BoxBody>, id: &RequestId) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let ours = response.response().error().and_then(|error| error.as_error::<Problem>()).cloned();
    let answer = ours.unwrap_or_else(|| Problem::of_status(status)).response(&id.0);
    response.into_response(answer)
}

/// The route, never the path: paths hold the ids of sessions.
fn log(response: &ServiceResponse<BoxBody>, id: &RequestId, latency: std::time::Duration) {
    let request = response.request();
    tracing::info!(
        request_id = %id,
        method = %request.method(),
        route = request.match_pattern().as_deref().unwrap_or("(none)"),
        status = response.status().as_u16(),
        latency_ms = latency.as_millis(),
        "served a request",
    );
}

/// The middleware around each resource: whoever asked gets an answer even if the handler panics.
///
/// It cannot be part of [`edge`]: once the request is handed to a router nobody else may hold it.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let kept = request.request().clone();
    if let Ok(answered) = AssertUnwindSafe(next.call(request)).catch_unwind().await {
        return answered.map(ServiceResponse::map_into_boxed_body);
    }
    tracing::error!(route = kept.match_pattern().as_deref(), "a handler panicked");
    Ok(ServiceResponse::new(kept, HttpResponse::from_error(Problem::from(Kind::Internal))))
}
