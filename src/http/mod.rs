//! The HTTP interface: what clients are promised, in terms of the actors and the accounts.
//!
//! [`routes`] is the whole table. One file per resource; `problem` alone knows the status codes of errors, `body` and
//! `validation` read what comes in, `edge` is the middleware around everything.

mod account_errors;
mod address;
pub mod admin;
mod body;
mod cache;
mod caller;
mod client;
mod common;
mod completion;
mod cookie;
mod credentials;
mod csrf;
mod dev;
mod docs;
mod edge;
mod exchange;
mod export;
mod headers;
mod identifier;
mod identifier_changes;
mod identifiers;
pub mod instant;
mod language;
mod limiter;
mod login;
mod me;
mod openapi;
mod operations;
mod origin;
mod otp;
mod otp_completion;
mod otp_outcome;
pub mod otp_session;
mod pages;
mod password_checks;
mod password_resets;
pub mod problem;
mod problem_body;
mod problems;
mod profile;
mod receipts;
mod reference;
mod registrations;
mod revision;
mod routes;
mod sessions;
#[cfg(test)]
mod tests;
mod user;
mod usernames;
mod validation;

use std::{
    collections::BTreeSet,
    net::IpAddr,
    sync::{Arc, LazyLock},
    time::Duration,
};

use chatlink_actors::{
    identifier::Identifier,
    locale::Locale,
    otp::{IdentifierChange, Otp, PasswordReset, Rate, Registration},
    ports::{BoxFuture, Clock, Entropy},
    shell::Router,
};
use ipnet::IpNet;
use tokio::sync::watch;
use uuid::Uuid;

pub use self::{
    docs::DOCUMENT,
    edge::RequestId,
    openapi::openapi,
    origin::{MalformedOrigin, Origin, Origins, Source},
    receipts::{PATH as RECEIPTS_PATH, RawReceipt, Receipts},
    routes::routes,
};
use self::{
    edge::Edge,
    limiter::Limiter,
    problem::{Kind, Problem},
    reference::Listings,
};
use crate::{
    accounts::{Accounts, Unavailable},
    courier::guard::TextGuard,
    erasure::Erasure,
    telemetry::metrics::Metrics,
    web::{Assets, shell},
    ws::{Pace, Sockets},
};

/// Questions about one user name that one address may ask: plenty for a form, too few for harvesting.
const USERNAME_CHECKS: Rate = Rate { limit: 60, window: Duration::from_secs(60) };

/// Passwords that one address may ask about: plenty for a form that asks while somebody types.
const PASSWORD_CHECKS: Rate = Rate { limit: 120, window: Duration::from_secs(60) };

/// What the HTTP interface is built on.
pub struct Services {
    /// The registrations' actors.
    pub registrations: Router<Otp<Registration>>,
    /// The password resets' actors.
    pub password_resets: Router<Otp<PasswordReset>>,
    /// The actors of changes of identifiers.
    pub identifier_changes: Router<Otp<IdentifierChange>>,
    /// Users and their sessions.
    pub accounts: Accounts,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Session ids, tokens, request ids.
    pub entropy: Arc<dyn Entropy>,
    /// Whether what this process depends on is there.
    pub readiness: Arc<dyn Readiness>,
    /// Counts what happens.
    pub metrics: Metrics,
    /// The development mailbox, in development mode.
    pub mailbox: Option<Arc<dyn MailboxView>>,
    /// Who understands the receipts of the SMS gateway, if it sends any.
    pub receipts: Option<Arc<dyn Receipts>>,
    /// Who is told that a code came back which was sent by text message.
    pub texts: Arc<dyn TextGuard>,
    /// What browsers load.
    pub assets: Assets,
    /// The settings.
    pub settings: Settings,
    /// Becomes true when the process is to end: open sockets close.
    pub shutdown: watch::Receiver<bool>,
}

