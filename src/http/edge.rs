//! What every request meets on its way in and every answer on its way out, in one middleware.
//!
//! In: a request id, the question of other origins' pages. Out: the body of a problem, security and cache headers, what
//! operators see of it. [`guard`] sits further in, around each resource, and makes an answer of a panic.

use std::{fmt, panic::AssertUnwindSafe, sync::Arc};

use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web,
};
use chatlink_actors::ports::Entropy;
use futures_util::FutureExt as _;
use ipnet::IpNet;
use tracing::Instrument as _;

use super::{
    exchange::Exchange,
    headers::harden,
    origin::{self, Origins},
    problem::{Kind, Problem},
};
use crate::telemetry::{metrics::Requests, request};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the edge needs to know.
pub struct Edge {
    /// Counts requests.
    pub requests: Requests,
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
    pub(super) fn random(entropy: &dyn Entropy) -> Self {
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
    let id = RequestId::random(&*edge.entropy);
    request.extensions_mut().insert(id.clone());
    let exchange = Exchange::begin(id.clone(), request.headers(), &edge.requests);
    let source = edge.origins.source(request.headers());

    let response = match origin::preflight(request.method(), request.headers(), &source) {
        Some(Ok(answer)) => request.into_response(answer),
        Some(Err(problem)) => request.error_response(problem),
        None => {
            let answering = next.call(request).instrument(exchange.span());
            request::within(id.to_string(), answering).await?.map_into_boxed_body()
        }
    };
    let mut response = finished(response, &id, edge.secure);
    origin::admit(response.headers_mut(), &source);
    exchange.end(&response);
    Ok(response)
}

/// An answer as every answer is: with the body of a problem where it is one, and with its headers.
pub fn finished(response: ServiceResponse<BoxBody>, id: &RequestId, secure: bool) -> ServiceResponse<BoxBody> {
    let mut response = with_problem(response, id);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, id);
    }
    harden(headers, secure);
    response
}

/// Marks an error as a page for somebody to read: it is sent as it is. It goes with the extensions of the answer.
#[derive(Clone, Copy, Debug)]
pub struct ForPeople;

/// Writes the body of an error, be it ours or the framework's.
fn with_problem(response: ServiceResponse<BoxBody>, id: &RequestId) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.response().extensions().contains::<ForPeople>() {
        return response;
    }
    let ours = response.response().error().and_then(|error| error.as_error::<Problem>()).cloned();
    let answer = ours.unwrap_or_else(|| Problem::of_status(status)).response(&id.0);
    response.into_response(answer)
}

/// The path in the route table that a request was found to be for. Whoever asks the framework for it has the whole table
/// searched again.
#[derive(Clone, Copy, Debug)]
pub struct Route(pub &'static str);

impl Route {
    /// The route of a request, once it was found.
    pub fn of(request: &HttpRequest) -> Option<&'static str> {
        request.extensions().get::<Self>().map(|route| route.0)
    }
}

/// The middleware around each resource: the request is known to be for it, and whoever asked gets an answer even if the
/// handler panics.
///
/// It cannot be part of [`edge`]: once the request is handed to a router nobody else may hold it.
pub async fn guard(
    route: Route,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let kept = request.request().clone();
    kept.extensions_mut().insert(route);
    if let Ok(answered) = AssertUnwindSafe(next.call(request)).catch_unwind().await {
        return answered.map(ServiceResponse::map_into_boxed_body);
    }
    tracing::error!(route = route.0, "a handler panicked");
    Ok(ServiceResponse::new(kept, HttpResponse::from_error(Problem::from(Kind::Internal))))
}
