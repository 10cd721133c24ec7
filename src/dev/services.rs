//! The private Postgres and the private Redis, together.

use super::{
    data_dir::DataDir,
    postgres, redis,
    service::{Service, ServiceError},
};

/// Which services to start: those that the settings name no other of.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each field is the name of a service")]
pub struct Wanted {
    pub postgres: bool,
    pub redis: bool,
}

impl Wanted {
    /// Both.
    pub const ALL: Self = Self { postgres: true, redis: true };
}

/// The services of a data directory. Dropping them stops them, too, without waiting for the end.
#[derive(Debug)]
pub struct Services {
    /// The database, if it was wanted.
    pub postgres: Option<Service>,
    /// Redis, if it was wanted.
    pub redis: Option<Service>,
    // Behind the services, so that its lock is let go of after them.
    dir: DataDir,
}

impl Services {
    /// How Postgres will be reached, to be known before it is started.
    pub fn postgres_url(dir: &DataDir) -> String {
        postgres::url(dir)
    }

    /// How Redis will be reached.
    pub fn redis_url(dir: &DataDir) -> String {
        redis::url(dir)
    }

    /// Starts them, at the same time, and waits until they answer. The first time this takes a few seconds. In a
    /// temporary directory they are fast and forgetful; in a kept one nothing is lost by a crash.
    ///
    /// Cancelled, or where one of them fails, none goes on running.
    ///
    /// # Errors
    /// A program is missing, or a service does not come up.
    pub async fn start(dir: DataDir, wanted: Wanted) -> Result<Self, ServiceError> {
        let postgres = async {
            let Wanted { postgres: true, .. } = wanted else { return Ok(None) };
            let mut service = postgres::prepare(&dir).await?;
            service.start().await?;
            Ok::<_, ServiceError>(Some(service))
        };
        let redis = async {
            let Wanted { redis: true, .. } = wanted else { return Ok(None) };
            let mut service = redis::prepare(&dir)?;
            service.start().await?;
            Ok::<_, ServiceError>(Some(service))
        };
        let (postgres, redis) = tokio::try_join!(postgres, redis)?;
        Ok(Self { postgres, redis, dir })
    }

    /// Completes with an error when one of them has ended by itself. Cancel-safe.
    pub async fn died(&self) -> ServiceError {
        tokio::select! {
            error = died(self.postgres.as_ref()) => error,
            error = died(self.redis.as_ref()) => error,
        }
    }

    /// Stops them in order, and comes back when they are gone.
    pub async fn stop(mut self) {
        tokio::join!(stop(self.postgres.as_mut()), stop(self.redis.as_mut()));
        self.dir.leave();
    }
}

async fn died(service: Option<&Service>) -> ServiceError {
    match service {
        Some(service) => service.died().await,
        None => std::future::pending().await,
    }
}

async fn stop(service: Option<&mut Service>) {
    if let Some(service) = service {
        service.stop().await;
    }
}
