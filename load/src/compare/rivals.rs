//! The other candidates' programs: how each is started against the private Postgres and Redis, and stopped.
//!
//! Their projects are in `load/compare`, and what `load/compare/install` has installed for them is in `target/compare`.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};
use tokio_postgres::config::Host;

use super::{ATTEMPTS, CompareError, sink::Sink};
use crate::client::{Connection, Request, Target};

/// ChatLink's defaults, given to all.
pub const ARGON2: [(&str, &str); 3] = [("MEMORY_KIB", "19456"), ("ITERATIONS", "2"), ("PARALLELISM", "1")];
const SECRET: &str = "bWFkZSB0byBiZSBtZWFzdXJlZCwgYW5kIGxvbmcgZW5vdWdo";
const STARTING: Duration = Duration::from_secs(60);
const STOPPING: Duration = Duration::from_secs(15);
const GLANCE: Duration = Duration::from_millis(50);
const LOG_LINES: usize = 20;

/// Where everything is.
#[derive(Debug)]
pub struct Place {
    /// `load/compare`.
    source: PathBuf,
    /// `target/compare`.
    installed: PathBuf,
    /// The directory of Postgres' socket.
    postgres: PathBuf,
    user: String,
    /// Redis' socket.
    redis: PathBuf,
}

impl Place {
    /// # Errors
    /// Not called in the root of the source tree, nothing is installed, or the services are not on sockets.
    pub fn new(postgres_url: &str, redis_url: &str) -> Result<Self, CompareError> {
        let here = std::env::current_dir()?;
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| here.join("target"), |dir| here.join(dir));
        let (source, installed) = (here.join("load/compare"), target.join("compare"));
        if !source.join("install").exists() || !installed.exists() {
            return Err(CompareError::Absent(
                "the other candidates: run `make compare` in the root of the source tree",
            ));
        }
        let config: tokio_postgres::Config = postgres_url.parse()?;
        let Some(Host::Unix(postgres)) = config.get_hosts().first() else {
            return Err(CompareError::Absent("the socket of Postgres"));
        };
        let redis = redis_url.strip_prefix("redis+unix://").ok_or(CompareError::Absent("the socket of Redis"))?;
        let user = config.get_user().unwrap_or_default().to_owned();
        Ok(Self { source, installed, postgres: postgres.clone(), user, redis: redis.into() })
    }

    /// Where the processes of both services work.
    pub fn services(&self) -> &Path {
        self.postgres.parent().unwrap_or(&self.postgres)
    }
}

/// Everything that tells one from another.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    pub database: &'static str,
    /// The folder beneath both places.
    folder: &'static str,
    /// Whether it runs where it was installed. Else where its sources are.
    runs_installed: bool,
    migrate: &'static [&'static str],
    serve: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    /// What it answers with 200 once it is ready.
    ready: &'static str,
}

pub const ALLAUTH: Recipe = Recipe {
    database: "allauth",
    folder: "allauth",
    runs_installed: false,
    migrate: &["bin/django-admin", "migrate", "--verbosity=0"],
    serve: &["bin/gunicorn", "--config=gunicorn.conf.py", "--log-level=warning", "wsgi"],
    env: &[("DJANGO_SETTINGS_MODULE", "settings"), ("PYTHONPATH", "."), ("PYTHONDONTWRITEBYTECODE", "1")],
    ready: "/_allauth/app/v1/config",
};
pub const BETTER_AUTH: Recipe = Recipe {
    database: "better_auth",
    folder: "better-auth",
    runs_installed: true,
    migrate: &["node", "migrate.mjs"],
    serve: &["node", "server.mjs"],
    env: &[("NODE_ENV", "production")],
    ready: "/api/auth/ok",
};
/// The same, with the one option that its guide to performance names and that gives something up.
pub const BETTER_AUTH_CACHED: Recipe =
    Recipe { env: &[("NODE_ENV", "production"), ("RIVAL_COOKIE_CACHE", "on")], ..BETTER_AUTH };

