//! The guard of text messages, for all nodes together: what went to a country and to a block of numbers, and how many
//! codes came back from there.
//!
//! Whatever one decision reads and writes is one script call, so two nodes never both take the last place. Nothing
//! here holds a number: the smallest thing that is counted is a block of ten thousand.

use std::{sync::Arc, time::Duration};

use chatlink_actors::{
    identifier::Phone,
    otp::Rate,
    ports::{BoxFuture, Clock},
};
use redis::{Script, ScriptInvocation};

use super::{connection::Kept, failure::Failure, keys::Keys};
use crate::courier::{
    guard::{Admission, GuardError, Reason, TextGuard},
    ports::EntryId,
};

/// How many texts may go where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimits {
    /// To one country.
    pub country: Rate,
    /// To one block of numbers: those that differ in their last four digits alone.
    pub prefix: Rate,
    /// When a block is closed.
    pub breaker: Breaker,
}

/// When no more codes go to a block, because they nearly never come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// From how many codes on it is judged.
    pub sends: u32,
    /// How many of a hundred must come back.
    pub verified_percent: u32,
    /// Within how long.
    pub window: Duration,
    /// For how long the block is closed. After that it is judged anew.
    pub cooloff: Duration,
}

/// Tells the script that a text has no code, so that the breaker is none of its business.
const NO_CODE: u32 = 0;

pub(super) struct RedisTextGuard {
    connection: Arc<Kept>,
    keys: Keys,
    limits: TextLimits,
    clock: Arc<dyn Clock>,
    admit: Script,
    verified: Script,
}

impl TextGuard for RedisTextGuard {
    fn admit<'a>(&'a self, to: &'a Phone, entry: &'a EntryId) -> BoxFuture<'a, Result<Admission, GuardError>> {
        Box::pin(async move { self.decide(to, &name(entry), self.limits.breaker.sends).await })
    }

    fn admit_notice<'a>(&'a self, to: &'a Phone, entry: &'a EntryId) -> BoxFuture<'a, Result<Admission, GuardError>> {
        Box::pin(async move { self.decide(to, &name(entry), NO_CODE).await })
    }

    fn check<'a>(&'a self, to: &'a Phone) -> BoxFuture<'a, Result<Admission, GuardError>> {
        Box::pin(self.decide(to, "", self.limits.breaker.sends))
    }

    fn verified<'a>(&'a self, to: &'a Phone) -> BoxFuture<'a, Result<(), GuardError>> {
        Box::pin(async move {
            let mut invocation = self.verified.key(self.keys.texts("verified", to.block()));
            invocation.arg(self.clock.now().as_millis()).arg(millis(self.limits.breaker.window));
            self.run(&invocation).await
        })
    }
}

impl RedisTextGuard {
    pub(super) fn new(connection: Arc<Kept>, keys: Keys, limits: TextLimits, clock: Arc<dyn Clock>) -> Self {
        Self {
            connection,
            keys,
            limits,
            clock,
            admit: Script::new(include_str!("text_guard.lua")),
            verified: Script::new(include_str!("text_verified.lua")),
        }
    }

    async fn decide(&self, to: &Phone, entry: &str, codes: u32) -> Result<Admission, GuardError> {
        let TextLimits { country, prefix, breaker } = self.limits;
        let mut invocation = self.admit.prepare_invoke();
        invocation.key(self.keys.texts("country", to.region()));
        for kind in ["block", "codes", "verified", "closed"] {
            invocation.key(self.keys.texts(kind, to.block()));
        }
        invocation.arg(self.clock.now().as_millis()).arg(entry);
        for rate in [country, prefix] {
            invocation.arg(rate.limit).arg(millis(rate.window));
        }
        invocation.arg(codes).arg(breaker.verified_percent);
        invocation.arg(millis(breaker.window)).arg(millis(breaker.cooloff));
        let verdict: String = self.run(&invocation).await?;
        Ok(match verdict.as_str() {
            "granted" => Admission::Granted,
            "country" => Admission::Refused(Reason::CountryLimit),
            "block" => Admission::Refused(Reason::PrefixLimit),
            "breaker" => Admission::Refused(Reason::Breaker),
            _ => return Err(GuardError("an unknown verdict".into())),
        })
    }

    /// What is counted twice is counted by the name of its entry, or hardly matters.
    async fn run<T: redis::FromRedisValue>(&self, invocation: &ScriptInvocation<'_>) -> Result<T, GuardError> {
        self.connection
            .run_repeatable("text_guard", Duration::ZERO, |mut connection| async move {
                invocation.invoke_async(&mut connection).await
            })
            .await
            .map_err(|failure: Failure| GuardError(failure.reason().as_ref().to_owned()))
    }
}

/// An entry among those of all shards.
fn name(entry: &EntryId) -> String {
    format!("{}:{}", entry.shard, entry.position)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
