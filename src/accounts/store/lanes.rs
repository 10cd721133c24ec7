//! Connections that are kept for reads: one for each thread that reads.
//!
//! A connection of the pool serves one caller at a time, who waits for each answer before the next may ask, and it is driven
//! by another thread than its caller's. A lane is driven by the thread that uses it, and reads go over it one behind the
//! other without waiting for each other's answers. Only for what is quickly answered and locks nothing, for the others wait
//! behind it.

use std::{fmt, sync::Arc};

use deadpool_postgres::{Object, Pool, PoolError};
use thread_local::ThreadLocal;
use tokio::sync::Mutex;

/// How accounts reach Postgres.
#[derive(Clone)]
pub struct Database {
    /// For whoever needs a connection alone.
    pub pool: Pool,
    /// Where lanes come from: connections are driven by the thread that opens them. `None`: reads use the pool.
    pub lanes: Option<Pool>,
}

impl From<Pool> for Database {
    fn from(pool: Pool) -> Self {
        Self { pool, lanes: None }
    }
}

/// The lanes of all threads.
pub struct Lanes {
    database: Database,
    kept: ThreadLocal<Mutex<Option<Arc<Object>>>>,
}

impl Lanes {
    pub fn new(database: Database) -> Self {
        Self { database, kept: ThreadLocal::new() }
    }

    /// The lane of this thread. Opened when it is first needed, and again when it was lost.
    pub async fn here(&self) -> Result<Arc<Object>, PoolError> {
        let Some(lanes) = &self.database.lanes else { return self.database.pool.get().await.map(Arc::new) };
        let mut kept = self.kept.get_or_default().lock().await;
        if let Some(lane) = kept.as_ref().filter(|lane| !lane.is_closed()) {
            return Ok(Arc::clone(lane));
        }
        // Given back before another is asked for.
        *kept = None;
        let lane = Arc::new(lanes.get().await?);
        *kept = Some(Arc::clone(&lane));
        Ok(lane)
    }
}

impl fmt::Debug for Lanes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes").finish_non_exhaustive()
    }
}
