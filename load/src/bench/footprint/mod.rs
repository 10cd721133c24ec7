//! What ChatLink weighs: memory of live actors, of idle watchers and at rest, Redis for a session, the time to the
//! first answer, the size of the program. Every figure stands beside its target.

mod actors;
mod copies;
mod drive;
mod findings;
mod ground;
mod snapshots;
mod sockets;
mod start;
mod watcher;

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, ValueEnum};

pub use self::{
    drive::{Drive, Progress},
    findings::{Finding, table},
    ground::{Ground, Node, guess, start, status},
};
use super::BenchError;
use crate::stack::Launch;

/// How long a single answer may take while something is filled.
const PATIENCE: Duration = Duration::from_secs(60);

/// Weighs the server. Starts everything that it needs, on free ports.
#[derive(Args, Clone, Debug)]
pub struct Footprint {
    /// Measure these alone, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Measure>,
    /// How many actors are live at once.
    #[arg(long, default_value_t = 1_000_000)]
    actors: usize,
    /// The bound on live actors, of which three times as many come by.
    #[arg(long, default_value_t = 100_000)]
    bound: usize,
    /// How many sessions are started to see what they take of Redis.
    #[arg(long, default_value_t = 200_000)]
    sessions: usize,
    /// How many idle watchers are connected.
    #[arg(long, default_value_t = 20_000)]
    sockets: usize,
    /// How many are connected while changes are timed.
    #[arg(long, default_value_t = 10_000)]
    watchers: usize,
    /// For how long changes are timed, in seconds.
    #[arg(long, default_value_t = 30)]
    seconds: usize,
    /// The server's program [default: `chatlink` beside this one].
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// End with 1 where a target is missed.
    #[arg(long)]
    strict: bool,
    /// Where the results go, as JSON.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    out: PathBuf,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// Start, rest and size of the program.
    Program,
    /// Memory of a live actor.
    Actors,
    /// That the bound on them holds.
    Bound,
    /// Redis for a session.
    Sessions,
    /// Memory of an idle watcher.
    Sockets,
    /// How soon a watcher knows.
    Changes,
}

impl Footprint {
    /// Measures and prints. Gives whether every target was met, or does not matter.
    ///
    /// # Errors
    /// Something could not be measured at all.
    pub async fn measure(&self) -> Result<bool, BenchError> {
        let ground = Ground::open(&self.launch()).await?;
        let mut findings = Vec::new();
        for &measure in self.chosen() {
            eprintln!("measuring {measure:?}");
            findings.extend(self.take(measure, &ground).await?);
            ground.forget().await?;
            // After each of them, for whoever ends it early.
            fs::create_dir_all(&self.out)?;
            let json = serde_json::to_vec_pretty(&findings).map_err(io::Error::other)?;
            fs::write(self.out.join("footprint.json"), json)?;
        }
        ground.close().await;
        // Whoever closed the pipe has read enough.
        let _ = io::stdout().write_all(table(&findings).as_bytes());
        Ok(!self.strict || !findings.iter().any(Finding::is_missed))
    }

    fn launch(&self) -> Launch {
        self.server.as_ref().map_or_else(Launch::default, |program| Launch::new(program.clone()))
    }

    fn chosen(&self) -> &[Measure] {
        if self.only.is_empty() { Measure::value_variants() } else { &self.only }
    }

    async fn take(&self, measure: Measure, ground: &Ground) -> Result<Vec<Finding>, BenchError> {
        Ok(match measure {
            Measure::Program => start::program(ground).await?,
            Measure::Actors => vec![actors::at_once(ground, self.actors).await?],
            Measure::Bound => actors::bounded(ground, self.bound).await?,
            Measure::Sessions => snapshots::sessions(ground, self.sessions).await?,
            Measure::Sockets => vec![sockets::idle(ground, self.sockets).await?],
            Measure::Changes => sockets::change(ground, self.watchers, self.seconds).await?,
        })
    }
}
