//! What goes wrong with a request, in kinds that can be counted.

use std::fmt;

/// Why a step failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Failure {
    /// No connection came about.
    Connect,
    /// The connection broke under the request.
    Broken,
    /// Nothing came within the time.
    Timeout,
    /// Answered, with another status than was expected; with the last part of the problem's type, where it has one.
    Status { status: u16, problem: Option<String> },
    /// The server had no room and said when to come back. Counted apart from errors where a scenario means to overload.
    Shed,
    /// Answered with the right status, and something else is not as it should be.
    Answer(&'static str),
    /// The message with the code did not arrive.
    NoCode,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("no connection"),
            Self::Broken => f.write_str("connection broken"),
            Self::Timeout => f.write_str("timeout"),
            Self::Status { status, problem: Some(problem) } => write!(f, "{status} {problem}"),
            Self::Status { status, problem: None } => write!(f, "{status}"),
            Self::Shed => f.write_str("shed"),
            Self::Answer(what) => write!(f, "answer: {what}"),
            Self::NoCode => f.write_str("no code arrived"),
        }
    }
}
