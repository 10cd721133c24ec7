//! The rules of one-time codes, each by its own test, and all of them together by random histories.
//!
//! `support` plays the runner: it decides a command, applies what is committed, and holds every committed state to
//! what must be true of all of them. Nothing here sleeps or reads a clock: time is a number.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unchecked_time_subtraction,
    reason = "a test that panics has failed, as it should"
)]

mod change;
mod codes;
mod forgetting;
mod guesses;
mod history;
mod identifiers;
mod keys;
mod ledger;
mod lifecycle;
mod limits;
mod privacy;
mod properties;
mod reports;
mod resends;
mod reset;
mod snapshots;
mod support;
mod timers;
mod tokens;
mod trials;
mod verification;
