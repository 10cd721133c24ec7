//! Accounts on a database of their own, a clock that the test owns, and people to register.

use std::net::{IpAddr, Ipv4Addr};

use chatlink::{
    accounts::{
        Accounts, Caller, LogIn, LoggedIn, LoginError, NewAccount, Opening, OtpSession, SessionKind, Settings, Tokens,
        User,
        age::DateOfBirth,
        country::Country,
        hasher::Cost,
        language::Languages,
        password::{Context, Password, PasswordAttempt},
        profile::{FullName, Gender},
        username::Username,
    },
    adapters::postgres,
    telemetry::metrics::Metrics,
};
use chatlink_actors::{identifier::Identifier, locale::Locale, testkit::World as Time, time::Timestamp};
use deadpool_postgres::Pool;
use sha2::{Digest as _, Sha256};
use time::macros::date;

use crate::support::Place;

pub const PASSWORD: &str = "correct horse battery";
pub const SECRET: &[u8] = b"a secret of the tests, 32 bytes long";
pub const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// 2026-01-02T03:04:05Z.
pub const START: Timestamp = Timestamp::from_millis(1_767_323_045_000);

/// A pool for an empty database that nobody else uses.
pub async fn empty_database() -> Pool {
    postgres::connect(&Place::empty_database().await, 5).await.unwrap()
}

/// Accounts on a database of their own.
pub struct World {
    pub accounts: Accounts,
    pub clock: Time,
    pub pool: Pool,
}

impl World {
    pub async fn new() -> Self {
        let pool = empty_database().await;
        postgres::migrate(&pool).await.unwrap();
        let clock = Time::new(1);
        clock.set(START);
        let accounts = open(&pool, &clock, cheap_settings());
        Self { accounts, clock, pool }
    }

    /// The same accounts under other settings.
    pub fn reopened(&self, settings: Settings) -> Accounts {
        open(&self.pool, &self.clock, settings)
    }

    /// The same accounts after the secret was rotated.
    pub fn rotated(&self) -> Accounts {
        open_with(&self.pool, &self.clock, cheap_settings(), &[b"a newer secret of the tests, 32 bytes", SECRET])
    }

    pub async fn log_in(&self, login: &str, password: &str) -> Result<LoggedIn, LoginError> {
        self.accounts.log_in(attempt(login, password)).await
    }

    /// The one number that a query answers.
    pub async fn count(&self, sql: &str) -> i64 {
        self.pool.get().await.unwrap().query_one(sql, &[]).await.unwrap().get(0)
    }

    /// The texts that a query answers, in their order.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let rows = self.pool.get().await.unwrap().query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The notices that nobody has taken yet: what, and to whom.
    pub async fn notices(&self) -> Vec<String> {
        self.texts("select concat_ws(' ', kind, channel, email, phone) from notices order by created_at, kind").await
    }

    /// The trail of all accounts but for registrations and logins, of whatever outcome.
    pub async fn trail(&self) -> Vec<String> {
        self.texts(
            "select event from audit_events where event not in ('registered', 'logged_in', 'login_failed') order by id",
        )
        .await
    }

    /// Who calls, after a login.
    pub async fn signed_in(&self, login: &str) -> Caller {
        let logged_in = self.log_in(login, PASSWORD).await.unwrap();
        Caller { user: logged_in.user.id, session: logged_in.session.id }
    }

    /// Registers somebody.
    pub async fn registered(&self, username: &str, identifier: &str) -> User {
        self.accounts.register(person(username, identifier)).await.unwrap().user
    }
}

fn open(pool: &Pool, clock: &Time, settings: Settings) -> Accounts {
    open_with(pool, clock, settings, &[SECRET])
}

/// Of the secrets, the first is the newest.
fn open_with(pool: &Pool, clock: &Time, settings: Settings, secrets: &[&[u8]]) -> Accounts {
    let (newest, older) = secrets.split_first().unwrap();
    let (clock, entropy) = (clock.clock(), clock.entropy());
    Accounts::open(pool.clone(), newest, older, clock, entropy, settings, &Metrics::default()).unwrap()
}

/// Hashes that cost next to nothing, with room for every test's parallel logins.
pub fn cheap_settings() -> Settings {
    let password_cost = Cost { memory_kib: 64, iterations: 1, parallelism: 1 };
    Settings { password_cost, hashing_queue: 256, ..Settings::default() }
}

/// Somebody by that name, with an OTP session of their own.
pub fn person(username: &str, identifier: &str) -> NewAccount {
    let session: [u8; 32] = Sha256::digest(format!("{username} {identifier}")).into();
    let (actor, session) = session.split_at(16);
    let identifier = Identifier::parse(identifier).unwrap();
    let username = Username::parse(username).unwrap();
    let context = Context::new(username.as_str(), &identifier);
    NewAccount {
        password: Password::parse(PASSWORD, &context, 8).unwrap(),
        full_name: FullName::parse("Ann Lee").unwrap(),
        date_of_birth: DateOfBirth::parse("1990-05-17", date!(2026 - 01 - 02), 13).unwrap(),
        gender: Gender::default(),
        country: Country::parse("de").unwrap(),
        languages: Languages::parse("de", &["ja", "ml"]).unwrap(),
        locale: Locale::De,
        otp_session: OtpSession::new(actor.try_into().unwrap(), session.try_into().unwrap()),
        ip: HERE,
        identifier,
        username,
    }
}

/// An OTP session that nobody else has.
pub fn otp_session(number: u8) -> OtpSession {
    OtpSession::new(&[number; 16], &[number; 16])
}

pub fn attempt(login: &str, password: &str) -> LogIn {
    LogIn {
        login: login.to_owned(),
        password: PasswordAttempt::new(password),
        opening: Opening { kind: SessionKind::Token, device_name: None, user_agent: None, ip: HERE },
    }
}

/// The tokens of a session that has some.
pub fn tokens(logged_in: &LoggedIn) -> &Tokens {
    logged_in.tokens().expect("tokens")
}