impl Recipe {
    fn command(&self, arguments: &[&str], place: &Place, sink: &Sink, port: u16) -> Command {
        let installed = place.installed.join(self.folder);
        let folder = if self.runs_installed { installed.clone() } else { place.source.join(self.folder) };
        // The system's own, of util-linux: nothing outlives the process that measures.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM"]).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
        for (index, argument) in arguments.iter().enumerate() {
            let is_own = index == 0 && argument.contains('/');
            if is_own {
                command.arg(installed.join(argument))
            } else {
                command.arg(argument)
            };
        }
        command.envs(self.env.iter().copied()).env("RIVAL_SECRET", SECRET).env("RIVAL_PORT", port.to_string());
        command.env("RIVAL_POSTGRES_HOST", &place.postgres).env("RIVAL_POSTGRES_USER", &place.user);
        command.env("RIVAL_POSTGRES_DATABASE", self.database).env("RIVAL_REDIS_SOCKET", &place.redis);
        command.env("RIVAL_SMTP_PORT", sink.address.port().to_string()).env("RIVAL_ATTEMPTS", ATTEMPTS.to_string());
        for (name, value) in ARGON2 {
            command.env(format!("RIVAL_ARGON2_{name}"), value);
        }
        command
    }
}

/// A running program. It is killed when this is dropped.
#[derive(Debug)]
pub struct Rival {
    pub target: Arc<Target>,
    pub pid: u32,
    child: Child,
    log: PathBuf,
}

impl Rival {
    /// Brings its database up to date, starts it, and waits until it answers.
    ///
    /// # Errors
    /// It does not come up; its log is in the error.
    pub async fn start(recipe: &Recipe, place: &Place, sink: &Sink, logs: &Path) -> Result<Self, CompareError> {
        let port = free_port()?;
        let migrated = recipe.command(recipe.migrate, place, sink, port).output().await?;
        if !migrated.status.success() {
            let log = String::from_utf8_lossy(&migrated.stderr).into_owned();
            return Err(CompareError::Rival { what: "could not migrate its database".into(), log });
        }
        let log = logs.join(format!("{}-{port}.log", recipe.folder));
        let file = fs::File::create(&log)?;
        let mut command = recipe.command(recipe.serve, place, sink, port);
        let child = command.stdout(file.try_clone()?).stderr(file).spawn()?;
        let pid = child.id().ok_or_else(|| io::Error::other("it ended at once"))?;
        let target = Arc::new(Target::at(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?);
        let mut rival = Self { target, pid, child, log };
        rival.answers(recipe.ready).await?;
        Ok(rival)
    }

    async fn answers(&mut self, path: &'static str) -> Result<(), CompareError> {
        let mut connection = Connection::new(Arc::clone(&self.target), STARTING);
        let deadline = Instant::now() + STARTING;
        while !connection.send(Request::get(path)).await.is_ok_and(|answer| answer.status == 200) {
            if self.child.try_wait()?.is_some() || Instant::now() > deadline {
                return Err(CompareError::Rival { what: "did not start".into(), log: tail(&self.log) });
            }
            sleep(GLANCE).await;
        }
        Ok(())
    }

    /// Asks it to end, and waits for that.
    ///
    /// # Errors
    /// It did not end in time, and was killed.
    pub async fn stop(mut self) -> Result<(), CompareError> {
        let pid = i32::try_from(self.pid).map_err(io::Error::other)?;
        kill(Pid::from_raw(pid), Signal::SIGTERM).map_err(io::Error::from)?;
        if timeout(STOPPING, self.child.wait()).await.is_err() {
            self.child.kill().await?;
            return Err(CompareError::Rival { what: "did not stop and was killed".into(), log: tail(&self.log) });
        }
        Ok(())
    }

    /// The end of what it has logged.
    pub fn log(&self) -> String {
        tail(&self.log)
    }
}

/// Neither program says which port it got, so it is given one that was free a moment ago.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
}
