//! What is measured, one file for each kind of call. Every answer's status is checked.

mod accounts;
mod codes;
mod delivery;
mod journey;
mod logins;
mod overload;
mod sockets;

use clap::ValueEnum;

use super::{BenchError, lab::Lab, results::Row};

/// Something to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    /// Starting a registration, by somebody new each time, while the courier is idle.
    Start,
    /// Trying a wrong code.
    Code,
    /// Asking how a session stands.
    Status,
    /// Reading the caller's account.
    Me,
    /// Logging in.
    Login,
    /// Registering with a password, from end to end.
    Journey,
    /// Starting registrations at a steady rate, to a mail server that takes them.
    Delivery,
    /// From a change to the frame that tells of it.
    Socket,
    /// Codes and accounts while more people log in than there are cores for.
    Overload,
}

impl Measure {
    /// As it is called on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Code => "code",
            Self::Status => "status",
            Self::Me => "me",
            Self::Login => "login",
            Self::Journey => "journey",
            Self::Delivery => "delivery",
            Self::Socket => "socket",
            Self::Overload => "overload",
        }
    }

    /// Measures it.
    pub async fn take(self, lab: &Lab) -> Result<Vec<Row>, BenchError> {
        match self {
            Self::Start => Ok(vec![codes::start(lab).await?]),
            Self::Code => Ok(vec![codes::wrong_code(lab).await?]),
            Self::Status => codes::status(lab).await,
            Self::Me => Ok(vec![accounts::me(lab).await?]),
            Self::Login => Ok(vec![logins::login(lab).await?]),
            Self::Journey => Ok(vec![journey::journey(lab).await?]),
            Self::Delivery => Ok(vec![delivery::delivery(lab).await?]),
            Self::Socket => Ok(vec![sockets::socket(lab).await?]),
            Self::Overload => overload::overload(lab).await,
        }
    }
}
