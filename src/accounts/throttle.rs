//! How fast passwords may be guessed. Wrong ones count for the account from the address, and for the address whatever
//! the account. Every attempt is hashed first and judged after, in one transaction that sees all attempts before it:
//! so many guesses at once get no more verdicts than one after the other, and what is refused costs the same work.
//!
//! The rule is pure: given the same record, instant and outcome, the same ruling.

use std::{net::IpAddr, time::Duration};

use chatlink_actors::{
    identifier::{LoginName, Subject as _},
    otp::{Rate, RollingWindow},
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    Accounts, Unavailable,
    audit::{By, Entry, Event},
    keys::MacKeys,
    store::Settled,
    tokens::KeyError,
};
use crate::subscriber::Subscriber;

/// The first pause; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// So long after its last failure, an account is forgotten for an address.
pub(super) const MEMORY: Duration = Duration::from_secs(24 * 60 * 60);

/// How many failures are borne.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Of one account from one address; from this one on, it pauses.
    pub failures: u32,
    /// Of one address.
    pub address: Rate,
}

/// Failures of one account from one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failures {
    pub count: u32,
    pub last: Timestamp,
    /// Nothing is judged before.
    pub paused_until: Option<Timestamp>,
}

/// What is remembered of the failures before an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// Of its account from its address.
    pub pair: Option<Failures>,
    /// Of its address.
    pub address: RollingWindow,
}

/// What an attempt is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    /// The password was the right one.
    Right,
    /// It was not, and that counts.
    Wrong,
    /// It came too soon, and was neither judged nor counted.
    Throttled {
        /// From then on one is judged again.
        until: Timestamp,
    },
}

impl Limits {
    /// Judges an attempt, and says what is to be remembered from then on.
    pub fn judge(&self, record: &Record, right: bool, now: Timestamp) -> (Ruling, Record) {
        let pair = record.pair.filter(|failures| failures.last + MEMORY > now);
        let paused = pair.and_then(|failures| failures.paused_until).filter(|&until| until > now);
        if let Some(until) = paused.max(record.address.full_until(self.address, now)) {
            return (Ruling::Throttled { until }, record.clone());
        }
        let mut next = record.clone();
        if right {
            next.pair = None;
            return (Ruling::Right, next);
        }
        let count = pair.map_or(0, |failures| failures.count).saturating_add(1);
        // A clock that was set back must not put an event before an earlier one.
        let last = pair.map_or(now, |failures| failures.last.max(now));
        next.pair = Some(Failures { count, last, paused_until: self.pause(count).map(|pause| now + pause) });
        next.address.prune(self.address, now);
        let latest = next.address.instants().last().copied().unwrap_or(now);
        next.address.record(latest.max(now));
        (Ruling::Wrong, next)
    }

    /// Whether nothing is judged after that, for a while.
    fn pauses(&self, record: &Record, now: Timestamp) -> bool {
        let paused = record.pair.and_then(|failures| failures.paused_until).is_some_and(|until| until > now);
        paused || record.address.full_until(self.address, now).is_some()
    }

    fn pause(&self, failures: u32) -> Option<Duration> {
        let doublings = failures.checked_sub(self.failures)?;
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        Some(FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE))
    }
}

/// Names whose failures are counted: keyed hashes, so that neither an account nor an address is stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Tags {
    pub account: [u8; 32],
    pub address: [u8; 32],
}

/// Whose password was tried.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// An account's. It is one, by whatever name it was called.
    Account(Uuid),
    /// That of an account that there is not.
    Nobody(&'a LoginName),
    /// That of an account that there cannot be.
    Nonsense(&'a str),
}

impl Target<'_> {
    const fn account(self) -> Option<Uuid> {
        match self {
            Self::Account(user) => Some(user),
            Self::Nobody(_) | Self::Nonsense(_) => None,
        }
    }

    /// What names it, in every spelling alike.
    fn message(self) -> (&'static [u8], Vec<u8>) {
        match self {
            Self::Account(user) => (b"u", user.as_bytes().to_vec()),
            Self::Nobody(login) => (b"n", login.canonical().into_bytes()),
            Self::Nonsense(typed) => (b"x", typed.trim().to_lowercase().into_bytes()),
        }
    }
}

/// Counts failures.
pub(super) struct Throttle {
    keys: MacKeys,
    limits: Limits,
}

