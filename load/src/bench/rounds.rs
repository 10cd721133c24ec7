//! Floor and server in turn.

use std::{io, sync::Arc, time::Duration};

use super::{
    Bench, BenchError,
    results::{Row, millis},
};
use crate::{
    client::{Request, Target},
    engine::{Outcome, Plan, Repeat, Running, Step, Work},
};

/// The load of a round rises for so long before it counts: connections open, and caches fill.
const WARM_UP: Duration = Duration::from_millis(500);

/// What is asked, and how it is to be answered. The same for floor and server.
pub struct Question {
    pub target: Arc<Target>,
    pub status: u16,
    /// By the number of the connection and of its turn.
    pub request: Box<dyn Fn(usize, u64) -> Request + Send + Sync>,
}

impl Question {
    /// One.
    pub fn new(
        target: &Arc<Target>,
        status: u16,
        request: impl Fn(usize, u64) -> Request + Send + Sync + 'static,
    ) -> Self {
        Self { target: Arc::clone(target), status, request: Box::new(request) }
    }
}

/// What came of one turn.
pub struct Turn {
    pub rate: f64,
    pub outcome: Outcome,
}

impl Bench {
    /// Asks a question on all connections, for as long as a turn is.
    pub async fn ask(&self, question: Question) -> Result<Turn, BenchError> {
        let Question { target, status, request } = question;
        self.load(Repeat::new(target, "request", status, request)).await
    }

    /// Does work on all connections, for as long as a turn is.
    pub async fn load<W: Work>(&self, work: W) -> Result<Turn, BenchError> {
        let plan = Plan { warm_up: WARM_UP, ..Plan::closed(self.connections(), self.seconds()) };
        let outcome = run(plan, work).await?;
        let rate = outcome.rate(&outcome.requests());
        Ok(Turn { rate, outcome })
    }

    /// How long a turn takes, with what does not count.
    pub fn turn(&self) -> Duration {
        self.seconds() + WARM_UP
    }
}

/// Carries a plan out, on threads of its own.
pub async fn run<W: Work>(plan: Plan, work: W) -> Result<Outcome, BenchError> {
    let running = tokio::task::spawn_blocking(move || Ok::<_, io::Error>(Running::start(&plan, work)?.outcome()));
    Ok(running.await.map_err(io::Error::other)??)
}

impl Row {
    /// Takes down a turn of the floor.
    pub fn floor_turn(&mut self, turn: &Turn) {
        self.floor_rates.push(turn.rate);
        self.errors_of("floor", &turn.outcome.requests());
    }

    /// Takes down a turn of the server.
    pub fn turn(&mut self, turn: &Turn) {
        self.outcome(&turn.outcome);
    }

    /// Takes down how many requests the server answered, how long they took, and what went wrong.
    pub fn outcome(&mut self, outcome: &Outcome) {
        self.take(outcome, &outcome.requests());
    }

    /// The same of whole visits.
    pub fn visits(&mut self, outcome: &Outcome) {
        self.take(outcome, &outcome.visits);
    }

    fn take(&mut self, outcome: &Outcome, what: &Step) {
        self.rates.push(outcome.rate(what));
        self.p50.push(millis(what.quantile(0.5)));
        self.p99.push(millis(what.quantile(0.99)));
        self.errors_of("server", what);
    }

    fn errors_of(&mut self, whose: &str, what: &Step) {
        for (error, count) in &what.errors {
            *self.errors.entry(format!("{whose}: {error}")).or_default() += count;
        }
    }
}
