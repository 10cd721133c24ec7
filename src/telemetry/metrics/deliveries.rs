//! Messages: what became of them, and how old they were when their carrier had them.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::{Histograms, histograms};

/// The kind of a message that failed before it was decided what it says.
const UNDECIDED: &str = "undecided";

/// In seconds: from at once to as long as a code lives.
const AGES: [f64; 11] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];

/// What became of an attempt to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The carrier has it.
    Sent,
    /// It will be tried again.
    Retried,
    /// It never will be.
    Failed,
}

impl DeliveryOutcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Retried => "retried",
            Self::Failed => "failed",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Attempt {
    channel: &'static str,
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByChannel {
    channel: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusal {
    country: String,
    reason: &'static str,
}

/// Counts messages.
#[derive(Clone, Debug)]
pub struct Deliveries {
    total: Family<Attempt, Counter>,
    ages: Histograms<ByChannel>,
    held: Gauge,
    refused: Family<Refusal, Counter>,
}

impl Default for Deliveries {
    fn default() -> Self {
        let ages = histograms(ages);
        Self { total: Family::default(), ages, held: Gauge::default(), refused: Family::default() }
    }
}

fn ages() -> Histogram {
    Histogram::new(AGES)
}

impl Deliveries {
    /// Counts an attempt. `age`: since the message was queued, where that is known.
    pub fn attempted(
        &self,
        channel: &'static str,
        kind: Option<&'static str>,
        outcome: DeliveryOutcome,
        age: Option<Duration>,
    ) {
        let attempt = Attempt { channel, kind: kind.unwrap_or(UNDECIDED), outcome: outcome.name() };
        self.total.get_or_create(&attempt).inc();
        if let (DeliveryOutcome::Sent, Some(age)) = (outcome, age) {
            self.ages.get_or_create(&ByChannel { channel }).observe(age.as_secs_f64());
        }
    }

    /// Counts a text message that the guard refused. `country`: ISO 3166-1 alpha-2.
    pub fn text_refused(&self, country: &str, reason: &'static str) {
        self.refused.get_or_create(&Refusal { country: country.to_owned(), reason }).inc();
    }

    /// Notes that this process holds one more message of the outbox.
    pub fn held(&self) {
        self.held.inc();
    }

    /// Notes that it holds one less.
    pub fn gone(&self) {
        self.held.dec();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("deliveries", "Attempts to deliver a message", self.total.clone());
        let help = "How old messages were, since they were queued, when their carrier had taken them";
        registry.register("delivery_age_seconds", help, self.ages.clone());
        let help = "Text messages that were refused, so that nobody abuses them";
        registry.register("texts_refused", help, self.refused.clone());
        registry.register("outbox_held", "Messages of the outbox that this process holds", self.held.clone());
    }
}
