//! What an operator may set about accounts.

use std::{num::NonZero, thread, time::Duration};

use chatlink_actors::otp::Rate;

use super::hasher::Cost;

/// The settings of [`Accounts`](super::Accounts). The defaults are those of the API document.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach this server: issues access tokens, and is what they are for.
    pub public_url: String,
    /// From how many years of age on somebody may have an account.
    pub minimum_age: u8,
    /// How long after a change of languages the next one may come.
    pub language_cooldown: Duration,
    /// Fewest code points of a password.
    pub password_min_length: usize,
    /// What a password hash costs.
    pub password_cost: Cost,
    /// How many passwords are hashed at once.
    pub hashing_threads: usize,
    /// How many may wait for it. At 40 hashes a second and core, two cores work this off in less than a second.
    pub hashing_queue: usize,
    /// How long an access token is good.
    pub access_ttl: Duration,
    /// How long a session of tokens lives without being renewed.
    pub refresh_ttl: Duration,
    /// How long a session of a cookie lives without being used.
    pub cookie_idle_ttl: Duration,
    /// How long a session lives at most.
    pub session_max_age: Duration,
    /// How many wrong passwords of one account one address may try before it is slowed down.
    pub login_failures: u32,
    /// How many wrong passwords of any accounts one address may try.
    pub login_address_failures: Rate,
    /// How long the audit trail is kept.
    pub audit_retention: Duration,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8080".into(),
            minimum_age: 13,
            language_cooldown: 15 * DAY,
            password_min_length: 8,
            password_cost: Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 },
            hashing_threads: thread::available_parallelism().map_or(1, NonZero::get),
            hashing_queue: 64,
            access_ttl: Duration::from_secs(10 * 60),
            refresh_ttl: 30 * DAY,
            cookie_idle_ttl: 14 * DAY,
            session_max_age: 90 * DAY,
            login_failures: 5,
            login_address_failures: Rate { limit: 100, window: Duration::from_secs(60 * 60) },
            audit_retention: 90 * DAY,
        }
    }
}
