//! Users, their passwords, names, ages, languages and countries; their sessions and tokens. What people submit is
//! parsed into types of this module at the edge, and inside nobody sees it raw. Postgres is the only home of
//! accounts ([`store`]); uniqueness is its business. Passwords are hashed on threads of their own ([`hasher`]).

pub mod age;
pub mod audit;
mod confirm;
mod cookie;
pub mod country;
mod credentials;
mod data;
mod deletion;
mod device;
pub mod export;
pub mod field;
pub mod hasher;
pub mod housekeeping;
pub mod identifiers;
mod keys;
pub mod language;
mod login;
mod names;
pub mod notice;
pub mod operators;
pub mod password;
mod phc;
pub mod profile;
mod profile_change;
mod refresh;
mod refresh_token;
mod register;
pub mod reset;
mod session_data;
mod sessions;
mod settings;
mod store;
mod throttle;
pub mod tokens;
pub mod username;

use std::{fmt, sync::Arc, time::Duration};

use chatlink_actors::{
    identifier::{Identifier, LoginName},
    ports::{Clock, Entropy},
    time::Timestamp,
};
use jsonwebtoken::jwk::JwkSet;
use time::Date;
use tokio::sync::Notify;

use self::{
    cookie::CsrfKeys,
    device::DeviceKeys,
    hasher::{Hasher, HasherError, Overloaded},
    notice::Notice,
    refresh_token::RefreshKeys,
    store::Store,
    throttle::{Limits, Throttle},
    tokens::{KeyError, Signer},
    username::Username,
};

use crate::telemetry::metrics::Metrics;

pub use self::{
    confirm::{Confirmed, PasswordError},
    cookie::{CookieSecret, CsrfToken},
    credentials::{OwnerError, PasswordChange},
    data::{AccountContact, Credentials, LogIn, NewAccount, OtpSession, ResetContact, User, Version},
    deletion::{Trace, Traces},
    login::parse_login,
    names::Names,
    profile_change::{LanguageChange, Precondition, ProfileChange, ProfileError},
    refresh::Renewed,
    refresh_token::RefreshToken,
    session_data::{AccessToken, Cookie, Grant, LoggedIn, Opening, SessionInfo, SessionKind, Tokens},
    settings::Settings,
    store::{Database, DatabaseError},
    tokens::Caller,
};

/// The accounts, and everything that may be done with one. Cheap to clone.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

struct Inner {
    store: Store,
    hasher: Hasher,
    signer: Signer,
    refresh: RefreshKeys,
    csrf: CsrfKeys,
    devices: DeviceKeys,
    throttle: Throttle,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    /// Told when a notice has been posted.
    posted: Arc<Notify>,
}

