//! A place of its own to measure in: a private Postgres and a private Redis in a temporary directory, and the real
//! program, `chatlink serve`, as a child process on any free ports.
//!
//! Nothing outlives the process that measures, however that one ends: the services hang on a pipe to it, and the
//! server is killed when its handle is dropped.

mod process;
mod server;

use std::{io, path::PathBuf, process::Output};

use chatlink::dev::{DataDir, ServiceError, Services, Wanted};
use tempfile::TempDir;

pub use self::{
    process::Usage,
    server::{Launch, Server},
};

/// Why there is nothing to measure.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// Postgres or Redis.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A service that was asked for is not there.
    #[error("{0} was not started")]
    Absent(&'static str),
    /// The server's program.
    #[error("{} could not be run: {error}. Build it (`cargo build --release`), or name it with --server", path.display())]
    Program {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The server ended, or did not come up in time.
    #[error("the server {what}. The end of its log:\n{log}")]
    Server {
        /// What it did.
        what: String,
        /// The last lines of its log.
        log: String,
    },
    /// Files and processes.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Postgres and Redis, for the servers that are started beside them. Both are fast and forgetful: nothing is flushed
/// to the disk, and Redis writes no file.
#[derive(Debug)]
pub struct Stack {
    services: Services,
    postgres_url: String,
    redis_url: String,
    /// Where the servers work and log.
    folder: TempDir,
}

impl Stack {
    /// Starts both, which takes a few seconds.
    ///
    /// # Errors
    /// One of them is not installed or does not come up.
    pub async fn start() -> Result<Self, StackError> {
        let services = Services::start(DataDir::temporary()?, Wanted::ALL).await?;
        let postgres_url = services.postgres.as_ref().ok_or(StackError::Absent("Postgres"))?.url().to_owned();
        let redis_url = services.redis.as_ref().ok_or(StackError::Absent("Redis"))?.url().to_owned();
        Ok(Self { services, postgres_url, redis_url, folder: tempfile::tempdir()? })
    }

    /// How Postgres is reached. The database is empty until a server has been started.
    pub fn postgres_url(&self) -> &str {
        &self.postgres_url
    }

    /// How Redis is reached.
    pub fn redis_url(&self) -> &str {
        &self.redis_url
    }

    /// Brings the database up to date and starts a server, and waits until it is ready to answer. Several may run at
    /// once: nodes of one cluster where their `redis.prefix` is the same, else strangers with the same accounts.
    ///
    /// # Errors
    /// The program is missing, refuses the settings, or does not become ready; its log is in the error.
    pub async fn serve(&self, launch: &Launch) -> Result<Server, StackError> {
        let migrated = launch.command(self, "migrate").output().await.map_err(|error| launch.not_run(error))?;
        if !migrated.status.success() {
            return Err(refused(&migrated));
        }
        Server::start(launch.command(self, "serve"), launch, self.folder.path()).await
    }

    /// Stops both, and comes back when they are gone. Servers are to be stopped before.
    pub async fn stop(self) {
        self.services.stop().await;
    }
}

fn refused(migrated: &Output) -> StackError {
    let log = String::from_utf8_lossy(&migrated.stderr).into_owned();
    StackError::Server { what: format!("could not migrate the database ({})", migrated.status), log }
}
