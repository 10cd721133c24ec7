//! The server for operators: listens beside the one for clients, with one thread, and stops last.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{App, HttpServer, dev::Server};
use deadpool_postgres::Pool;

use super::{StartError, Surroundings, flows::Flows, wiring::Dependencies};
use crate::{
    http::admin::{self, Admin},
    telemetry::metrics::{Exposition, Metrics, PoolReading, Reading, Readings},
};

/// How long requests in flight may take once all else has stopped.
const GRACE: Duration = Duration::from_secs(1);

/// A server, and where it listens.
pub(super) struct Operators {
    pub address: SocketAddr,
    pub server: Server,
}

impl Operators {
    /// Serves these metrics, and what can be read of the actors and of what the process depends on.
    pub fn serve(
        listener: TcpListener,
        surroundings: &Surroundings,
        metrics: &Metrics,
        flows: Flows,
        dependencies: &Arc<Dependencies>,
    ) -> Result<Self, StartError> {
        let address = listener.local_addr().map_err(StartError::Machine)?;
        let readings = readings(flows, dependencies.postgres.clone());
        let admin = Admin {
            exposition: Exposition::new(metrics, readings, surroundings.clock.now()),
            readiness: Arc::<Dependencies>::clone(dependencies),
            entropy: Arc::clone(&surroundings.entropy),
        };
        let routes = admin::routes(admin);
        let server = HttpServer::new(move || App::new().configure(routes.clone()))
            .workers(1)
            .shutdown_timeout(GRACE.as_secs())
            .disable_signals()
            .listen(listener)
            .map_err(StartError::Machine)?;
        Ok(Self { address, server: server.run() })
    }
}

/// What the metrics read when somebody looks.
fn readings(flows: Flows, postgres: Pool) -> Readings {
    Box::new(move || {
        let pool = postgres.status();
        Reading {
            actors: flows.live(),
            postgres: PoolReading {
                limit: pool.max_size,
                open: pool.size,
                idle: pool.available,
                waiting: pool.waiting,
            },
        }
    })
}
