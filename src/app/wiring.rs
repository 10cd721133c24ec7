//! Fits the parts to each other's ports: settings to adapters, accounts to the courier's directory, actors to its
//! reports, adapters to what the HTTP interface asks of them.

use std::{fs, io, path::Path, sync::Arc};

use chatlink_actors::{
    identifier::{Identifier, LoginName},
    ports::BoxFuture,
    shell::{Arbiters, SendError},
};
use deadpool_postgres::Pool;
use tokio::sync::watch;

use super::{Surroundings, flows::Flows};
use crate::{
    accounts::{self, Accounts, hasher::Cost},
    adapters::{
        mailbox::Mailbox,
        postgres,
        redis::{self, Breaker, Redis, TextLimits},
        sms::{self, http::Webhook, twilio},
        smtp::{Endpoint, Protection, Smtp, SmtpError},
    },
    config::{self, Mode, Settings, WebOrigin},
    courier::{
        self,
        guard::{NoGuard, TextGuard},
        ports::{
            AccountContact, CarrierError, CarrierResult, Directory, DirectoryError, MailCarrier, ResetContact,
            TextCarrier,
        },
    },
    http,
    telemetry::metrics::Metrics,
    web::Assets,
    ws,
};

/// A carrier cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum CarrierSetupError {
    /// The certificates that mail is to be trusted by cannot be read.
    #[error("smtp.ca_file: {0}")]
    CaFile(#[source] io::Error),
    /// The connection to the mail server.
    #[error("smtp: {0}")]
    Smtp(#[from] SmtpError),
    /// The connection to the SMS gateway.
    #[error("sms: {0}")]
    Sms(#[from] sms::SmsError),
}

/// Connections to Postgres that this process keeps at most, besides one for each thread that reads.
const DATABASE_CONNECTIONS: usize = 16;

pub(super) async fn database(settings: &config::Postgres) -> Result<accounts::Database, postgres::ConnectError> {
    let url = settings.url.expose();
    let pool = postgres::connect(url, DATABASE_CONNECTIONS).await?;
    Ok(accounts::Database { pool, lanes: Some(postgres::lanes(url)?) })
}

pub(super) async fn redis(
    settings: &config::Redis,
    metrics: &Metrics,
    arbiters: &Arbiters,
) -> Result<Redis, redis::ConnectError> {
    let (url, calls) = (settings.url.expose(), metrics.redis.clone());
    let runtime_of_shard = |shard| arbiters.runtime_of_shard(shard).cloned();
    Redis::connect(url, &settings.prefix, redis::Timeouts::default(), calls, runtime_of_shard).await
}

pub(super) fn accounts(
    settings: &Settings,
    public_url: &str,
    database: accounts::Database,
    surroundings: &Surroundings,
    metrics: &Metrics,
) -> Result<Accounts, accounts::StartError> {
    let (passwords, sessions, secrets) = (&settings.passwords, &settings.sessions, &settings.secrets);
    let older: Vec<&str> = secrets.older.iter().map(config::Secret::expose).collect();
    let accounts_settings = accounts::Settings {
        public_url: public_url.to_owned(),
        minimum_age: settings.accounts.minimum_age,
        language_cooldown: settings.accounts.language_cooldown,
        password_min_length: passwords.min_length,
        password_cost: Cost {
            memory_kib: passwords.argon2_memory_kib,
            iterations: passwords.argon2_iterations,
            parallelism: passwords.argon2_parallelism,
        },
        access_ttl: sessions.access_ttl,
        refresh_ttl: sessions.refresh_ttl,
        cookie_idle_ttl: sessions.cookie_idle_ttl,
        session_max_age: sessions.max_age,
        login_failures: settings.login.failures,
        login_address_failures: settings.login.address_failures,
        audit_retention: settings.audit.retention,
        ..accounts::Settings::default()
    };
    let (clock, entropy) = (Arc::clone(&surroundings.clock), Arc::clone(&surroundings.entropy));
    Accounts::open(database, secrets.newest.expose().as_bytes(), &older, clock, entropy, accounts_settings, metrics)
}

/// The accounts for one who lets nobody in: no password is hashed, no token is signed.
pub(super) fn accounts_alone(
    secrets: &config::Secrets,
    pool: Pool,
    surroundings: &Surroundings,
) -> Result<Accounts, accounts::StartError> {
    let older: Vec<&str> = secrets.older.iter().map(config::Secret::expose).collect();
    let settings = accounts::Settings { hashing_threads: 1, ..accounts::Settings::default() };
    let (clock, entropy) = (Arc::clone(&surroundings.clock), Arc::clone(&surroundings.entropy));
    let metrics = Metrics::default();
    Accounts::open(pool, secrets.newest.expose().as_bytes(), &older, clock, entropy, settings, &metrics)
}

/// The carriers of this process.
pub(super) struct Carriers {
    pub mail: Arc<dyn MailCarrier>,
    pub text: Arc<dyn TextCarrier>,
    /// Twilio, if text messages go there: it sends receipts.
    pub twilio: Option<Arc<twilio::Twilio>>,
}

pub(super) fn carriers(
    settings: &Settings,
    origin: &WebOrigin,
    mailbox: &Arc<Mailbox>,
) -> Result<Carriers, CarrierSetupError> {
    let mail: Arc<dyn MailCarrier> = match &settings.smtp.carrier {
        config::Mail::Mailbox => Arc::<Mailbox>::clone(mailbox),
        config::Mail::Smtp { url, ca_file } => {
            let extra_ca = ca_file.as_ref().map(fs::read).transpose().map_err(CarrierSetupError::CaFile)?;
            Arc::new(Smtp::new(endpoint(url), settings.smtp.from.0.clone(), extra_ca.as_deref())?)
        }
    };
    let (text, twilio) = text_carrier(settings, origin, mailbox)?;
    Ok(Carriers { mail, text, twilio })
}

fn endpoint(url: &config::SmtpUrl) -> Endpoint {
    Endpoint {
        host: url.host.clone(),
        port: url.port,
        protection: match url.security {
            config::SmtpSecurity::Tls => Protection::Implicit,
            config::SmtpSecurity::StartTls => Protection::Required,
            config::SmtpSecurity::Opportunistic => Protection::Opportunistic,
            config::SmtpSecurity::Plain => Protection::None,
        },
        credentials: url.credentials.as_ref().map(|(user, password)| (user.clone(), password.expose().to_owned())),
    }
}

type TextSide = (Arc<dyn TextCarrier>, Option<Arc<twilio::Twilio>>);

fn text_carrier(settings: &Settings, origin: &WebOrigin, mailbox: &Arc<Mailbox>) -> Result<TextSide, sms::SmsError> {
    Ok(match &settings.sms.gateway {
        config::TextGateway::Off => (Arc::new(NoTexts), None),
        config::TextGateway::Mailbox => (Arc::<Mailbox>::clone(mailbox), None),
        config::TextGateway::Http { url, token } => (Arc::new(Webhook::new(url.url().clone(), token.expose())?), None),
        config::TextGateway::Twilio { url, account, token, from } => {
            // Twilio reaches nobody on this machine.
            let receipts = (!origin.is_loopback())
                .then(|| format!("{}{}", origin.as_str(), http::RECEIPTS_PATH).parse().ok())
                .flatten();
            let twilio = Arc::new(twilio::Twilio::new(twilio::Settings {
                url: url.url().clone(),
                account: account.clone(),
                token: token.expose().to_owned(),
                sender: twilio::Sender::parse(from),
                receipts,
            })?);
            (Arc::<twilio::Twilio>::clone(&twilio), Some(twilio))
        }
    })
}

/// Who decides whether a text with a code may go.
pub(super) fn text_guard(settings: &Settings, redis: &Redis, surroundings: &Surroundings) -> Arc<dyn TextGuard> {
    let Some(limits) = settings.sms.limits else { return NoGuard::port() };
    let breaker = Breaker {
        sends: limits.breaker_sends,
        verified_percent: limits.breaker_verified_percent,
        window: limits.breaker_window,
        cooloff: limits.breaker_cooloff,
    };
    let limits = TextLimits { country: limits.country, prefix: limits.prefix, breaker };
    redis.text_guard(limits, Arc::clone(&surroundings.clock))
}

/// Where no gateway is set up. Nothing gets here but what was queued under other settings: numbers are refused.
struct NoTexts;

impl TextCarrier for NoTexts {
    fn send_text<'a>(&'a self, _: &'a courier::message::Text) -> BoxFuture<'a, CarrierResult> {
        Box::pin(async { Err(CarrierError::Fail("no SMS gateway is set up".into())) })
    }
}

/// Receipts from Twilio, passed on to the actors.
struct TwilioReceipts {
    twilio: Arc<twilio::Twilio>,
    origin: String,
    reports: Flows,
}

pub(super) fn receipts(twilio: Arc<twilio::Twilio>, origin: &WebOrigin, reports: Flows) -> Arc<dyn http::Receipts> {
    Arc::new(TwilioReceipts { twilio, origin: origin.as_str().to_owned(), reports })
}

impl http::Receipts for TwilioReceipts {
    fn signature_header(&self) -> &'static str {
        twilio::SIGNATURE_HEADER
    }

    fn take(&self, raw: http::RawReceipt) -> BoxFuture<'_, Result<(), SendError>> {
        Box::pin(async move {
            // What was signed is the URL that Twilio asked for, whatever proxies made of it.
            let url = format!("{}{}", self.origin, raw.target).parse();
            let receipt = url.ok().and_then(|url| self.twilio.receipt(raw.signature.as_deref(), &url, &raw.form));
            match receipt {
                Some(receipt) => self.reports.tell(receipt).await,
                None => Ok(()),
            }
        })
    }
}

