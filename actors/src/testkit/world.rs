//! Time that passes when it is told to, and randomness that is the same in every run.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::{
    ports::{BoxFuture, Clock, Entropy},
    time::Timestamp,
};

/// A clock and a source of randomness. Clones share them.
#[derive(Clone)]
pub struct World(Arc<Inner>);

struct Inner {
    now: watch::Sender<Timestamp>,
    seed: u64,
    blocks: AtomicU64,
}

impl World {
    /// 2030-01-01T00:00:00Z.
    pub const BEGINNING: Timestamp = Timestamp::from_millis(1_893_456_000_000);

    /// A world at its [`BEGINNING`](Self::BEGINNING). Equal seeds give equal randomness.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Inner { now: watch::Sender::new(Self::BEGINNING), seed, blocks: AtomicU64::new(0) }))
    }

    /// Lets time pass, and wakes whoever has slept for long enough.
    pub fn advance(&self, duration: Duration) {
        self.0.now.send_modify(|now| *now = *now + duration);
    }

    /// Makes it that instant, be it in the past: clocks do jump back.
    pub fn set(&self, now: Timestamp) {
        self.0.now.send_replace(now);
    }

    /// This world's clock as a port.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clone())
    }

    /// This world's randomness as a port.
    pub fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::new(self.clone())
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        *self.0.now.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let mut time = self.0.now.subscribe();
        Box::pin(async move {
            if time.wait_for(|now| *now >= at).await.is_err() {
                // The world has ended, and its time stands still.
                std::future::pending::<()>().await;
            }
        })
    }
}

impl Entropy for World {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let block = self.0.blocks.fetch_add(1, Ordering::Relaxed);
            let bytes = Sha256::new().chain_update(self.0.seed.to_be_bytes()).chain_update(block.to_be_bytes());
            chunk.iter_mut().zip(bytes.finalize()).for_each(|(to, from)| *to = from);
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("now", &self.now()).field("seed", &self.0.seed).finish()
    }
}
