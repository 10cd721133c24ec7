//! What keeps text messages from being abused: somebody has thousands of codes sent to numbers that earn by being
//! written to. Caps bound what that costs, and a breaker notices that such codes do not come back.
//!
//! A number that was typed is asked about **before** anybody looks whether there is an account, and counts whether or
//! not there is one: else it would show, in the session or in what is left for the neighbouring numbers. Where a user
//! name leads is the account's secret, so its number is asked about in silence, and does not count at all.

use std::sync::Arc;

use chatlink_actors::{
    identifier::{Identifier, LoginName, Phone, Subject as _},
    otp::Dispatch,
    ports::BoxFuture,
};

use super::{
    desk::Desk,
    errand::Parcel,
    ports::{CarrierError, EntryId},
};

/// Decides whether a text message may go, for all nodes together.
pub trait TextGuard: Send + Sync + 'static {
    /// Decides on a text with a code to that number and, if it may go, counts it: once for each entry of the outbox, however often
    /// it is asked. Cancel-safe.
    fn admit<'a>(&'a self, to: &'a Phone, entry: &'a EntryId) -> BoxFuture<'a, Result<Admission, GuardError>>;

    /// Decides on a text without a code, and counts it likewise. Nothing comes back of it, so the breaker neither counts
    /// nor stops it. Cancel-safe.
    fn admit_notice<'a>(&'a self, to: &'a Phone, entry: &'a EntryId) -> BoxFuture<'a, Result<Admission, GuardError>>;

    /// Decides as [`admit`](Self::admit) does, and counts nothing. Cancel-safe.
    fn check<'a>(&'a self, to: &'a Phone) -> BoxFuture<'a, Result<Admission, GuardError>>;

    /// Takes note that a code came back that was sent to that number, as it was typed. Cancel-safe.
    fn verified<'a>(&'a self, to: &'a Phone) -> BoxFuture<'a, Result<(), GuardError>>;
}

/// Whether a text may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Granted,
    /// It may not, and trying again is pointless.
    Refused(Reason),
}

/// Why a text may not go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// As many as may went to that country.
    CountryLimit,
    /// As many as may went to the block of numbers that it is in.
    PrefixLimit,
    /// The codes that went to that block nearly never came back.
    Breaker,
}

impl Reason {
    /// The name for logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CountryLimit => "country_limit",
            Self::PrefixLimit => "prefix_limit",
            Self::Breaker => "breaker",
        }
    }
}

/// The guard could not be asked. The text never holds a number.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the guard of text messages is out of reach: {0}")]
pub struct GuardError(pub String);

/// Lets everything go: where texts cost nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoGuard;

impl NoGuard {
    /// As a port.
    pub fn port() -> Arc<dyn TextGuard> {
        Arc::new(Self)
    }
}

impl TextGuard for NoGuard {
    fn admit<'a>(&'a self, _: &'a Phone, _: &'a EntryId) -> BoxFuture<'a, Result<Admission, GuardError>> {
        Box::pin(async { Ok(Admission::Granted) })
    }

    fn admit_notice<'a>(&'a self, _: &'a Phone, _: &'a EntryId) -> BoxFuture<'a, Result<Admission, GuardError>> {
        Box::pin(async { Ok(Admission::Granted) })
    }

    fn check<'a>(&'a self, _: &'a Phone) -> BoxFuture<'a, Result<Admission, GuardError>> {
        Box::pin(async { Ok(Admission::Granted) })
    }

    fn verified<'a>(&'a self, _: &'a Phone) -> BoxFuture<'a, Result<(), GuardError>> {
        Box::pin(async { Ok(()) })
    }
}

/// How the guard is asked about a number.
#[derive(Clone, Copy)]
pub(super) enum Guarded<'a> {
    /// It was typed.
    Typed(&'a Phone),
    /// It was looked up, and must not show.
    LookedUp(&'a Phone),
    /// It is an account's, whose owner is told something.
    Told(&'a Phone),
}

impl<'a> Guarded<'a> {
    /// The number that a parcel goes to, unless it was asked about before.
    pub(super) fn of(parcel: &'a Parcel) -> Option<Self> {
        match (parcel, parcel.to()) {
            (Parcel::Registration(_) | Parcel::IdentifierChange(_), Identifier::Phone(phone)) => {
                Some(Self::Typed(phone))
            }
            (Parcel::ResetCode(it, _), Identifier::Phone(phone)) if it.subject.phone().is_none() => {
                Some(Self::LookedUp(phone))
            }
            (Parcel::Notice(_), Identifier::Phone(phone)) => Some(Self::Told(phone)),
            _ => None,
        }
    }

    /// The number that a reset was started with.
    pub(super) fn of_reset(it: &'a Dispatch<LoginName>) -> Option<Self> {
        it.subject.phone().map(Self::Typed)
    }

    const fn phone(self) -> &'a Phone {
        let (Self::Typed(phone) | Self::LookedUp(phone) | Self::Told(phone)) = self;
        phone
    }
}

/// What keeps a message from going.
#[derive(Debug, thiserror::Error)]
pub(super) enum Obstacle {
    #[error("texts to {country} are refused: {}", reason.name())]
    Guard { country: String, reason: Reason },
    #[error(transparent)]
    Carrier(#[from] CarrierError),
}

impl Obstacle {
    /// Whether trying again is pointless.
    pub(super) const fn is_final(&self) -> bool {
        matches!(self, Self::Guard { .. } | Self::Carrier(CarrierError::Fail(_)))
    }

    /// Says once what became of it, in fields that one can query.
    pub(super) fn log(&self, flow: &'static str) {
        match self {
            Self::Guard { country, reason } => {
                tracing::warn!(flow, country, reason = reason.name(), "a text message is refused");
            }
            Self::Carrier(error) => tracing::warn!(flow, %error, "message failed"),
        }
    }
}

impl Desk {
    /// Asks the guard, if there is something to ask.
    pub(super) async fn admit(&self, entry: &EntryId, guarded: Option<Guarded<'_>>) -> Result<(), Obstacle> {
        let Some(guarded) = guarded.filter(|it| !self.is_test_identifier(&Identifier::Phone(it.phone().clone())))
        else {
            return Ok(());
        };
        let answer = match guarded {
            Guarded::Typed(phone) => self.ports.guard.admit(phone, entry),
            Guarded::LookedUp(phone) => self.ports.guard.check(phone),
            Guarded::Told(phone) => self.ports.guard.admit_notice(phone, entry),
        };
        let answer = self.in_time(answer).await.unwrap_or_else(|| Err(GuardError("timed out".into())));
        match answer.map_err(|error| CarrierError::Retry(error.to_string()))? {
            Admission::Granted => Ok(()),
            Admission::Refused(reason) => {
                let country = guarded.phone().region().to_owned();
                self.ports.deliveries.text_refused(&country, reason.name());
                Err(Obstacle::Guard { country, reason })
            }
        }
    }
}
