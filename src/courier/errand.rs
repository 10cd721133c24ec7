//! What an entry of the outbox asks for, and what to send for it.

use chatlink_actors::{
    identifier::{Channel, Identifier},
    locale::Locale,
    otp::{Code, Dispatch, Otp, Registration},
    time::Timestamp,
};

use super::{
    message::Kind,
    ports::AccountContact,
    reference::{Flow, Reference},
};

/// A decoded entry: one variant for each flow.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    /// A code for whoever owns an identifier that has no account yet.
    Registration(Dispatch<Identifier>),
}

/// An entry that asks for nothing that this version of the program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an outbox entry is damaged or of an unknown purpose")]
pub(super) struct Unreadable;

/// What to send, and to whom.
pub(super) struct Draft {
    pub to: Identifier,
    pub kind: Kind,
    pub locale: Locale,
    pub code: Option<Code>,
}

impl Errand {
    /// Each flow in turn: the name of the purpose tells which one wrote the payload.
    pub(super) fn decode(payload: &[u8]) -> Result<Self, Unreadable> {
        match Dispatch::decode(payload) {
            Ok(dispatch) if dispatch.purpose == Flow::Registration.name() => Ok(Self::Registration(dispatch)),
            _ => Err(Unreadable),
        }
    }

    pub(super) const fn reference(&self) -> Reference {
        match self {
            Self::Registration(it) => Reference { flow: Flow::Registration, key: it.key, message: it.message },
        }
    }

    /// By which way the message will travel.
    pub(super) const fn channel(&self) -> Channel {
        match self {
            Self::Registration(it) => it.subject.channel(),
        }
    }

    /// When the message has lost its point.
    pub(super) const fn expires_at(&self) -> Timestamp {
        match self {
            Self::Registration(it) => it.expires_at,
        }
    }
}

/// The code of a registration, or `None` when its key has been retired.
pub(super) fn registration_code(rules: &Otp<Registration>, it: &Dispatch<Identifier>) -> Option<Code> {
    rules.keyring().code(it.code_key, it.session, it.generation, it.code_length)
}

/// What a registration is answered with: its code, or the notice to the owner of the account there is already. The
/// code must exist even where it isn't sent, else a session would show by failing that there is no account.
pub(super) fn registration_draft(it: &Dispatch<Identifier>, code: Code, account: Option<AccountContact>) -> Draft {
    let to = it.subject.clone();
    match account {
        None => Draft { to, kind: Kind::RegistrationCode, locale: it.locale, code: Some(code) },
        Some(contact) => {
            Draft { to, kind: Kind::AccountExists, locale: contact.locale.unwrap_or(it.locale), code: None }
        }
    }
}
