//! `chatlink serve` as a child process: how it is configured, started, observed and stopped.

use std::{
    collections::BTreeMap,
    env, fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::timeout,
};

use super::{Stack, StackError, process::Usage};

/// How long a server may take to become ready.
const STARTING: Duration = Duration::from_secs(30);
/// How long it may take to stop before it is killed: longer than what it holds may take it.
const STOPPING: Duration = Duration::from_secs(45);
const GLANCE: Duration = Duration::from_millis(20);
/// How much of a server's log an error quotes.
const LOG_LINES: usize = 20;

/// What every server here is given. Production settings, but for limits that one client could not stay below, and no
/// secrets worth the name.
const SETTINGS: &[(&str, &str)] = &[
    ("http.bind", "127.0.0.1:0"),
    ("http.admin_bind", "127.0.0.1:0"),
    ("http.public_url", "http://localhost:8080"),
    ("http.trusted_proxies", "127.0.0.1"),
    // Nobody listens at that port: mail waits to be tried again, as it does while a mail server is away.
    ("smtp.url", "smtp://127.0.0.1:9"),
    ("smtp.from", "no-reply@chatlink.example"),
    ("secrets.key", "bWFkZSB0byBiZSBtZWFzdXJlZCwgYW5kIGxvbmcgZW5vdWdo"),
    // A short window, so that the limiter of addresses has as little to remember as with many addresses.
    ("otp.limits.starts_per_ip", "1000000000/1s"),
    ("otp.limits.sends_per_identifier", "100000/24h"),
    ("otp.limits.failures_per_identifier", "100000/24h"),
    ("login.failures", "100"),
    ("login.address_failures", "10000/1s"),
    ("sessions.access_ttl", "1h"),
];

/// How to start a server. Cheap to change and to use again.
#[derive(Clone, Debug)]
pub struct Launch {
    program: PathBuf,
    settings: BTreeMap<String, String>,
}

impl Default for Launch {
    fn default() -> Self {
        Self::new(default_program())
    }
}

impl Launch {
    /// The program at that path, with limits raised and mail that goes nowhere.
    pub fn new(program: PathBuf) -> Self {
        let settings = SETTINGS.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        Self { program, settings }
    }

    /// Sets a setting, such as `otp.registration.ttl`.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<String>) -> Self {
        self.settings.insert(key.to_owned(), value.into());
        self
    }

    /// Has mail delivered there, in the clear.
    #[must_use]
    pub fn smtp(self, to: SocketAddr) -> Self {
        self.set("smtp.url", format!("smtp://{to}"))
    }

    /// The program's file.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// One of the program's subcommands, with these settings and nothing of the environment.
    pub fn command(&self, stack: &Stack, subcommand: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(subcommand).current_dir(stack.folder.path()).stdin(Stdio::null()).kill_on_drop(true);
        // No settings but these: neither those of whoever measures, nor a file of theirs.
        command.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
        let places = [("postgres.url", stack.postgres_url()), ("redis.url", stack.redis_url())];
        let settings = self.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        for (key, value) in places.into_iter().chain(settings) {
            command.env(format!("CHATLINK__{}", key.replace('.', "__").to_uppercase()), value);
        }
        command
    }

    pub(super) fn not_run(&self, error: io::Error) -> StackError {
        StackError::Program { path: self.program.clone(), error }
    }
}

/// The server that was built along with this program.
fn default_program() -> PathBuf {
    let beside = env::current_exe().ok().and_then(|program| Some(program.parent()?.join("chatlink")));
    beside.unwrap_or_else(|| PathBuf::from("target/release/chatlink"))
}

/// A running server. It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where clients connect.
    pub address: SocketAddr,
    /// Where operators connect.
    pub admin_address: SocketAddr,
    /// Its process id.
    pub pid: u32,
    child: Child,
    log: PathBuf,
}

