//! The pool of Postgres connections. They all live on the runtime that made the pool, whoever asks for one: a
//! connection whose task was spawned on an HTTP worker would die with it. Only [`lanes`] are for a thread that keeps
//! them, and may well end with it. What was prepared on a connection stays prepared (`prepare_cached`), and its plan is
//! kept. Statements and waits are bounded, so no caller hangs on a database that is away.

mod migrations;

use std::{sync::Arc, time::Duration};

use deadpool_postgres::{
    BuildError, Connect, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::{runtime::Handle, task::JoinHandle};
use tokio_postgres::{
    Client, Config,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

pub use migrations::{MigrationError, migrate, pending};

/// More threads than a machine has.
const MOST_LANES: usize = 1024;
/// Longest wait for a free connection, and for a new one.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(3);
/// After this the server gives a statement up, so that no lock outlives the request that waits for it for long.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);
/// After this without an acknowledgement the peer is gone, even if no packet says so.
const PEER_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for the answer to a [`ping`].
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// Why there is no pool.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Not the URL of a database, by the rules of libpq. Says what is wrong, not what it was: it holds a password.
    #[error("not a Postgres URL: {0}")]
    Url(#[source] tokio_postgres::Error),
    /// No TLS with these platform settings.
    #[error("TLS towards Postgres")]
    Tls(#[from] rustls::Error),
    /// The pool could not be built.
    #[error("the pool of Postgres connections")]
    Pool(#[from] BuildError),
}

/// Makes the pool and opens its connections, as far as the database lets it; what is missing is opened when needed.
/// To be called on the runtime that outlives all others.
///
/// `sslmode` in the URL is honoured; certificates are checked against the platform's, in every mode that uses TLS.
pub async fn connect(url: &str, connections: usize) -> Result<Pool, ConnectError> {
    let pool = prepare(url, connections)?;
    let opened = join_all((0..connections).map(|_| pool.get())).await;
    if let Some(error) = opened.iter().find_map(|connection| connection.as_ref().err()) {
        tracing::warn!(%error, "not all connections to Postgres are open; going on without them for now");
    }
    Ok(pool)
}

/// Makes the pool alone; connections are opened as they are needed.
pub fn prepare(url: &str, connections: usize) -> Result<Pool, ConnectError> {
    pool(url, connections, Some(Handle::current()))
}

/// Makes a pool whose connections are driven by the runtime of whoever has them opened: for threads that keep one each.
pub fn lanes(url: &str) -> Result<Pool, ConnectError> {
    pool(url, MOST_LANES, None)
}

fn pool(url: &str, connections: usize, runtime: Option<Handle>) -> Result<Pool, ConnectError> {
    let mut config: Config = url.parse().map_err(ConnectError::Url)?;
    config.connect_timeout(CONNECTION_TIMEOUT).tcp_user_timeout(PEER_TIMEOUT).keepalives_idle(PEER_TIMEOUT);
    if config.get_application_name().is_none() {
        config.application_name("chatlink");
    }
    let (timeout, given) = (STATEMENT_TIMEOUT.as_millis(), config.get_options().unwrap_or_default());
    // Of two settings of one name the last one holds: the operator's. Our statements find rows by a key or the first ones of
    // an index, so one plan is right for any values; left to itself, Postgres makes a new one each time for those with
    // several parts, which takes it longer than to carry them out.
    config.options(format!("-c statement_timeout={timeout} -c plan_cache_mode=force_generic_plan {given}"));
    let connect = OnRuntime { runtime, tls: tls(&config)? };
    let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let timeouts = Timeouts {
        wait: Some(CONNECTION_TIMEOUT),
        create: Some(CONNECTION_TIMEOUT),
        recycle: Some(CONNECTION_TIMEOUT),
    };
    let pool = Pool::builder(Manager::from_connect(config, connect, manager_config))
        .max_size(connections.max(1))
        .timeouts(timeouts)
        .runtime(Runtime::Tokio1)
        .build()?;
    Ok(pool)
}

/// Postgres did not answer.
#[derive(Debug, thiserror::Error)]
pub enum PingError {
    /// Not in time.
    #[error("Postgres does not answer")]
    Silent,
    /// No connection.
    #[error("no connection to Postgres")]
    Unreachable(#[from] PoolError),
    /// A connection that does not work.
    #[error("Postgres answers with an error")]
    Failed(#[from] tokio_postgres::Error),
}

/// Asks whether the database is there.
pub async fn ping(pool: &Pool) -> Result<(), PingError> {
    let answer = async {
        let client: Object = pool.get().await?;
        client.simple_query("").await?;
        Ok(())
    };
    tokio::time::timeout(PING_TIMEOUT, answer).await.unwrap_or(Err(PingError::Silent))
}

/// Opens connections on one runtime, whichever asks, or else on the one that asks.
struct OnRuntime {
    runtime: Option<Handle>,
    tls: MakeRustlsConnect,
}

type Connected = (Client, JoinHandle<()>);

impl Connect for OnRuntime {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<Connected, tokio_postgres::Error>> {
        let runtime = self.runtime.clone().unwrap_or_else(Handle::current);
        let (config, tls, driver) = (config.clone(), self.tls.clone(), runtime.clone());
        let opening = runtime.spawn(async move {
            let (client, connection) = config.connect(tls).await?;
            let task = driver.spawn(async move {
                if let Err(error) = connection.await {
                    tracing::warn!(%error, "lost a connection to Postgres");
                }
            });
            Ok((client, task))
        });
        async move {
            match opening.await {
                Ok(opened) => opened,
                // The runtime is gone, and the process is about to be. The pool's timeout ends the wait.
                Err(_) => std::future::pending().await,
            }
        }
        .boxed()
    }
}

fn tls(config: &Config) -> Result<MakeRustlsConnect, rustls::Error> {
    let mut roots = RootCertStore::empty();
    let is_here = config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
    // There are hundreds of them, each in a file.
    if config.get_ssl_mode() != SslMode::Disable && !is_here {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(client))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_url_is_refused_without_repeating_it() {
        for url in ["", "postgres://u:hunter2@h/d?sslmode=sometimes", "http://u:hunter2@example.org"] {
            let error = prepare(url, 1).map(|_| ()).err();
            let text = error.as_ref().map(|error| format!("{error} {error:?}")).unwrap_or_default();
            assert!(!text.contains("hunter2"), "{text}");
        }
        assert!(prepare("postgres://u:hunter2@h/d?sslmode=sometimes", 1).is_err());
    }

    #[tokio::test]
    async fn nobody_there_is_no_reason_not_to_start() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("postgres://nobody@/none?host={}", directory.path().display());
        let pool = connect(&url, 1).await.unwrap();
        assert!(matches!(ping(&pool).await, Err(PingError::Unreachable(_))));
    }
}
