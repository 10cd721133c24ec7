//! The clock and the randomness of the operating system.
//!
//! The only place that may ask for either: everything else takes them from the ports, so that tests own them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatlink_actors::{
    ports::{BoxFuture, Clock, Entropy},
    time::Timestamp,
};
use tokio::time::Instant;

/// How long to sleep before the wall clock is looked at again. A timer of the runtime counts elapsed time, and
/// knows nothing of a clock that was set or of a machine that was suspended.
const NAP: Duration = Duration::from_secs(1);

/// The wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter that the rest takes the present from")]
        let now = SystemTime::now();
        match now.duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp::from_millis(0) + since,
            Err(before) => {
                Timestamp::from_millis(i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis))
            }
        }
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(reach(|| Self.now(), at, NAP))
    }
}

/// Time since this clock was made, which nobody can set. For measuring waits, not for telling the time.
#[derive(Clone, Copy, Debug)]
pub struct MonotonicClock(Instant);

impl MonotonicClock {
    /// A clock that begins at zero.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for MonotonicClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0) + self.0.elapsed()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(at.since(self.now())))
    }
}

/// Completes when `now` has reached `at`, reading it at least every `nap`.
async fn reach(now: impl Fn() -> Timestamp + Send, at: Timestamp, nap: Duration) {
    loop {
        let left = at.since(now());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(nap)).await;
    }
}

/// The random number generator of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// If the system has no randomness to give: nothing that could be done then would be safe.
    fn fill(&self, buffer: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is the adapter that the rest takes randomness from")]
        let filled = getrandom::fill(buffer);
        if let Err(error) = filled {
            panic!("the operating system gives no randomness: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn an_instant_that_is_past_is_not_waited_for() {
        let at = SystemClock.now();
        assert_eq!(SystemClock.sleep_until(at).now_or_never(), Some(()));
    }

    #[tokio::test]
    async fn sleep_ends_when_the_wall_clock_has_arrived() {
        let at = SystemClock.now() + Duration::from_millis(20);
        SystemClock.sleep_until(at).await;
        assert!(SystemClock.now() >= at);
    }

    #[tokio::test]
    async fn a_clock_that_was_set_forward_ends_the_sleep_early() {
        let millis = AtomicI64::new(0);
        let an_hour_passes = || Timestamp::from_millis(millis.fetch_add(3_600_000, Ordering::Relaxed));
        reach(an_hour_passes, Timestamp::from_millis(36_000_000), Duration::from_millis(1)).await;
    }

    #[tokio::test]
    async fn a_clock_that_was_set_back_prolongs_the_sleep() {
        let readings = [8, -500, 9, 10];
        let taken = AtomicUsize::new(0);
        let now = || Timestamp::from_millis(readings[taken.fetch_add(1, Ordering::Relaxed)]);
        reach(now, Timestamp::from_millis(10), Duration::from_millis(1)).await;
        assert_eq!(taken.into_inner(), readings.len());
    }

    #[test]
    fn randomness_is_not_twice_the_same() {
        let entropy: &dyn Entropy = &SystemEntropy;
        assert_ne!(entropy.array::<16>(), entropy.array::<16>());
    }
}
