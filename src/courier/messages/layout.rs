//! Which lines of a locale's file make up a message, and in which order.

use crate::courier::message::Kind;

/// The line of every kind's entry that is the subject of a mail.
pub(super) const SUBJECT: &str = "subject";

/// A piece of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// The line of this name in the kind's entry.
    Line(&'static str),
    /// A line of an entry that several kinds share.
    Shared(&'static str, &'static str),
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

/// Whom a mail is from.
const FOOTER: Block = Block::Shared("mail", "footer");
/// What every code is sent with.
const CODE_MAIL: &[Block] = &[
    Block::Line("greeting"),
    Block::Code,
    Block::Shared("code", "lifetime"),
    Block::Shared("code", "secrecy"),
    Block::Line("ignore"),
    FOOTER,
];
const CODE_TEXT: &[Block] =
    &[Block::Line("text-greeting"), Block::Code, Block::Shared("code", "text-advice"), Block::Origin];
/// What to do about a notice, unless it is a special one.
const ADVICE: Block = Block::Shared("notice", "advice");
const NOTICE_MAIL: &[Block] = &[Block::Line("notice"), ADVICE, FOOTER];
const NOTICE_TEXT: &[Block] = &[Block::Line("text-notice")];

impl Layout {
    pub(super) const fn of(kind: Kind) -> Self {
        use Block::Line;
        match kind {
            Kind::RegistrationCode => Self { entry: "registration-code", mail: CODE_MAIL, text: CODE_TEXT },
            Kind::PasswordResetCode => Self { entry: "password-reset-code", mail: CODE_MAIL, text: CODE_TEXT },
            Kind::IdentifierChangeCode => Self { entry: "identifier-change-code", mail: CODE_MAIL, text: CODE_TEXT },
            Kind::AccountExists => Self {
                entry: "account-exists",
                mail: &[Line("notice"), Line("advice"), Line("ignore"), FOOTER],
                text: NOTICE_TEXT,
            },
            Kind::PasswordChanged => Self { entry: "password-changed", mail: NOTICE_MAIL, text: NOTICE_TEXT },
            Kind::IdentifierChanged => {
                Self { entry: "identifier-changed", mail: &[Line("notice"), Line("advice"), FOOTER], text: NOTICE_TEXT }
            }
            Kind::NewLogin => Self { entry: "new-login", mail: NOTICE_MAIL, text: NOTICE_TEXT },
        }
    }
}
