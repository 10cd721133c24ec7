//! The machine that the numbers are of.

use std::{fs, num::NonZero, thread};

use serde::Serialize;
use tokio::process::Command;

use super::{BenchError, lab::Lab};

/// What the numbers depend on besides the server.
#[derive(Debug, Serialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_gib: u64,
    pub kernel: String,
    pub rust: String,
    pub postgres: String,
    pub redis: String,
}

impl Machine {
    /// This one, with the services of that laboratory.
    pub async fn of(lab: &Lab) -> Result<Self, BenchError> {
        let info: String = redis::cmd("INFO").arg("server").query_async(&mut lab.redis()).await?;
        let shown = lab.postgres().query_one("show server_version", &[]).await?;
        let postgres: String = shown.try_get(0)?;
        Ok(Self {
            processor: line_of("/proc/cpuinfo", "model name").unwrap_or_default(),
            cores: thread::available_parallelism().map_or(1, NonZero::get),
            memory_gib: memory_gib().unwrap_or_default(),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            rust: rust().await.unwrap_or_default(),
            postgres: postgres.split_whitespace().next().unwrap_or_default().to_owned(),
            redis: value_of(&info, "redis_version").unwrap_or_default(),
        })
    }

    /// On one line.
    pub fn describe(&self) -> String {
        let Self { processor, cores, memory_gib, kernel, rust, postgres, redis } = self;
        format!(
            "{processor}, {cores} cores, {memory_gib} GiB, Linux {kernel}; Rust {rust}, Postgres {postgres}, Redis {redis}"
        )
    }
}

fn line_of(file: &str, name: &str) -> Option<String> {
    value_of(&fs::read_to_string(file).ok()?, name)
}

/// The value in a line of the form `name : value`.
fn value_of(text: &str, name: &str) -> Option<String> {
    let (_, value) = text.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.trim() == name)?;
    Some(value.trim().to_owned())
}

fn memory_gib() -> Option<u64> {
    let kib: u64 = line_of("/proc/meminfo", "MemTotal")?.split_whitespace().next()?.parse().ok()?;
    Some((kib + 512 * 1024) / (1024 * 1024))
}

async fn rust() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(1).map(str::to_owned)
}
