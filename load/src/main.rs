//! The command line of the load scenarios and the benchmarks.

use std::process::ExitCode;

use chatlink_load::run;
use clap::{Parser, Subcommand};

/// Loads a ChatLink and says how it bore that.
#[derive(Debug, Parser)]
#[command(name = "chatlink-load", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Options>),
    #[cfg(feature = "bench")]
    Bench(Box<chatlink_load::bench::Bench>),
    #[cfg(feature = "bench")]
    Compare(chatlink_load::compare::Options),
    #[cfg(feature = "bench")]
    #[command(subcommand, hide = true)]
    Floor(chatlink_load::bench::Floor),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(options) => run::run(*options),
        #[cfg(feature = "bench")]
        Command::Bench(bench) => exit(bench.run()),
        #[cfg(feature = "bench")]
        Command::Compare(options) => exit(compare(&options).map(|()| true)),
        #[cfg(feature = "bench")]
        Command::Floor(floor) => exit(floor.run().map(|()| true)),
    }
}

/// Says what went wrong, if anything did; `false` is a target that was missed.
#[cfg(feature = "bench")]
fn exit(outcome: Result<bool, impl std::fmt::Display>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chatlink-load: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(feature = "bench")]
#[tokio::main]
async fn compare(options: &chatlink_load::compare::Options) -> Result<(), impl std::fmt::Display + use<>> {
    chatlink_load::compare::run(options).await
}
