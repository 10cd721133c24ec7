//! The program as a child process, and what is asked of the services that it starts.

use std::{
    fs::Permissions,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_postgres::NoTls;

/// Long enough for a machine with a lot to do; no test takes it when it passes.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A directory that the services' user can pass through.
pub fn directory() -> TempDir {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o711)).tempdir().unwrap()
}

/// A directory that its owner alone can enter.
pub fn closed_directory() -> TempDir {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o700)).tempdir().unwrap()
}

/// Waits until a condition holds.
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let mut glances = interval(Duration::from_millis(20));
    glances.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let wait = async {
        while !holds().await {
            glances.tick().await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("it never came about that {what}"));
}

/// `chatlink`, with a clean environment.
pub fn chatlink(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatlink"));
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// `chatlink dev`, ready.
pub struct Dev {
    child: Child,
    /// Where it says that one should start.
    pub url: String,
    /// All that it said until then.
    pub said: String,
}

impl Dev {
    /// Runs it on any free ports.
    pub async fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, &["--bind", "127.0.0.1:0", "--set", "http.admin_bind=127.0.0.1:0"]).await
    }

    /// Runs it with these arguments.
    pub async fn start_with(data_dir: &Path, arguments: &[&str]) -> Self {
        let mut command = chatlink(&["dev", "--data-dir"]);
        let mut child = command.arg(data_dir).args(arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = String::new();
        let mut url = None;
        let read = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                said = said.clone() + &line + "\n";
                if let Some(found) = line.trim().strip_prefix("start here") {
                    url = Some(found.trim().trim_end_matches('/').to_owned());
                }
                if line.starts_with("Ctrl-C") {
                    break;
                }
            }
        };
        timeout(PATIENCE, read).await.unwrap();
        let Some(url) = url else {
            let mut errors = String::new();
            child.stderr.take().unwrap().read_to_string(&mut errors).await.unwrap();
            panic!("chatlink dev did not start: {errors}");
        };
        Self { child, url, said }
    }

    /// Whether the server says that it is up.
    pub async fn is_healthy(&self) -> bool {
        let port = self.url.rsplit(':').next().unwrap();
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.starts_with("HTTP/1.1 200 ")
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().unwrap().cast_signed())
    }

    /// Signals it, and waits for its end.
    pub async fn end(self, signal: Signal) -> ExitStatus {
        kill(self.pid(), signal).unwrap();
        self.ended().await
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap()
    }
}

/// A connection to the database of a data directory, which ends with it.
pub async fn postgres(url: &str) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// One Redis command.
pub async fn redis<T: redis::FromRedisValue>(url: &str, command: &[&str]) -> redis::RedisResult<T> {
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    let (name, arguments) = command.split_first().unwrap();
    redis::cmd(name).arg(arguments).query_async(&mut connection).await
}

/// How the services of a data directory are reached, where its path is short and open.
pub struct Urls {
    pub postgres: String,
    pub redis: String,
}

impl Urls {
    pub fn of(data_dir: &Path) -> Self {
        let data_dir = data_dir.canonicalize().unwrap();
        let postgres = data_dir.join("postgres").display().to_string().replace('/', "%2F");
        let redis = data_dir.join("redis").join("redis.sock");
        Self {
            postgres: format!("postgres://chatlink@{postgres}/chatlink"),
            redis: format!("redis+unix://{}", redis.display()),
        }
    }

    /// Whether neither answers.
    pub async fn are_dead(&self) -> bool {
        postgres(&self.postgres).await.is_err() && redis::<String>(&self.redis, &["PING"]).await.is_err()
    }

    /// The process ids of both.
    pub async fn processes(&self) -> [Pid; 2] {
        let data: String = postgres(&self.postgres)
            .await
            .unwrap()
            .query_one("SELECT pg_read_file('postmaster.pid')", &[])
            .await
            .unwrap()
            .get(0);
        let info: String = redis(&self.redis, &["INFO", "server"]).await.unwrap();
        let redis = info.lines().find_map(|line| line.strip_prefix("process_id:")).unwrap();
        [data.lines().next().unwrap(), redis].map(|pid| Pid::from_raw(pid.trim().parse().unwrap()))
    }
}
