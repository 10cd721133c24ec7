//! The command line of the load scenarios and the benchmarks.

mod report;
mod smoke;

use std::{io::Write as _, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use report::Report;
use reqwest::Url;
use smoke::Smoke;

/// Loads a ChatLink and says how it bore that.
#[derive(Debug, Parser)]
#[command(name = "chatlink-load", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a scenario against a server.
    Run(Run),
    #[cfg(feature = "bench")]
    Compare(chatlink_load::compare::Options),
}

/// Registers people end to end: start, code from the mailbox, verify, complete, log in, profile, log out.
#[derive(Debug, clap::Args)]
struct Run {
    /// Where the server is.
    #[arg(long, default_value = "http://localhost:8080")]
    url: Url,
    /// How many registrations.
    #[arg(long, default_value_t = 20)]
    registrations: u32,
    /// How many of them at once.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    concurrency: u32,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(options) => run(options),
        #[cfg(feature = "bench")]
        Command::Compare(options) => compare(&options),
    }
}

#[cfg(feature = "bench")]
#[tokio::main]
async fn compare(options: &chatlink_load::compare::Options) -> ExitCode {
    match chatlink_load::compare::run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chatlink-load: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(options: Run) -> ExitCode {
    let smoke = match Smoke::new(options.url, options.registrations) {
        Ok(smoke) => Arc::new(smoke),
        Err(error) => {
            eprintln!("chatlink-load: {error}");
            return ExitCode::FAILURE;
        }
    };
    let began = report::now();
    let workers: Vec<_> = (0..options.concurrency).map(|_| tokio::spawn(Arc::clone(&smoke).work())).collect();
    let mut report = Report::default();
    for worker in workers {
        match worker.await {
            Ok(part) => report.merge(part),
            Err(error) => report.fail(error.to_string()),
        }
    }
    let text = report.describe(began.elapsed());
    // Whoever closed the pipe has read enough.
    let _ = std::io::stdout().write_all(text.as_bytes());
    if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
