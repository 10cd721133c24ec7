//! What the load scenarios and the benchmarks of ChatLink are made of.

#[cfg(feature = "bench")]
pub mod stack;
