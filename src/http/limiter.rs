//! Exact rolling limits by client address, in this node's memory.
//!
//! Addresses count by their [`Subscriber`]. Memory is bounded by two generations: the one in use, and the one before
//! it, which is dropped whole when the first is full. Only a flood of some hundred thousand addresses within one window
//! can make the limiter forget somebody early.

use std::{
    collections::{HashMap, VecDeque},
    mem,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chatlink_actors::{otp::Rate, time::Timestamp};

use crate::subscriber::Subscriber;

/// Addresses in one generation.
const GENERATION: usize = 100_000;

/// At most so many events of one address within any window.
#[derive(Debug)]
pub struct Limiter {
    rate: Rate,
    seen: Mutex<Generations>,
}

type Events = VecDeque<Timestamp>;

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Subscriber, Events>,
    old: HashMap<Subscriber, Events>,
}

impl Limiter {
    /// Allows that rate to every address.
    pub fn new(rate: Rate) -> Self {
        Self { rate, seen: Mutex::default() }
    }

    /// Counts one event of the address.
    ///
    /// # Errors
    /// When it would be one too many: how long to wait. It is not counted then.
    pub fn admit(&self, address: IpAddr, now: Timestamp) -> Result<(), Duration> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let events = seen.of(Subscriber::of(address));
        while events.front().is_some_and(|&oldest| oldest + self.rate.window <= now) {
            events.pop_front();
        }
        let limit = usize::try_from(self.rate.limit).unwrap_or(usize::MAX);
        match events.len().checked_sub(limit) {
            None => {
                // A clock that was set back must not put an event behind one that leaves the window later.
                let latest = events.back().copied().unwrap_or(now);
                events.push_back(now.max(latest));
                Ok(())
            }
            Some(surplus) => {
                let next = events.get(surplus).map_or(now + self.rate.window, |&event| event + self.rate.window);
                Err(next.since(now))
            }
        }
    }

    /// Takes back the latest event of the address, which came to nothing through no fault of its own.
    pub fn forgive(&self, address: IpAddr) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.of(Subscriber::of(address)).pop_back();
    }
}

impl Generations {
    fn of(&mut self, subscriber: Subscriber) -> &mut Events {
        if !self.young.contains_key(&subscriber) && self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        let old = &mut self.old;
        self.young.entry(subscriber).or_insert_with(|| old.remove(&subscriber).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn limiter() -> Limiter {
        Limiter::new(Rate { limit: 2, window: HOUR })
    }

    fn v4(last: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
    }

    #[test]
    fn what_is_forgiven_does_not_count() {
        let limiter = limiter();
        for _ in 0..9 {
            assert_eq!(limiter.admit(v4(1), at(0)), Ok(()));
            limiter.forgive(v4(1));
        }
        limiter.admit(v4(1), at(0)).unwrap();
        limiter.admit(v4(1), at(0)).unwrap();
        assert!(limiter.admit(v4(1), at(0)).is_err());
    }

    #[test]
    fn the_window_rolls_exactly() {
        let limiter = limiter();
        assert_eq!(limiter.admit(v4(1), at(0)), Ok(()));
        assert_eq!(limiter.admit(v4(1), at(1000)), Ok(()));
        assert_eq!(limiter.admit(v4(1), at(2000)), Err(Duration::from_secs(3598)));
        assert_eq!(limiter.admit(v4(1), at(3_599_999)), Err(Duration::from_millis(1)));
        assert_eq!(limiter.admit(v4(1), at(3_600_000)), Ok(()));
        assert_eq!(limiter.admit(v4(1), at(3_600_000)), Err(Duration::from_secs(1)));
    }

    #[test]
    fn addresses_do_not_share_a_limit_but_a_subscriber_does() {
        let limiter = Limiter::new(Rate { limit: 1, window: HOUR });
        assert!(limiter.admit(v4(1), at(0)).is_ok());
        assert!(limiter.admit(v4(2), at(0)).is_ok());
        assert!(limiter.admit("::ffff:192.0.2.1".parse().unwrap(), at(0)).is_err());
        assert!(limiter.admit("2001:db8:0:1::1".parse().unwrap(), at(0)).is_ok());
        assert!(limiter.admit("2001:db8:0:1:ffff::2".parse().unwrap(), at(0)).is_err());
        assert!(limiter.admit("2001:db8:0:2::1".parse().unwrap(), at(0)).is_ok());
    }

    #[test]
    fn a_clock_set_back_reopens_nothing() {
        let limiter = limiter();
        assert!(limiter.admit(v4(1), at(7_200_000)).is_ok());
        assert!(limiter.admit(v4(1), at(0)).is_ok());
        assert!(limiter.admit(v4(1), at(3_600_000)).is_err());
        assert!(limiter.admit(v4(1), at(10_799_999)).is_err());
        assert!(limiter.admit(v4(1), at(10_800_000)).is_ok());
    }

    #[test]
    fn nothing_is_allowed_where_the_limit_is_zero() {
        let limiter = Limiter::new(Rate { limit: 0, window: HOUR });
        assert_eq!(limiter.admit(v4(1), at(0)), Err(HOUR));
    }

    #[test]
    fn memory_is_bounded_and_the_recent_are_remembered() {
        let limiter = Limiter::new(Rate { limit: 1, window: HOUR });
        let address = |n: u32| IpAddr::V4(Ipv4Addr::from_bits(n));
        let flood = u32::try_from(3 * GENERATION).unwrap();
        for n in 0..flood {
            assert!(limiter.admit(address(n), at(0)).is_ok());
        }
        let seen = limiter.seen.lock().unwrap();
        assert!(seen.young.len() + seen.old.len() <= 2 * GENERATION);
        drop(seen);
        assert!(limiter.admit(address(flood - u32::try_from(GENERATION).unwrap()), at(0)).is_err());
    }
}
