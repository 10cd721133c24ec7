//! The same request to one thing after the other, until every one has had its turn.
//!
//! Unlike a run of the engine it ends with the last of a known number, hands out the answers, and fails with the first
//! answer that is not as it should be: what is counted afterwards has to be there.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinSet, time::Instant};

use crate::{
    bench::BenchError,
    client::{Answer, Connection, Request, Target},
};

/// How long one answer may take: long, for the machine is being filled.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often is told how far it is.
const NEWS_EVERY: Duration = Duration::from_secs(2);

/// Where to, and on how many connections.
#[derive(Clone, Debug)]
pub struct Drive {
    pub target: Arc<Target>,
    pub connections: usize,
}

impl Drive {
    /// To that server.
    pub fn new(url: &str, connections: usize) -> Result<Self, BenchError> {
        let target = Target::parse(url).map_err(|error| BenchError::Answer(error.to_string()))?;
        Ok(Self { target: Arc::new(target), connections })
    }

    /// Asks for each number below `count` once, and takes something out of each answer.
    pub async fn each<T: Send + 'static>(
        &self,
        what: &'static str,
        count: usize,
        status: u16,
        request: impl Fn(usize) -> Request + Send + Sync + 'static,
        take: impl Fn(Answer) -> Result<T, crate::client::Failure> + Send + Sync + 'static,
    ) -> Result<Vec<T>, BenchError> {
        let (next, request, take) = (Arc::new(AtomicUsize::new(0)), Arc::new(request), Arc::new(take));
        let mut users = JoinSet::new();
        for _ in 0..self.connections.min(count) {
            let (next, request, take) = (Arc::clone(&next), Arc::clone(&request), Arc::clone(&take));
            let mut connection = Connection::new(Arc::clone(&self.target), PATIENCE);
            users.spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return Ok(taken);
                    }
                    let answer = connection.send(request(number)).await;
                    let answer = answer.and_then(|answer| answer.expect(status)).and_then(|answer| take(answer));
                    match answer {
                        Ok(it) => taken.push((number, it)),
                        Err(failure) => return Err(BenchError::Answer(format!("{what}, number {number}: {failure}"))),
                    }
                }
            });
        }
        let progress = Progress::new(what, count);
        let mut news = tokio::time::interval(NEWS_EVERY);
        let mut all = Vec::with_capacity(count);
        loop {
            tokio::select! {
                done = users.join_next() => match done {
                    Some(taken) => all.extend(taken.map_err(std::io::Error::other)??),
                    None => break,
                },
                _ = news.tick() => progress.tell(next.load(Ordering::Relaxed)),
            }
        }
        all.sort_unstable_by_key(|&(number, _)| number);
        Ok(all.into_iter().map(|(_, it)| it).collect())
    }
}

/// How far something long is, on standard error.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    count: usize,
    since: Instant,
}

impl Progress {
    /// Of so many.
    pub fn new(what: &'static str, count: usize) -> Self {
        Self { what, count, since: Instant::now() }
    }

    /// So many are done. Where nobody looks on, only round shares are told.
    pub fn tell(&self, done: usize) {
        let done = done.min(self.count);
        let seconds = self.since.elapsed().as_secs();
        let mut out = std::io::stderr().lock();
        // Whoever does not want to know need not.
        let _ = if out.is_terminal() {
            write!(out, "\r  {}: {done} of {} ({seconds} s)  ", self.what, self.count).and_then(|()| out.flush())
        } else {
            writeln!(out, "  {}: {done} of {} ({seconds} s)", self.what, self.count)
        };
    }

    /// All of it is done.
    pub fn end(&self) -> Duration {
        self.tell(self.count);
        self.since.elapsed()
    }
}
