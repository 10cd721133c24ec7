//! What happens to one message, from the errand to the report. All shards of a node share one desk.

use std::{sync::Arc, time::Duration};

use chatlink_actors::{
    identifier::Channel,
    otp::{Delivery, Otp, Policy, Registration},
    ports::BoxFuture,
    time::Timestamp,
};
use tokio::sync::Semaphore;
use tracing::{Instrument as _, field::Empty};

use super::{
    Ports, Settings,
    backoff::Backoff,
    errand::{self, Draft, Errand},
    message::{Kind, Message, Slip},
    messages::Catalogue,
    ports::{CarrierError, EntryId},
    reference::Receipt,
};
use crate::telemetry::metrics::DeliveryOutcome;

pub(super) struct Desk {
    pub ports: Ports,
    pub settings: Settings,
    rules: Arc<Otp<Registration>>,
    catalogue: Catalogue,
    /// How many mails may be with their carrier at once, and how many texts: one channel's trouble is not the other's.
    mails: Semaphore,
    texts: Semaphore,
}

impl Desk {
    pub(super) fn new(ports: Ports, rules: Arc<Otp<Registration>>, catalogue: Catalogue, settings: Settings) -> Self {
        let slots = || Semaphore::new(settings.attempts_at_once);
        Self { mails: slots(), texts: slots(), ports, settings, rules, catalogue }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.ports.clock.now()
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

    /// Delivers, then reports, then takes the entry off the outbox; each of them until it is done. So a crash at any
    /// point has another node begin anew, and trouble with the report never sends a message twice.
    pub(super) async fn settle(&self, entry: &EntryId, errand: &Errand) {
        let (flow, channel) = (errand.reference().flow.name(), errand.channel().name());
        let span = tracing::debug_span!("delivery", flow, channel, outcome = Empty);
        let outcome = self.deliver(entry, errand).instrument(span.clone()).await;
        span.record("outcome", outcome.name());
        self.report(errand, outcome).await;
        self.done(entry).await;
    }

    /// Tries until the carrier has taken the message, or never will, or it would arrive too late.
    async fn deliver(&self, entry: &EntryId, errand: &Errand) -> Delivery {
        let (flow, channel) = (errand.reference().flow.name(), errand.channel().name());
        let mut kind = None;
        let count = |kind: Option<Kind>, outcome| {
            let age = entry.appended_at().map(|appended_at| self.now().since(appended_at));
            self.ports.deliveries.attempted(channel, kind.map(Kind::name), outcome, age);
        };
        let mut backoff = self.backoff();
        let mut attempts = 0_u32;
        loop {
            attempts += 1;
            let error = match self.attempt(errand, &mut kind).await {
                Ok(kind) => {
                    count(Some(kind), DeliveryOutcome::Sent);
                    tracing::info!(flow, channel, kind = kind.name(), attempts, "message sent");
                    return Delivery::Sent;
                }
                Err(error) => error,
            };
            let delay = backoff.delay(&*self.ports.entropy);
            if matches!(error, CarrierError::Fail(_)) || self.now() + delay >= errand.expires_at() {
                count(kind, DeliveryOutcome::Failed);
                tracing::warn!(flow, channel, attempts, %error, "message failed");
                return Delivery::Failed;
            }
            count(kind, DeliveryOutcome::Retried);
            tracing::debug!(flow, channel, attempts, %error, "message will be tried again");
            self.sleep(delay).await;
        }
    }

    /// Decides anew each time, since an account may have come into being meanwhile; `decided` is what it came to.
    async fn attempt(&self, errand: &Errand, decided: &mut Option<Kind>) -> Result<Kind, CarrierError> {
        let slots = match errand.channel() {
            Channel::Email => &self.mails,
            Channel::Sms => &self.texts,
        };
        let _slot = slots.acquire().await.map_err(|_| CarrierError::Retry("no more attempts are made".into()))?;
        let draft = self.draft(errand).await?;
        let kind = draft.kind;
        *decided = Some(kind);
        // Only now is it known when the message goes.
        let message = self.compose(errand, draft)?;
        let work = async {
            match &message {
                Message::Mail(mail) => self.ports.mail.send_mail(mail).await,
                Message::Text(text) => self.ports.text.send_text(text).await,
            }
        };
        self.in_time(work).await.unwrap_or_else(|| Err(CarrierError::Retry("timed out".into())))?;
        Ok(kind)
    }

    async fn draft(&self, errand: &Errand) -> Result<Draft, CarrierError> {
        match errand {
            Errand::Registration(it) => {
                let code = errand::registration_code(&self.rules, it)
                    .ok_or_else(|| CarrierError::Fail("the key of the code has been retired".into()))?;
                let account = self.in_time(self.ports.directory.account(&it.subject)).await;
                let account = account.ok_or_else(|| CarrierError::Retry("the directory timed out".into()))?;
                let account = account.map_err(|error| CarrierError::Retry(error.to_string()))?;
                Ok(errand::registration_draft(it, code, account))
            }
        }
    }

    fn compose(&self, errand: &Errand, draft: Draft) -> Result<Message, CarrierError> {
        let (now, expires_at) = (self.now(), errand.expires_at());
        if expires_at <= now {
            return Err(CarrierError::Fail("it would arrive expired".into()));
        }
        let Draft { to, kind, locale, code } = draft;
        let slip = Slip { reference: errand.reference(), kind, locale, code, sent_at: now };
        let message = self.catalogue.compose(&to, slip, expires_at.since(now));
        message.map_err(|error| CarrierError::Fail(error.to_string()))
    }

    /// Gives up only when nobody can see the session any more.
    async fn report(&self, errand: &Errand, outcome: Delivery) {
        let receipt = Receipt { reference: errand.reference(), outcome };
        let mut backoff = self.backoff();
        while self.now() < errand.expires_at() + REPORTABLE {
            match self.in_time(self.ports.reports.report(receipt)).await {
                Some(Ok(())) => return,
                Some(Err(error)) => tracing::debug!(%error, "report will be tried again"),
                None => tracing::debug!("report timed out and will be tried again"),
            }
            self.pause(&mut backoff).await;
        }
        tracing::warn!(flow = receipt.reference.flow.name(), outcome = outcome.name(), "report given up");
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
