//! `chatlink-load run`: sets the stage, runs a scenario, watches, and reports.

mod conduct;
mod options;
mod own_server;
mod sources;
mod write;

use std::process::ExitCode;

pub use options::Options;

/// What a program that could not be told what to do ends with.
const USAGE: u8 = 2;

/// Runs it. 0: all thresholds were kept to. 1: they were not. 2: it could not be run as it was asked for.
pub fn run(options: Options) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.to_string()),
    };
    match runtime.block_on(Box::pin(conduct::conduct(options))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => complain(&error),
    }
}

fn complain(error: &str) -> ExitCode {
    eprintln!("chatlink-load: {error}");
    ExitCode::from(USAGE)
}
