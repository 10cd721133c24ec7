//! Traces: spans of this program, sent to an OpenTelemetry collector in batches, by a thread of its own.
//!
//! Only spans of our own code leave, without the log lines in them, and a span holds names from the source alone: a
//! route, a method, a status, an operation. The collector being away disturbs nobody: what cannot be sent is dropped.

mod reported;

use std::time::Duration;

use opentelemetry::{
    Context,
    propagation::{Extractor, TextMapPropagator as _},
    trace::TracerProvider as _,
};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use tokio::task::spawn_blocking;
use tracing::{Metadata, Span, Subscriber, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use self::reported::Reported;
use crate::config::Telemetry;

/// Where collectors take traces, below their endpoint (OTLP/HTTP, "Default URLs").
const PATH: &str = "/v1/traces";
/// How long a batch may take to be sent, tries again included.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the end of the process waits for the last batch.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// The exporter cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("telemetry.otlp_endpoint: {0}")]
pub struct ExporterError(#[from] ExporterBuildError);

/// The traces of this process, if they go anywhere.
#[derive(Debug, Default)]
#[must_use = "the last spans are sent by finish"]
pub struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Sets the exporter up, if there is an endpoint.
    pub(super) fn start(settings: &Telemetry) -> Result<Self, ExporterError> {
        let Some(endpoint) = &settings.otlp_endpoint else { return Ok(Self(None)) };
        // The exporter's client wants to be told. Fails where the choice has been made before: it is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("{}{PATH}", endpoint.url().as_str().trim_end_matches('/'));
        let exporter = SpanExporter::builder().with_http().with_endpoint(url).with_timeout(EXPORT_TIMEOUT).build()?;
        // By the trace's id: the flag by which callers ask for an export does not count, for anybody can set it.
        let sampler = Sampler::TraceIdRatioBased(settings.sampling_ratio.value());
        let resource = Resource::builder().with_service_name(settings.service_name.clone()).build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(sampler)
            .with_batch_exporter(Reported::new(exporter))
            .build();
        Ok(Self(Some(provider)))
    }

    /// What turns spans into traces.
    pub(super) fn layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let tracer = self.0.as_ref()?.tracer("chatlink");
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false);
        Some(layer.with_filter(filter_fn(is_exported).with_max_level_hint(LevelFilter::DEBUG)))
    }

    /// Sends what has not been sent yet, as far as the collector takes it soon.
    pub async fn finish(self) {
        let Some(provider) = self.0 else { return };
        // Whatever came of it has been logged.
        let _ = spawn_blocking(move || provider.shutdown_with_timeout(FLUSH_TIMEOUT)).await;
    }
}

/// Log lines never leave with the traces, and neither do the spans of drivers, which show what is sent.
fn is_exported(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with("chatlink")
}

/// Makes a span part of the trace that its cause belongs to, as the header `traceparent` (W3C Trace Context) says.
pub fn continue_trace(span: &Span, traceparent: Option<&str>) {
    if let Some(traceparent) = traceparent {
        let cause = TraceContextPropagator::new().extract_with_context(&Context::new(), &Header(traceparent));
        // Nobody traces.
        let _ = span.set_parent(cause);
    }
}

/// The one header that is read. `tracestate` may hold anything, and would be passed on.
struct Header<'a>(&'a str);

impl Extractor for Header<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

/// A span of what is asked of another system, if it is asked for the sake of something that has a span.
pub fn call(system: &'static str, operation: &'static str) -> Span {
    if Span::current().is_none() {
        return Span::none();
    }
    tracing::debug_span!("call", otel.name = %format_args!("{system} {operation}"), otel.kind = "client")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_our_own_code_leave_and_those_of_drivers_do_not() {
        tracing::subscriber::with_default(tracing_subscriber::registry(), || {
            for (span, leaves) in [
                (tracing::info_span!(target: "chatlink::http", "ours"), true),
                (tracing::debug_span!(target: "chatlink_actors", "ours"), true),
                (tracing::info_span!(target: "tokio_postgres::query", "theirs"), false),
                (tracing::info_span!(target: "h2", "theirs"), false),
            ] {
                assert_eq!(span.metadata().map(is_exported), Some(leaves), "{span:?}");
            }
        });
    }

    #[test]
    fn of_what_a_caller_says_of_its_trace_the_parent_alone_is_read() {
        let header = Header("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert_eq!(header.get("tracestate"), None);
        assert_eq!(header.get("traceparent"), Some(header.0));
    }
}
