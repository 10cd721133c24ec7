//! One service: how it is started, and what can happen to it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use chatlink_actors::ports::BoxFuture;
use nix::sys::signal::Signal;

use super::{
    data_dir::{DataDir, Owner},
    leftovers,
    supervisor::Supervised,
};

/// How long a service may take to answer. Long, for it may have a crash to recover from.
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(10);
/// How much of a service's log an error quotes.
const LOG_LINES: usize = 15;

/// Why development mode has no services.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A program is not installed.
    #[error("{program} is not installed. On Debian or Ubuntu: sudo apt-get install {package}")]
    Missing {
        /// What was looked for.
        program: &'static str,
        /// What brings it.
        package: String,
    },
    /// Root has nobody to run the services as.
    #[error("there is neither a user `postgres` nor a user `nobody`: Postgres does not run as root")]
    NoUser,
    /// Somebody else has the lock.
    #[error("another chatlink works in {}: stop that one, or name another directory with --data-dir", .0.display())]
    InUse(PathBuf),
    /// A directory could not be made, locked or written.
    #[error("{}: {error}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A program could not be run.
    #[error("{} could not be run: {error}", path.display())]
    Program {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A service ended instead of answering, or did not answer in time.
    #[error("{name} {what}. The end of its log, {}:\n{tail}", log.display())]
    Failed {
        /// Which.
        name: &'static str,
        /// What it did.
        what: String,
        /// Its log.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
}

impl ServiceError {
    pub(super) fn directory(path: &Path, error: io::Error) -> Self {
        Self::Directory { path: path.to_owned(), error }
    }

    pub(super) fn program(path: &Path, error: io::Error) -> Self {
        Self::Program { path: path.to_owned(), error }
    }
}

/// Everything that tells one service from another.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) name: &'static str,
    /// The name under which the system lists the process.
    pub(super) process: &'static str,
    pub(super) command: Command,
    /// What makes it stop fast and in order.
    pub(super) signal: Signal,
    /// Everything of it.
    pub(super) home: PathBuf,
    /// Where it works: its current directory.
    pub(super) works_in: PathBuf,
    /// Files that hold its process id, to keep a second one out.
    pub(super) locks: Vec<PathBuf>,
    pub(super) url: String,
    /// Succeeds once the service is ready to be used.
    pub(super) probe: fn(&str) -> BoxFuture<'_, Result<(), String>>,
}

/// A private Postgres or Redis. Dropping it stops it, too, without waiting for the end.
#[derive(Debug)]
pub struct Service {
    recipe: Recipe,
    owner: Owner,
    temporary: bool,
    running: Option<Supervised>,
}

impl Service {
    pub(super) fn new(recipe: Recipe, dir: &DataDir) -> Self {
        Self { recipe, owner: dir.owner().clone(), temporary: dir.is_temporary(), running: None }
    }

    /// How to reach it.
    pub fn url(&self) -> &str {
        &self.recipe.url
    }

    /// Starts it unless it runs, and waits until it answers. What an earlier run has left of it is stopped first.
    ///
    /// # Errors
    /// It does not come up; the end of its log is in the error.
    pub async fn start(&mut self) -> Result<(), ServiceError> {
        if self.running.is_some() {
            return Ok(());
        }
        let Recipe { process, works_in, signal, home, command, .. } = &self.recipe;
        leftovers::stop(process, works_in, *signal).await;
        self.forget_process();
        let remains = self.temporary.then_some(home.as_path());
        let running = Supervised::spawn(&self.owner, command, *signal, &self.log(), remains)
            .map_err(|error| ServiceError::program(Path::new(command.get_program()), error))?;
        tokio::select! {
            () = self.answers() => {}
            () = running.ended() => return Err(self.failed("ended instead of starting")),
            () = tokio::time::sleep(PATIENCE) => return Err(self.failed("does not answer")),
        }
        self.running = Some(running);
        Ok(())
    }

    /// Stops it in order. It can be started again, with everything it had.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// Ends it as a crash would, and comes back when all its processes are gone. It can be started again.
    pub async fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill().await;
            leftovers::gone(self.recipe.process, &self.recipe.works_in).await;
        }
    }

    /// Makes it stop answering without closing a connection, as a stalled machine would. Linux only.
    pub fn pause(&self) {
        leftovers::signal_all(self.recipe.process, &self.recipe.works_in, Signal::SIGSTOP);
    }

    /// Ends a [`pause`](Self::pause).
    pub fn resume(&self) {
        leftovers::signal_all(self.recipe.process, &self.recipe.works_in, Signal::SIGCONT);
    }

    /// Completes with an error when it has ended by itself; never where it is not running. Cancel-safe.
    pub async fn died(&self) -> ServiceError {
        match &self.running {
            Some(running) => running.ended().await,
            None => std::future::pending().await,
        }
        self.failed("ended unexpectedly")
    }

    /// Removes what a killed service leaves to keep others out: its process id may by now be somebody else's, and
    /// then the service would refuse to start. Only where it is certain that nobody works there.
    fn forget_process(&self) {
        if cfg!(target_os = "linux") {
            for file in &self.recipe.locks {
                // Most of the time there is none.
                let _ = fs::remove_file(file);
            }
        }
    }

    async fn answers(&self) {
        while (self.recipe.probe)(&self.recipe.url).await.is_err() {
            tokio::time::sleep(GLANCE).await;
        }
    }

    fn log(&self) -> PathBuf {
        self.recipe.home.join("log")
    }

    fn failed(&self, what: &str) -> ServiceError {
        let text = fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n");
        ServiceError::Failed { name: self.recipe.name, what: what.to_owned(), log: self.log(), tail }
    }
}

/// The supervisor removes what is temporary, but only if it is still there when the service is dropped.
impl Drop for Service {
    fn drop(&mut self) {
        let supervised = self.running.as_ref().is_some_and(|running| !running.has_ended());
        if self.temporary && !supervised {
            let home = &self.recipe.home;
            // What cannot be removed is for the system to clean up, like everything in its directory for such things.
            let _ = fs::remove_dir_all(home);
            // The other service may have something there still, and then removes it.
            let _ = home.parent().map(fs::remove_dir);
        }
    }
}

/// A path as it stands in a URL, with all that could mean something there encoded.
pub(super) fn in_url(path: &Path, slash: &str) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let encode = |byte: &u8| match byte {
        b'/' => slash.to_owned(),
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(*byte).to_string(),
        other => format!("%{other:02X}"),
    };
    path.as_os_str().as_bytes().iter().map(encode).collect()
}