/// Whom the courier asks whether there is an account.
pub(super) struct AccountDirectory(pub Accounts);

impl Directory for AccountDirectory {
    fn account<'a>(
        &'a self,
        identifier: &'a Identifier,
    ) -> BoxFuture<'a, Result<Option<AccountContact>, DirectoryError>> {
        Box::pin(async move {
            let found = self.0.find(identifier).await.map_err(|error| DirectoryError(error.to_string()))?;
            Ok(found.map(|contact| AccountContact { locale: Some(contact.locale) }))
        })
    }

    fn reset_contact<'a>(
        &'a self,
        login: &'a LoginName,
    ) -> BoxFuture<'a, Result<Option<ResetContact>, DirectoryError>> {
        Box::pin(async move {
            let found = self.0.reset_contact(login).await.map_err(|error| DirectoryError(error.to_string()))?;
            Ok(found.map(|accounts::ResetContact { to, locale }| ResetContact { to, locale }))
        })
    }
}

/// What this process depends on, for readiness.
pub(super) struct Dependencies {
    pub postgres: Pool,
    pub redis: Redis,
}

impl http::Readiness for Dependencies {
    fn check(&self) -> BoxFuture<'_, Vec<(&'static str, Result<(), String>)>> {
        Box::pin(async {
            let (postgres, redis) = tokio::join!(self.check_postgres(), self.redis.ping());
            let (answers, migrated) = postgres;
            vec![("postgres", answers), ("migrations", migrated), ("redis", redis.map_err(|error| error.to_string()))]
        })
    }
}

