//! Sockets: the changes of an OTP session, live.
//!
//! `protocol` is what is said, `session` the actor that says it, `inbound` bounds what a peer can make us hold in
//! memory, `sockets` bounds how many there are. Who may open one, and what it shows, is decided in `http`.

mod inbound;
mod protocol;
mod session;
mod sockets;

pub use session::{Feed, Opening, Pace, check, open};
pub use sockets::{Permit, Sockets};
