//! Brings the notices that wait in the database to the outbox: whatever is there, then again when somebody says that
//! there is more, and now and then in any case, since another node may have written one and died.
//!
//! At least once: a notice is deleted only when the outbox has it, and may be appended again if the deletion fails.

use std::{sync::Arc, time::Duration};

use chatlink_actors::ports::{BoxFuture, Clock, Entropy};
use tokio::sync::{Notify, watch};

use super::{
    backoff::Backoff,
    notice::Notice,
    ports::{NoticeError, NoticeSink, NoticeSource, OutboxError, OutboxWriter},
};

/// How many notices are moved in one transaction. What was appended before a failure is appended again by the retry,
/// and sent twice; so it is one.
const BATCH: usize = 1;
/// How long it waits to be woken.
const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// The world around the relay.
#[derive(Clone)]
pub struct RelayPorts {
    /// Where the notices come from.
    pub source: Arc<dyn NoticeSource>,
    /// Where they go.
    pub outbox: Arc<dyn OutboxWriter>,
    /// Notified when there may be more.
    pub wake: Arc<Notify>,
    /// A clock that nobody sets, by which waiting is measured.
    pub timer: Arc<dyn Clock>,
    /// Randomness, for the jitter of retries.
    pub entropy: Arc<dyn Entropy>,
}

/// Moves notices from the database to the outbox.
pub struct Relay {
    ports: RelayPorts,
    /// Between two failures; `None` while all is well.
    outage: Option<Backoff>,
}

impl Relay {
    /// A relay that has yet to be run.
    pub const fn new(ports: RelayPorts) -> Self {
        Self { ports, outage: None }
    }

    /// Works until told to stop (or until nobody is left to tell).
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                () = self.step() => {}
            }
        }
    }

    /// Moves what is there, then waits until there may be more. Cancel-safe: what was being moved is moved again.
    pub async fn step(&mut self) {
        match self.move_all().await {
            Ok(()) => {
                if self.outage.take().is_some() {
                    tracing::info!("notices can be moved again");
                }
                tokio::select! {
                    () = self.ports.wake.notified() => {}
                    () = self.sleep(PATIENCE) => {}
                }
            }
            Err(error) => {
                if self.outage.is_none() {
                    tracing::warn!(%error, "notices cannot be moved to the outbox");
                }
                let backoff = self.outage.get_or_insert(Backoff::new(FIRST_RETRY, LONGEST_RETRY));
                let delay = backoff.delay(&*self.ports.entropy);
                self.sleep(delay).await;
            }
        }
    }

    async fn move_all(&self) -> Result<(), NoticeError> {
        let sink = Appender(&*self.ports.outbox);
        while self.ports.source.take(BATCH, &sink).await? == BATCH {}
        Ok(())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let timer = &self.ports.timer;
        timer.sleep_until(timer.now() + duration)
    }
}

/// Appends notices to the shards that they belong to.
struct Appender<'a>(&'a dyn OutboxWriter);

impl NoticeSink for Appender<'_> {
    fn accept<'a>(&'a self, notices: &'a [Notice]) -> BoxFuture<'a, Result<(), OutboxError>> {
        Box::pin(async move {
            for notice in notices {
                self.0.append(notice.lane().shard(), &notice.encode()).await?;
            }
            Ok(())
        })
    }
}
