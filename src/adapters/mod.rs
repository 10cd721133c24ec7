//! Drivers: how the ports of the other parts reach Redis, a mail server, the clock and the like.
//!
//! Nothing but the composition root names this module. An adapter knows the port that it implements and the
//! protocol that it speaks, and no rules.

pub mod mailbox;
pub mod postgres;
pub mod redis;
pub mod sms;
pub mod smtp;
pub mod system;
