//! The shell, run over the store in memory in a world that owns time.
//!
//! `lab` builds nodes: routers that share one store, as the nodes of an installation do. `counter` is a machine small
//! enough to count by.
#![cfg(test)]

mod ambiguity;
mod counter;
mod exclusivity;
mod lab;
mod otp;
mod overload;
mod passivation;
mod store;
mod watching;
