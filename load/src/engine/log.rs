//! What a visit writes its requests into.

use std::{future::Future, sync::Arc};

use tokio::time::Instant;

use super::recorder::Recorder;
use crate::client::Failure;

/// The log of one visit.
#[derive(Debug)]
pub struct Log {
    recorder: Arc<Recorder>,
    /// When the visit's first request was due, until that has been made.
    due: Option<Instant>,
}

impl Log {
    pub(super) fn new(recorder: Arc<Recorder>, due: Instant) -> Self {
        Self { recorder, due: Some(due) }
    }

    /// Makes a request and records it. The first one of a visit is counted from when the visit was due.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn step<T>(
        &mut self,
        name: &'static str,
        request: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let began = self.due.take().unwrap_or_else(Instant::now);
        let outcome = request.await;
        self.record(name, began, outcome.as_ref().map(|_| ()));
        outcome
    }

    /// Waits for something that is no answer to a request, and records it apart from them.
    ///
    /// # Errors
    /// Those of what is waited for.
    pub async fn wait<T>(
        &mut self,
        name: &'static str,
        what: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let began = Instant::now();
        let outcome = what.await;
        self.record_wait(name, began, outcome.as_ref().map(|_| ()));
        outcome
    }

    /// Records a request that began then and has ended now.
    pub fn record(&self, name: &'static str, began: Instant, outcome: Result<(), &Failure>) {
        self.recorder.record(name, true, began, outcome);
    }

    /// Records a wait that began then and has ended now.
    pub fn record_wait(&self, name: &'static str, began: Instant, outcome: Result<(), &Failure>) {
        self.recorder.record(name, false, began, outcome);
    }
}
