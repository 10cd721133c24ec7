use std::cell::Cell;

use tokio::{
    sync::mpsc::unbounded_channel,
    task::LocalSet,
    time::{Instant, sleep},
};

use super::*;
use crate::{client::Failure, engine::Outcome};

const MILLI: Duration = Duration::from_millis(1);

/// A server that answers within a millisecond, but stops for a second at the hundredth request.
#[derive(Default)]
struct Stalls;

thread_local! {
    static ASKED: Cell<u32> = const { Cell::new(0) };
    static BUSY_UNTIL: Cell<Option<Instant>> = const { Cell::new(None) };
}

impl Work for Stalls {
    type User = ();

    fn user(&self, _: usize) {}

    async fn visit(&self, (): &mut (), log: &mut Log) -> Result<(), Failure> {
        log.step("ask", async {
            ASKED.set(ASKED.get() + 1);
            if ASKED.get() == 100 {
                BUSY_UNTIL.set(Some(Instant::now() + 1000 * MILLI));
            }
            if let Some(until) = BUSY_UNTIL.get() {
                sleep_until(until).await;
            }
            sleep(MILLI).await;
            Ok(())
        })
        .await
    }
}

/// Two seconds of an arrival each 10 ms, at most so many of them at once.
async fn serve(most_users: usize, grace: Duration) -> Outcome {
    let start = Instant::now();
    let until = start + 2000 * MILLI;
    let recorder = Arc::new(Recorder::new(start, until));
    let open =
        Open { work: Arc::new(Stalls), recorder: Arc::clone(&recorder), most_users, numbers: (0, 1), until, grace };
    let (sender, arrivals) = unbounded_channel();
    let stop = watch::Sender::new(false);
    let due = async move {
        for nth in 0..200 {
            sleep_until(start + 10 * MILLI * nth).await;
            sender.send(start + 10 * MILLI * nth).unwrap();
        }
    };
    LocalSet::new().run_until(async { tokio::join!(open.serve(arrivals, stop.subscribe()), due) }).await;
    recorder.outcome()
}

#[tokio::test(start_paused = true)]
async fn a_stall_is_felt_by_everybody_whom_it_delays() {
    for most_users in [1, 1000] {
        ASKED.set(0);
        BUSY_UNTIL.set(None);
        let outcome = serve(most_users, 5000 * MILLI).await;
        let asked = &outcome.steps["ask"];
        assert_eq!((asked.count(), asked.failed(), outcome.visits.count()), (200, 0, 200));
        // A hundred arrivals were due during the second. With one user, a client that counts from when it sends
        // would have seen a single slow request, and a median and a p99 of a millisecond.
        let slow = asked.latency.count_between(20_000_000, u64::MAX);
        assert!((95..=115).contains(&slow), "{slow}");
        assert!(asked.quantile(0.99) > 950 * MILLI, "{:?}", asked.quantile(0.99));
        assert!(asked.quantile(0.4) < 5 * MILLI, "{:?}", asked.quantile(0.4));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_due_and_never_begun_is_an_error() {
    ASKED.set(0);
    BUSY_UNTIL.set(Some(Instant::now() + 60_000 * MILLI));
    let outcome = serve(1, 100 * MILLI).await;
    assert_eq!(outcome.visits.errors, [("never begun".into(), 199), ("unfinished".into(), 1)].into());
}
