//! A run under way: its threads, and how to look at it and end it.

use std::{
    future::Future,
    io,
    panic::resume_unwind,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    runtime::Builder,
    sync::{
        mpsc::{UnboundedSender, unbounded_channel},
        watch,
    },
    task::{JoinError, JoinSet, LocalSet},
    time::Instant,
};

use super::{Load, Outcome, Plan, Sample, Work, closed::Closed, open::Open, recorder::Recorder, schedule::Schedule};

/// After a stop, visits under way are waited for so long; then they are dropped, and that is no error.
pub const STOPPING: Duration = Duration::from_secs(2);
/// How soon a stop is noticed between two arrivals that are far apart.
const GLANCE: Duration = Duration::from_millis(20);

/// Threads that load a server. Dropped, they are told to stop and not waited for.
#[derive(Debug)]
pub struct Running {
    recorders: Vec<Arc<Recorder>>,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
    start: Instant,
}

impl Running {
    /// Begins.
    ///
    /// # Errors
    /// The system has no room for another thread.
    pub fn start<W: Work>(plan: &Plan, work: W) -> io::Result<Self> {
        let (start, work) = (Instant::now(), Arc::new(work));
        let from = start + plan.lead_in();
        let until = from + plan.duration;
        let threads = plan.threads.max(1);
        let recorders: Vec<_> = (0..threads).map(|_| Arc::new(Recorder::new(from, until))).collect();
        let mut running = Self { recorders, stop: watch::Sender::new(false), threads: Vec::new(), start };
        match plan.load {
            Load::Open { rate, arrivals, most_users, seed } => {
                let schedule = Schedule::new(rate, plan.ramp_up, arrivals, seed);
                running.start_open(plan, &work, most_users.div_ceil(threads).max(1), schedule, until)?;
            }
            Load::Closed { users } => running.start_closed(plan, &work, users, until)?,
        }
        Ok(running)
    }

    fn start_open<W: Work>(
        &mut self,
        plan: &Plan,
        work: &Arc<W>,
        most_users: usize,
        schedule: Schedule,
        until: Instant,
    ) -> io::Result<()> {
        // Unbounded, since arrivals are: a bound would hold back what is due, and hide it.
        let (senders, receivers): (Vec<_>, Vec<_>) = self.recorders.iter().map(|_| unbounded_channel()).unzip();
        let numbers = self.recorders.len();
        for (index, arrivals) in receivers.into_iter().enumerate() {
            let (work, recorder, stop) = self.parts(work, index);
            let open = Open { work, recorder, most_users, numbers: (index, numbers), until, grace: plan.grace };
            self.spawn(move || Box::pin(open.serve(arrivals, stop)))?;
        }
        let (start, stop) = (self.start, self.stop.subscribe());
        let due = schedule.map(move |offset| start + offset).take_while(move |due| *due < until);
        self.threads.push(thread::Builder::new().spawn(move || dispatch(due, &senders, &stop))?);
        Ok(())
    }

    fn start_closed<W: Work>(&mut self, plan: &Plan, work: &Arc<W>, users: usize, until: Instant) -> io::Result<()> {
        let apart = plan.ramp_up / u32::try_from(users.max(1)).unwrap_or(u32::MAX);
        let begins: Vec<_> = (0..users).zip(0..).map(|(number, nth)| (number, self.start + apart * nth)).collect();
        let threads = self.recorders.len();
        for index in 0..threads {
            let (work, recorder, stop) = self.parts(work, index);
            let users = begins.iter().skip(index).step_by(threads).copied().collect();
            let closed = Closed { work, recorder, users, until, grace: plan.grace };
            self.spawn(move || Box::pin(closed.serve(stop)))?;
        }
        Ok(())
    }

    fn parts<W: Work>(&self, work: &Arc<W>, index: usize) -> (Arc<W>, Arc<Recorder>, watch::Receiver<bool>) {
        #[expect(clippy::indexing_slicing, reason = "the index is of one of them")]
        let recorder = Arc::clone(&self.recorders[index]);
        (Arc::clone(work), recorder, self.stop.subscribe())
    }

    /// A thread with a runtime of its own, so that connections never wait for another thread's lock.
    fn spawn<F, T>(&mut self, task: F) -> io::Result<()>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Future<Output = ()> + 'static,
    {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().spawn(move || LocalSet::new().block_on(&runtime, task()))?;
        self.threads.push(thread);
        Ok(())
    }

    /// When it began.
    pub fn began(&self) -> Instant {
        self.start
    }

    /// What happened since the last call, on all threads.
    pub fn sample(&self) -> Sample {
        let mut all = Sample::default();
        self.recorders.iter().for_each(|recorder| all.merge(&recorder.sample()));
        all
    }

    /// Whether all visits have ended.
    pub fn is_finished(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Ends it before time: nothing new begins, and what began before this counts.
    pub fn stop(&self) {
        self.recorders.iter().for_each(|recorder| recorder.cut());
        self.stop.send_replace(true);
    }

    /// Waits for the end, blocking this thread, and says what it came to.
    pub fn outcome(mut self) -> Outcome {
        for thread in std::mem::take(&mut self.threads) {
            // A panic of a visit is a mistake in this program: it must not pass for a failed request.
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        self.so_far()
    }

    /// What it has come to.
    pub fn so_far(&self) -> Outcome {
        let outcomes = self.recorders.iter().map(|recorder| recorder.outcome());
        let merged = outcomes.reduce(|mut all, other| {
            all.merge(&other);
            all
        });
        #[expect(clippy::expect_used, reason = "there is at least one thread")]
        merged.expect("a recorder")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Sends each arrival to a thread when it is due. A thread's sleep is exact to some 60 µs, a tokio timer to 1 ms.
fn dispatch(due: impl Iterator<Item = Instant>, threads: &[UnboundedSender<Instant>], stop: &watch::Receiver<bool>) {
    for (due, thread) in due.zip(threads.iter().cycle()) {
        loop {
            if *stop.borrow() {
                return;
            }
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            thread::sleep(left.min(GLANCE));
        }
        if thread.send(due).is_err() {
            return;
        }
    }
}

/// Waits for all of them.
pub async fn finish<T: 'static>(tasks: &mut JoinSet<T>) {
    while let Some(ended) = tasks.join_next().await {
        ended_well(ended);
    }
}

/// What a task returned. Its panic goes on here.
pub fn ended_well<T>(ended: Result<T, JoinError>) -> T {
    // Nobody aborts one while it is being waited for, so it is no other error.
    ended.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}
