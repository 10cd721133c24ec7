//! What an idle watcher takes of the server's memory, and how soon a change reaches its watcher among thousands.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chatlink_actors::otp::PublicId;
use hdrhistogram::Histogram;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::{
    sync::{Mutex, mpsc},
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

use super::{
    findings::{Finding, each, float, mebibytes},
    ground::{Ground, Node, guess},
    watcher::{Seen, Watchers},
};
use crate::{bench::BenchError, client::Connection};

/// Most that one may take, in bytes.
const MOST_EACH: f64 = 14.0 * 1024.0;
const MOST_MILLIS: f64 = 10.0;
/// What both sides have open besides: services, epolls, logs.
const OTHER_FILES: u64 = 300;
/// How long after the last one has connected memory is looked at: long enough for one round of pings.
const SETTLING: Duration = Duration::from_secs(25);
/// How many changes a second are made, and on how many connections.
const CHANGES_PER_SECOND: usize = 200;
const CONNECTIONS: usize = 16;
const WARM_UP: usize = 400;
const TIMEOUT: Duration = Duration::from_secs(5);

/// Raises the limit on open files as far as it may be, for this process and the servers it starts. Gives how many
/// sockets that leaves.
pub fn raise_limit() -> Result<usize, BenchError> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).map_err(std::io::Error::from)?;
    // Root may go beyond; where it may not either, the limit stays.
    let wanted = most.max(1 << 17);
    if setrlimit(Resource::RLIMIT_NOFILE, wanted, wanted).is_err() {
        setrlimit(Resource::RLIMIT_NOFILE, most, most).map_err(std::io::Error::from)?;
    }
    let (limit, _) = getrlimit(Resource::RLIMIT_NOFILE).map_err(std::io::Error::from)?;
    Ok(usize::try_from(limit.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX))
}

/// So many watchers that see nothing happen.
pub async fn idle(ground: &Ground, wanted: usize) -> Result<Finding, BenchError> {
    let count = wanted.min(raise_limit()?);
    let node = ground.serve("idle", &[]).await?;
    let ids = node.copies(ground, count).await?;
    // Their actors are not theirs.
    node.look_at("actors", &ids).await?;
    let before = node.resident()?;
    let watchers = Watchers::open(node.server.address, &ids).await?;
    sleep(SETTLING).await;
    let (after, open) = (node.resident()?, watchers.still_open());
    node.end().await?;
    let bytes = each(after.saturating_sub(before), open);
    let mut remark = format!(
        "growth of the server's resident memory from {:.1} to {:.1} MiB, each watching a session of its own whose actor \
         was live before; what the kernel holds for the connection is not in it",
        mebibytes(before),
        mebibytes(after),
    );
    if count < wanted {
        remark.push_str("; the limit on open files, which cannot be raised here, allows no more");
    }
    let finding = Finding::new(format!("memory of an idle watcher, at {open}"), format!("{:.1} KiB", bytes / 1024.0));
    Ok(finding.target("≤ 14 KiB", bytes <= MOST_EACH && open == count).note(remark))
}

/// Changes sessions of which each has a watcher, at a moderate rate, and times how long until the watcher knows.
pub async fn change(ground: &Ground, wanted: usize, seconds: usize) -> Result<Vec<Finding>, BenchError> {
    let count = wanted.min(raise_limit()?);
    let node = ground.serve("change", &[]).await?;
    let ids = node.copies(ground, count).await?;
    let mut watchers = Watchers::open(node.server.address, &ids).await?;
    sleep(Duration::from_secs(2)).await;
    let sent = send_changes(&node, &ids, WARM_UP + CHANGES_PER_SECOND * seconds).await?;
    let measured = Latencies::of(sent, &mut watchers.seen).await?;
    let open = watchers.still_open();
    node.end().await?;
    let remark = format!(
        "{} wrong codes at {CHANGES_PER_SECOND} a second, {open} watchers connected; {} frames did not come",
        measured.request.len() + u64::try_from(WARM_UP).unwrap_or_default(),
        measured.missing
    );
    let p99 = millis(&measured.request, 0.99);
    let from_request = Finding::new(format!("request to its watcher's frame, of {open}"), shown(&measured.request))
        .target("p99 ≤ 10 ms", p99 <= MOST_MILLIS && measured.missing == 0 && open == count)
        .note(remark);
    let from_answer = Finding::new("answer to its watcher's frame", shown(&measured.answer));
    Ok(vec![from_request, from_answer.note("0 where the frame came first")])
}