impl Throttle {
    pub fn new(newest: &[u8], older: &[impl AsRef<[u8]>], limits: Limits) -> Result<Self, KeyError> {
        Ok(Self { keys: MacKeys::derive(newest, older, "chatlink/login-throttle/v1")?, limits })
    }

    fn tags(&self, target: Target<'_>, ip: IpAddr) -> Tags {
        let address = self.keys.tag(&[b"a", &Subscriber::of(ip).octets()]);
        Tags { account: self.account(target), address }
    }

    /// The tags of an account by every key: what was counted before a secret was rotated was counted by another.
    pub fn every_account_tag(&self, target: Target<'_>) -> Vec<[u8; 32]> {
        let (kind, name) = target.message();
        self.keys.tags(&[kind, &name]).collect()
    }

    fn account(&self, target: Target<'_>) -> [u8; 32] {
        let (kind, name) = target.message();
        self.keys.tag(&[kind, &name])
    }
}

/// A password that was tried and hashed.
pub(super) struct Attempt<'a> {
    pub target: Target<'a>,
    pub ip: IpAddr,
    pub right: bool,
    /// What it is in the audit trail if it was wrong.
    pub failure: Event,
    /// What it is there if it was right, where that is not told by what comes of it.
    pub success: Option<Event>,
}

impl Accounts {
    /// Judges a password that was tried, counts it, and enters in the audit trail what is not right.
    pub(super) async fn settle(&self, attempt: Attempt<'_>) -> Result<Ruling, Unavailable> {
        let (now, throttle) = (self.now(), &self.0.throttle);
        let entry =
            |event| Entry { at: now, event, user: attempt.target.account(), session: None, by: By::Client(attempt.ip) };
        let judge = |record: &Record| {
            let (ruling, next) = throttle.limits.judge(record, attempt.right, now);
            let entries = match ruling {
                Ruling::Right => attempt.success.map(entry).into_iter().collect(),
                Ruling::Wrong if throttle.limits.pauses(&next, now) => {
                    vec![entry(attempt.failure), entry(Event::LoginThrottled)]
                }
                Ruling::Wrong => vec![entry(attempt.failure)],
                // Any number of attempts may be made during a pause: its beginning is told, and they are not.
                Ruling::Throttled { .. } => Vec::new(),
            };
            Settled { ruling, next, entries }
        };
        Ok(self.0.store.settle(throttle.tags(attempt.target, attempt.ip), judge).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);
    const LIMITS: Limits = Limits { failures: 5, address: Rate { limit: 100, window: HOUR } };
    const START: Timestamp = Timestamp::from_millis(1_767_323_045_000);

    /// An address, and an account that is guessed from it.
    struct Guesser {
        limits: Limits,
        record: Record,
        now: Timestamp,
    }

    impl Guesser {
        fn new(limits: Limits) -> Self {
            Self { limits, record: Record::default(), now: START }
        }

        fn tries(&mut self, right: bool) -> Ruling {
            let (ruling, next) = self.limits.judge(&self.record, right, self.now);
            self.record = next;
            ruling
        }

        fn fails(&mut self, times: usize) {
            for _ in 0..times {
                assert_eq!(self.tries(false), Ruling::Wrong);
            }
        }

        /// How long nothing is judged, if it is not.
        fn pause(&mut self) -> Option<Duration> {
            match self.limits.judge(&self.record, true, self.now).0 {
                Ruling::Throttled { until } => Some(until.since(self.now)),
                Ruling::Right | Ruling::Wrong => None,
            }
        }
    }

    #[test]
    fn pauses_begin_with_the_last_free_failure_and_double_to_the_longest() {
        let mut guesser = Guesser::new(LIMITS);
        guesser.fails(4);
        assert_eq!(guesser.pause(), None);
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900] {
            guesser.fails(1);
            assert_eq!(guesser.pause(), Some(Duration::from_secs(seconds)));
            guesser.now = guesser.now + Duration::from_millis(seconds * 1000 - 1);
            assert_eq!(guesser.pause(), Some(Duration::from_millis(1)), "{seconds}");
            guesser.now = guesser.now + Duration::from_millis(1);
            assert_eq!(guesser.pause(), None, "{seconds}");
        }
    }

