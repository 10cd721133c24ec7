//! Accounts, sessions and tokens against a real Postgres.

mod login;
mod migrations;
mod register;
mod sessions;
mod support;
mod throttling;
mod tokens;