impl Services {
    /// What the client is told.
    fn client_settings(&self) -> shell::Settings {
        let accounts = self.accounts.settings();
        shell::Settings {
            locales: Locale::ALL.map(Locale::tag).to_vec(),
            minimum_age: accounts.minimum_age,
            password_min_length: accounts.password_min_length,
            texts: self.settings.texts.is_anywhere(),
            mailbox: self.mailbox.is_some(),
            language_cooldown_days: shell::days(accounts.language_cooldown),
        }
    }

    /// All actors, to make them forget somebody.
    fn erasure(&self) -> Erasure<'_> {
        Erasure {
            registrations: &self.registrations,
            password_resets: &self.password_resets,
            identifier_changes: &self.identifier_changes,
        }
    }

    /// Notes where an account may be remembered by an identifier that it is about to give up, for nobody would find it
    /// there any more. It is not forgotten now: others use the same actors, and would see by it that there was an
    /// account.
    async fn note_parting(&self, account: Uuid, identifier: &Identifier) -> Result<(), Unavailable> {
        self.accounts.note_traces(account, &self.erasure().traces_of_identifier(account, identifier)).await
    }
}

/// The settings of the HTTP interface, each of a type that holds only what makes sense.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where clients reach this server.
    pub public_origin: Origin,
    /// Whose pages may use it besides its own.
    pub allowed_origins: Vec<Origin>,
    /// Whose word on a client's address counts.
    pub trusted_proxies: Vec<IpNet>,
    /// How many OTP sessions may be started from one address.
    pub starts_per_address: Rate,
    /// Where text messages may go.
    pub texts: TextReach,
    /// How long things take on a WebSocket.
    pub pace: Pace,
}

/// Where text messages may go. Other numbers are refused before anything is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextReach {
    /// Nowhere: no carrier for text messages is set up.
    Nowhere,
    /// To these countries, by ISO 3166-1 alpha-2 code.
    Countries(BTreeSet<String>),
    /// Everywhere.
    Everywhere,
}

/// Tells whether what this process depends on is there.
pub trait Readiness: Send + Sync + 'static {
    /// Checks every part, by name. The error is for the log and names no secret; clients see the name alone.
    /// Cancel-safe.
    fn check(&self) -> BoxFuture<'_, Vec<(&'static str, Result<(), String>)>>;
}

/// The mailbox of development mode, as its page shows it.
pub trait MailboxView: Send + Sync + 'static {
    /// The messages, newest first: all, or those to one identifier.
    fn list(&self, to: Option<&str>) -> Vec<serde_json::Value>;

    /// Changes whenever a message arrives.
    fn news(&self) -> watch::Receiver<u64>;
}

/// What all handlers share.
pub struct Front {
    services: Services,
    starts: Limiter,
    username_checks: Limiter,
    password_checks: Limiter,
    sockets: Sockets,
    listings: Listings,
    /// The API reference as HTML, once somebody asked for it.
    reference: LazyLock<String>,
    /// What the client is told.
    client: shell::Settings,
}

impl Front {
    fn new(services: Services) -> Self {
        Self {
            starts: Limiter::new(services.settings.starts_per_address),
            username_checks: Limiter::new(USERNAME_CHECKS),
            password_checks: Limiter::new(PASSWORD_CHECKS),
            sockets: Sockets::new(services.metrics.sockets.clone()),
            listings: Listings::default(),
            reference: LazyLock::new(|| docs::render(docs::DOCUMENT)),
            client: services.client_settings(),
            services,
        }
    }

    /// Counts a request of that address against a limit.
    ///
    /// # Errors
    /// `rate-limited`, where it is one too many.
    fn admit(&self, limiter: &Limiter, address: IpAddr) -> Result<(), Problem> {
        let admitted = limiter.admit(address, self.services.clock.now());
        admitted.map_err(|wait| Problem::new(Kind::RateLimited).retry_after(wait))
    }
}

impl Edge {
    fn new(services: &Services) -> Self {
        let settings = &services.settings;
        Self {
            requests: services.metrics.requests.clone(),
            entropy: Arc::clone(&services.entropy),
            origins: Origins::new(settings.public_origin.clone(), &settings.allowed_origins),
            trusted_proxies: settings.trusted_proxies.clone(),
            secure: settings.public_origin.is_secure(),
        }
    }
}
