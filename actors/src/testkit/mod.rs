//! For tests: a [`World`] that owns time and randomness, a [`MemoryStore`] that fails on demand, and the
//! [`conformance`] suite that every store passes.
//!
//! Nothing here sleeps. The same suite runs against the store in memory and against the real one.

pub mod conformance;
mod memory;
mod world;

pub use memory::{Fault, Held, MemoryStore};
pub use world::World;
