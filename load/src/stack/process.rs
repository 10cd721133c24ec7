//! What a process has used and holds, as Linux tells it in `/proc`.

use std::{fs, io, time::Duration};

/// One of the units in which Linux counts CPU time, everywhere (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// What a process has used of the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time since it began, of all its threads, the kernel's work for it included.
    pub cpu: Duration,
    /// Memory that is resident now, in bytes.
    pub resident: u64,
    /// The most that was ever resident, in bytes.
    pub most_resident: u64,
    /// Threads now.
    pub threads: u64,
    /// Open files and sockets now.
    pub files: usize,
}

impl Usage {
    /// Of a process.
    ///
    /// # Errors
    /// There is no such process any more, or it is another user's.
    pub fn of(pid: u32) -> io::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let files = fs::read_dir(format!("/proc/{pid}/fd"))?.count();
        let parsed = (|| {
            Some(Self {
                cpu: cpu(&stat)?,
                resident: field(&status, "VmRSS:")? * 1024,
                most_resident: field(&status, "VmHWM:")? * 1024,
                threads: field(&status, "Threads:")?,
                files,
            })
        })();
        parsed.ok_or_else(|| io::Error::other(format!("/proc/{pid} is not as expected")))
    }
}

/// The fields are counted from behind the program's name, which may hold anything.
fn cpu(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11).map(|field| field.parse::<u32>().ok());
    let (user, system) = (ticks.next()??, ticks.next()??);
    Some(TICK * (user + system))
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_something() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.threads >= 1 && usage.files >= 1 && usage.resident > 0, "{usage:?}");
        assert!(usage.most_resident >= usage.resident, "{usage:?}");
    }

    #[test]
    fn a_name_with_spaces_and_parentheses_moves_no_field() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 1 2 3";
        assert_eq!(cpu(stat), Some(Duration::from_secs(3)));
        assert_eq!(field("Name:\tx\nVmRSS:\t  2048 kB\n", "VmRSS:"), Some(2048));
    }
}
