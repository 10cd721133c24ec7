//! Connections that are kept for reads and shared by them.
//!
//! A connection from the pool serves one caller at a time, who pays a round trip to the database for each statement. A
//! lane is taken from the pool once, and reads go over it one behind the other without waiting for each other's answers:
//! many of them travel at once. Only for what is quickly answered and locks nothing, for the others wait behind it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use deadpool_postgres::{Object, Pool, PoolError};
use tokio::sync::Mutex;

/// Of so many connections of the pool one is a lane. Each keeps a backend of Postgres busy that answers some ten thousand
/// reads a second.
const CONNECTIONS_PER_LANE: usize = 4;

/// The lanes of a pool. Taken from it when they are first needed.
#[derive(Debug)]
pub struct Lanes {
    pool: Pool,
    kept: Vec<Mutex<Option<Arc<Object>>>>,
    turn: AtomicUsize,
}

impl Lanes {
    pub fn new(pool: Pool) -> Self {
        let lanes = pool.status().max_size / CONNECTIONS_PER_LANE;
        Self { pool, kept: (0..lanes).map(|_| Mutex::default()).collect(), turn: AtomicUsize::new(0) }
    }

    /// The lane whose turn it is; a connection of the pool where that is too small to have any.
    pub async fn next(&self) -> Result<Arc<Object>, PoolError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let lane = turn.checked_rem(self.kept.len()).and_then(|turn| self.kept.get(turn));
        let Some(lane) = lane else { return self.pool.get().await.map(Arc::new) };
        let mut lane = lane.lock().await;
        match &*lane {
            Some(connection) if !connection.is_closed() => Ok(Arc::clone(connection)),
            _ => {
                // What was lost must not stay in the pool's count.
                *lane = None;
                let connection = Arc::new(self.pool.get().await?);
                *lane = Some(Arc::clone(&connection));
                Ok(connection)
            }
        }
    }
}
