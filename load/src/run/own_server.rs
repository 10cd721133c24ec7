//! A server of our own: `chatlink dev` with raised limits, its mails and texts sent to us.
//!
//! It is in a process group of its own, so that Ctrl-C reaches this program alone, which ends it after it has reported.

use std::{
    fs::{self, File},
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// How long it may take to make its database, and to end.
const START: Duration = Duration::from_secs(60);
const END: Duration = Duration::from_secs(30);

/// What the server logs: not in between the progress.
const LOG: &str = "target/load/server.log";

/// What one address may do here, since all load comes from one. The second is the most that there can be.
const SETTINGS: [&str; 13] = [
    "otp.limits.starts_per_ip=1000000/1h",
    "login.address_failures=10000/1h",
    "otp.limits.sends_per_identifier=1000/24h",
    // Most codes of a load test are never entered, which else looks like fraud.
    "sms.country_limit=1000000/1h",
    "sms.prefix_limit=1000000/1h",
    "sms.breaker_verified_percent=0",
    // So that a run sees resends being used up, and sockets outlive it.
    "otp.registration.resend_cooldown=1s",
    "otp.registration.free_resends=2",
    "otp.registration.max_resends=4",
    "otp.registration.ttl=30m",
    "log.level=warn",
    "http.bind=127.0.0.1:0",
    "http.admin_bind=127.0.0.1:0",
];

/// The server, until this is dropped.
#[derive(Debug)]
pub struct OwnServer {
    pub url: String,
    pub metrics_url: String,
    child: Child,
    _data: TempDir,
}

impl OwnServer {
    /// Starts it, with carriers there.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(
        program: Option<PathBuf>,
        mails: SocketAddr,
        texts: SocketAddr,
        settings: &[String],
    ) -> Result<Self, String> {
        let program = program.map_or_else(beside, Ok).map_err(|error| error.to_string())?;
        let data = tempfile::tempdir().map_err(|error| error.to_string())?;
        let carriers = [
            format!("smtp.url=smtp://{mails}"),
            "smtp.from=ChatLink <load@example.org>".into(),
            "sms.provider=http".into(),
            format!("sms.url=http://{texts}/"),
            "sms.countries=*".into(),
        ];
        let mut command = Command::new(&program);
        command.arg("dev").arg("--data-dir").arg(data.path().join("chatlink"));
        for setting in SETTINGS.iter().copied().chain(carriers.iter().chain(settings).map(String::as_str)) {
            command.arg("--set").arg(setting);
        }
        let log = log_file().map_err(|error| format!("{LOG}: {error}"))?;
        command.env("CHATLINK__SMS__TOKEN", "load").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| {
            format!(
                "{} cannot be started: {error}; build it, name it with --server, or name a running one with --url",
                program.display()
            )
        })?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let started = timeout(START, addresses(output)).await.map_err(|_| "the server takes too long to start")?;
        let Some((url, metrics_url)) = started.map_err(|error| error.to_string())? else {
            return Err(format!("{} ended instead of starting: {LOG} may say why", program.display()));
        };
        Ok(Self { url, metrics_url, child, _data: data })
    }

    /// Ends it in order.
    pub async fn stop(mut self) {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            // If it has ended already, that is what is wanted.
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        // Dropped, it is killed, and its services end by themselves.
        let _ = timeout(END, self.child.wait()).await;
    }
}

fn log_file() -> io::Result<File> {
    if let Some(directory) = Path::new(LOG).parent() {
        fs::create_dir_all(directory)?;
    }
    File::create(LOG)
}

/// The server's program in the directory of this one.
fn beside() -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.parent().unwrap_or(Path::new(".")).join("chatlink"))
}

/// Reads from what it prints where it is; none if it ends before.
async fn addresses(output: ChildStdout) -> io::Result<Option<(String, String)>> {
    let mut lines = BufReader::new(output).lines();
    let mut url = None;
    while let Some(line) = lines.next_line().await? {
        let word = |name: &str| line.trim().strip_prefix(name).map(|rest| rest.trim().to_owned());
        if let Some(start) = word("start here") {
            url = Some(start.trim_end_matches('/').to_owned());
        }
        if let (Some(url), Some(metrics)) = (&url, word("metrics")) {
            let found = (url.clone(), metrics);
            // Whatever else it says is not to fill the pipe.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(Some(found));
        }
    }
    Ok(None)
}
