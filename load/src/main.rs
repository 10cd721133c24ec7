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
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Run(options) => run::run(*options),
    }
}
