//! What people do, one file for each scenario.
//!
//! Each is a function that makes one visit and writes every request into the log, under the name of the call. What a
//! scenario needs (accounts, sessions under way, sockets) is on the [`Stage`], prepared before anything is measured.

mod accounts;
mod login;
mod me;
mod mixed;
mod otp_start;
mod prepare;
mod refresh;
mod registration;
mod resend;
mod reset;
mod stage;
mod status;
mod watchers;
mod wrong_codes;

use std::sync::Arc;

use clap::ValueEnum;

pub use prepare::{Needs, prepare};
pub use stage::{Settings, Stage};

use crate::{
    client::{Api, Connection, Failure},
    engine::{Log, Work},
};

/// The steps in the order in which visits make them, for people who read of them.
pub const STEPS: [&str; 19] = [
    "start",
    "delivery",
    "connect",
    "verify",
    "frame",
    "complete",
    "status",
    "me",
    "login",
    "refresh",
    "logout",
    "verify-wrong",
    "verify-locked",
    "resend",
    "resend-cooldown",
    "resend-exhausted",
    "reset-start",
    "reset-verify",
    "reset-complete",
];

/// Which of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Scenario {
    /// Start, code, verify, complete, profile, log out; every answer checked
    Registration,
    /// Starts registrations of addresses never seen before, and leaves it at that
    OtpStart,
    /// Guesses codes until the session is locked, and once more
    WrongCodes,
    /// Asks for codes again until there are no more
    Resend,
    /// Logs in; what the server turns away for want of room is counted apart
    LoginStorm,
    /// Resets passwords by code, and logs in with the new one
    Reset,
    /// Renews sessions: refresh tokens rotate
    Refresh,
    /// Reads the caller's own account
    Me,
    /// Looks how a registration under way is doing
    Status,
    /// Thousands of open sockets, and how soon they hear of a verification
    Watchers,
    /// All of it, as on an ordinary day
    Mixed,
    /// The same for long, at a low rate; fails if the server's memory grows
    Soak,
}

impl Scenario {
    /// As it is written on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Visits a second unless others are asked for: modest, for two cores that the load shares.
    pub fn usual_rate(self) -> f64 {
        match self {
            Self::Resend | Self::Reset => 5.0,
            Self::Registration | Self::Soak => 10.0,
            Self::WrongCodes | Self::LoginStorm | Self::Watchers => 20.0,
            Self::Mixed => 50.0,
            Self::OtpStart | Self::Refresh => 100.0,
            Self::Me | Self::Status => 200.0,
        }
    }

    /// What it has to keep to where nothing else is asked for.
    pub fn thresholds(self) -> &'static [&'static str] {
        match self {
            Self::Soak => &["errors<0.1%", "shed<0.1%", "memory-growth<25%"],
            Self::LoginStorm => &["errors<0.1%"],
            _ => &["errors<0.1%", "shed<0.1%"],
        }
    }
}

/// A scenario on its stage.
#[derive(Debug)]
pub struct Play {
    pub scenario: Scenario,
    pub stage: Arc<Stage>,
}

/// Somebody with a connection.
#[derive(Debug)]
pub struct Visitor {
    pub api: Api,
    pub random: fastrand::Rng,
}

impl Visitor {
    fn new(stage: &Stage, number: usize) -> Self {
        let connection = Connection::new(Arc::clone(&stage.target), stage.settings.patience);
        let number = u64::try_from(number).unwrap_or_default();
        let random = fastrand::Rng::with_seed(stage.settings.seed ^ number.rotate_left(32));
        Self { api: Api::new(connection), random }
    }
}

impl Work for Play {
    type User = Visitor;

    fn user(&self, number: usize) -> Visitor {
        Visitor::new(&self.stage, number)
    }

    async fn visit(&self, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
        // On the heap, since the largest of them sets the size of all.
        Box::pin(visit(self.scenario, &self.stage, visitor, log)).await
    }
}

async fn visit(scenario: Scenario, stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    match scenario {
        Scenario::Registration => registration::visit(stage, visitor, log).await,
        Scenario::OtpStart => otp_start::visit(stage, visitor, log).await,
        Scenario::WrongCodes => wrong_codes::visit(stage, visitor, log).await,
        Scenario::Resend => resend::visit(stage, visitor, log).await,
        Scenario::LoginStorm => login::visit(stage, visitor, log).await,
        Scenario::Reset => reset::visit(stage, visitor, log).await,
        Scenario::Refresh => refresh::visit(stage, visitor, log).await,
        Scenario::Me => me::visit(stage, visitor, log).await,
        Scenario::Status => status::visit(stage, visitor, log).await,
        Scenario::Watchers => watchers::visit(stage, visitor, log).await,
        Scenario::Mixed | Scenario::Soak => Box::pin(mixed::visit(stage, visitor, log)).await,
    }
}
