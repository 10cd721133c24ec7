//! The routes and their middleware as they are served, over actors whose store is in memory. Postgres is not there,
//! which is a case of its own; what needs it is tested from outside.

mod client;
mod edge;
mod password_checks;
mod receipts;
mod registrations;
mod sockets;
mod texts;

use std::{collections::BTreeSet, num::NonZeroU16, sync::Arc, time::Duration};

use actix_web::{
    App, Error,
    body::{BoxBody, MessageBody, to_bytes},
    dev::{Service, ServiceResponse},
    http::header::HeaderMap,
    test::{TestRequest, init_service},
};
use chatlink_actors::{
    identifier::{ActorKey, Identifier},
    otp::{
        CodeLength, Dispatch, IdentifierChange, Keyring, Limits, Otp, PasswordReset, Policy, Purpose, Rate,
        Registration,
    },
    ports::BoxFuture,
    shell::{Arbiters, Ports, Router},
    testkit::{MemoryStore, World},
};
use deadpool_postgres::{Manager, Pool};
use serde_json::Value;
use tokio::sync::watch;

use super::{MailboxView, Readiness, Services, Settings, TextReach};
use crate::{
    accounts::{self, Accounts},
    courier::guard::{NoGuard, TextGuard},
    telemetry::metrics::Metrics,
    web::Assets,
    ws::Pace,
};

const HOUR: Duration = Duration::from_secs(3600);

/// A whole server but for the sockets, the database and the courier.
struct Stage {
    world: World,
    store: MemoryStore,
    registrations: Router<Otp<Registration>>,
    password_resets: Router<Otp<PasswordReset>>,
    identifier_changes: Router<Otp<IdentifierChange>>,
    accounts: Accounts,
    texts: Arc<dyn TextGuard>,
    settings: Settings,
    metrics: Metrics,
    mailbox: Option<Arc<dyn MailboxView>>,
    shutdown: watch::Sender<bool>,
    _arbiters: Arbiters,
}

/// What a test looks at of an answer.
struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The last part of the problem's type.
    fn slug(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let body = self.json();
        assert_eq!(body["status"], self.status);
        assert_eq!(body["instance"].as_str(), self.header("x-request-id"));
        body["type"].as_str().unwrap().strip_prefix("/problems/").unwrap().to_owned()
    }

    /// Where something is wrong, and what.
    fn failures(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let body = self.json();
        body["errors"].as_array().unwrap().iter().map(|it| (text(&it["pointer"]), text(&it["code"]))).collect()
    }
}

impl Stage {
    fn new() -> Self {
        let world = World::new(7);
        let store = MemoryStore::new(world.clock());
        let arbiters = Arbiters::start(1).unwrap();
        let ports = Ports { store: store.shards(), clock: world.clock(), entropy: world.entropy() };
        let accounts = accounts::Settings { hashing_threads: 1, ..accounts::Settings::default() };
        let (clock, entropy, metrics) = (world.clock(), world.entropy(), Metrics::default());
        let accounts =
            Accounts::open(no_database(), &[7; 32], &[[0; 32]; 0], clock, entropy, accounts, &metrics).unwrap();
        Self {
            world,
            store,
            registrations: router(&arbiters, &ports),
            password_resets: router(&arbiters, &ports),
            identifier_changes: router(&arbiters, &ports),
            accounts,
            texts: NoGuard::port(),
            settings: settings(),
            metrics,
            mailbox: None,
            shutdown: watch::Sender::new(false),
            _arbiters: arbiters,
        }
    }

    fn services(&self) -> Services {
        Services {
            registrations: self.registrations.clone(),
            password_resets: self.password_resets.clone(),
            identifier_changes: self.identifier_changes.clone(),
            accounts: self.accounts.clone(),
            clock: self.world.clock(),
            entropy: self.world.entropy(),
            readiness: Arc::new(HalfReady),
            metrics: self.metrics.clone(),
            mailbox: self.mailbox.clone(),
            texts: Arc::clone(&self.texts),
            receipts: None,
            assets: Assets::embedded(),
            settings: self.settings.clone(),
            shutdown: self.shutdown.subscribe(),
        }
    }

    async fn app(
        &self,
    ) -> impl Service<actix_http::Request, Response = ServiceResponse<BoxBody>, Error = Error> + use<> {
        init_service(App::new().configure(super::routes(self.services()))).await
    }

    /// The latest message for the courier.
    fn dispatch(&self) -> Dispatch<Identifier> {
        let sent = (0..ActorKey::SHARDS).flat_map(|shard| self.store.outbox(shard));
        sent.map(|bytes| Dispatch::decode(&bytes).unwrap()).max_by_key(|it: &Dispatch<_>| it.expires_at).unwrap()
    }

    /// The code in it.
    fn code(&self) -> String {
        let latest = self.dispatch();
        let keyring = self.registrations.machine().keyring();
        let code = keyring.code(latest.code_key, latest.session, latest.generation, latest.code_length).unwrap();
        code.digits().to_owned()
    }
}

async fn call(
    app: &impl Service<actix_http::Request, Response = ServiceResponse<BoxBody>, Error = Error>,
    request: TestRequest,
) -> Answer {
    let request = request.peer_addr("192.0.2.1:4711".parse().unwrap()).to_request();
    let response = actix_web::test::call_service(app, request).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = String::from_utf8(read(response.into_body()).await).unwrap();
    Answer { status, headers, text }
}

async fn read(body: impl MessageBody) -> Vec<u8> {
    to_bytes(body).await.map_err(|_| "the body broke off").unwrap().to_vec()
}

/// The keys of two flows never meet, so that they can share a store.
fn router<P: Purpose>(arbiters: &Arbiters, ports: &Ports) -> Router<Otp<P>> {
    let machine = Arc::new(Otp::new(policy(), limits(), Keyring::derive(&[7; 32], &[[0; 32]; 0])));
    Router::start(arbiters, machine, ports.clone(), chatlink_actors::shell::Settings::default())
}

fn policy() -> Policy {
    Policy {
        code_length: CodeLength::new(6).unwrap(),
        ttl: Duration::from_secs(300),
        max_attempts: NonZeroU16::new(2).unwrap(),
        free_resends: 1,
        resend_cooldown: Duration::from_secs(60),
        max_resends: 2,
        max_lifetime: Duration::from_secs(1800),
        completion_ttl: Duration::from_secs(900),
    }
}

fn limits() -> Limits {
    Limits { sends: Rate { limit: 20, window: 24 * HOUR }, failures: Rate { limit: 40, window: 24 * HOUR } }
}

fn settings() -> Settings {
    Settings {
        public_origin: "https://chat.example".parse().unwrap(),
        allowed_origins: vec!["https://app.example".parse().unwrap()],
        trusted_proxies: Vec::new(),
        starts_per_address: Rate { limit: 5, window: HOUR },
        texts: TextReach::Countries(BTreeSet::from(["DE".to_owned()])),
        pace: Pace::default(),
    }
}

/// Nothing listens there.
fn no_database() -> Pool {
    let mut config = tokio_postgres::Config::new();
    config.host("/nonexistent").user("nobody");
    Pool::builder(Manager::new(config, tokio_postgres::NoTls)).max_size(1).build().unwrap()
}

struct HalfReady;

impl Readiness for HalfReady {
    fn check(&self) -> BoxFuture<'_, Vec<(&'static str, Result<(), String>)>> {
        Box::pin(async { vec![("redis", Ok(())), ("postgres", Err("no such host".to_owned()))] })
    }
}
