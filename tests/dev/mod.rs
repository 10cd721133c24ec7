//! Development mode and the command line, as somebody who runs them meets them.

mod command_line;
pub mod harness;
mod lifecycle;
mod services;
