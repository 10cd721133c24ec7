//! What was done to accounts, for those who have to find out later. An entry says what, to whom, when and from
//! where, and holds no secret, no identifier and nothing that anybody typed.

use std::net::IpAddr;

use chatlink_actors::time::Timestamp;
use uuid::Uuid;

macro_rules! events {
    ($($(#[$doc:meta])+ $name:ident = $text:literal),+ $(,)?) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Event {
            $($(#[$doc])+ $name),+
        }

        impl Event {
            /// Every event.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name that is stored and that operators see.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }
        }
    };
}

events! {
    /// An account was made.
    Registered = "registered",
    /// A session was opened by password.
    LoggedIn = "logged_in",
    /// A login name and a password did not belong together.
    LoginFailed = "login_failed",
    /// Too many failures: a pause began, of the account for the address, or of the address for all accounts.
    LoginThrottled = "login_throttled",
    /// The password of a locked account was given.
    LoginLocked = "login_locked",
    /// A session was ended by who held it.
    LoggedOut = "logged_out",
    /// A session was ended from another one.
    SessionRevoked = "session_revoked",
    /// All sessions but one, or all, were ended.
    SessionsRevoked = "sessions_revoked",
    /// A refresh token was used twice, and its session ended.
    RefreshReused = "refresh_reused",
    /// The password was reset by a code.
    PasswordReset = "password_reset",
    /// The password was changed by who knew the old one.
    PasswordChanged = "password_changed",
    /// Somebody logged in gave a wrong password.
    PasswordIncorrect = "password_incorrect",
    /// Name, bio, country or languages were changed.
    ProfileChanged = "profile_changed",
    /// An email address or phone number was added or replaced.
    IdentifierChanged = "identifier_changed",
    /// An email address or phone number was removed.
    IdentifierRemoved = "identifier_removed",
    /// Everything stored was handed out.
    Exported = "exported",
    /// The account was deleted.
    Deleted = "deleted",
    /// The account was locked by an operator.
    Locked = "locked",
    /// The account was unlocked by an operator.
    Unlocked = "unlocked",
    /// An operator lifted the throttles of the account.
    ThrottleLifted = "throttle_lifted",
    /// An operator looked the account up.
    LookedUp = "looked_up",
    /// An operator read the account's trail.
    TrailRead = "trail_read",
}

impl Event {
    /// Reads the name that is stored.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event| event.name() == name)
    }
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// Somebody over HTTP, from that address.
    Client(IpAddr),
    /// An operator on the command line, by the name of their login.
    Operator(String),
}

/// One line of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
    /// To whose account, where it is known.
    pub user: Option<Uuid>,
    /// By or to which session, where there is one.
    pub session: Option<Uuid>,
    /// Who.
    pub by: By,
}
