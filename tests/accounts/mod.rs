//! Accounts, sessions and tokens against a real Postgres.

mod housekeeping;
mod login;
mod migrations;
mod register;
mod sessions;
mod support;
mod throttling;
mod tokens;
