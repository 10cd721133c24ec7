//! Accounts, sessions and tokens against a real Postgres.

mod housekeeping;
mod identifiers;
mod login;
mod migrations;
mod register;
mod resets;
mod sessions;
mod support;
mod throttling;
mod tokens;
