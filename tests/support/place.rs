//! A database made from a template and a key prefix: nobody else sees what happens there.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};

use chatlink::{
    app,
    config::{Mode, Settings, Sources},
    dev::{DataDir, Services, Wanted},
};
use tokio::sync::{Mutex, OnceCell};
use tokio_postgres::NoTls;

/// The services that all tests share, started by the first and ended with the process.
static SHARED: OnceCell<(String, String)> = OnceCell::const_new();
/// Postgres copies a template only while nobody else does.
static COPYING: Mutex<()> = Mutex::const_new(());

const TEMPLATE: &str = "template_of_tests";

/// Somewhere for a test to happen.
pub struct Place {
    postgres_url: String,
    redis_url: String,
    prefix: String,
    /// Of this place alone, where it has them.
    services: Option<Mutex<Services>>,
}

impl Place {
    /// A place in the services that all tests share.
    pub async fn new() -> Self {
        let (postgres, redis) = SHARED.get_or_init(shared).await;
        Self::within(postgres, redis, None).await
    }

    /// A place whose services can be stopped.
    pub async fn with_own_services() -> Self {
        let services = start_services().await;
        let (postgres, redis) = urls(&services);
        make_template(&postgres).await;
        Self::within(&postgres, &redis, Some(Mutex::new(services))).await
    }

    /// The URL of a database with nothing in it.
    pub async fn empty_database() -> String {
        let (postgres, _) = SHARED.get_or_init(shared).await;
        let name = name();
        execute(postgres, &format!("create database {name}")).await;
        database(postgres, &name)
    }

    async fn within(postgres: &str, redis: &str, services: Option<Mutex<Services>>) -> Self {
        let name = name();
        let guard = COPYING.lock().await;
        execute(postgres, &format!("create database {name} template {TEMPLATE}")).await;
        drop(guard);
        Self { postgres_url: database(postgres, &name), redis_url: redis.to_owned(), prefix: name, services }
    }

    /// The settings that lead here, for a server of any mode.
    pub fn settings(&self) -> Vec<(String, String)> {
        [
            ("http.bind", "127.0.0.1:0"),
            ("http.admin_bind", "127.0.0.1:0"),
            ("http.public_url", "http://localhost:8080"),
            ("http.trusted_proxies", "127.0.0.1"),
            ("http.workers", "2"),
            ("http.shutdown_grace", "20s"),
            ("postgres.url", &self.postgres_url),
            ("redis.url", &self.redis_url),
            ("redis.prefix", &self.prefix),
            ("secrets.key", "Zm9yIHRlc3RzIGFsb25lLCBidXQgbG9uZyBlbm91Z2ggdG8gcGFzcw"),
            ("smtp.from", "no-reply@chatlink.example"),
            ("passwords.argon2_memory_kib", "7168"),
            ("passwords.argon2_iterations", "5"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// The parsed settings of a development server here. One that is overridden with nothing has its default.
    pub fn development(&self, overrides: &[(&str, &str)]) -> Settings {
        let mut settings: BTreeMap<String, String> = self.settings().into_iter().collect();
        settings.extend(overrides.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        settings.retain(|_, value| !value.is_empty());
        let sources = Sources::new().flags("test", settings);
        Settings::read(sources, Mode::Development).unwrap_or_else(|problems| panic!("{problems}"))
    }

    /// How many rows a query counts.
    pub async fn count(&self, sql: &str, parameter: &str) -> i64 {
        let client = connect(&self.postgres_url).await;
        client.query_one(sql, &[&parameter]).await.unwrap().get(0)
    }

    /// A connection to the database, past the server.
    pub async fn postgres(&self) -> tokio_postgres::Client {
        connect(&self.postgres_url).await
    }

    /// Has Postgres do something, past the server.
    pub async fn execute(&self, sql: &str) {
        execute(&self.postgres_url, sql).await;
    }

    /// A connection to Redis, past the server.
    pub async fn redis(&self) -> redis::aio::MultiplexedConnection {
        redis::Client::open(self.redis_url.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap()
    }

    /// What all keys of this place begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Lets Redis answer nothing any more, with all connections open.
    pub async fn pause_redis(&self) {
        self.own_services().await.redis.as_ref().unwrap().pause();
    }

    pub async fn resume_redis(&self) {
        self.own_services().await.redis.as_ref().unwrap().resume();
    }

    pub async fn stop_postgres(&self) {
        self.own_services().await.postgres.as_mut().unwrap().stop().await;
    }

    pub async fn start_postgres(&self) {
        self.own_services().await.postgres.as_mut().unwrap().start().await.unwrap();
    }

    async fn own_services(&self) -> tokio::sync::MutexGuard<'_, Services> {
        self.services.as_ref().expect("a place with its own services").lock().await
    }
}

/// That no other place of this run has.
fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// They outlive the runtime of the test that starts them, on one of their own, and end with the process.
async fn shared() -> (String, String) {
    let (started, urls_known) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let services = start_services().await;
            let urls = urls(&services);
            make_template(&urls.0).await;
            started.send(urls).unwrap();
            std::future::pending::<()>().await;
        });
    });
    urls_known.await.expect("Postgres and Redis start")
}

async fn start_services() -> Services {
    let dir = DataDir::temporary().unwrap();
    Services::start(dir, Wanted::ALL).await.unwrap_or_else(|error| panic!("{error}"))
}

fn urls(services: &Services) -> (String, String) {
    (services.postgres.as_ref().unwrap().url().to_owned(), services.redis.as_ref().unwrap().url().to_owned())
}

/// The product's own migrations, applied once; every test copies the outcome.
async fn make_template(postgres: &str) {
    execute(postgres, &format!("create database {TEMPLATE}")).await;
    let url = database(postgres, TEMPLATE);
    let sources = Sources::new().development("postgres.url", url);
    let (settings, _) = chatlink::config::Postgres::alone(sources).unwrap_or_else(|problems| panic!("{problems}"));
    app::migrate(&settings).await.unwrap();
}

/// The same server, another database.
fn database(url: &str, name: &str) -> String {
    let mut url = url::Url::parse(url).unwrap();
    url.set_path(name);
    url.into()
}

async fn execute(url: &str, sql: &str) {
    connect(url).await.batch_execute(sql).await.unwrap();
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
