//! Side by side with what somebody would take instead: the same four operations at ChatLink, at django-allauth and at
//! better-auth, on one machine, one Postgres and one Redis.
//!
//! All run at once and are measured in turn, operation by operation, so that what else the machine does falls upon all.
//! Before that, each has to show that it does the work: `checks`. What is installed and how each is configured is in
//! `load/compare`.

mod candidate;
mod checks;
mod dialects;
mod drive;
mod measure;
mod processes;
mod report;
mod rivals;
mod sink;

use std::{
    io::{self, Write as _},
    num::NonZero,
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use self::{
    candidate::{Candidate, ENTRIES},
    drive::Operation,
    measure::{Conditions, Measured},
    report::Column,
    rivals::Place,
};
use crate::{
    client::{Failure, TargetError},
    stack::{Launch, Stack, StackError},
};

/// How many wrong codes each code bears: ChatLink's maximum, given to all.
const ATTEMPTS: u32 = 100;

/// Why there is no comparison.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    #[error(transparent)]
    Stack(#[from] StackError),
    #[error(transparent)]
    System(#[from] io::Error),
    #[error("Postgres: {0}")]
    Postgres(#[from] tokio_postgres::Error),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("not there: {0}")]
    Absent(&'static str),
    #[error("it {what}. The end of its log:\n{log}")]
    Rival { what: String, log: String },
    #[error("{name}, {what}: {failure}\n{log}")]
    Candidate { name: &'static str, what: &'static str, failure: Failure, log: String },
    #[error("{name}: {lost} messages did not arrive")]
    Lost { name: &'static str, lost: u64 },
    #[error("{0} requests were not answered as they should be")]
    Errors(u64),
}

/// Measures ChatLink side by side with django-allauth and better-auth.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The program of ChatLink; by default the one beside this one.
    #[arg(long)]
    server: Option<PathBuf>,
    /// Connections, all of them kept, each with one request at a time.
    #[arg(long, default_value = "64")]
    connections: NonZero<usize>,
    /// Seconds that each operation of each candidate is measured in a round.
    #[arg(long, default_value = "4")]
    seconds: NonZero<u32>,
    /// Rounds, of which the medians are shown.
    #[arg(long, default_value = "3")]
    rounds: NonZero<u32>,
    /// Only checks that each candidate does the work.
    #[arg(long)]
    check: bool,
}

/// Compares, and prints the table.
///
/// # Errors
/// A candidate does not run, does not do the work, or answered something wrong while it was measured.
pub async fn run(options: &Options) -> Result<(), CompareError> {
    let stack = Stack::start().await?;
    let logs = tempfile::tempdir()?;
    let place = Place::new(stack.postgres_url(), stack.redis_url())?;
    let launch = options.server.clone().map_or_else(Launch::default, Launch::new);
    let mut candidates = Vec::new();
    for entry in ENTRIES {
        let mut candidate = entry.start(&stack, &place, &launch, logs.path()).await?;
        candidate.fill(options.connections.get() * 2).await?;
        checks::check(&candidate).await?;
        say(&format!("{}: does the work", candidate.name))?;
        candidates.push(candidate);
    }
    let compared = if options.check { Ok(()) } else { compare(options, &place, &candidates).await };
    for candidate in candidates {
        candidate.stop().await?;
    }
    stack.stop().await;
    compared
}

async fn compare(options: &Options, place: &Place, candidates: &[Candidate]) -> Result<(), CompareError> {
    let conditions = Conditions {
        connections: options.connections.get(),
        duration: Duration::from_secs(options.seconds.get().into()),
        services: place.services(),
        strangers: Arc::new(AtomicU64::new(0)),
    };
    let mut rounds: Vec<Vec<(Operation, Measured)>> = candidates.iter().map(|_| Vec::new()).collect();
    for round in 1..=options.rounds.get() {
        for operation in Operation::ALL {
            for (candidate, rounds) in candidates.iter().zip(&mut rounds) {
                if candidate.operations.contains(&operation) {
                    let measured = conditions.measure(candidate, operation).await?;
                    say(&describe(round, candidate.name, operation, &measured))?;
                    rounds.push((operation, measured));
                }
            }
        }
    }
    let errors = rounds.iter().flatten().map(|(_, measured)| measured.errors).sum();
    let column =
        |(candidate, rounds): (&Candidate, _)| Ok(Column { name: candidate.name, rounds, usage: candidate.usage()? });
    let columns = candidates.iter().zip(rounds).map(column).collect::<io::Result<Vec<_>>>()?;
    say(&format!("\n{}", report::table(&columns)))?;
    if errors == 0 { Ok(()) } else { Err(CompareError::Errors(errors)) }
}

fn describe(round: u32, name: &str, operation: Operation, measured: &Measured) -> String {
    let Measured { rate, p50, p99, cpu, services_cpu, errors, .. } = measured;
    let operation = operation.name();
    format!(
        "{round} {operation}, {name}: {rate:.1}/s, p50 {p50:.1?}, p99 {p99:.1?}, CPU {cpu:.0?} and {services_cpu:.0?}, errors {errors}"
    )
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}
