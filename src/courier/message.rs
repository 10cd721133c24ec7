//! A message as it is handed to a carrier: rendered, addressed, and with its particulars beside it, so that the
//! development mailbox can show them without reading the text.

use std::{fmt, net::IpAddr};

use chatlink_actors::{
    identifier::{Channel, Email, Phone},
    locale::Locale,
    otp::{Code, MessageId},
    time::Timestamp,
};

use super::reference::Reference;

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The code that proves a new identifier.
    RegistrationCode,
    /// The code by which a password can be replaced.
    PasswordResetCode,
    /// The code that proves the new identifier of an account.
    IdentifierChangeCode,
    /// To an owner: somebody tried to register what is registered already.
    AccountExists,
    /// To an owner: the password was changed.
    PasswordChanged,
    /// To an owner, at the old address: an address was changed.
    IdentifierChanged,
    /// To an owner: somebody logged in from a device that was not seen before.
    NewLogin,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::RegistrationCode,
        Self::PasswordResetCode,
        Self::IdentifierChangeCode,
        Self::AccountExists,
        Self::PasswordChanged,
        Self::IdentifierChanged,
        Self::NewLogin,
    ];

    /// The name that developers see in the mailbox.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RegistrationCode => "registration_code",
            Self::PasswordResetCode => "password_reset_code",
            Self::IdentifierChangeCode => "identifier_change_code",
            Self::AccountExists => "account_exists",
            Self::PasswordChanged => "password_changed",
            Self::IdentifierChanged => "identifier_changed",
            Self::NewLogin => "new_login",
        }
    }

    /// Whether there is a code in it.
    pub const fn has_code(self) -> bool {
        matches!(self, Self::RegistrationCode | Self::PasswordResetCode | Self::IdentifierChangeCode)
    }
}

/// What a notice tells besides its kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Facts {
    /// Nothing.
    None,
    /// Which kind of address was changed.
    Changed(Channel),
    /// When somebody logged in, and from where.
    Login {
        /// When.
        at: Timestamp,
        /// From where.
        ip: IpAddr,
    },
}

/// The particulars of a message, whichever way it travels.
#[derive(Clone)]
pub struct Slip {
    /// What names it, the same for every attempt.
    pub message: MessageId,
    /// Whom receipts for it are about; `None` where they are about nobody, or must not be told.
    pub receipts: Option<Reference>,
    /// What it says.
    pub kind: Kind,
    /// In which language.
    pub locale: Locale,
    /// The code in it, if there is one.
    pub code: Option<Code>,
    /// What else it tells.
    pub facts: Facts,
    /// When this attempt was made.
    pub sent_at: Timestamp,
}

/// A message by mail, as plain text and as HTML.
#[derive(Clone)]
pub struct Mail {
    /// Its particulars.
    pub slip: Slip,
    /// Whom it is for.
    pub to: Email,
    /// One line.
    pub subject: String,
    /// The plain text, lines ended by `\n`.
    pub text: String,
    /// The same as an HTML document.
    pub html: String,
}

/// A message by SMS.
#[derive(Clone)]
pub struct Text {
    /// Its particulars.
    pub slip: Slip,
    /// Whom it is for.
    pub to: Phone,
    /// The text, lines ended by `\n`.
    pub body: String,
}

/// A message, ready for its carrier.
#[derive(Clone)]
pub enum Message {
    /// For the carrier of mail.
    Mail(Mail),
    /// For the carrier of text messages.
    Text(Text),
}

impl Message {
    /// Its particulars.
    pub const fn slip(&self) -> &Slip {
        match self {
            Self::Mail(mail) => &mail.slip,
            Self::Text(text) => &text.slip,
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, …)", self.slip().kind.name())
    }
}
