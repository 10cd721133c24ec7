//! What happens to one entry, from the errand to the report. All shards of a node share one desk.

use std::time::Duration;

use chatlink_actors::{
    identifier::{Channel, Identifier},
    otp::{Delivery, Policy},
    ports::BoxFuture,
    time::Timestamp,
};
use tokio::sync::Semaphore;
use tracing::{Instrument as _, field::Empty};

use super::{
    Ports, Rules, Settings,
    backoff::Backoff,
    draft::Draft,
    errand::{Errand, Parcel},
    guard::{Guarded, Obstacle},
    message::{Kind, Message, Slip},
    messages::Catalogue,
    ports::{CarrierError, EntryId},
    reference::Receipt,
};
use crate::telemetry::metrics::DeliveryOutcome;

pub(super) struct Desk {
    pub ports: Ports,
    pub settings: Settings,
    pub rules: Rules,
    catalogue: Catalogue,
    /// How many mails may be with their carrier at once, and how many texts: one channel's trouble is not the other's.
    mails: Semaphore,
    texts: Semaphore,
    /// How many resets may be asked about at once.
    pub questions: Semaphore,
}

impl Desk {
    pub(super) fn new(ports: Ports, rules: Rules, catalogue: Catalogue, settings: Settings) -> Self {
        let slots = || Semaphore::new(settings.attempts_at_once);
        Self { mails: slots(), texts: slots(), questions: slots(), ports, settings, rules, catalogue }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// How long ago an entry was appended; zero where that cannot be told.
    pub(super) fn age(&self, entry: &EntryId) -> Duration {
        entry.age(self.now()).unwrap_or_default()
    }

    pub(super) fn backoff(&self) -> Backoff {
        Backoff::new(self.settings.first_retry, self.settings.longest_retry)
    }

    /// Waits.
    pub(super) fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let timer = &self.ports.timer;
        timer.sleep_until(timer.now() + duration)
    }

    /// Waits for the next delay of a backoff to pass.
    pub(super) async fn pause(&self, backoff: &mut Backoff) {
        self.sleep(backoff.delay(&*self.ports.entropy)).await;
    }

