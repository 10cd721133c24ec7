//! The accounts in Postgres: SQL and nothing else. One statement or one transaction per use case, always prepared,
//! every value a parameter, every instant given by the caller. No call waits for long on a database that is away.

mod audit;
mod completions;
mod deletion;
mod devices;
mod export;
mod housekeeping;
mod identifiers;
mod lanes;
mod notices;
mod operators;
mod passwords;
mod profile;
mod refresh;
mod resets;
mod sessions;
mod throttles;
mod users;

use std::{sync::Arc, time::Duration};

use bytes::BytesMut;
use chatlink_actors::time::Timestamp;
use deadpool_postgres::{Object, Pool, PoolError};
use time::OffsetDateTime;
use tokio_postgres::{
    Row,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

pub(super) use deletion::{Deleted, Owner};
pub(super) use housekeeping::Sweep;
pub(super) use identifiers::{Change, Removal};
pub use lanes::Database;
pub(super) use passwords::Replaced;
pub(super) use profile::Changed;
pub(super) use refresh::{Refused, Renewal};
pub(super) use resets::Reset;
pub(super) use sessions::{NewSession, Opened};
pub(super) use throttles::Settled;
pub(super) use users::{Conflict, NewUser};

use self::{lanes::Lanes, throttles::Turns};
use crate::telemetry::metrics::Calls;

/// Longest time for a use case: the pool's own waits and the statement timeout come first, except when the
/// connection itself is dead.
const PATIENCE: Duration = Duration::from_secs(8);

/// Why the database did not do its work. Nothing of a row or a statement is in it: Postgres quotes the values in
/// its messages, and they must not reach a log.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// No connection.
    #[error("no connection to Postgres")]
    Unreachable(#[from] PoolError),
    /// The connection was lost, or what came over it was not understood. The work may or may not have been done.
    #[error("the connection to Postgres failed")]
    Broken(#[source] tokio_postgres::Error),
    /// Postgres refused a statement.
    #[error("Postgres answered SQLSTATE {state} (constraint: {})", constraint.as_deref().unwrap_or("none"))]
    Refused {
        /// The five characters.
        state: String,
        /// Which constraint was violated, if it was that.
        constraint: Option<String>,
    },
    /// No answer in time. The work may or may not have been done.
    #[error("Postgres did not answer in time")]
    TimedOut,
    /// A row holds what this program cannot have written.
    #[error("a column holds something unknown: {0}")]
    Corrupt(&'static str),
}

impl DatabaseError {
    /// Whether trying again would end the same way. What passes has the classes (Postgres, appendix A): connection 08, read-only
    /// 25, rolled back 40, out of resources 53, not in the right state 55, intervention 57.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Refused { state, .. } => {
                !["08", "25", "40", "53", "55", "57"].iter().any(|class| state.starts_with(class))
            }
            Self::Corrupt(_) => true,
            Self::Unreachable(_) | Self::Broken(_) | Self::TimedOut => false,
        }
    }

    /// Whether that constraint stood against it.
    fn violates(&self, name: &str) -> bool {
        matches!(self, Self::Refused { constraint: Some(constraint), .. } if constraint == name)
    }
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(refusal) => Self::Refused {
                state: refusal.code().code().to_owned(),
                constraint: refusal.constraint().map(str::to_owned),
            },
            None => Self::Broken(error),
        }
    }
}

/// The accounts in Postgres.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pool: Pool,
    lanes: Arc<Lanes>,
    turns: Arc<Turns>,
    calls: Calls,
}

impl Store {
    pub fn new(database: Database, calls: Calls) -> Self {
        Self { pool: database.pool.clone(), lanes: Arc::new(Lanes::new(database)), turns: Arc::default(), calls }
    }

    async fn client(&self) -> Result<Object, DatabaseError> {
        Ok(self.pool.get().await?)
    }

    async fn rows(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, DatabaseError> {
        self.within("query", async {
            let client = self.client().await?;
            let statement = client.prepare_cached(sql).await?;
            Ok(client.query(&statement, parameters).await?)
        })
        .await
    }

    /// Finds rows by their keys, on a connection that is shared: see [`Lanes`].
    async fn find(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, DatabaseError> {
        self.within("query", async {
            let client = self.lanes.here().await?;
            let statement = client.prepare_cached(sql).await?;
            Ok(client.query(&statement, parameters).await?)
        })
        .await
    }

    /// How many rows the statement changed.
    async fn execute(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<u64, DatabaseError> {
        self.within("execute", async {
            let client = self.client().await?;
            let statement = client.prepare_cached(sql).await?;
            Ok(client.execute(&statement, parameters).await?)
        })
        .await
    }

    /// Bounds and measures the work of one use case.
    async fn within<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        let bounded = async { tokio::time::timeout(PATIENCE, work).await.unwrap_or(Err(DatabaseError::TimedOut)) };
        self.calls.measure(operation, bounded).await
    }
}

/// A [`Timestamp`] as `timestamptz`.
#[derive(Clone, Copy, Debug)]
struct Instant(Timestamp);

type BoxError = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Instant {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
        let nanoseconds = i128::from(self.0.as_millis()) * 1_000_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)?.to_sql(of, out)
    }

    fn accepts(of: &Type) -> bool {
        <OffsetDateTime as ToSql>::accepts(of)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Instant {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, BoxError> {
        let nanoseconds = OffsetDateTime::from_sql(of, raw)?.unix_timestamp_nanos();
        Ok(Self(Timestamp::from_millis(i64::try_from(nanoseconds.div_euclid(1_000_000))?)))
    }

    fn accepts(of: &Type) -> bool {
        <OffsetDateTime as FromSql<'_>>::accepts(of)
    }
}
