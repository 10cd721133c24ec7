//! What the load scenarios and the benchmarks of ChatLink are made of.
//!
//! [`client`] talks to a server as cheaply as possible, one connection a user; [`engine`] decides when which user does
//! something and records how long it took. Everything else is built on these two: [`scenarios`] and the [`sinks`] that
//! give them codes, [`scrape`] for what the server says of itself, [`report`] for all that people read, and [`run`],
//! which puts them together.

#[cfg(feature = "bench")]
pub mod bench;
pub mod client;
#[cfg(feature = "bench")]
pub mod compare;
pub mod engine;
pub mod report;
pub mod run;
pub mod scenarios;
pub mod scrape;
pub mod sinks;
#[cfg(feature = "bench")]
pub mod stack;
