//! What goes into an account and what comes out of it, as plain data. How it looks as JSON is for others to say.

use std::{fmt, net::IpAddr, time::Duration};

use chatlink_actors::{
    identifier::{Channel, Identifier},
    locale::Locale,
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};
use time::Date;
use uuid::Uuid;

use super::{
    Opening,
    age::DateOfBirth,
    country::Country,
    language::{Language, Languages},
    notice::{Notice, NoticeKind},
    password::{Password, PasswordAttempt},
    phc::StoredHash,
    profile::{FullName, Gender},
    username::Username,
};

/// A completed OTP session, on which an account is made or changed. What is kept of it tells nothing and opens nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OtpSession([u8; 32]);

impl OtpSession {
    /// Names the session of an actor.
    pub fn new(actor: &[u8; 16], session: &[u8; 16]) -> Self {
        Self(Sha256::new().chain_update(actor).chain_update(session).finalize().into())
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for OtpSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtpSession(…)")
    }
}

/// Everything that somebody gives to have an account.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each field is named by its type")]
pub struct NewAccount {
    pub identifier: Identifier,
    pub username: Username,
    pub password: Password,
    pub full_name: FullName,
    pub date_of_birth: DateOfBirth,
    pub gender: Gender,
    pub country: Country,
    pub languages: Languages,
    /// In which language ChatLink is to write to them.
    pub locale: Locale,
    /// The session that proved the identifier.
    pub otp_session: OtpSession,
    /// Where the request came from.
    pub ip: IpAddr,
}

impl NewAccount {
    pub(super) fn into_user(self, id: Uuid, created_at: Timestamp) -> User {
        let (email, phone) = match &self.identifier {
            Identifier::Email(email) => (Some(email.address()), None),
            Identifier::Phone(phone) => (None, Some(phone.e164().to_owned())),
        };
        User {
            id,
            username: self.username.as_str().to_owned(),
            full_name: self.full_name.as_str().to_owned(),
            bio: String::new(),
            email,
            phone,
            date_of_birth: self.date_of_birth.date(),
            gender: self.gender,
            country: self.country,
            native_language: self.languages.native(),
            learning_languages: self.languages.learning().to_vec(),
            languages_changed_at: None,
            created_at,
            version: Version::FIRST,
        }
    }
}

/// What somebody gives to be let in.
#[derive(Clone)]
pub struct LogIn {
    /// A username, an email address or a phone number, as typed.
    pub login: String,
    /// What they typed as their password.
    pub password: PasswordAttempt,
    /// What they ask of their session, and from where.
    pub opening: Opening,
}

impl fmt::Debug for LogIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogIn(…)")
    }
}

/// Counts the changes of what the owner of an account sees of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(i32);

impl Version {
    const FIRST: Self = Self(0);

    /// The version of that number.
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> i32 {
        self.0
    }
}

/// Somebody's account, as they see it.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Never changes.
    pub id: Uuid,
    /// As typed.
    pub username: String,
    /// As typed.
    pub full_name: String,
    /// A few words of theirs; empty at first.
    pub bio: String,
    /// The address that mail is delivered to.
    pub email: Option<String>,
    /// In E.164.
    pub phone: Option<String>,
    /// When they were born.
    pub date_of_birth: Date,
    /// How they wish to be seen.
    pub gender: Gender,
    /// Where they are.
    pub country: Country,
    /// What they speak.
    pub native_language: Language,
    /// What they learn, in their order.
    pub learning_languages: Vec<Language>,
    /// When they last changed their languages, if ever.
    pub languages_changed_at: Option<Timestamp>,
    /// When they registered.
    pub created_at: Timestamp,
    /// Rises with every change of any of this.
    pub version: Version,
}

impl User {
    /// From when on the languages may be changed, where that is still to come.
    pub fn languages_changeable_at(&self, cooldown: Duration, now: Timestamp) -> Option<Timestamp> {
        self.languages_changed_at.map(|changed| changed + cooldown).filter(|changeable| *changeable > now)
    }

    /// Where notices about the account go: to the email address, or else to the phone.
    pub fn contact(&self) -> Option<Identifier> {
        Identifier::parse(self.email.as_ref().or(self.phone.as_ref())?).ok()
    }

    /// What they are reached by that way.
    pub fn identifier(&self, by: Channel) -> Option<Identifier> {
        let address = match by {
            Channel::Email => self.email.as_ref(),
            Channel::Sms => self.phone.as_ref(),
        };
        Identifier::parse(address?).ok()
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).finish_non_exhaustive()
    }
}

/// An account, with what its owner proves themselves by.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The account.
    pub user: User,
    /// Of the password.
    pub(super) hash: StoredHash,
    /// Rises whenever the password changes or the account is locked: what was verified of an older version counts
    /// for nothing.
    pub(super) version: i32,
    /// In which language ChatLink writes to them.
    pub(super) locale: Locale,
    /// Whether an operator locked the account.
    pub(super) locked: bool,
}

impl Credentials {
    /// What its owner is to be told there.
    pub(super) fn notice(&self, id: Uuid, kind: NoticeKind, to: Identifier, at: Timestamp) -> Notice {
        Notice { id, user: self.user.id, kind, to, locale: self.locale, at }
    }
}

/// How the owner of an identifier is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountContact {
    /// Whose it is.
    pub id: Uuid,
    /// In which language.
    pub locale: Locale,
}

/// Where the owner of an account is written to who wants a new password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetContact {
    /// The address as it is stored.
    pub to: Identifier,
    /// In which language.
    pub locale: Locale,
}
