//! Everything that is stored about somebody, for themselves. What is left out is listed with the reason, so that a
//! new column has to be thought about: a test compares the tables with what is handed out.

use std::{fmt, net::IpAddr};

use chatlink_actors::{locale::Locale, time::Timestamp};
use uuid::Uuid;

use super::{
    Accounts, AuthError, Caller, SessionInfo, Unavailable, User,
    audit::{By, Entry, Event},
};

/// The columns that are not handed out, or whole tables, each with the reason.
pub const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("users", "otp_session", "the hash of a secret"),
    ("users", "email_canonical", "made of the email address"),
    ("users", "username_canonical", "made of the username"),
    ("users", "password_hash", "the hash of a secret"),
    ("sessions", "user_id", "the id of the account"),
    ("sessions", "refresh_hash", "the hash of a secret"),
    ("sessions", "cookie_hash", "the hash of a secret"),
    ("spent_refresh_tokens", "*", "hashes of secrets that are worth nothing any more"),
    ("known_devices", "user_id", "the id of the account"),
    ("known_devices", "mark", "a keyed hash, by which nobody but the server recognises the device"),
    ("otp_completions", "user_id", "the id of the account"),
    ("otp_completions", "otp_session", "the hash of a secret"),
    ("login_throttles", "*", "keyed hashes of accounts and addresses, of failures that are forgotten within a day"),
    ("login_addresses", "*", "keyed hashes of addresses, which are nobody's in particular"),
    ("otp_traces", "*", "keyed hashes of addresses, which are forgotten within a day"),
    ("audit_events", "id", "a number among everybody's"),
    ("audit_events", "user_id", "the id of the account"),
    ("audit_events", "operator", "the name of somebody else; that it was an operator is said"),
    ("notices", "id", "a number of the program's own"),
    ("notices", "user_id", "the id of the account"),
];

/// Everything that is stored about somebody.
pub struct Export {
    /// When it was read, all at once.
    pub at: Timestamp,
    /// What they see of their account every day.
    pub user: User,
    /// In which language ChatLink writes to them.
    pub locale: Locale,
    /// How often their password was changed, or their account locked.
    pub credentials_version: i32,
    /// When their password, or what they are reached by, was last changed.
    pub credentials_changed_at: Option<Timestamp>,
    /// Since when an operator lets nobody in.
    pub locked_at: Option<Timestamp>,
    /// Their sessions, expired ones included that were not cleared away yet.
    pub sessions: Vec<SessionInfo>,
    /// When each of the devices was last seen that they are known to use.
    pub devices: Vec<Timestamp>,
    /// When they completed a one-time code for something else than the account itself.
    pub completions: Vec<Timestamp>,
    /// What was done to their account, with this export.
    pub events: Vec<LoggedEvent>,
    /// What they are about to be told.
    pub notices: Vec<PendingNotice>,
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Export(…)")
    }
}

/// A line of the trail, as the owner of the account sees it.
#[expect(missing_docs, reason = "as the columns of the table, which are explained there")]
pub struct LoggedEvent {
    pub at: Timestamp,
    pub event: Event,
    pub session: Option<Uuid>,
    pub ip: Option<IpAddr>,
    pub by_operator: bool,
}

/// A notice that has not been handed to the courier.
#[expect(missing_docs, reason = "as the columns of the table, which are explained there")]
pub struct PendingNotice {
    pub kind: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub locale: String,
    pub created_at: Timestamp,
    pub ip: Option<IpAddr>,
    pub channel: Option<String>,
}

impl Accounts {
    /// Everything that is stored about the caller, as it stood at one moment. That it was handed out is noted.
    pub async fn export(&self, caller: Caller, ip: IpAddr) -> Result<Export, AuthError> {
        let entry = Entry {
            at: self.now(),
            event: Event::Exported,
            user: Some(caller.user),
            session: Some(caller.session),
            by: By::Client(ip),
        };
        let export = self.0.store.export(caller.user, &entry).await.map_err(Unavailable::from)?;
        export.ok_or(AuthError::NotAuthenticated)
    }
}
