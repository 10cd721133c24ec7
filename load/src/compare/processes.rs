//! What a program of several processes has used and holds, as Linux tells it in `/proc`.

use std::{collections::BTreeMap, fs, io, ops::Sub, path::Path, time::Duration};

/// One of the units in which Linux counts CPU time, everywhere (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// CPU time since they began, and memory now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of all that run, and of all that have ended since and were waited for.
    pub cpu: Duration,
    /// Proportional set size in bytes: resident pages, each shared one counted once.
    pub memory: u64,
}

impl Sub for Usage {
    type Output = Duration;

    /// The CPU time between two looks.
    fn sub(self, earlier: Self) -> Duration {
        self.cpu.saturating_sub(earlier.cpu)
    }
}

/// One line of `/proc/<pid>/stat`.
struct Stat {
    parent: u32,
    cpu: Duration,
}

impl Stat {
    /// The fields are counted from behind the program's name, which may hold anything.
    fn parse(line: &str) -> Option<Self> {
        let (_, fields) = line.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let parent = fields.get(1)?.parse().ok()?;
        // User and system, then the same of children that were waited for.
        let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<u32>().ok()).sum::<Option<u32>>()?;
        Some(Self { parent, cpu: TICK * ticks })
    }
}

/// Of a process and all that it has started, directly or not.
pub fn descended_from(pid: u32) -> io::Result<Usage> {
    let all = all()?;
    let within = |mut candidate: u32| {
        while candidate != pid {
            match all.get(&candidate) {
                Some(stat) if stat.parent != 0 => candidate = stat.parent,
                _ => return false,
            }
        }
        true
    };
    Ok(sum(&all, within))
}

/// Of all processes whose current directory is there or below.
pub fn working_in(folder: &Path) -> io::Result<Usage> {
    let there = |pid| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    Ok(sum(&all()?, there))
}

fn all() -> io::Result<BTreeMap<u32, Stat>> {
    let entries = fs::read_dir("/proc")?.filter_map(Result::ok);
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    // One that has ended meanwhile is not there.
    let stat = |pid: u32| Some((pid, Stat::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?));
    Ok(pids.filter_map(stat).collect())
}

fn sum(all: &BTreeMap<u32, Stat>, wanted: impl Fn(u32) -> bool) -> Usage {
    let mut usage = Usage::default();
    for (pid, stat) in all.iter().filter(|(pid, _)| wanted(**pid)) {
        usage.cpu += stat.cpu;
        usage.memory += memory(*pid).unwrap_or(0);
    }
    usage
}

fn memory(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_moves_no_field() {
        let stat = Stat::parse("7 (a) b (c) S 3 7 7 0 -1 4194560 100 0 0 0 250 50 20 30 20 0 3 0 1 2 3").unwrap();
        assert_eq!((stat.parent, stat.cpu), (3, Duration::from_millis(3500)));
    }

    #[test]
    fn a_child_is_counted_with_its_parent() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let (alone, both) = (descended_from(child.id()).unwrap(), descended_from(std::process::id()).unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(alone.memory > 0 && both.memory > alone.memory, "{alone:?} {both:?}");
        let here = std::env::current_dir().unwrap();
        assert!(working_in(&here).unwrap().memory > 0);
        assert_eq!(working_in(Path::new("/nonexistent")).unwrap(), Usage::default());
    }
}
