//! What can be asked of the sessions of one identifier, and what is answered.

use super::{
    code::{CompletionToken, Guess, MessageId},
    policy::CodeLength,
    session::{Delivery, SessionId},
    view::SessionView,
};
use crate::{identifier::ActorKey, locale::Locale, time::Timestamp};

/// What can be asked.
#[derive(Clone, Debug)]
pub enum Command<S> {
    /// Opens a session and sends its first code.
    Start {
        /// The actor that is asked, as it was derived from the subject.
        key: ActorKey,
        /// Chosen at random by the caller.
        session: SessionId,
        /// Whom the code goes to.
        subject: S,
        /// In which language.
        locale: Locale,
    },
    /// Asks how a session stands.
    Status {
        /// Which.
        session: SessionId,
    },
    /// Sends the code again, or a fresh one.
    Resend {
        /// Of which session.
        session: SessionId,
    },
    /// Judges a code. If it is right, the token is good for completing.
    Verify {
        /// Of which session.
        session: SessionId,
        /// What was typed.
        guess: Guess,
        /// Chosen at random by the caller, who hands it out if this is accepted.
        token: CompletionToken,
    },
    /// Asks whether a token could complete its session now; changes nothing.
    Authorize {
        /// Which session.
        session: SessionId,
        /// Its token.
        token: CompletionToken,
    },
    /// Uses the token up.
    Complete {
        /// Which session.
        session: SessionId,
        /// Its token.
        token: CompletionToken,
    },
    /// Ends a verified session that must not be completed.
    Discard {
        /// Which session.
        session: SessionId,
        /// Its token.
        token: CompletionToken,
    },
    /// Tells what became of a message.
    Report {
        /// Which message.
        message: MessageId,
        /// What became of it.
        outcome: Delivery,
    },
    /// Drops sessions, and with them the identifier as it was typed. What was sent and what failed still counts: the
    /// limits hold as before. Answered with [`UnknownSession`](Refusal::UnknownSession), whatever there was: nothing
    /// is left to be shown.
    Forget {
        /// Of whom: its sessions go, those of others stay.
        subject: S,
    },
}

/// What is answered.
pub type Reply<S> = Result<Accepted<S>, Refusal>;

/// An accepted command, and how its session stands after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted<S> {
    /// The session as its holder sees it.
    pub session: SessionView,
    /// Whose identifier it is about.
    pub subject: S,
    /// The language it was started in.
    pub locale: Locale,
}

/// Why a command is refused. None of them tells whether an account exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No such session, or forgotten.
    UnknownSession,
    /// Past its time.
    Expired,
    /// Too many wrong codes.
    Locked,
    /// The code has done its work already.
    CodeUsed,
    /// Not as many digits as asked for. Costs nothing.
    CodeMalformed {
        /// How many digits were asked for.
        expected: CodeLength,
    },
    /// Wrong, and counted.
    CodeIncorrect {
        /// How many more are borne; at zero the session is now locked.
        attempts_left: u16,
    },
    /// Too soon.
    ResendCooldown {
        /// When it will be possible.
        available_at: Timestamp,
    },
    /// No resend is left.
    ResendsExhausted,
    /// Too much was sent to, or failed for, this identifier.
    IdentifierLimited {
        /// When the limit gives way.
        until: Timestamp,
    },
    /// Not the token of a verified session.
    TokenInvalid,
}
