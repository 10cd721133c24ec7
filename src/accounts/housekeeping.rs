//! Forgetting what is past. Every rule judges by the instants in the rows, so what is swept late is not believed
//! meanwhile; sweeping keeps the tables small, and keeps no more of anybody than is needed. Nodes sweep side by side.

use std::{sync::Arc, time::Duration};

use chatlink_actors::ports::Clock;
use tokio::sync::watch;

use super::{Accounts, Settings, Unavailable, store::Sweep, throttle};

/// Rows of one kind that are removed at once: little enough for nobody to wait for it.
const BATCH: u32 = 1000;
/// Between sweeps while there is nothing left to remove, and while there is.
const REST: Duration = Duration::from_secs(10 * 60);
const PAUSE: Duration = Duration::from_millis(200);

/// In seconds.
const DAY: u64 = 24 * 60 * 60;
/// A spent refresh token counts for seconds; the rest is for nodes whose clocks disagree.
const SPENT_TOKENS: Duration = Duration::from_secs(60 * 60);
/// An OTP session is completed again within minutes, or never.
const COMPLETIONS: Duration = Duration::from_secs(30 * DAY);
/// The actors forget within the hour.
const TRACES: Duration = Duration::from_secs(DAY);
const DEVICES: Duration = Duration::from_secs(365 * DAY);
/// What could not be told for so long is no news any more.
const NOTICES: Duration = Duration::from_secs(2 * DAY);

/// Sweeps, as long as it runs.
pub struct Housekeeper {
    accounts: Accounts,
    timer: Arc<dyn Clock>,
    batch: u32,
}

/// What a sweep came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// How many rows are gone.
    pub rows: u64,
    /// Whether there may be more.
    pub more: bool,
}

impl Housekeeper {
    /// One for these accounts, which rests by that timer.
    pub fn new(accounts: Accounts, timer: Arc<dyn Clock>) -> Self {
        Self { accounts, timer, batch: BATCH }
    }

    /// Removes so many rows of one kind at once.
    #[must_use]
    pub const fn with_batch(mut self, rows: u32) -> Self {
        self.batch = rows;
        self
    }

    /// Sweeps until told to stop.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = self.step() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Sweeps once, and rests. A database that is away is no reason to give up.
    pub async fn step(&self) {
        let rest = match self.sweep().await {
            Ok(Swept { rows, more }) => {
                if rows > 0 {
                    tracing::debug!(rows, "removed what is past");
                }
                if more { PAUSE } else { REST }
            }
            Err(error) => {
                tracing::warn!(%error, "could not remove what is past");
                REST
            }
        };
        self.timer.sleep_until(self.timer.now() + rest).await;
    }

    /// Removes one batch of each kind of what is past.
    pub async fn sweep(&self) -> Result<Swept, Unavailable> {
        let (now, settings) = (self.accounts.now(), self.accounts.settings());
        let mut swept = Swept { rows: 0, more: false };
        for &kind in Sweep::ALL {
            let rows = self.accounts.0.store.sweep(kind, now - age(kind, settings), self.batch).await?;
            swept.rows += rows;
            swept.more |= rows >= u64::from(self.batch);
        }
        Ok(swept)
    }
}

impl std::fmt::Debug for Housekeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Housekeeper").finish_non_exhaustive()
    }
}

/// How old what is past is at least.
const fn age(kind: Sweep, settings: &Settings) -> Duration {
    match kind {
        Sweep::Sessions => Duration::ZERO,
        Sweep::SpentTokens => SPENT_TOKENS,
        Sweep::Throttles => throttle::MEMORY,
        Sweep::Addresses => settings.login_address_failures.window,
        Sweep::Completions => COMPLETIONS,
        Sweep::Traces => TRACES,
        Sweep::Devices => DEVICES,
        Sweep::Notices => NOTICES,
        Sweep::AuditEvents => settings.audit_retention,
    }
}