impl Server {
    pub(super) async fn start(mut command: Command, launch: &Launch, folder: &Path) -> Result<Self, StackError> {
        let log = tempfile::Builder::new().prefix("server-").suffix(".log").tempfile_in(folder)?;
        let (file, log) = log.keep().map_err(|error| error.error)?;
        command.stdout(Stdio::piped()).stderr(file);
        let mut child = command.spawn().map_err(|error| launch.not_run(error))?;
        match timeout(STARTING, ready(&mut child)).await {
            Ok(Ok((address, admin_address, pid))) => Ok(Self { address, admin_address, pid, child, log }),
            Ok(Err(error)) => Err(StackError::Server { what: format!("did not start: {error}"), log: tail(&log) }),
            Err(_) => Err(StackError::Server { what: "is not ready in time".into(), log: tail(&log) }),
        }
    }

    /// Where clients connect, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where operators connect, as a URL.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin_address)
    }

    /// What it has used of the machine so far.
    ///
    /// # Errors
    /// It has ended.
    pub fn usage(&self) -> io::Result<Usage> {
        Usage::of(self.pid)
    }

    /// Asks it to end, and waits for that. What it holds in hand it finishes first, messages that it could not deliver
    /// included: with a mail server that is away this takes ten seconds.
    ///
    /// # Errors
    /// It failed, or did not end in time and was killed.
    pub async fn stop(mut self) -> Result<(), StackError> {
        let pid = i32::try_from(self.pid).map_err(io::Error::other)?;
        kill(Pid::from_raw(pid), Signal::SIGTERM).map_err(io::Error::from)?;
        let what = match timeout(STOPPING, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => return Ok(()),
            Ok(Ok(status)) => format!("ended with {status}"),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => {
                self.child.kill().await?;
                "did not stop and was killed".into()
            }
        };
        Err(StackError::Server { what, log: tail(&self.log) })
    }

    /// Ends it at once, as a crash would.
    ///
    /// # Errors
    /// It had ended before.
    pub async fn kill(mut self) -> io::Result<()> {
        self.child.kill().await
    }
}

/// Waits until the program has said where it listens, and until what it depends on is there.
async fn ready(child: &mut Child) -> io::Result<(SocketAddr, SocketAddr, u32)> {
    let output = child.stdout.take().ok_or_else(|| io::Error::other("it has no output"))?;
    let mut lines = BufReader::new(output).lines();
    let line = lines.next_line().await?.ok_or_else(|| io::Error::other("it ended"))?;
    let addresses = listening(&line).zip(child.id()).ok_or_else(|| io::Error::other(format!("it said: {line}")))?;
    let ((address, admin_address), pid) = addresses;
    while !is_ready(admin_address).await? {
        tokio::time::sleep(GLANCE).await;
    }
    Ok((address, admin_address, pid))
}

/// The addresses in `Listening at 127.0.0.1:1, for operators at 127.0.0.1:2`.
fn listening(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let (public, admin) = line.strip_prefix("Listening at ")?.split_once(", for operators at ")?;
    Some((public.parse().ok()?, admin.trim().parse().ok()?))
}

async fn is_ready(admin: SocketAddr) -> io::Result<bool> {
    let mut stream = TcpStream::connect(admin).await?;
    stream.write_all(format!("GET /readyz HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_listens_is_read_back() {
        let line = "Listening at 127.0.0.1:4000, for operators at [::1]:4001";
        let expected = ("127.0.0.1:4000".parse().unwrap(), "[::1]:4001".parse().unwrap());
        assert_eq!(listening(line), Some(expected));
        assert_eq!(listening("Listening at nowhere, for operators at nowhere"), None);
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let launch = Launch::new("/nonexistent/chatlink".into());
        let error = launch.not_run(io::Error::from(io::ErrorKind::NotFound)).to_string();
        assert!(error.contains("/nonexistent/chatlink") && error.contains("--server"), "{error}");
    }
}
