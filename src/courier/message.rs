//! A message as it is handed to a carrier: rendered, addressed, and with its particulars beside it, so that the
//! development mailbox can show them without reading the text.

use std::fmt;

use chatlink_actors::{
    identifier::{Email, Phone},
    locale::Locale,
    otp::Code,
    time::Timestamp,
};

use super::reference::Reference;

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The code that proves a new identifier.
    RegistrationCode,
    /// To an owner: somebody tried to register what is registered already.
    AccountExists,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::RegistrationCode, Self::AccountExists];

    /// The name that developers see in the mailbox.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RegistrationCode => "registration_code",
            Self::AccountExists => "account_exists",
        }
    }
}

/// The particulars of a message, whichever way it travels.
#[derive(Clone)]
pub struct Slip {
    /// What names it in receipts, the same for every attempt.
    pub reference: Reference,
    /// What it says.
    pub kind: Kind,
    /// In which language.
    pub locale: Locale,
    /// The code in it, if there is one.
    pub code: Option<Code>,
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
