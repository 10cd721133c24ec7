//! Development mode: a private Postgres and a private Redis, started with the server and gone with it.
//!
//! [`DataDir`] is where everything is kept: one `chatlink dev` at a time, the secret, the services' files.
//! [`Services`] are the two child processes, reached through unix sockets alone, so that no port is ever taken. Each
//! hangs on a pipe to a shell that stops it when the pipe closes, which happens however this process ends. The tests
//! start their services with the same code, in a directory that vanishes with them.

mod data_dir;
mod leftovers;
mod postgres;
mod programs;
mod redis;
mod service;
mod services;
mod supervisor;

pub use data_dir::DataDir;
pub use service::{Service, ServiceError};
pub use services::{Services, Wanted};
