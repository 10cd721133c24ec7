//! Services of a former run that outlived it, since their supervisor was killed as well.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _, path::Path, time::Duration};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// How long a service may take to stop before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(10);

/// The processes of a program that work in a directory, or were started on it: that is the service of that directory
/// and no other process, whatever became of its pid file. Where a process works is kept from other users, even from a
/// root without the capability to trace them; what it was started with is not. Only Linux tells; elsewhere the services'
/// own locks have to do.
pub(super) fn find(program: &str, directory: &Path) -> Vec<Pid> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let belongs = |process: &Path| {
        let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
        let works_there = || fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == directory);
        let started_there = || {
            let arguments = fs::read(process.join("cmdline")).unwrap_or_default();
            arguments.split(|&byte| byte == 0).any(|argument| argument == directory.as_os_str().as_bytes())
        };
        name.trim_end() == program && (works_there() || started_there())
    };
    let id = |name: &OsStr| name.to_str()?.parse().ok().map(Pid::from_raw);
    processes.flatten().filter_map(|entry| id(&entry.file_name()).filter(|_| belongs(&entry.path()))).collect()
}

/// Stops them, and comes back when there are none.
pub(super) async fn stop(program: &str, directory: &Path, signal: Signal) {
    if find(program, directory).is_empty() {
        return;
    }
    tracing::info!(program, directory = %directory.display(), "stopping what a former run has left");
    signal_all(program, directory, signal);
    if tokio::time::timeout(PATIENCE, gone(program, directory)).await.is_err() {
        signal_all(program, directory, Signal::SIGKILL);
        gone(program, directory).await;
    }
}

/// Waits until there are none.
pub(super) async fn gone(program: &str, directory: &Path) {
    while !find(program, directory).is_empty() {
        tokio::time::sleep(GLANCE).await;
    }
}

/// Signals all of them. One that ended meanwhile needs none.
pub(super) fn signal_all(program: &str, directory: &Path, signal: Signal) {
    for process in find(program, directory) {
        let _ = kill(process, signal);
    }
}
