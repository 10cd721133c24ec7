//! The smallest machine with everything in it: a number, a deadline, effects.

use std::{
    sync::{Arc, Barrier},
    time::Duration,
};

use chatlink_actors::{
    machine::{Decision, Machine, SnapshotError},
    time::Timestamp,
};

pub struct Counter;

/// How long a counter is kept after it was last changed.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub value: u64,
    pub rings_at: Option<Timestamp>,
    /// How often it has rung.
    pub rung: u64,
    pub kept_until: Timestamp,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// Changes the number, and says so in an effect.
    Add(u64),
    /// Changes nothing.
    Peek,
    /// Changes nothing, and may be answered by what is known.
    Glance,
    /// Sets the deadline.
    RingAt(Timestamp),
    /// Changes the number, and blocks the thread that decides: once to say that it is there, once to be let go.
    Block(Arc<Barrier>),
    Panic,
}

impl Machine for Counter {
    type State = Count;
    type Command = Command;
    type Reply = u64;

    fn decide(&self, state: Option<&Count>, now: Timestamp, command: &Command) -> Decision<Count, u64> {
        let mut next = state.cloned().unwrap_or(Count { value: 0, rings_at: None, rung: 0, kept_until: now });
        next.kept_until = now + KEPT;
        let mut effects = Vec::new();
        match command {
            Command::Peek | Command::Glance => return Decision::Answer(next.value),
            Command::Panic => panic!("as commanded"),
            Command::RingAt(at) => next.rings_at = Some(*at),
            Command::Add(number) => {
                next.value += number;
                effects.push(next.value.to_be_bytes().to_vec());
            }
            Command::Block(barrier) => {
                barrier.wait();
                barrier.wait();
                next.value += 1;
            }
        }
        Decision::Commit { reply: next.value, next, effects }
    }

    fn looks(&self, command: &Command) -> bool {
        matches!(command, Command::Glance)
    }

    fn settle(&self, state: &Count, now: Timestamp) -> Option<Count> {
        let due = state.rings_at.is_some_and(|at| at <= now);
        due.then(|| Count { rings_at: None, rung: state.rung + 1, ..state.clone() })
    }

    fn deadline(&self, state: &Count) -> Option<Timestamp> {
        state.rings_at
    }

    fn keep_until(&self, state: &Count) -> Timestamp {
        state.kept_until
    }

    fn encode(&self, state: &Count) -> Vec<u8> {
        let rings_at = state.rings_at.map_or(0, Timestamp::as_millis);
        let fields = [state.value.to_be_bytes(), rings_at.to_be_bytes(), state.rung.to_be_bytes()];
        [fields.concat(), state.kept_until.as_millis().to_be_bytes().to_vec()].concat()
    }

    fn decode(&self, bytes: &[u8]) -> Result<Count, SnapshotError> {
        if bytes.len() != 32 {
            return Err(SnapshotError::Damaged);
        }
        let field = |index: usize| bytes[8 * index..8 * (index + 1)].try_into().unwrap();
        let instant = |index| Timestamp::from_millis(i64::from_be_bytes(field(index)));
        Ok(Count {
            value: u64::from_be_bytes(field(0)),
            rings_at: Some(instant(1)).filter(|at| at.as_millis() != 0),
            rung: u64::from_be_bytes(field(2)),
            kept_until: instant(3),
        })
    }
}
