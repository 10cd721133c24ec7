//! What the visits of a scenario share.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::runtime::Handle;

use super::{accounts::Account, status::Pending, watchers::Watched};
use crate::{
    client::{Failure, Person, Target},
    sinks::Codes,
};

/// How far apart the phone numbers of two people who follow each other are.
const STRIDE: u64 = 10_007;

/// How a run is to be.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a request may take.
    pub patience: Duration,
    /// The share of people who register with a phone number.
    pub phones: f64,
    pub seed: u64,
}

/// The server, where codes come from, and what was prepared.
#[derive(Debug)]
pub struct Stage {
    pub target: Arc<Target>,
    pub codes: Codes,
    /// Where sockets are read that outlive the visit, and the thread, that opened them.
    pub background: Handle,
    pub settings: Settings,
    pub accounts: Pool<Account>,
    pub pending: Pool<Pending>,
    pub watched: Pool<Watched>,
    /// Tells the people of this run from those of all others.
    run: u32,
    people: AtomicU64,
}

impl Stage {
    pub fn new(target: Arc<Target>, codes: Codes, settings: Settings) -> Self {
        Self {
            target,
            codes,
            background: Handle::current(),
            settings,
            accounts: Pool::new("no account is free: prepare more with --accounts"),
            pending: Pool::new("no session is free: prepare more with --sessions"),
            watched: Pool::new("no socket is free: prepare more with --sessions"),
            // Not of the seed: a run that is repeated is to find nobody registered.
            run: fastrand::u32(..),
            people: AtomicU64::new(0),
        }
    }

    /// Somebody whom the server has never seen.
    pub fn person(&self, random: &mut fastrand::Rng) -> Person {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let username = format!("l{:08x}_{number}", self.run);
        let identifier = if random.f64() < self.settings.phones {
            // German mobile numbers have eight digits after this prefix. A stride without a common factor takes each
            // once, and not in a row, which a server would take for fraud.
            format!("+49151{:08}", (u64::from(self.run) + number * STRIDE) % 100_000_000)
        } else {
            format!("{username}@example.org")
        };
        Person { identifier, username, password: password(number) }
    }

    /// Another password than any before.
    pub fn password(&self) -> String {
        password(self.people.fetch_add(1, Ordering::Relaxed))
    }
}

fn password(number: u64) -> String {
    format!("seven-violet-kettles-{number}")
}

/// Things of which each is used by one visit at a time, the one that has waited longest first.
#[derive(Debug)]
pub struct Pool<T> {
    things: Mutex<VecDeque<T>>,
    empty: &'static str,
}

impl<T> Pool<T> {
    fn new(empty: &'static str) -> Self {
        Self { things: Mutex::default(), empty }
    }

    fn things(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn put(&self, thing: T) {
        self.things().push_back(thing);
    }

    /// One of them, for the caller alone.
    ///
    /// # Errors
    /// All are in use.
    pub fn take(&self) -> Result<T, Failure> {
        self.things().pop_front().ok_or(Failure::Answer(self.empty))
    }

    /// Something of one of them, at random.
    ///
    /// # Errors
    /// There are none.
    pub fn look<U>(&self, random: &mut fastrand::Rng, at: impl FnOnce(&T) -> U) -> Result<U, Failure> {
        let things = self.things();
        let index = random.usize(..things.len().max(1));
        things.get(index).map(at).ok_or(Failure::Answer(self.empty))
    }
}
