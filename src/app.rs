//! The composition root: from settings to a running server. `main` and the tests share it.
//!
//! [`App::build`] opens everything and listens; [`App::run_until`] serves until told to stop, or until a part of it
//! that must not end has ended. `wiring` fits the parts to each other's ports; `flows` are the actors.

mod desk;
mod flows;
mod notices;
mod operators;
mod wiring;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use actix_web::{HttpServer, dev::Server};
use chatlink_actors::{
    ports::{Clock, Entropy},
    shell::Arbiters,
};
use futures_util::FutureExt as _;
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet, spawn_blocking},
};

pub use self::desk::{DeletionError, delete, operator};
use self::{
    flows::{Flows, relay_changes},
    operators::Operators,
};
use crate::{
    accounts::{self, Accounts, housekeeping::Housekeeper},
    adapters::{
        mailbox::Mailbox,
        postgres, redis,
        system::{MonotonicClock, SystemClock, SystemEntropy},
    },
    config::{self, Bind, Mode, Settings},
    courier::{self, Courier, messages::Catalogue},
    http,
    telemetry::metrics::Metrics,
};

/// What tests put in the place of the machine's own.
#[derive(Clone)]
pub struct Surroundings {
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl Surroundings {
    /// The clock and the randomness of this machine.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) }
    }
}

/// A server that listens, and answers once it runs.
pub struct App {
    address: SocketAddr,
    public_url: String,
    server: Server,
    operators: Operators,
    mailbox: Arc<Mailbox>,
    flows: Flows,
    arbiters: Arbiters,
    background: JoinSet<Ended>,
    stop: watch::Sender<bool>,
}

