//! Decides who does what when, and records how long it took.
//!
//! Two models. *Open*: visits arrive by a schedule, whether or not the server keeps up, and their time counts from when
//! they were due; so a stall is felt by everybody it would have delayed (no coordinated omission). *Closed*: so many
//! users, each beginning again once it is through; good to find what a server can do, not how long people wait.
//!
//! ```no_run
//! # use std::{sync::Arc, time::Duration};
//! # use chatlink_load::{client::{Request, Target}, engine::{Plan, Repeat, Running}};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let target = Arc::new(Target::parse("http://127.0.0.1:8080")?);
//! let work = Repeat::new(target, "healthz", 200, |_user, _turn| Request::get("/healthz"));
//! let plan = Plan { warm_up: Duration::from_secs(1), ..Plan::closed(64, Duration::from_secs(5)) };
//! let outcome = Running::start(&plan, work)?.outcome();
//! let all = outcome.requests();
//! println!("{} at {:.0}/s, p99 {:?}, errors {:?}", all.count(), outcome.rate(&all), all.quantile(0.99), all.errors);
//! # Ok(()) }
//! ```

mod closed;
mod log;
mod open;
mod plan;
mod recorder;
mod repeat;
mod running;
mod schedule;
mod step;

use std::{future::Future, sync::Arc};

pub use log::Log;
pub use plan::{Load, Plan};
pub use recorder::{Outcome, Sample, SampledStep};
pub use repeat::Repeat;
pub use running::Running;
pub use schedule::Arrivals;
pub use step::Step;

use crate::client::Failure;

/// What the users do. One instance is shared by all threads; a user stays on one.
pub trait Work: Send + Sync + 'static {
    /// What a user keeps from one visit to the next: at least a connection.
    type User: 'static;

    /// A new user. Numbers are given once each.
    fn user(&self, number: usize) -> Self::User;

    /// One visit, from its first request to its last. Every request goes through the log.
    fn visit(&self, user: &mut Self::User, log: &mut Log) -> impl Future<Output = Result<(), Failure>>;
}

impl<W: Work> Work for Arc<W> {
    type User = W::User;

    fn user(&self, number: usize) -> Self::User {
        (**self).user(number)
    }

    fn visit(&self, user: &mut Self::User, log: &mut Log) -> impl Future<Output = Result<(), Failure>> {
        (**self).visit(user, log)
    }
}
