//! Takes messages off the outbox, decides what to send, renders, delivers, reports back.
//!
//! [`Courier`] runs one [`Shard`] loop for each shard of the outbox. The rules: at least once, and the same message
//! twice is harmless; in order for one identifier, and no one waits for another; retried until it would arrive
//! expired. Whether an account exists is looked up here and nowhere else, so that no request can show it. `errand` is
//! what an entry asks for, `draft` what is sent for it, `reset` why a password reset is a case of its own. [`Relay`]
//! brings the notices that the database holds to the outbox.

mod backoff;
mod desk;
mod draft;
mod errand;
#[cfg(test)]
pub(crate) mod fixture;
pub mod guard;
pub mod message;
pub mod messages;
pub mod notice;
pub mod ports;
pub mod reference;
pub mod relay;
mod reset;
mod shard;

use std::{sync::Arc, time::Duration};

use chatlink_actors::{
    identifier::ActorKey,
    otp::{IdentifierChange, Otp, PasswordReset, Registration},
    ports::{Clock, Entropy},
};
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
};

use self::{
    desk::Desk,
    guard::TextGuard,
    messages::Catalogue,
    ports::{Directory, MailCarrier, Outbox, Reports, TextCarrier},
};
pub use self::{relay::Relay, shard::Shard};
use crate::telemetry::metrics::Deliveries;

/// The world around the courier.
#[derive(Clone)]
pub struct Ports {
    /// Where the messages come from.
    pub outbox: Arc<dyn Outbox>,
    /// Who has an account.
    pub directory: Arc<dyn Directory>,
    /// Who takes mail.
    pub mail: Arc<dyn MailCarrier>,
    /// Who takes text messages.
    pub text: Arc<dyn TextCarrier>,
    /// Who decides whether a text with a code may go.
    pub guard: Arc<dyn TextGuard>,
    /// Who is told what became of a message.
    pub reports: Arc<dyn Reports>,
    /// The time, by which codes expire.
    pub clock: Arc<dyn Clock>,
    /// A clock that nobody sets, by which waiting is measured: one that jumps must not stall a retry.
    pub timer: Arc<dyn Clock>,
    /// Randomness, for the jitter of retries.
    pub entropy: Arc<dyn Entropy>,
    /// Counts what became of messages.
    pub deliveries: Deliveries,
}

/// The rules of all flows, by which codes are derived.
#[derive(Clone)]
#[expect(missing_docs, reason = "each field is named by its flow")]
pub struct Rules {
    pub registrations: Arc<Otp<Registration>>,
    pub password_resets: Arc<Otp<PasswordReset>>,
    pub identifier_changes: Arc<Otp<IdentifierChange>>,
}

/// How the courier works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long the outbox leases an entry. It is renewed after each third.
    pub lease: Duration,
    /// How long one call waits for new entries.
    pub patience: Duration,
    /// How many entries a shard holds at most, those waiting for a retry included. Half of them may be notices, which
    /// are tried for much longer than codes and must not be in their way.
    pub held_per_shard: usize,
    /// How many messages of one channel are with their carrier at once, on this node.
    pub attempts_at_once: usize,
    /// How long a carrier, the directory, the outbox or an actor may take to answer.
    pub attempt_timeout: Duration,
    /// How long to wait before the first retry; each further one waits twice as long.
    pub first_retry: Duration,
    /// Where the doubling ends.
    pub longest_retry: Duration,
    /// Where it ends for notices, which nobody waits for.
    pub longest_notice_retry: Duration,
    /// How long a shard goes on with what it holds once it is told to stop.
    pub grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(10),
            patience: Duration::from_secs(2),
            held_per_shard: 512,
            attempts_at_once: 16,
            attempt_timeout: Duration::from_secs(20),
            first_retry: Duration::from_secs(1),
            longest_retry: Duration::from_secs(30),
            longest_notice_retry: Duration::from_secs(15 * 60),
            grace: Duration::from_secs(10),
        }
    }
}

/// Delivers the messages of this node's share of the outbox.
pub struct Courier {
    desk: Arc<Desk>,
}

impl Courier {
    /// A courier for codes derived by `rules`, writing by `catalogue`.
    pub fn new(ports: Ports, rules: Rules, catalogue: Catalogue, settings: Settings) -> Self {
        Self { desk: Arc::new(Desk::new(ports, rules, catalogue, settings)) }
    }

    /// The loop of one shard.
    pub fn shard(&self, shard: u8) -> Shard {
        Shard::new(Arc::clone(&self.desk), shard)
    }

    /// Works on all shards, each in its own task, until told to stop (or until nobody is left to tell).
    ///
    /// # Errors
    /// When a loop has died. The process should go down then: its share of the outbox is no longer worked on.
    pub async fn run(self, stop: watch::Receiver<bool>) -> Result<(), JoinError> {
        let mut shards = JoinSet::new();
        for shard in 0..ActorKey::SHARDS {
            shards.spawn(self.shard(shard).run(stop.clone()));
        }
        while let Some(ended) = shards.join_next().await {
            ended?;
        }
        Ok(())
    }
}