/// A background task that should have gone on has ended.
type Ended = Result<(), JoinError>;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not ours.
    #[error("cannot listen at {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// The operators' address is taken, or not ours.
    #[error("http.admin_bind: cannot listen at {0}: {1}")]
    ListenAdmin(SocketAddr, #[source] io::Error),
    /// Threads or sockets were refused.
    #[error("the machine refuses threads or sockets: {0}")]
    Machine(#[source] io::Error),
    /// The Postgres URL, or its TLS, cannot be used.
    #[error("postgres.url: {0}")]
    Postgres(#[from] postgres::ConnectError),
    /// The Redis URL cannot be used.
    #[error("redis.url: {0}")]
    Redis(#[from] redis::ConnectError),
    /// Accounts cannot be kept.
    #[error("accounts: {0}")]
    Accounts(#[from] accounts::StartError),
    /// A carrier of messages cannot be set up.
    #[error(transparent)]
    Carrier(#[from] wiring::CarrierSetupError),
    /// A text that is sent to people is broken.
    #[error(transparent)]
    Texts(#[from] courier::messages::TextError),
    /// The public URL is no origin.
    #[error("http.public_url: {0}")]
    Origin(#[from] http::MalformedOrigin),
    /// The database could not be brought up to date.
    #[error(transparent)]
    Migration(#[from] postgres::MigrationError),
}

/// Why a server stopped without being told to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The HTTP server ended.
    #[error("the HTTP server ended: {0}")]
    Server(#[source] io::Error),
    /// A background task ended.
    #[error("a background task died")]
    Background,
}

impl App {
    /// Opens the connections, starts the actors, and listens. Postgres or Redis out of reach is no error: what needs
    /// them answers 503 until they are there.
    ///
    /// Everything opened here is driven by the runtime that this is called on.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn build(settings: &Settings, surroundings: Surroundings) -> Result<Self, StartError> {
        // Fails where it has been chosen before, by another server in this process: the choice is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = listen(settings.http.bind, StartError::Listen)?;
        let address = listener.local_addr().map_err(StartError::Machine)?;
        let admin_listener = listen(settings.http.admin_bind, StartError::ListenAdmin)?;
        let (metrics, origin) = (Metrics::default(), settings.http.public_url(address));
        let (stop, stopping) = watch::channel(false);

        let database = wiring::database(&settings.postgres).await?;
        let arbiters = Arbiters::start(settings.http.workers).map_err(StartError::Machine)?;
        let redis = wiring::redis(&settings.redis, &metrics, &arbiters).await?;
        let accounts = wiring::accounts(settings, origin.as_str(), database.clone(), &surroundings, &metrics)?;
        let flows = Flows::start(settings.into(), &arbiters, &redis, &surroundings);

        let mailbox = Arc::new(Mailbox::default());
        let carriers = wiring::carriers(settings, &origin, &mailbox)?;
        let guard = wiring::text_guard(settings, &redis, &surroundings);
        let courier_settings = courier::Settings::default();
        let ports = courier::Ports {
            outbox: redis.outbox(&consumer(&surroundings), courier_settings.lease),
            directory: Arc::new(wiring::AccountDirectory(accounts.clone())),
            mail: carriers.mail,
            text: carriers.text,
            guard: Arc::clone(&guard),
            reports: Arc::new(flows.clone()),
            clock: Arc::clone(&surroundings.clock),
            timer: Arc::new(MonotonicClock::start()),
            entropy: Arc::clone(&surroundings.entropy),
            deliveries: metrics.deliveries.clone(),
        };
        let courier = Courier::new(ports, flows.rules(), Catalogue::new(origin.host())?, courier_settings);
        let background = in_background(courier, &accounts, &redis, &flows, &surroundings, &stopping);

        let dependencies = Arc::new(wiring::Dependencies { postgres: database.pool, redis });
        let operators = Operators::serve(admin_listener, &surroundings, &metrics, flows.clone(), &dependencies)?;
        let services = http::Services {
            registrations: flows.registrations.clone(),
            password_resets: flows.password_resets.clone(),
            identifier_changes: flows.identifier_changes.clone(),
            accounts,
            clock: surroundings.clock,
            entropy: surroundings.entropy,
            readiness: dependencies,
            metrics,
            mailbox: (settings.mode == Mode::Development).then(|| wiring::mailbox_view(&mailbox)),
            texts: guard,
            receipts: carriers.twilio.map(|twilio| wiring::receipts(twilio, &origin, flows.clone())),
            assets: wiring::assets(settings.mode),
            settings: wiring::http_settings(settings, &origin)?,
            shutdown: stopping,
        };
        Ok(Self {
            address,
            public_url: origin.as_str().to_owned(),
            server: serve(settings, services, listener)?,
            operators,
            mailbox,
            flows,
            arbiters,
            background,
            stop,
        })
    }
}

impl App {
    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for operators.
    pub const fn admin_address(&self) -> SocketAddr {
        self.operators.address
    }

    /// How clients reach it.
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Where messages arrive that no other carrier is set up for.
    pub const fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// Serves until `signal` completes, then stops in order: sockets are told to go away, requests in flight are
    /// answered, what the courier holds is finished, the actors drain. Metrics can be read until all of that is done.
    ///
    /// # Errors
    /// When it stopped of itself: the HTTP server or a background task ended. The process should end too.
    pub async fn run_until(mut self, signal: impl Future<Output = ()>) -> Result<(), RunError> {
        let handle = self.server.handle();
        let mut server = tokio::spawn(self.server);
        let admin_handle = self.operators.server.handle();
        let mut admin = tokio::spawn(self.operators.server);
        let (url, admin_url) = (format!("http://{}", self.address), format!("http://{}", self.operators.address));
        tracing::info!(url, admin = admin_url, "listening");
        let outcome = tokio::select! {
            () = signal => Ok(()),
            ended = &mut server => Err(ended_early(ended)),
            ended = &mut admin => Err(ended_early(ended)),
            _ = self.background.join_next() => Err(RunError::Background),
        };
        tracing::info!("stopping");
        self.stop.send_replace(true);
        handle.stop(true).await;
        while self.background.join_next().await.is_some() {}
        self.flows.shutdown().await;
        // Waits for their threads.
        let arbiters = self.arbiters;
        if spawn_blocking(move || arbiters.stop()).await.is_err() {
            tracing::error!("the actors' threads did not stop");
        }
        admin_handle.stop(true).await;
        tracing::info!("stopped");
        outcome
    }
}

fn ended_early(ended: Result<io::Result<()>, JoinError>) -> RunError {
    let error = ended.map_err(io::Error::other).flatten().err();
    RunError::Server(error.unwrap_or_else(|| io::Error::other("it stopped")))
}

/// Applies the migrations that are missing.
///
/// # Errors
/// The database is out of reach or refuses.
pub async fn migrate(postgres: &config::Postgres) -> Result<(), StartError> {
    let pool = postgres::prepare(postgres.url.expose(), 1)?;
    for name in postgres::migrate(&pool).await? {
        tracing::info!(migration = name, "applied");
    }
    Ok(())
}

/// The OpenAPI document.
pub fn openapi() -> &'static str {
    http::DOCUMENT
}

fn listen(bind: Bind, refused: fn(SocketAddr, io::Error) -> StartError) -> Result<TcpListener, StartError> {
    bind.listen().map_err(|error| refused(bind.address, error))
}

/// Starts what has to go on for as long as the server does.
fn in_background(
    courier: Courier,
    accounts: &Accounts,
    redis: &redis::Redis,
    flows: &Flows,
    surroundings: &Surroundings,
    stop: &watch::Receiver<bool>,
) -> JoinSet<Ended> {
    let housekeeper = Housekeeper::new(accounts.clone(), Arc::new(MonotonicClock::start()));
    let mut tasks = JoinSet::new();
    tasks.spawn(housekeeper.run(stop.clone()).map(Ok));
    tasks.spawn(relay_changes(redis.changes(), flows.clone(), stop.clone()));
    tasks.spawn(courier.run(stop.clone()));
    tasks.spawn(notices::relay(accounts, redis, surroundings, stop.clone()));
    tasks
}

/// Names this process among the readers of the outbox; no other has the name.
fn consumer(surroundings: &Surroundings) -> String {
    let id: [u8; 8] = surroundings.entropy.array();
    format!("{:016x}", u64::from_be_bytes(id))
}

fn serve(settings: &Settings, services: http::Services, listener: TcpListener) -> Result<Server, StartError> {
    let routes = http::routes(services);
    let grace = settings.http.shutdown_grace.as_secs();
    let server = HttpServer::new(move || actix_web::App::new().configure(routes.clone()))
        .workers(settings.http.workers)
        .shutdown_timeout(grace)
        .disable_signals()
        .listen(listener)
        .map_err(StartError::Machine)?;
    Ok(server.run())
}
