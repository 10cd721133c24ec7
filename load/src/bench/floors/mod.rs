//! The floors: the least that a server on this machine can do for the same request, in processes of their own as the
//! server is one. What ChatLink takes beyond a floor is what its rules, its safety and its answers cost.
//!
//! Every floor speaks through the same framework, drivers and database as ChatLink does, each in the way that measured
//! as the fastest: a floor that dawdles would flatter.

mod answers;
mod commits;
mod echo;
mod hashing;
mod mail;
mod reads;
mod server;

use std::{io, net::SocketAddr, process::Stdio, time::Duration};

use clap::Subcommand;
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

pub use self::{hashing::Hashed, server::Sizes};

/// What a child process is to be. Not for people.
#[derive(Debug, Subcommand)]
pub enum Floor {
    /// Answers HTTP until it is killed.
    Serve(server::Serve),
    /// Hashes passwords for a while and says how many.
    Hash(hashing::Hash),
    /// Takes mail until it is killed.
    Mail,
}

impl Floor {
    /// Does that.
    ///
    /// # Errors
    /// What it depends on is away.
    pub fn run(&self) -> io::Result<()> {
        match self {
            Self::Serve(serve) => serve.run(),
            Self::Hash(hash) => hash.run(),
            Self::Mail => mail::run(),
        }
    }
}

/// A child process of this program. It is killed when this is dropped.
#[derive(Debug)]
pub struct Helper {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Helper {
    /// Starts one.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(arguments: &[String]) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("floor").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("a child without output"))?;
        Ok(Self { child, lines: BufReader::new(output).lines() })
    }

    /// Its process id, until it has ended.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it says next.
    ///
    /// # Errors
    /// It has ended, or says something else.
    pub async fn hear<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let line = self.lines.next_line().await?.ok_or_else(|| io::Error::other("a child of the benchmark ended"))?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Ends it.
    ///
    /// # Errors
    /// It had ended before.
    pub async fn end(mut self) -> io::Result<()> {
        self.child.kill().await
    }
}

/// The process that answers HTTP, and where.
///
/// # Errors
/// It does not come up.
pub async fn serve(postgres: &str, redis: &str, sizes: Sizes) -> io::Result<(Helper, SocketAddr)> {
    let mut arguments: Vec<String> = ["serve", "--postgres", postgres, "--redis", redis].map(str::to_owned).into();
    for (name, size) in [("--state", sizes.state), ("--judged", sizes.judged), ("--message", sizes.message)] {
        arguments.extend([name.to_owned(), size.to_string()]);
    }
    let mut helper = Helper::start(&arguments)?;
    let address = helper.hear().await?;
    Ok((helper, address))
}

/// Hashes for so long on all cores, in a process of its own.
///
/// # Errors
/// It fails.
pub async fn hash(time: Duration) -> io::Result<Hashed> {
    let arguments = ["hash".to_owned(), "--seconds".to_owned(), time.as_secs_f64().to_string()];
    Helper::start(&arguments)?.hear().await
}
