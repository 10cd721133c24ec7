//! The process itself, under the names that every Prometheus client gives these. What the system does not tell is left
//! out.

use std::{fmt, fs, time::Duration};

use chatlink_actors::time::Timestamp;
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeVal,
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

/// Asks the system when somebody looks.
#[derive(Debug)]
pub(super) struct Process {
    pub started_at: Timestamp,
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let started = self.started_at.since(Timestamp::default()).as_secs_f64();
        let help = "When the server was started, in seconds since the epoch.";
        let gauge = encoder.encode_descriptor("process_start_time_seconds", help, None, MetricType::Gauge)?;
        ConstGauge::new(started).encode(gauge)?;
        if let Some(seconds) = cpu_time() {
            let help = "Time that the processors spent on the process.";
            let counter = encoder.encode_descriptor("process_cpu_seconds", help, None, MetricType::Counter)?;
            ConstCounter::new(seconds.as_secs_f64()).encode(counter)?;
        }
        if let Some(bytes) = resident_memory() {
            let help = "Memory that the process has in use.";
            let gauge = encoder.encode_descriptor("process_resident_memory_bytes", help, None, MetricType::Gauge)?;
            ConstGauge::new(bytes).encode(gauge)?;
        }
        if let Some(number) = open_files() {
            let help = "Files and sockets that the process has open.";
            let gauge = encoder.encode_descriptor("process_open_fds", help, None, MetricType::Gauge)?;
            ConstGauge::new(number).encode(gauge)?;
        }
        Ok(())
    }
}

fn cpu_time() -> Option<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    Some(duration(usage.user_time())? + duration(usage.system_time())?)
}

fn duration(time: TimeVal) -> Option<Duration> {
    let micros = u32::try_from(time.tv_usec()).ok()?;
    Some(Duration::new(u64::try_from(time.tv_sec()).ok()?, micros.checked_mul(1000)?))
}

fn resident_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

fn open_files() -> Option<usize> {
    // The folder itself is open while it is read.
    Some(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1))
}
