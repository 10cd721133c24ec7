//! The threads that the actors live on.

use std::{fmt, io, sync::mpsc, thread};

use actix::{Arbiter, ArbiterHandle, System};
use tokio::runtime::Handle;

/// Arbiter threads shared by all routers of the process. They form an actix system of their own, so it does not matter
/// which runtime the rest of the process uses.
///
/// Dropping it stops the threads and waits for them. Work under way is abandoned, as if the process had died: shut the
/// routers down first.
pub struct Arbiters {
    system: System,
    handles: Vec<ArbiterHandle>,
    runtimes: Vec<Handle>,
    thread: Option<thread::JoinHandle<()>>,
}

type Started = io::Result<(System, Vec<ArbiterHandle>)>;

impl Arbiters {
    /// Starts that many threads, at least one.
    ///
    /// # Errors
    /// When the operating system refuses a thread or an event loop.
    pub fn start(threads: usize) -> io::Result<Self> {
        let (started, starting) = mpsc::sync_channel(1);
        let run = move || run(threads.max(1), &started);
        let thread = thread::Builder::new().name("actors".into()).spawn(run)?;
        let died = || io::Error::other("the actor system died at its start");
        let (system, handles) = starting.recv().unwrap_or_else(|_| Err(died()))?;
        let runtimes = handles.iter().map(runtime_of).collect::<Result<_, _>>().map_err(|_| died());
        Ok(Self { system, handles, runtimes: runtimes?, thread: Some(thread) })
    }

    /// Stops the threads and waits for them, as dropping does. Blocks.
    pub fn stop(self) {
        drop(self);
    }

    /// The runtime of the thread that a shard lives on: what is spawned there runs beside its actors, and ends with them.
    pub fn runtime_of_shard(&self, shard: usize) -> Option<&Handle> {
        self.runtimes.get(shard.checked_rem(self.runtimes.len())?)
    }

    /// The thread that a shard lives on.
    pub(super) fn of_shard(&self, shard: usize) -> Option<&ArbiterHandle> {
        self.handles.get(shard.checked_rem(self.handles.len())?)
    }
}

impl Drop for Arbiters {
    fn drop(&mut self) {
        self.system.stop();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the actor system panicked");
        }
    }
}

impl fmt::Debug for Arbiters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arbiters").field("threads", &self.handles.len()).finish_non_exhaustive()
    }
}

fn runtime_of(arbiter: &ArbiterHandle) -> Result<Handle, mpsc::RecvError> {
    let (runtime, found) = mpsc::sync_channel(1);
    // If the thread has ended, nothing is found.
    let _ = arbiter.spawn_fn(move || drop(runtime.send(Handle::current())));
    found.recv()
}

fn run(threads: usize, started: &mpsc::SyncSender<Started>) {
    let runner = System::new();
    let mut arbiters = Vec::new();
    let outcome = (0..threads).try_for_each(|_| Arbiter::try_new().map(|arbiter| arbiters.push(arbiter)));
    let handles = arbiters.iter().map(Arbiter::handle).collect();
    let came_up = outcome.is_ok();
    // If nobody listens any more, the system is stopped at once.
    let listening = started.send(outcome.map(|()| (System::current(), handles))).is_ok();
    if came_up
        && listening
        && let Err(error) = runner.run()
    {
        tracing::error!(%error, "the actor system ended");
    }
    for arbiter in arbiters {
        arbiter.stop();
        if arbiter.join().is_err() {
            tracing::error!("an actor thread panicked");
        }
    }
}
