//! What an entry of the outbox asks for: a parcel whose recipient is known, or a password reset, of which it is yet
//! to be found out where its code goes.

use chatlink_actors::{
    identifier::{ActorKey, Claim, Identifier, LoginName},
    machine::SnapshotError,
    otp::{Dispatch, IdentifierChange, MessageId, PasswordReset, Purpose as _, Registration},
    stored,
    time::Timestamp,
};

use super::{
    notice::{self, Notice},
    ports::ResetContact,
    reference::{Flow, Reference},
};

/// A decoded entry.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    /// To find out whom a login name means, and to answer that this was done.
    Reset(Dispatch<LoginName>),
    /// To deliver something.
    Delivery(Parcel),
}

/// Something to be delivered, to somebody known.
#[derive(Clone, Debug)]
pub(super) enum Parcel {
    /// A code for whoever owns an identifier that has no account yet.
    Registration(Dispatch<Identifier>),
    /// A code for whoever owns the identifier that an account is to have.
    IdentifierChange(Dispatch<Claim>),
    /// The code of a reset, once it is known where it goes.
    ResetCode(Dispatch<LoginName>, ResetContact),
    /// A notice.
    Notice(Notice),
}

/// What is worked on one after the other, in the order of the outbox. That a reset is answered never waits for the
/// delivery of one before it: only an account has something delivered, so the wait would tell that there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    /// The answers of one actor.
    Answers(ActorKey),
    /// The deliveries of one actor.
    Deliveries(ActorKey),
}

/// Why an entry asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// A newer version of the program wrote it, and can read it.
    #[error("an outbox entry is of an unknown schema or purpose")]
    Unknown,
    /// Nobody can read it.
    #[error("an outbox entry is damaged")]
    Damaged,
}

impl From<SnapshotError> for Unreadable {
    fn from(error: SnapshotError) -> Self {
        match error {
            SnapshotError::UnknownSchema(Some(_)) => Self::Unknown,
            SnapshotError::UnknownSchema(None) | SnapshotError::Damaged => Self::Damaged,
        }
    }
}

impl Errand {
    /// The name that an entry begins with tells what to read it as.
    pub(super) fn decode(payload: &[u8]) -> Result<Self, Unreadable> {
        Ok(match stored::name(payload)? {
            PasswordReset::NAME => Self::Reset(Dispatch::decode(payload)?),
            Registration::NAME => Self::Delivery(Parcel::Registration(Dispatch::decode(payload)?)),
            IdentifierChange::NAME => Self::Delivery(Parcel::IdentifierChange(Dispatch::decode(payload)?)),
            notice::NAME => Self::Delivery(Parcel::Notice(Notice::decode(payload)?)),
            _ => return Err(Unreadable::Unknown),
        })
    }

    pub(super) const fn lane(&self) -> Lane {
        match self {
            Self::Reset(it) => Lane::Answers(it.key),
            Self::Delivery(parcel) => Lane::Deliveries(parcel.key()),
        }
    }

    pub(super) const fn is_notice(&self) -> bool {
        matches!(self, Self::Delivery(Parcel::Notice(_)))
    }
}

impl Parcel {
    const fn key(&self) -> ActorKey {
        match self {
            Self::Registration(it) => it.key,
            Self::IdentifierChange(it) => it.key,
            Self::ResetCode(it, _) => it.key,
            Self::Notice(notice) => notice.lane(),
        }
    }

    /// The name of its flow, for the log.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Registration(_) => Registration::NAME,
            Self::IdentifierChange(_) => IdentifierChange::NAME,
            Self::ResetCode(..) => PasswordReset::NAME,
            Self::Notice(_) => notice::NAME,
        }
    }

    /// Whom it goes to, and by which way.
    pub(super) const fn to(&self) -> &Identifier {
        match self {
            Self::Registration(it) => &it.subject,
            Self::IdentifierChange(it) => &it.subject.identifier,
            Self::ResetCode(_, contact) => &contact.to,
            Self::Notice(notice) => &notice.to,
        }
    }

    /// What names it to its carrier.
    pub(super) const fn message(&self) -> MessageId {
        match self {
            Self::Registration(it) => it.message,
            Self::IdentifierChange(it) => it.message,
            Self::ResetCode(it, _) => it.message,
            Self::Notice(notice) => notice.message(),
        }
    }

    /// Who is told what became of it, if anybody is: nobody waits for a notice, and whoever waits for the code of a
    /// reset must not learn whether there was one.
    pub(super) const fn reference(&self) -> Option<Reference> {
        match self {
            Self::Registration(it) => Some(Reference { flow: Flow::Registration, key: it.key, message: it.message }),
            Self::IdentifierChange(it) => {
                Some(Reference { flow: Flow::IdentifierChange, key: it.key, message: it.message })
            }
            Self::ResetCode(..) | Self::Notice(_) => None,
        }
    }

    /// When it has lost its point.
    pub(super) fn expires_at(&self) -> Timestamp {
        match self {
            Self::Registration(it) => it.expires_at,
            Self::IdentifierChange(it) => it.expires_at,
            Self::ResetCode(it, _) => it.expires_at,
            Self::Notice(notice) => notice.expires_at(),
        }
    }
}