    #[test]
    fn no_number_of_failures_shortens_a_pause() {
        let limits = Limits { failures: 1, ..LIMITS };
        for failures in [32, 33, 64, 65, 1 << 20, u32::MAX] {
            assert_eq!(limits.pause(failures), Some(LONGEST_PAUSE), "{failures}");
        }
    }

    #[test]
    fn what_is_throttled_is_neither_judged_nor_counted() {
        let mut guesser = Guesser::new(LIMITS);
        guesser.fails(5);
        let before = guesser.record.clone();
        let until = guesser.now + FIRST_PAUSE;
        for right in [true, false] {
            assert_eq!(guesser.tries(right), Ruling::Throttled { until });
            assert_eq!(guesser.record, before);
        }
    }

    #[test]
    fn a_success_forgives_the_account_and_not_the_address() {
        let mut guesser = Guesser::new(LIMITS);
        guesser.fails(4);
        assert_eq!(guesser.tries(true), Ruling::Right);
        assert_eq!(guesser.record.pair, None);
        assert_eq!(guesser.record.address.instants().len(), 4);
        guesser.fails(4);
        assert_eq!(guesser.pause(), None);
    }

    #[test]
    fn a_day_after_its_last_failure_an_account_is_forgotten_and_not_before() {
        for (wait, next) in [(MEMORY.as_millis() - 1, Duration::from_secs(2)), (MEMORY.as_millis(), Duration::ZERO)] {
            let mut guesser = Guesser::new(LIMITS);
            guesser.fails(5);
            guesser.now = guesser.now + Duration::from_millis(u64::try_from(wait).unwrap());
            guesser.fails(1);
            assert_eq!(guesser.pause().unwrap_or_default(), next, "{wait}");
        }
    }

    #[test]
    fn an_address_has_so_many_failures_within_any_window_whatever_the_accounts() {
        let mut guesser = Guesser::new(Limits { address: Rate { limit: 3, window: HOUR }, ..LIMITS });
        for minutes in [0, 10, 20] {
            guesser.now = START + Duration::from_secs(minutes * 60);
            guesser.record.pair = None;
            guesser.fails(1);
        }
        guesser.record.pair = None;
        assert_eq!(guesser.pause(), Some(HOUR * 2 / 3));
        guesser.now = START + HOUR;
        guesser.fails(1);
        assert_eq!(guesser.pause(), Some(HOUR / 6));
        assert_eq!(guesser.record.address.instants().len(), 3, "what no longer counts is dropped");
    }

    #[test]
    fn of_two_pauses_the_longer_one_holds() {
        let mut guesser = Guesser::new(Limits { address: Rate { limit: 5, window: HOUR }, ..LIMITS });
        guesser.fails(5);
        assert_eq!(guesser.pause(), Some(HOUR));
    }

    #[test]
    fn a_clock_that_is_set_back_reopens_nothing() {
        let mut guesser = Guesser::new(LIMITS);
        guesser.fails(4);
        guesser.now = Timestamp::from_millis(START.as_millis() - 3_600_000);
        guesser.fails(1);
        assert_eq!(guesser.record.pair.map(|failures| failures.last), Some(START));
        assert!(guesser.record.address.instants().is_sorted());
        assert_eq!(guesser.pause(), Some(FIRST_PAUSE));
    }

    #[test]
    fn spellings_and_subscribers_agree_and_nothing_else_does() {
        let throttle = Throttle::new(b"secret", &[b"older"], LIMITS).unwrap();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let tags = |target, address: &str| throttle.tags(target, ip(address));
        let here = tags(Target::Nonsense(" No Name "), "192.0.2.1");
        assert!(here == tags(Target::Nonsense("no name"), "::ffff:192.0.2.1"));
        assert!(here.account != tags(Target::Nonsense("noname"), "192.0.2.1").account);
        assert!(here.address != tags(Target::Nonsense("no name"), "192.0.2.2").address);
        let name = LoginName::Username("ann".into());
        assert!(throttle.account(Target::Nobody(&name)) != throttle.account(Target::Nonsense(&name.canonical())));
        let v6 = |address| throttle.tags(Target::Nobody(&name), ip(address)).address;
        assert!(v6("2001:db8::1") == v6("2001:db8::ffff:1") && v6("2001:db8::1") != v6("2001:db8:0:1::1"));
    }
}