/// A change that was made: of which session, when it was asked for and when it was answered.
struct Change {
    number: usize,
    asked: Instant,
    answered: Instant,
}

/// One wrong code after the other, each of another session, due at fixed instants whatever becomes of those before.
async fn send_changes(
    node: &Node,
    ids: &Arc<Vec<PublicId>>,
    count: usize,
) -> Result<mpsc::UnboundedReceiver<Result<Change, String>>, BenchError> {
    let mut connections: Vec<Arc<Mutex<Connection>>> = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut connection = node.connection();
        connection.warm().await.map_err(|failure| BenchError::Answer(failure.to_string()))?;
        connections.push(Arc::new(Mutex::new(connection)));
    }
    let (done, changes) = mpsc::unbounded_channel();
    let mut due = interval(Duration::from_secs(1) / u32::try_from(CHANGES_PER_SECOND).unwrap_or(1));
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for (turn, connection) in (0..count).zip(connections.iter().cycle()) {
        let asked = due.tick().await;
        let number = turn % ids.len();
        let (connection, done, request) = (Arc::clone(connection), done.clone(), guess(ids.get(number)));
        tokio::spawn(async move {
            let answer = connection.lock().await.send(request).await.and_then(|answer| answer.expect(422));
            let change = Change { number, asked, answered: Instant::now() };
            // The other side waits for as many as there are.
            let _ = done.send(answer.map(|_| change).map_err(|failure| failure.to_string()));
        });
    }
    Ok(changes)
}

/// How long it took until watchers knew, in nanoseconds.
struct Latencies {
    request: Histogram<u64>,
    answer: Histogram<u64>,
    missing: usize,
}

impl Latencies {
    /// Brings changes and frames together. A session is not changed twice before its first change was seen.
    async fn of(
        mut changes: mpsc::UnboundedReceiver<Result<Change, String>>,
        seen: &mut mpsc::UnboundedReceiver<Seen>,
    ) -> Result<Self, BenchError> {
        let mut made = Vec::new();
        while let Some(change) = changes.recv().await {
            made.push(change.map_err(BenchError::Answer)?);
        }
        made.sort_by_key(|change| change.asked);
        let mut frames: HashMap<usize, Vec<Instant>> = HashMap::new();
        let mut found = 0;
        while found < made.len() {
            let Ok(Some(frame)) = timeout(TIMEOUT, seen.recv()).await else { break };
            frames.entry(frame.number).or_default().push(frame.at);
            found += 1;
        }
        let mut latencies = Self { request: histogram()?, answer: histogram()?, missing: made.len() - found };
        for change in made.iter().skip(WARM_UP) {
            let first = frames.get(&change.number).and_then(|at| at.iter().find(|&&at| at >= change.asked));
            if let Some(&at) = first {
                latencies.request.saturating_record(nanos(at.duration_since(change.asked)));
                latencies.answer.saturating_record(nanos(at.saturating_duration_since(change.answered)));
            }
        }
        Ok(latencies)
    }
}

fn histogram() -> Result<Histogram<u64>, BenchError> {
    Histogram::new_with_bounds(1, 60_000_000_000, 3).map_err(|error| BenchError::Answer(error.to_string()))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn millis(histogram: &Histogram<u64>, share: f64) -> f64 {
    float(histogram.value_at_quantile(share)) / 1e6
}

fn shown(histogram: &Histogram<u64>) -> String {
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| millis(histogram, share));
    format!("p50 {p50:.2}, p99 {p99:.2}, max {max:.1} ms")
}
