//! Changing what somebody says of themselves. One conditional statement compares and changes, so of several changes
//! at once none is lost and languages change once in a cooldown; what it refuses is explained afterwards.

use std::{net::IpAddr, time::Duration};

use chatlink_actors::time::Timestamp;

use super::{
    Accounts, Caller, Unavailable, User, Version,
    audit::{By, Entry, Event},
    country::Country,
    field::PointedError,
    language::{Language, Languages},
    profile::{Bio, FullName},
    store::Changed,
};

/// What somebody wants to change. What is not given stays as it is.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each field is named by its type")]
pub struct ProfileChange {
    pub full_name: Option<FullName>,
    pub bio: Option<Bio>,
    pub country: Option<Country>,
    pub languages: LanguageChange,
}

/// A native language, languages to learn, both or neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LanguageChange {
    native: Option<Language>,
    learning: Option<Vec<Language>>,
}

impl LanguageChange {
    /// Parses the fields `native_language` and `learning_languages` of a document. One that is not given is that of
    /// the account. Answers everything that is wrong.
    pub fn parse(native: Option<&str>, learning: Option<&[String]>, of: &User) -> Result<Self, Vec<PointedError>> {
        let theirs: Vec<String> = of.learning_languages.iter().map(|language| language.code().to_owned()).collect();
        let native_code = native.unwrap_or(of.native_language.code());
        let languages = Languages::parse(native_code, learning.unwrap_or(&theirs)).map_err(|mut errors| {
            if learning.is_none() {
                // Only the field that was given can be pointed at.
                for error in &mut errors {
                    "/native_language".clone_into(&mut error.pointer);
                }
            }
            errors
        })?;
        Ok(Self {
            native: native.map(|_| languages.native()),
            learning: learning.map(|_| languages.learning().to_vec()),
        })
    }

    /// The native language, where it is to be another one.
    pub const fn native(&self) -> Option<Language> {
        self.native
    }

    /// The languages to learn, where they are to be others, or in another order.
    pub fn learning(&self) -> Option<&[Language]> {
        self.learning.as_deref()
    }

    fn changes(&self, user: &User) -> bool {
        self.native.is_some_and(|native| native != user.native_language)
            || self.learning.as_ref().is_some_and(|learning| *learning != user.learning_languages)
    }

    /// What is wrong with it for an account that has changed since it was parsed.
    fn conflicts(&self, user: &User) -> Vec<PointedError> {
        let learning: Option<Vec<String>> =
            self.learning().map(|learning| learning.iter().map(|language| language.code().to_owned()).collect());
        Self::parse(self.native.map(Language::code), learning.as_deref(), user).err().unwrap_or_default()
    }
}

/// Which versions of an account somebody wants to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Whichever it has.
    Any,
    /// One of these. They may be none.
    OneOf(Vec<Version>),
}

impl Precondition {
    /// Whether that version will do.
    pub fn admits(&self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The account has another version than the caller expects.
    #[error("the account has changed meanwhile")]
    PreconditionFailed,
    /// The languages were changed a short while ago.
    #[error("the languages were changed a short while ago")]
    LanguageCooldown {
        /// From when on they may be changed.
        available_at: Timestamp,
    },
    /// A native language that is learnt, by what the account has become meanwhile.
    #[error("the languages do not go with those that the account has by now")]
    Languages(Vec<PointedError>),
    /// The account is no more.
    #[error("the account is no more")]
    Gone,
    /// Something is away.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Accounts {
    /// Changes what is given of the caller's account, all of it or nothing, and answers the account.
    ///
    /// # Cancellation
    /// If the future is dropped, the change may have been made or not.
    pub async fn change_profile(
        &self,
        caller: Caller,
        change: &ProfileChange,
        precondition: &Precondition,
        ip: IpAddr,
    ) -> Result<User, ProfileError> {
        let (at, cooldown) = (self.now(), self.settings().language_cooldown);
        let by = By::Client(ip);
        let entry =
            Entry { at, event: Event::ProfileChanged, user: Some(caller.user), session: Some(caller.session), by };
        let changed = self.0.store.change_profile(change, precondition, cooldown, &entry, caller.user).await;
        match changed.map_err(Unavailable::from)? {
            Changed::To(user) => Ok(user),
            Changed::Gone => Err(ProfileError::Gone),
            Changed::Not(user) => match change.obstacle(precondition, &user, cooldown, at) {
                Some(obstacle) => Err(obstacle),
                None => Ok(user),
            },
        }
    }
}

impl ProfileChange {
    /// Why an account was not changed, unless it is just what it was to become.
    fn obstacle(
        &self,
        precondition: &Precondition,
        user: &User,
        cooldown: Duration,
        now: Timestamp,
    ) -> Option<ProfileError> {
        if !precondition.admits(user.version) {
            return Some(ProfileError::PreconditionFailed);
        }
        let conflicts = self.languages.conflicts(user);
        if !conflicts.is_empty() {
            return Some(ProfileError::Languages(conflicts));
        }
        let available_at = user.languages_changeable_at(cooldown, now).filter(|_| self.languages.changes(user))?;
        Some(ProfileError::LanguageCooldown { available_at })
    }
}
