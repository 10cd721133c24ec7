//! Whether an operation costs the same whatever the number of those that are there already: with a thousand sessions
//! in Redis and with a million, with a thousand accounts and with ten million.
//!
//! Two sets of services run side by side, one small and one large, and their servers take turns, so that whatever else
//! disturbs the machine disturbs both.

mod accounts;
mod otp;
mod plans;
mod rows;
mod sides;
mod turns;

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    time::Duration,
};

use clap::Args;

use self::sides::Side;
use super::{
    BenchError,
    footprint::{Finding, table},
};
use crate::stack::Launch;

/// Compares a server with few sessions and accounts to one with very many. Needs some 10 GB for a while.
#[derive(Args, Clone, Debug)]
pub struct Scale {
    /// How many live sessions the large side has in Redis.
    #[arg(long, default_value_t = 1_000_000)]
    sessions: usize,
    /// How many accounts the large side has.
    #[arg(long, default_value_t = 10_000_000)]
    accounts: u64,
    /// How often the sides take turns.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How long a turn is, in seconds.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// How many connections load a server.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// The server's program [default: `chatlink` beside this one].
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// End with 1 where a target is missed.
    #[arg(long)]
    strict: bool,
    /// Where the results go: `scale.json`, and the plans of the statements in `plans.txt`.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    out: PathBuf,
}

/// How many sessions, and how many accounts, the small side has.
const FEW: usize = 1_000;

impl Scale {
    /// Measures and prints. Gives whether every target was met, or does not matter.
    ///
    /// # Errors
    /// Something could not be measured at all.
    pub async fn measure(&self) -> Result<bool, BenchError> {
        fs::create_dir_all(&self.out)?;
        let launch = self.server.as_ref().map_or_else(Launch::default, |program| Launch::new(program.clone()));
        let few = u64::try_from(FEW).unwrap_or(u64::MAX);
        let mut small = Side::open(&launch, "small", FEW, few).await?;
        let mut large = Side::open(&launch, "large", self.sessions, self.accounts).await?;
        let mut findings: Vec<_> = large.filled.iter().map(rows::Filled::finding).collect();
        findings.extend(self.otp(&small, &large).await?);
        self.keep(&findings)?;
        findings.extend(self.accounts(&mut small, &mut large).await?);
        self.keep(&findings)?;
        let text = plans::compare(&mut small, &mut large, &mut findings).await?;
        fs::write(self.out.join("plans.txt"), text)?;
        self.keep(&findings)?;
        small.close().await?;
        large.close().await?;
        // Whoever closed the pipe has read enough.
        let _ = io::stdout().write_all(table(&findings).as_bytes());
        Ok(!self.strict || !findings.iter().any(Finding::is_missed))
    }

    fn keep(&self, findings: &[Finding]) -> io::Result<()> {
        fs::write(self.out.join("scale.json"), serde_json::to_vec_pretty(findings)?)
    }

    fn turn(&self) -> Duration {
        Duration::from_secs_f64(self.seconds.max(0.1))
    }
}
