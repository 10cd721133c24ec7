//! Says once that the collector is away, and once that it is back.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};

/// An exporter whose failures show in the log.
#[derive(Debug)]
pub(super) struct Reported<E> {
    exporter: E,
    failing: AtomicBool,
}

impl<E> Reported<E> {
    pub fn new(exporter: E) -> Self {
        Self { exporter, failing: AtomicBool::new(false) }
    }

    fn note(&self, result: &OTelSdkResult) {
        let failed_before = self.failing.swap(result.is_err(), Ordering::Relaxed);
        match result {
            Err(error) if !failed_before => tracing::warn!(%error, "traces cannot be exported and are dropped"),
            Ok(()) if failed_before => tracing::info!("traces are exported again"),
            _ => {}
        }
    }
}

impl<E: SpanExporter> SpanExporter for Reported<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.exporter.export(batch).await;
        self.note(&result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use futures_util::FutureExt as _;
    use opentelemetry_sdk::error::OTelSdkError;
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    /// Answers as it is told, the next answer last.
    #[derive(Debug)]
    struct Scripted(Mutex<Vec<OTelSdkResult>>);

    impl SpanExporter for Scripted {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            self.0.lock().unwrap().pop().unwrap()
        }
    }

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Lines {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn an_outage_is_logged_when_it_begins_and_when_it_ends() {
        let lines = Lines::default();
        let log = tracing_subscriber::fmt().with_writer(lines.clone()).finish();
        let failed = || Err(OTelSdkError::InternalFailure("no answer".into()));
        let script = vec![failed(), Ok(()), Ok(()), failed(), failed(), failed(), Ok(())];
        let exporter = Reported::new(Scripted(Mutex::new(script)));
        tracing::subscriber::with_default(log, || {
            for _ in 0..7 {
                drop(exporter.export(Vec::new()).now_or_never().unwrap());
            }
        });
        let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let said: Vec<_> = log.lines().map(|line| line.contains("exported again")).collect();
        assert_eq!(said, [false, true, false], "{log}");
    }
}