    /// Gives work as long as an attempt may take; `None` when that was too short.
    pub(super) async fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.within(self.settings.attempt_timeout, work).await
    }

    /// Gives work that long; `None` when that was too short.
    pub(super) async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let late = self.sleep(limit);
        tokio::select! {
            biased;
            done = work => Some(done),
            () = late => None,
        }
    }

    /// Does what is asked for, then reports, then takes the entry off the outbox; each of them until it is done. So a
    /// crash at any point has another node begin anew, and trouble with the report never sends a message twice.
    ///
    /// Gives what the errand leads to, if there is more to do: the entry stays.
    pub(super) async fn settle(&self, entry: &EntryId, errand: &Errand) -> Option<Errand> {
        match errand {
            Errand::Reset(it) => {
                if let Some(contact) = self.answer(entry, it).await {
                    return Some(Errand::Delivery(Parcel::ResetCode(it.clone(), contact)));
                }
            }
            Errand::Delivery(parcel) => {
                let (flow, channel) = (parcel.name(), parcel.to().channel().name());
                let span = tracing::debug_span!("delivery", flow, channel, outcome = Empty);
                let outcome = self.deliver(entry, parcel).instrument(span.clone()).await;
                span.record("outcome", outcome.name());
                if let Some(reference) = parcel.reference() {
                    self.report(Receipt { reference, outcome }, parcel.expires_at()).await;
                }
            }
        }
        self.done(entry).await;
        None
    }

    /// Tries until the carrier has taken the message, or never will, or it would arrive too late.
    async fn deliver(&self, entry: &EntryId, parcel: &Parcel) -> Delivery {
        let (flow, channel) = (parcel.name(), parcel.to().channel().name());
        if self.is_test_identifier(parcel.to()) {
            tracing::info!(flow, channel, "nothing is sent to a test identifier");
            return Delivery::Sent;
        }
        let mut kind = None;
        let count = |kind: Option<Kind>, outcome| {
            let age = entry.age(self.now());
            self.ports.deliveries.attempted(channel, kind.map(Kind::name), outcome, age);
        };
        let mut backoff = Backoff::new(self.settings.first_retry, self.longest_retry(parcel));
        let mut attempts = 0_u32;
        loop {
            attempts += 1;
            let obstacle = match self.attempt(entry, parcel, &mut kind).await {
                Ok(kind) => {
                    count(Some(kind), DeliveryOutcome::Sent);
                    tracing::info!(flow, channel, kind = kind.name(), attempts, "message sent");
                    return Delivery::Sent;
                }
                Err(obstacle) => obstacle,
            };
            let delay = backoff.delay(&*self.ports.entropy);
            if obstacle.is_final() || self.now() + delay >= parcel.expires_at() {
                count(kind, DeliveryOutcome::Failed);
                obstacle.log(flow);
                return Delivery::Failed;
            }
            count(kind, DeliveryOutcome::Retried);
            tracing::debug!(flow, channel, attempts, %obstacle, "message will be tried again");
            self.sleep(delay).await;
        }
    }

    /// All flows have the same ones.
    pub(super) fn is_test_identifier(&self, identifier: &Identifier) -> bool {
        self.rules.registrations.test_identifiers().code(identifier, self.now()).is_some()
    }

    const fn longest_retry(&self, parcel: &Parcel) -> Duration {
        match parcel {
            Parcel::Notice(_) => self.settings.longest_notice_retry,
            _ => self.settings.longest_retry,
        }
    }

    /// Decides anew each time, since an account may have come into being meanwhile; `decided` is what it came to.
    async fn attempt(&self, entry: &EntryId, parcel: &Parcel, decided: &mut Option<Kind>) -> Result<Kind, Obstacle> {
        self.admit(entry, Guarded::of(parcel)).await?;
        let slots = match parcel.to().channel() {
            Channel::Email => &self.mails,
            Channel::Sms => &self.texts,
        };
        let _slot = slots.acquire().await.map_err(|_| CarrierError::Retry("no more attempts are made".into()))?;
        let draft = self.draft(parcel).await?;
        let kind = draft.kind;
        *decided = Some(kind);
        // Only now is it known when the message goes.
        let message = self.compose(parcel, draft)?;
        let work = async {
            match &message {
                Message::Mail(mail) => self.ports.mail.send_mail(mail).await,
                Message::Text(text) => self.ports.text.send_text(text).await,
            }
        };
        self.in_time(work).await.unwrap_or_else(|| Err(CarrierError::Retry("timed out".into())))?;
        Ok(kind)
    }

    fn compose(&self, parcel: &Parcel, draft: Draft) -> Result<Message, CarrierError> {
        let (now, expires_at) = (self.now(), parcel.expires_at());
        if expires_at <= now {
            return Err(CarrierError::Fail("it would arrive expired".into()));
        }
        let Draft { kind, locale, code, facts } = draft;
        let (message, receipts) = (parcel.message(), parcel.reference());
        let slip = Slip { message, receipts, kind, locale, code, facts, sent_at: now };
        let message = self.catalogue.compose(parcel.to(), slip, expires_at.since(now));
        message.map_err(|error| CarrierError::Fail(error.to_string()))
    }

    /// Gives up only when nobody can see the session any more, whose code expires then.
    pub(super) async fn report(&self, receipt: Receipt, expires_at: Timestamp) {
        let mut backoff = self.backoff();
        while self.now() < expires_at + REPORTABLE {
            match self.in_time(self.ports.reports.report(receipt)).await {
                Some(Ok(())) => return,
                Some(Err(error)) => tracing::debug!(%error, "report will be tried again"),
                None => tracing::debug!("report timed out and will be tried again"),
            }
            self.pause(&mut backoff).await;
        }
        tracing::warn!(flow = receipt.reference.flow.name(), outcome = receipt.outcome.name(), "report given up");
    }

    pub(super) async fn done(&self, entry: &EntryId) {
        let mut backoff = self.backoff();
        while !matches!(self.in_time(self.ports.outbox.done(entry)).await, Some(Ok(()))) {
            self.pause(&mut backoff).await;
        }
    }
}

/// How long after a code's end its session may still be seen.
const REPORTABLE: Duration = Policy::ENDED_READABLE;
