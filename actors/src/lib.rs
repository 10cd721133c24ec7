//! What is true of an identifier: who may prove to own it, how often, and until when.
//!
//! * [`otp`] holds the rules of one-time codes. It is pure: no async, no IO, no clock, no randomness of its own.
//! * [`machine`] is the contract between such rules and whatever runs them.
//! * [`stored`] is the form in which states and messages leave the process.
//! * [`ports`] are the traits by which the runner reaches the world: snapshot store, clock, randomness.
//! * `shell` (feature `runtime`) runs a machine as one actix actor per key. It knows nothing of OTP.
//! * `testkit` (feature `testkit`) has an in-memory store, the conformance suite every store passes, and a
//!   world that owns time.
//!
//! Without its features the crate builds without actix and without tokio, and CI builds it so.
#![deny(missing_docs)]

pub mod identifier;
pub mod locale;
pub mod machine;
pub mod otp;
pub mod ports;
pub mod stored;
pub mod time;
mod typed;

#[cfg(feature = "runtime")]
pub mod shell;

#[cfg(feature = "testkit")]
pub mod testkit;
