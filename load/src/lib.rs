//! What the load scenarios and the benchmarks of ChatLink are made of.
//!
//! [`client`] talks to a server as cheaply as possible, one connection a user; [`engine`] decides when which user does
//! something and records how long it took. Everything else is built on these two.

pub mod client;
#[cfg(feature = "bench")]
pub mod compare;
pub mod engine;
#[cfg(feature = "bench")]
pub mod stack;
