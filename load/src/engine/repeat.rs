//! The simplest work: one kind of request, again and again.

use std::{sync::Arc, time::Duration};

use super::{Log, Work};
use crate::client::{Connection, Failure, Request, Target};

const PATIENCE: Duration = Duration::from_secs(10);

/// Sends what a function of the user's number and of its turn makes, and expects one status.
#[derive(Debug)]
pub struct Repeat<F> {
    target: Arc<Target>,
    name: &'static str,
    status: u16,
    request: F,
}

impl<F> Repeat<F>
where
    F: Fn(usize, u64) -> Request + Send + Sync + 'static,
{
    pub fn new(target: Arc<Target>, name: &'static str, status: u16, request: F) -> Self {
        Self { target, name, status, request }
    }
}

/// A connection and how often it was used.
#[derive(Debug)]
pub struct Repeater {
    number: usize,
    turn: u64,
    connection: Connection,
}

impl<F> Work for Repeat<F>
where
    F: Fn(usize, u64) -> Request + Send + Sync + 'static,
{
    type User = Repeater;

    fn user(&self, number: usize) -> Repeater {
        Repeater { number, turn: 0, connection: Connection::new(Arc::clone(&self.target), PATIENCE) }
    }

    async fn visit(&self, user: &mut Repeater, log: &mut Log) -> Result<(), Failure> {
        let request = (self.request)(user.number, user.turn);
        user.turn += 1;
        log.step(self.name, async { user.connection.send(request).await?.expect(self.status) }).await?;
        Ok(())
    }
}
