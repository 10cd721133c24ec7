//! How long to wait before trying again: twice as long each time, never quite as long as everybody else.

use std::time::Duration;

use chatlink_actors::ports::Entropy;

/// Doubling delays between two bounds.
pub(super) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    pub(super) const fn new(first: Duration, longest: Duration) -> Self {
        Self { next: first, longest }
    }

    /// Somewhere between half and the whole of the present delay, so that what failed together does not return
    /// together.
    pub(super) fn delay(&mut self, entropy: &dyn Entropy) -> Duration {
        let whole = self.next.min(self.longest);
        self.next = whole.saturating_mul(2).min(self.longest);
        let half = whole / 2;
        let part = u32::from(u16::from_be_bytes(entropy.array()));
        half + half.saturating_mul(part) / (u32::from(u16::MAX) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn delays(byte: u8) -> Vec<u128> {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
        (0..5).map(|_| backoff.delay(&Fixed(byte)).as_millis()).collect()
    }

    #[test]
    fn doubles_up_to_the_longest_with_jitter_below() {
        assert_eq!(delays(0), [500, 1000, 2000, 2500, 2500]);
        assert_eq!(delays(0xff), [999, 1999, 3999, 4999, 4999]);
    }
}
