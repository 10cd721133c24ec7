//! Log lines on their way to standard error: collected, and written by a thread of their own.
//!
//! A write a line, by threads that get into each other's way, costs more than most requests, and so does waking another
//! thread for each line. So a line is copied to the end of those that wait, and the thread, which the first of them wakes,
//! writes them all a moment later.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

/// How long a line waits for others.
const COLLECTED: Duration = Duration::from_millis(20);
/// How many bytes may wait. Where standard error takes no more, whoever logs then waits, too: no line is lost.
const WAITING: usize = 1024 * 1024;

/// Writes lines until it is dropped, and then what was logged until then.
#[must_use = "without it no line is written"]
#[derive(Debug)]
pub struct Lines {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    ended: bool,
}

impl Lines {
    /// Starts the thread, which writes to standard error.
    ///
    /// # Errors
    /// The operating system refuses a thread.
    pub fn start() -> io::Result<Self> {
        Self::to(io::stderr())
    }

    fn to(output: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let for_thread = Arc::clone(&shared);
        let thread = thread::Builder::new().name("log".into()).spawn(move || for_thread.write_to(output))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Where lines are put.
    pub(super) fn writer(&self) -> Writer {
        Writer(Arc::clone(&self.shared))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // Whatever it panicked at, it can write nothing about.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// The bytes are whole lines at any instant, so a panic elsewhere does not spoil them.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut output: impl Write) {
        let mut lines = Vec::new();
        loop {
            let waiting = self.lock();
            let waiting = self.changed.wait_while(waiting, |it| it.bytes.is_empty() && !it.ended);
            let waiting = waiting.unwrap_or_else(PoisonError::into_inner);
            let full_or_ended = |it: &mut Waiting| it.bytes.len() < WAITING && !it.ended;
            let collected = self.changed.wait_timeout_while(waiting, COLLECTED, full_or_ended);
            let (mut waiting, _) = collected.unwrap_or_else(PoisonError::into_inner);
            lines.clear();
            mem::swap(&mut lines, &mut waiting.bytes);
            let ended = waiting.ended;
            drop(waiting);
            self.changed.notify_all();
            // Nobody could be told.
            let _ = output.write_all(&lines);
            if ended && lines.is_empty() {
                return;
            }
        }
    }
}

/// Puts lines where the thread finds them.
#[derive(Clone, Debug)]
pub(super) struct Writer(Arc<Shared>);

impl Write for Writer {
    /// Takes all of it, which is a whole line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let is_full = |it: &mut Waiting| it.bytes.len() >= WAITING && !it.ended;
        let waiting = self.0.changed.wait_while(self.0.lock(), is_full);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        let is_first = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(line);
        let is_full = waiting.bytes.len() >= WAITING;
        drop(waiting);
        if is_first || is_full {
            self.0.changed.notify_all();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Writer {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Says what it is given, and takes the next only when it is let.
    struct Gate(mpsc::Sender<Vec<u8>>, mpsc::Receiver<()>);

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).unwrap();
            // Once the other end is gone, everything may pass.
            let _ = self.1.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gated() -> (Lines, mpsc::Receiver<Vec<u8>>, mpsc::Sender<()>) {
        let ((output, written), (gate, let_through)) = (mpsc::channel(), mpsc::channel());
        (Lines::to(Gate(output, let_through)).unwrap(), written, gate)
    }

    #[test]
    fn lines_are_written_in_their_order_and_the_last_of_them_too() {
        let (lines, written, gate) = gated();
        drop(gate);
        let mut writer = lines.writer();
        let all: Vec<String> = (0..1000).map(|number| format!("line {number}\n")).collect();
        for line in &all {
            writer.write_all(line.as_bytes()).unwrap();
        }
        drop(lines);
        assert_eq!(written.iter().flatten().collect::<Vec<_>>(), all.concat().into_bytes());
    }

    #[test]
    fn whoever_logs_more_than_is_taken_waits_and_nothing_is_lost() {
        let (lines, written, gate) = gated();
        let line = vec![b'x'; WAITING / 4];
        let mut writer = lines.writer();
        let logging = thread::spawn(move || {
            for _ in 0..20 {
                writer.write_all(&line).unwrap();
            }
        });
        let first = written.recv().unwrap();
        // What is being written, and what waits: no more than that was taken from whoever logs.
        let taken = first.len() + lines.shared.lock().bytes.len();
        assert!(taken <= 2 * WAITING + WAITING / 2, "{taken}");
        drop(gate);
        logging.join().unwrap();
        drop(lines);
        assert_eq!(first.len() + written.iter().map(|bytes| bytes.len()).sum::<usize>(), 20 * (WAITING / 4));
    }
}
