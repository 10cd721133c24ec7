//! Who may have an account, how well passwords are kept, how long logins last.

use std::time::Duration;

use chatlink_actors::otp::Rate;

use super::reader::Reader;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// `accounts.*`
#[derive(Clone, Debug)]
pub struct Accounts {
    /// In whole years. Never below 13, under which most laws ask for the parents.
    pub minimum_age: u8,
    /// How long after a change of languages the next one has to wait.
    pub language_cooldown: Duration,
}

impl Accounts {
    pub(super) fn read(r: &mut Reader) -> Self {
        Self {
            minimum_age: r.number("accounts.minimum_age", 13, &(13..=120)),
            language_cooldown: r.with_default("accounts.language_cooldown", 15 * DAY),
        }
    }
}

/// `passwords.*`
#[derive(Clone, Debug)]
pub struct Passwords {
    /// In code points. Never below 8 (NIST SP 800-63B-4, 3.1.1.2).
    pub min_length: usize,
    /// Memory of one Argon2id computation, in KiB.
    pub argon2_memory_kib: u32,
    /// Its passes over the memory.
    pub argon2_iterations: u32,
    /// Its lanes.
    pub argon2_parallelism: u32,
}

impl Passwords {
    pub(super) fn read(r: &mut Reader) -> Self {
        let passwords = Self {
            min_length: r.number("passwords.min_length", 8, &(8..=64)),
            argon2_memory_kib: r.number("passwords.argon2_memory_kib", 19_456, &(8..=4 * 1024 * 1024)),
            argon2_iterations: r.number("passwords.argon2_iterations", 2, &(1..=1000)),
            argon2_parallelism: r.number("passwords.argon2_parallelism", 1, &(1..=64)),
        };
        passwords.judge(r);
        passwords
    }

    fn judge(&self, r: &mut Reader) {
        /// Least memory (KiB) for at least that many iterations, as the OWASP Password Storage Cheat Sheet has it.
        const OWASP: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];
        if self.argon2_memory_kib < 8 * self.argon2_parallelism {
            r.refuse("passwords.argon2_memory_kib", "is below 8 KiB for each lane of passwords.argon2_parallelism");
        }
        let strong = |(memory, passes)| self.argon2_memory_kib >= memory && self.argon2_iterations >= passes;
        if r.is_production() && !OWASP.into_iter().any(strong) {
            let what = "is too little for passwords.argon2_iterations: 47104 is enough for 1, 19456 for 2, 12288 for 3, \
                        9216 for 4, 7168 for 5";
            r.refuse("passwords.argon2_memory_kib", what);
        }
    }
}

/// `sessions.*`
#[derive(Clone, Debug)]
pub struct Sessions {
    /// How long an access token holds.
    pub access_ttl: Duration,
    /// How long a refresh token waits to be used.
    pub refresh_ttl: Duration,
    /// How long a cookie session lasts unused.
    pub cookie_idle_ttl: Duration,
    /// How long any session lasts, however much it is used.
    pub max_age: Duration,
}

impl Sessions {
    pub(super) fn read(r: &mut Reader) -> Self {
        let sessions = Self {
            access_ttl: r.with_default("sessions.access_ttl", Duration::from_secs(600)),
            refresh_ttl: r.with_default("sessions.refresh_ttl", 30 * DAY),
            cookie_idle_ttl: r.with_default("sessions.cookie_idle_ttl", 14 * DAY),
            max_age: r.with_default("sessions.max_age", 90 * DAY),
        };
        if sessions.refresh_ttl < sessions.access_ttl {
            r.refuse("sessions.refresh_ttl", "is shorter than sessions.access_ttl");
        }
        if sessions.max_age < sessions.refresh_ttl {
            r.refuse("sessions.max_age", "is shorter than sessions.refresh_ttl");
        }
        if sessions.max_age < sessions.cookie_idle_ttl {
            r.refuse("sessions.max_age", "is shorter than sessions.cookie_idle_ttl");
        }
        sessions
    }
}

/// `login.*`
#[derive(Clone, Debug)]
pub struct Login {
    /// How many failures of one account from one address before it is slowed down.
    pub failures: u32,
    /// How many failures one address has, whatever the accounts.
    pub address_failures: Rate,
}

impl Login {
    pub(super) fn read(r: &mut Reader) -> Self {
        let hourly = Rate { limit: 100, window: Duration::from_secs(3600) };
        let login = Self {
            failures: r.number("login.failures", 5, &(1..=100)),
            address_failures: r.with_default("login.address_failures", hourly),
        };
        login.judge(r);
        login
    }

    fn judge(&self, r: &mut Reader) {
        /// Each failure within the window is kept.
        const MOST: u32 = 10_000;
        if self.address_failures.limit < self.failures {
            r.refuse("login.address_failures", "is less than login.failures, which would never be reached");
        }
        if self.address_failures.limit > MOST {
            r.refuse("login.address_failures", format!("is more than can be kept of each address, which is {MOST}"));
        }
    }
}