/// Why the accounts could not be opened.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is explained by the error that it holds")]
pub enum StartError {
    #[error(transparent)]
    Hasher(#[from] HasherError),
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Something that is needed is away. The source says what; it is for the log, and holds nobody's data.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is explained by the error that it holds")]
pub enum Unavailable {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl Unavailable {
    /// Whether trying again would end the same way: a fault of the program or of its database, not an outage.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Database(error) => error.is_permanent(),
            Self::Key(_) => true,
        }
    }
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The username is another account's.
    #[error("the username is taken")]
    UsernameTaken,
    /// The email address or phone number is another account's.
    #[error("the identifier is taken")]
    IdentifierTaken,
    /// Too much to do. Nothing was done.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// Whether the account was made is unknown; registering again with the same OTP session tells.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why a password was not reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// There is no account that the OTP session is good for. That is nobody's business: to clients it is as if the
    /// session had been used up.
    #[error("the OTP session is good for no account")]
    NoAccount,
    /// The OTP session was used up before, for another password.
    #[error("the OTP session was used up before")]
    UsedUp,
    /// Too much to do. Nothing was done.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// Whether the password was replaced is unknown; the same again tells.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why what an account is reached by was not changed.
#[derive(Debug, thiserror::Error)]
pub enum IdentifierError {
    /// The OTP session was used up before, for something else.
    #[error("the OTP session was used up before")]
    UsedUp,
    /// It is another account's.
    #[error("the identifier is taken")]
    Taken,
    /// It is not the account's.
    #[error("the account does not have the identifier")]
    NotTheirs,
    /// The account has no other.
    #[error("the account has no other identifier")]
    Last,
    /// The password is not the one that was confirmed any more.
    #[error("the password was changed meanwhile")]
    PasswordChanged,
    /// The caller's session has ended.
    #[error("not authenticated")]
    NotAuthenticated,
    /// Whether it was changed is unknown; the same again tells.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why notices were not handed over.
#[derive(Debug)]
pub enum HandOverError<E> {
    /// They were not taken.
    Refused(E),
    /// Whether they were taken is unknown.
    Unavailable(Unavailable),
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// No such account, or not its password.
    #[error("no such account, or not its password")]
    InvalidCredentials,
    /// Too many wrong passwords were tried. This one was not judged.
    #[error("too many wrong passwords")]
    Throttled {
        /// How long until one is judged again.
        left: Duration,
    },
    /// An operator locked the account. Only who knows its password is told.
    #[error("the account is locked")]
    Locked,
    /// Too much to do.
    #[error(transparent)]
    Overloaded(#[from] Overloaded),
    /// Something is away.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why a session was not renewed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// No token of ours, or its session has ended.
    #[error("no refresh token of a live session")]
    NotAuthenticated,
    /// The token was used before. Its session has ended.
    #[error("a refresh token was used twice")]
    Reused,
    /// The token was used a moment ago, on a node with a newer secret than this one has.
    #[error("the successor of a refresh token was made with a secret that is not known here")]
    UnknownSecret,
    /// Something is away.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why a request is not somebody's.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No token of ours, or its session has ended.
    #[error("not authenticated")]
    NotAuthenticated,
    /// Something is away.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Accounts {
    /// Opens the accounts: starts the threads that hash, and derives the keys of the secrets, of which
    /// `newest` makes what is new. The schema must be up to date before anything else is called.
    pub fn open(
        database: impl Into<Database>,
        newest: &[u8],
        older: &[impl AsRef<[u8]>],
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
        metrics: &Metrics,
    ) -> Result<Self, StartError> {
        let hasher = Hasher::start(
            settings.password_cost,
            settings.hashing_threads,
            settings.hashing_queue,
            Arc::clone(&entropy),
            metrics.hashing.clone(),
        )?;
        let limits = Limits { failures: settings.login_failures, address: settings.login_address_failures };
        Ok(Self(Arc::new(Inner {
            store: Store::new(database.into(), metrics.postgres.clone()),
            hasher,
            signer: Signer::new(newest, older, &settings.public_url)?,
            refresh: RefreshKeys::derive(newest, older)?,
            csrf: CsrfKeys::derive(newest, older)?,
            devices: DeviceKeys::derive(newest, older)?,
            throttle: Throttle::new(newest, older, limits)?,
            clock,
            entropy,
            settings,
            posted: Arc::new(Notify::new()),
        })))
    }

    /// The settings, for those who parse what people submit.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Today's date in UTC, by which ages are counted.
    pub fn today(&self) -> Date {
        age::utc_date(self.now())
    }

    /// The public keys that access tokens are verified with.
    pub fn jwks(&self) -> JwkSet {
        self.0.signer.jwks()
    }

    /// Whose an identifier is. For those who write to people; requests never ask.
    pub async fn find(&self, identifier: &Identifier) -> Result<Option<AccountContact>, Unavailable> {
        Ok(self.0.store.contact(identifier).await?)
    }

    /// Where to write to an account whose password is to be reset: to the email address or phone number that it was
    /// named by, or, named by its username, to its email address, or else its phone.
    pub async fn reset_contact(&self, login: &LoginName) -> Result<Option<ResetContact>, Unavailable> {
        Ok(self.0.store.reset_contact(login).await?)
    }

    /// Whether an account has that name, in any case.
    pub async fn is_username_taken(&self, username: &Username) -> Result<bool, Unavailable> {
        Ok(self.0.store.is_username_taken(username).await?)
    }

    /// Notified whenever a notice may have been posted here.
    pub fn posted(&self) -> Arc<Notify> {
        Arc::clone(&self.0.posted)
    }

    /// Locks up to `limit` notices that nobody else has locked, oldest first, hands them over, and deletes them if that
    /// succeeds; gives how many. At least once: if this fails or the future is dropped, they are handed over again.
    pub async fn hand_over_notices<E, F>(
        &self,
        limit: usize,
        hand_over: impl FnOnce(Vec<Notice>) -> F + Send,
    ) -> Result<usize, HandOverError<E>>
    where
        E: Send,
        F: Future<Output = Result<(), E>> + Send,
    {
        match self.0.store.hand_over_notices(limit, hand_over).await {
            Ok(handed_over) => handed_over.map_err(HandOverError::Refused),
            Err(error) => Err(HandOverError::Unavailable(error.into())),
        }
    }

    /// To be called after the commit of whatever posts a notice, so that it goes out at once.
    fn notices_posted(&self) {
        self.0.posted.notify_one();
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}