impl Dependencies {
    async fn check_postgres(&self) -> (Result<(), String>, Result<(), String>) {
        if let Err(error) = postgres::ping(&self.postgres).await {
            return (Err(error.to_string()), Ok(()));
        }
        let migrated = match postgres::pending(&self.postgres).await {
            Ok(pending) if pending.is_empty() => Ok(()),
            Ok(pending) => Err(format!("{} migrations are not applied: run `chatlink migrate`", pending.len())),
            Err(error) => Err(error.to_string()),
        };
        (Ok(()), migrated)
    }
}

/// The mailbox as its page shows it.
struct Letters(Arc<Mailbox>);

pub(super) fn mailbox_view(mailbox: &Arc<Mailbox>) -> Arc<dyn http::MailboxView> {
    Arc::new(Letters(Arc::clone(mailbox)))
}

impl http::MailboxView for Letters {
    fn list(&self, to: Option<&str>) -> Vec<serde_json::Value> {
        let letters = self.0.letters(to);
        letters.iter().filter_map(|letter| serde_json::to_value(letter).ok()).collect()
    }

    fn news(&self) -> watch::Receiver<u64> {
        self.0.arrivals()
    }
}

/// What browsers load, as it was built in. Who develops where the sources are sees them as they are now.
pub(super) fn assets(mode: Mode) -> Assets {
    let sources = Path::new("src/web");
    let are_here = sources.join("client/index.html").is_file();
    if mode == Mode::Development && are_here { Assets::on_disk(sources) } else { Assets::embedded() }
}

pub(super) fn http_settings(settings: &Settings, origin: &WebOrigin) -> Result<http::Settings, http::MalformedOrigin> {
    let texts = match (&settings.sms.gateway, &settings.sms.countries) {
        (config::TextGateway::Off, _) => http::TextReach::Nowhere,
        (_, config::Countries::All) => http::TextReach::Everywhere,
        (_, config::Countries::Only(countries)) => http::TextReach::Countries(countries.clone()),
    };
    let others = settings.http.allowed_origins.iter().map(|origin| http::Origin::of_url(origin.as_str()));
    Ok(http::Settings {
        public_origin: http::Origin::of_url(origin.as_str())?,
        allowed_origins: others.collect::<Result<_, _>>()?,
        trusted_proxies: settings.http.trusted_proxies.clone(),
        starts_per_address: settings.otp.starts_per_ip,
        texts,
        pace: ws::Pace::default(),
    })
}
