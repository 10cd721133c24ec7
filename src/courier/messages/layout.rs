//! Which lines of a locale's file make up a message, and in which order.

use crate::courier::message::Kind;

/// The entry with what all mails share.
pub(super) const MAIL: &str = "mail";
/// Its line that says whom a mail is from.
pub(super) const FOOTER: &str = "footer";
/// The line of every kind's entry that is the subject of a mail.
pub(super) const SUBJECT: &str = "subject";

/// A piece of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// The line of this name in the kind's entry.
    Line(&'static str),
    /// Whom a mail is from.
    Footer,
    /// The code, alone on its line.
    Code,
    /// The code once more, bound to the public host.
    Origin,
}

/// How a kind of message is put together.
pub(super) struct Layout {
    /// The name of its entry.
    pub entry: &'static str,
    /// Its paragraphs by mail.
    pub mail: &'static [Block],
    /// Its lines by SMS.
    pub text: &'static [Block],
}

impl Layout {
    pub(super) const fn of(kind: Kind) -> Self {
        use Block::{Code, Footer, Line, Origin};
        match kind {
            Kind::RegistrationCode => Self {
                entry: "registration-code",
                mail: &[Line("greeting"), Code, Line("lifetime"), Line("secrecy"), Line("ignore"), Footer],
                text: &[Line("text-greeting"), Code, Line("text-advice"), Origin],
            },
            Kind::AccountExists => Self {
                entry: "account-exists",
                mail: &[Line("notice"), Line("advice"), Line("ignore"), Footer],
                text: &[Line("text-notice")],
            },
        }
    }
}
