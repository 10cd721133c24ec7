//! `make bench`: what ChatLink does in a second, against the floor of the same request on the same machine in the same
//! run. Absolute numbers say as much about the machine as about the server; the share of what is possible at all says
//! something about the server alone.
//!
//! Floor and server take turns within each round, so that whatever else disturbs the machine disturbs both, and the
//! ratio is the median over the rounds.

pub mod clock;
pub mod floors;
mod footprint;
mod lab;
mod machine;
mod measures;
mod people;
mod results;
mod rounds;
mod scale;
mod table;

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, Subcommand, ValueEnum};

pub use self::{floors::Floor, measures::Measure};
use self::{footprint::Footprint, lab::Lab, machine::Machine, results::Report, scale::Scale};
use crate::stack::{Launch, StackError};

/// Measures the server against the floor of the same request. Starts everything that it needs, on free ports.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Bench {
    #[command(subcommand)]
    part: Option<Part>,
    /// Measure these alone, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Measure>,
    /// How often floor and server take turns.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long each of them is loaded in a round, in seconds.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// How many connections load it.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// How many accounts there are.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(2..=60_000))]
    accounts: u16,
    /// How many messages a second are to be delivered.
    #[arg(long, default_value_t = 4000.0)]
    deliveries: f64,
    /// The server's program [default: `chatlink` beside this one].
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Print Markdown instead of a table for terminals.
    #[arg(long)]
    markdown: bool,
    /// End with 1 where a target is missed.
    #[arg(long)]
    strict: bool,
    /// Where the results go, as JSON.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    out: PathBuf,
}

/// What is not about how many requests there are in a second.
#[derive(Clone, Debug, Subcommand)]
enum Part {
    Footprint(Footprint),
    Scale(Scale),
}

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// There is no server.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// Files and processes.
    #[error(transparent)]
    System(#[from] io::Error),
    /// The database.
    #[error("Postgres: {0}")]
    Postgres(#[from] tokio_postgres::Error),
    /// Redis.
    #[error("Redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// An answer was not as it should be, outside of what is measured.
    #[error("{0}")]
    Answer(String),
}

impl Bench {
    /// Measures. Gives whether every target was met, or does not matter.
    ///
    /// # Errors
    /// Something could not be measured at all.
    pub fn run(&self) -> Result<bool, BenchError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            match &self.part {
                None => self.measure().await,
                Some(Part::Footprint(footprint)) => footprint.measure().await,
                Some(Part::Scale(scale)) => scale.measure().await,
            }
        })
    }

    async fn measure(&self) -> Result<bool, BenchError> {
        let lab = Lab::open(self.clone()).await?;
        let mut report = Report::new(Machine::of(&lab).await?, self.command());
        let outcome = self.take_all(&lab, &mut report).await;
        lab.close().await;
        let text = if self.markdown { table::markdown(&report) } else { table::plain(&report) };
        // Whoever closed the pipe has read enough.
        let _ = io::stdout().write_all(text.as_bytes());
        outcome?;
        Ok(!self.strict || report.is_passed())
    }

    /// Takes one measure after the other. What has been measured before one fails is kept.
    async fn take_all(&self, lab: &Lab, report: &mut Report) -> Result<(), BenchError> {
        for measure in self.chosen() {
            eprintln!("measuring {}", measure.name());
            report.rows.extend(measure.take(lab).await?);
            self.keep(report)?;
        }
        Ok(())
    }

    fn chosen(&self) -> Vec<Measure> {
        if self.only.is_empty() { Measure::value_variants().to_vec() } else { self.only.clone() }
    }

    fn keep(&self, report: &Report) -> io::Result<()> {
        fs::create_dir_all(&self.out)?;
        fs::write(self.out.join("throughput.json"), serde_json::to_vec_pretty(report)?)
    }

    /// What measures the same again.
    fn command(&self) -> String {
        let mut command = format!("make bench ARGS='--rounds {} --seconds {}", self.rounds, self.seconds);
        if !self.only.is_empty() {
            let names: Vec<_> = self.only.iter().map(|measure| measure.name()).collect();
            let _ = write!(command, " --only {}", names.join(","));
        }
        command.push('\'');
        command
    }

    fn launch(&self) -> Launch {
        self.server.clone().map_or_else(Launch::default, Launch::new)
    }

    fn seconds(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or(Duration::from_secs(3))
    }

    fn connections(&self) -> usize {
        self.connections.into()
    }
}
