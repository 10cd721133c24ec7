//! A child process that cannot outlive this one.
//!
//! Between the two stands a shell that holds the reading end of a pipe. However this process ends, `kill -9`
//! included, the kernel closes the writing end, and the shell stops the service. It also leaves the terminal's
//! process group, so that Ctrl-C reaches the server alone, which then stops the service last.

use std::{
    io::{self, Write as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{ChildStdin, Command, Stdio},
    thread,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::sync::watch;

use super::data_dir::Owner;

/// How long a service may take to stop before it is killed.
const PATIENCE: Duration = Duration::from_secs(15);

/// `$1` stops the service; `$2` is its log; `$3` is to be removed when this process is gone, or empty; the rest is the
/// service. The shell opens the log, not we: as root, we would follow a link that the services' user had put there.
///
/// A line on the pipe stops the service, too, and leaves its files. The watcher ignores SIGTERM before it acts, so
/// that its exit status tells for certain which of the two it was, or that the service ended by itself.
const SCRIPT: &str = r#"
signal=$1 log=$2 remains=$3
shift 3
umask 077
exec 3<&0 </dev/null >"$log" 2>&1
"$@" 3<&- & service=$!
(
    read -r line <&3; gone=$?
    trap '' TERM
    kill -s "$signal" "$service" 2>/dev/null
    kill -s CONT "$service" 2>/dev/null
    exit "$gone"
) & watcher=$!
exec 3<&-
trap '' HUP INT TERM
wait "$service"; status=$?
kill "$watcher" 2>/dev/null
wait "$watcher"
if [ $? -eq 1 ] && [ -n "$remains" ]; then
    cd /
    rm -rf -- "$remains"
    rmdir -- "${remains%/*}" 2>/dev/null
fi
exit "$status"
"#;

/// A running service. Dropping it stops the service, too, without waiting for the end.
#[derive(Debug)]
pub(super) struct Supervised {
    group: Pid,
    pipe: Option<ChildStdin>,
    ended: watch::Receiver<bool>,
}

impl Supervised {
    /// Starts a service under a shell. `remains` is a directory to remove once this process is gone.
    pub(super) fn spawn(
        owner: &Owner,
        service: &Command,
        signal: Signal,
        log: &Path,
        remains: Option<&Path>,
    ) -> io::Result<Self> {
        let mut child = owner
            .command(Path::new("/bin/sh"))
            .args(["-c", SCRIPT, "chatlink-supervisor", signal.as_str().trim_start_matches("SIG")])
            .arg(log)
            .arg(remains.unwrap_or(Path::new("")))
            .arg(service.get_program())
            .args(service.get_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let group = Pid::from_raw(child.id().cast_signed());
        let pipe = child.stdin.take();
        let (sender, ended) = watch::channel(false);
        // A thread, not a task: it serves whichever runtime asks, and the tests have many.
        thread::spawn(move || {
            let _ = child.wait();
            sender.send_replace(true);
        });
        Ok(Self { group, pipe, ended })
    }

    /// Completes when the service has ended, for whatever reason. Cancel-safe.
    pub(super) fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut ended = self.ended.clone();
        async move {
            let _ = ended.wait_for(|ended| *ended).await;
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// Asks the service to end, and waits for it.
    pub(super) async fn stop(mut self) {
        if let Some(mut pipe) = self.pipe.take() {
            // A shell that is gone has no service to stop.
            let _ = pipe.write_all(b"stop\n");
        }
        if tokio::time::timeout(PATIENCE, self.ended()).await.is_err() {
            self.kill().await;
        }
    }

    /// Ends service and shell at once, as a crash would.
    pub(super) async fn kill(self) {
        let _ = killpg(self.group, Signal::SIGKILL);
        self.ended().await;
    }
}
