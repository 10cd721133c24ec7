//! A rolling window: exact counting of events, not an approximation by buckets.

use serde::{Deserialize, Serialize};

use super::policy::Rate;
use crate::time::Timestamp;

/// The instants of recent events, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollingWindow(Vec<Timestamp>);

impl RollingWindow {
    /// The window of events that were kept, oldest first.
    pub const fn of(instants: Vec<Timestamp>) -> Self {
        Self(instants)
    }

    /// The events, oldest first.
    pub fn instants(&self) -> &[Timestamp] {
        &self.0
    }

    /// Adds an event. The present must not lie before the last one.
    pub fn record(&mut self, now: Timestamp) {
        self.0.push(now);
    }

    /// How many events count at that instant.
    pub(super) fn count(&self, rate: Rate, now: Timestamp) -> usize {
        self.recent(rate, now).count()
    }

    /// When one more event is allowed, or `None` if it is already.
    pub fn full_until(&self, rate: Rate, now: Timestamp) -> Option<Timestamp> {
        let limit = usize::try_from(rate.limit).unwrap_or(usize::MAX);
        let surplus = self.count(rate, now).checked_sub(limit)?;
        Some(self.recent(rate, now).nth(surplus).map_or(now + rate.window, |oldest| oldest + rate.window))
    }

    /// Drops what no longer counts.
    pub fn prune(&mut self, rate: Rate, now: Timestamp) {
        self.0.retain(|&at| at + rate.window > now);
    }

    /// When the last event stops counting.
    pub(super) fn empty_at(&self, rate: Rate) -> Option<Timestamp> {
        self.0.last().map(|&at| at + rate.window)
    }

    fn recent(&self, rate: Rate, now: Timestamp) -> impl Iterator<Item = Timestamp> {
        self.0.iter().copied().filter(move |&at| at + rate.window > now)
    }
}
