//! What went wrong between us and Redis, and what may have happened there all the same.
//!
//! The texts are made here and nowhere else: a kind of failure or an error code of the server, never its
//! message, which may quote keys and values.

use std::sync::Arc;

use redis::{ErrorKind, RedisError};

/// Codes by which a server says that it is not, or no longer, the one to write to. Its address may by now lead
/// to the one that is, so the connection is not worth keeping.
const DEPOSED: [&str; 2] = ["READONLY", "MASTERDOWN"];

/// Why a request has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// There was no connection: the request was never sent.
    Unreached(Arc<str>),
    /// The server answered with this error code instead of doing it.
    Refused(Arc<str>),
    /// The connection broke before an answer came: it may have happened.
    Broken(Arc<str>),
    /// No answer came in time: it may have happened, or may yet.
    TimedOut,
}

impl Failure {
    /// What an error means for a request that was handed to a connection.
    pub(super) fn of(error: &RedisError) -> Self {
        match error.kind() {
            ErrorKind::Server(_) | ErrorKind::Extension => Self::Refused(describe(error)),
            _ => Self::Broken(describe(error)),
        }
    }

    /// Whether the connection is not to be used again.
    pub(super) fn ends_connection(&self) -> bool {
        match self {
            Self::Unreached(_) => false,
            Self::Refused(code) => DEPOSED.contains(&&**code),
            Self::Broken(_) | Self::TimedOut => true,
        }
    }

    /// Whether the server answered with this error code.
    pub(super) fn is_refusal(&self, code: &str) -> bool {
        matches!(self, Self::Refused(refusal) if &**refusal == code)
    }

    /// The reason, fit for a log.
    pub(super) fn reason(&self) -> Arc<str> {
        match self {
            Self::Unreached(reason) | Self::Refused(reason) | Self::Broken(reason) => Arc::clone(reason),
            Self::TimedOut => "no answer in time".into(),
        }
    }
}

/// An error without anything that was sent or stored.
pub(super) fn describe(error: &RedisError) -> Arc<str> {
    // Of several requests sent together, the first that was refused.
    if let Some((_, refusal)) = error.clone().into_server_errors().as_deref().and_then(<[_]>::first) {
        return refusal.code().into();
    }
    match error.kind() {
        // The system's own words: "connection refused", "invalid peer certificate".
        ErrorKind::Io => error.to_string().into(),
        _ => error.category().into(),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use redis::ParsingError;

    use super::*;

    fn replied(line: &[u8]) -> RedisError {
        redis::parse_redis_value(line).unwrap().extract_error().unwrap_err()
    }

    #[test]
    fn an_error_reply_is_a_refusal_and_quotes_nothing() {
        for (line, code) in [
            (&b"-OOM command not allowed: secret\r\n"[..], "OOM"),
            (b"-MISCONF secret\r\n", "MISCONF"),
            (b"-LOADING secret\r\n", "LOADING"),
            (b"-NOGROUP No such key 'secret'\r\n", "NOGROUP"),
            (b"-ERR secret\r\n", "ERR"),
        ] {
            let failure = Failure::of(&replied(line));
            assert_eq!(failure, Failure::Refused(code.into()));
            assert!(!failure.ends_connection(), "{code}");
        }
    }

    #[test]
    fn a_server_that_may_not_write_is_left() {
        assert!(Failure::of(&replied(b"-READONLY secret\r\n")).ends_connection());
    }

    #[test]
    fn a_broken_connection_leaves_the_outcome_open() {
        let error = RedisError::from(io::Error::from(io::ErrorKind::ConnectionReset));
        let failure = Failure::of(&error);
        assert_eq!(failure, Failure::Broken("connection reset".into()));
        assert!(failure.ends_connection());
    }

    #[test]
    fn an_answer_that_makes_no_sense_leaves_the_outcome_open_and_is_not_quoted() {
        let failure = Failure::of(&RedisError::from(ParsingError::from("secret")));
        assert_eq!(failure, Failure::Broken("parse error".into()));
    }
}
