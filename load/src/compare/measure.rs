//! Measures one operation of one candidate: rate and latency, and what it costs the candidate and its services.

use std::{
    io,
    path::Path,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    CompareError,
    candidate::Candidate,
    drive::{Drive, Operation},
    processes::working_in,
};
use crate::engine::{Outcome, Plan, Running};

const WARM_UP: Duration = Duration::from_secs(1);

/// How everything is measured.
#[derive(Debug)]
pub struct Conditions<'a> {
    pub connections: usize,
    pub duration: Duration,
    /// Where the processes of Postgres and Redis work.
    pub services: &'a Path,
    pub strangers: Arc<AtomicU64>,
}

/// One round of it.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Right answers a second.
    pub rate: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Messages a second, until the last one had arrived.
    pub mails: Option<f64>,
    /// CPU time of the candidate's processes for each right answer, its message included.
    pub cpu: Duration,
    /// The same of Postgres and Redis.
    pub services_cpu: Duration,
    pub errors: u64,
}

impl Conditions<'_> {
    /// Measures it once.
    ///
    /// # Errors
    /// It could not be measured, or messages did not arrive.
    pub async fn measure(&self, candidate: &Candidate, operation: Operation) -> Result<Measured, CompareError> {
        let mailed = candidate.sink.count();
        let drive = Drive::prepare(candidate, operation, self.connections, &self.strangers).await?;
        let warm_up = load(Plan::closed(self.connections, WARM_UP), drive).await?;
        candidate.sink.reach(mailed + mails(&warm_up, operation)).await;

        let drive = Drive::prepare(candidate, operation, self.connections, &self.strangers).await?;
        let usage = || Ok::<_, io::Error>((candidate.usage()?, working_in(self.services)?));
        let (began, mailed, before) = (Instant::now(), candidate.sink.count(), usage()?);
        let outcome = load(Plan::closed(self.connections, self.duration), drive).await?;
        let expected = mailed + mails(&outcome, operation);
        let last = candidate.sink.reach(expected).await;
        let after = usage()?;

        let step = outcome.requests();
        let answered = u32::try_from(step.count()).unwrap_or(u32::MAX).max(1);
        if operation == Operation::AskForCode && candidate.sink.count() < expected {
            return Err(CompareError::Lost { name: candidate.name, lost: expected - candidate.sink.count() });
        }
        let delivered = f64::from(answered) / (last - began).as_secs_f64();
        Ok(Measured {
            rate: outcome.rate(&step),
            p50: step.quantile(0.5),
            p99: step.quantile(0.99),
            mails: (operation == Operation::AskForCode).then_some(delivered),
            cpu: (after.0 - before.0) / answered,
            services_cpu: (after.1 - before.1) / answered,
            errors: step.failed(),
        })
    }
}

/// How many messages it has brought about. Wrong codes need one each so many times, which nobody waits for.
fn mails(outcome: &Outcome, operation: Operation) -> u64 {
    if operation == Operation::AskForCode { outcome.requests().count() } else { 0 }
}

async fn load(plan: Plan, drive: Drive) -> io::Result<Outcome> {
    let run = move || Running::start(&plan, drive).map(Running::outcome);
    tokio::task::spawn_blocking(run).await.map_err(io::Error::other)?
}
