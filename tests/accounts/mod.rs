//! Accounts, sessions and tokens against a real Postgres.

mod credentials;
mod deletion;
mod housekeeping;
mod identifiers;
mod login;
mod migrations;
mod notices;
mod operators;
mod profile;
mod register;
mod resets;
mod sessions;
mod support;
mod throttling;
mod tokens;
