//! Hints from other nodes that a watched state has changed.
//!
//! One connection holds the 16 subscriptions and does nothing else but probe its own life. Hints may be lost
//! whenever it breaks or the reader is slow; then comes a [`Change::Gap`], and the reader re-reads what it watches.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chatlink_actors::{identifier::ActorKey, ports::Version};
use redis::{PushInfo, PushKind, Value, aio::MultiplexedConnection};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use super::{
    Timeouts,
    connection::Connector,
    failure::{Failure, describe},
};

/// How many hints may wait for the reader before they give way to a gap.
const BACKLOG: usize = 4096;
/// The pause after a failed attempt to subscribe; it doubles up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What the other nodes did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// A watched key has a new version, written by any node, this one included.
    Written {
        /// Of which kind of entity.
        namespace: String,
        /// Which one.
        key: ActorKey,
        /// What was written.
        version: Version,
    },
    /// The subscription holds from now on; what happened before may have been missed.
    Gap,
}

/// The payload of a published hint: 16 bytes of key, 8 of version, then the namespace.
pub(super) fn hint(namespace: &str, key: ActorKey, version: Version) -> Vec<u8> {
    [key.as_bytes().as_slice(), version.0.to_be_bytes().as_slice(), namespace.as_bytes()].concat()
}

fn parse_hint(payload: &[u8]) -> Option<Change> {
    let (key, rest) = payload.split_first_chunk()?;
    let (version, namespace) = rest.split_first_chunk()?;
    Some(Change::Written {
        namespace: str::from_utf8(namespace).ok()?.to_owned(),
        key: ActorKey::from_bytes(*key),
        version: Version(u64::from_be_bytes(*version)),
    })
}

/// The subscription to the changes of all shards.
pub struct Changes {
    connector: Arc<Connector>,
    channels: Vec<String>,
    subscription: Option<Subscription>,
    pause: Duration,
}

impl Changes {
    pub(super) fn new(connector: Arc<Connector>, channels: Vec<String>) -> Self {
        Self { connector, channels, subscription: None, pause: SHORTEST_PAUSE }
    }

    /// Waits for what comes next, for as long as it takes: the first thing is a gap, and so is the first thing
    /// after every interruption. Cancel-safe.
    pub async fn step(&mut self) -> Change {
        loop {
            let Some(subscription) = &mut self.subscription else {
                self.subscribe().await;
                continue;
            };
            match subscription.next(self.connector.timeouts()).await {
                Ok(change) => return change,
                Err(failure) => {
                    tracing::warn!(reason = %failure.reason(), "lost the subscription to changes");
                    self.subscription = None;
                }
            }
        }
    }

    /// One attempt, and after a failed one a pause.
    async fn subscribe(&mut self) {
        let (hints, receiver) = mpsc::channel(BACKLOG);
        // A gap is due already: nothing was heard so far.
        let gap = Arc::new(AtomicBool::new(true));
        let missed = Arc::clone(&gap);
        let on_push = move |push| {
            if let Some(payload) = message(push)
                && let Err(mpsc::error::TrySendError::Full(_)) = hints.try_send(payload)
            {
                missed.store(true, Ordering::Relaxed);
            }
            Ok::<(), redis::aio::SendError>(())
        };
        match self.connector.subscribe(self.channels.clone(), on_push).await {
            Ok(connection) => {
                tracing::debug!("subscribed to changes");
                self.pause = SHORTEST_PAUSE;
                self.subscription = Some(Subscription { connection, hints: receiver, gap });
            }
            Err(failure) => {
                tracing::warn!(reason = %failure.reason(), "could not subscribe to changes");
                sleep(self.pause).await;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

fn message(push: PushInfo) -> Option<Vec<u8>> {
    match (push.kind, push.data.into_iter().nth(1)) {
        (PushKind::Message, Some(Value::BulkString(payload))) => Some(payload),
        _ => None,
    }
}

struct Subscription {
    connection: MultiplexedConnection,
    /// Ends with the connection, whose driver holds the other end.
    hints: mpsc::Receiver<Vec<u8>>,
    /// Whether hints were missed.
    gap: Arc<AtomicBool>,
}

impl Subscription {
    async fn next(&mut self, timeouts: Timeouts) -> Result<Change, Failure> {
        loop {
            if self.gap.swap(false, Ordering::Relaxed) {
                return Ok(Change::Gap);
            }
            match timeout(timeouts.silence, self.hints.recv()).await {
                Ok(Some(payload)) => {
                    if let Some(change) = parse_hint(&payload) {
                        return Ok(change);
                    }
                    tracing::warn!("a change was published that is none of ours");
                }
                Ok(None) => return Err(Failure::Broken("connection closed".into())),
                Err(_) => self.probe(timeouts.command).await?,
            }
        }
    }

    async fn probe(&mut self, patience: Duration) -> Result<(), Failure> {
        match timeout(patience, redis::cmd("PING").query_async(&mut self.connection)).await {
            Ok(answer) => answer.map_err(|error| Failure::Broken(describe(&error))),
            Err(_) => Err(Failure::TimedOut),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_survives_the_wire() {
        let (key, version) = (ActorKey::from_bytes([0xf7; 16]), Version(u64::MAX - 1));
        let payload = hint("otp:registration", key, version);
        let namespace = "otp:registration".to_owned();
        assert_eq!(parse_hint(&payload), Some(Change::Written { namespace, key, version }));
    }

    #[test]
    fn what_is_no_hint_is_none() {
        assert_eq!(parse_hint(b""), None);
        assert_eq!(parse_hint(&[0; 23]), None);
        assert_eq!(parse_hint(&[0xff; 25]), None);
    }
}
