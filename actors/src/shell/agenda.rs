//! What the supervisor of a shard has to do and when: the one timer of the shard sleeps to the earliest.
//!
//! The entities of the shard live on the same thread and write into it themselves, so no message can be lost.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
};

use tokio::sync::Notify;

use crate::{identifier::ActorKey, ports::Clock, time::Timestamp};

/// Something to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Errand {
    /// Passivate what is idle.
    Sweep,
    /// Wake a watched entity.
    Wake(ActorKey),
}

/// Each errand at most once.
#[derive(Default)]
pub(super) struct Agenda {
    entries: RefCell<Entries>,
    changed: Notify,
}

#[derive(Default)]
struct Entries {
    by_time: BTreeSet<(Timestamp, Errand)>,
    times: HashMap<Errand, Timestamp>,
}

impl Agenda {
    /// Puts an errand down, in place of the same one at another time.
    pub fn set(&self, errand: Errand, at: Timestamp) {
        let mut entries = self.entries.borrow_mut();
        let earliest = entries.earliest();
        if let Some(before) = entries.times.insert(errand, at) {
            entries.by_time.remove(&(before, errand));
        }
        entries.by_time.insert((at, errand));
        if entries.earliest() != earliest {
            self.changed.notify_one();
        }
    }

    /// Takes out the errands that are due.
    pub fn due(&self, now: Timestamp) -> Vec<Errand> {
        let mut entries = self.entries.borrow_mut();
        let mut due = Vec::new();
        while let Some(&(at, errand)) = entries.by_time.first()
            && at <= now
        {
            entries.by_time.pop_first();
            entries.times.remove(&errand);
            due.push(errand);
        }
        due
    }

    /// Waits until an errand is due. Cancel-safe.
    pub async fn wait(&self, clock: &dyn Clock) {
        loop {
            let earliest = self.entries.borrow().earliest();
            match earliest {
                None => self.changed.notified().await,
                Some(at) => tokio::select! {
                    () = clock.sleep_until(at) => return,
                    () = self.changed.notified() => {}
                },
            }
        }
    }
}

impl Entries {
    fn earliest(&self) -> Option<Timestamp> {
        self.by_time.first().map(|&(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_has_one_time_and_is_done_once() {
        let (agenda, at) = (Agenda::default(), Timestamp::from_millis);
        let wake = |number| Errand::Wake(ActorKey::from_bytes([number; 16]));
        agenda.set(wake(1), at(5));
        agenda.set(wake(2), at(10));
        agenda.set(Errand::Sweep, at(20));
        agenda.set(wake(1), at(15));
        assert_eq!(agenda.due(at(9)), []);
        assert_eq!(agenda.due(at(15)), [wake(2), wake(1)]);
        assert_eq!(agenda.due(at(15)), []);
        agenda.set(Errand::Sweep, at(16));
        assert_eq!(agenda.due(at(30)), [Errand::Sweep]);
    }
}
