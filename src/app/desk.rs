//! What an operator works with on the command line: the accounts alone, and for a deletion the actors, too.

use chatlink_actors::shell::{Arbiters, SendError};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::{
    StartError, Surroundings,
    flows::{FlowSettings, Flows},
    wiring,
};
use crate::{
    accounts::{Unavailable, operators::Operator},
    adapters::postgres,
    config::{Admin, Erasing},
    erasure::Erasure,
    telemetry::metrics::Metrics,
};

/// Why an account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeletionError {
    /// The actors could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// They do not answer.
    #[error("the actors: {0}; the account is still there")]
    Actors(#[from] SendError),
    /// The database is away.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// The accounts, for an operator of that name.
///
/// # Errors
/// [`StartError`].
pub fn operator(settings: &Admin, name: String) -> Result<Operator, StartError> {
    let pool = postgres::prepare(settings.postgres.url.expose(), 1)?;
    let accounts = wiring::accounts_alone(&settings.secrets, pool, &Surroundings::system())?;
    Ok(Operator::new(accounts, name))
}

/// Has an operator delete an account. Whether there was one.
///
/// # Errors
/// [`DeletionError`]. Trying again is safe.
pub async fn delete(settings: &Erasing, operator: &Operator, account: Uuid) -> Result<bool, DeletionError> {
    let Erasing { admin, redis, otp, actors } = settings;
    let secrets = &admin.secrets;
    let arbiters = Arbiters::start(1).map_err(StartError::Machine)?;
    let redis = wiring::redis(redis, &Metrics::default(), &arbiters).await.map_err(StartError::from)?;
    let flows = Flows::start(FlowSettings { otp, secrets, actors }, &arbiters, &redis, &Surroundings::system());
    let deleted = erase_and_delete(&flows, operator, account).await;
    flows.shutdown().await;
    // They end with the process if not now.
    spawn_blocking(move || arbiters.stop()).await.ok();
    deleted
}

async fn erase_and_delete(flows: &Flows, operator: &Operator, account: Uuid) -> Result<bool, DeletionError> {
    let Some(traces) = operator.traces(account).await? else { return Ok(false) };
    let erasure = Erasure {
        registrations: &flows.registrations,
        password_resets: &flows.password_resets,
        identifier_changes: &flows.identifier_changes,
    };
    erasure.erase(&traces).await?;
    Ok(operator.delete(account).await?)
}
