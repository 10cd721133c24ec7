//! Sessions as clients use them, by token and by cookie.

mod contract;
mod forgery;
mod lifetimes;
mod refresh;
mod rotation;
pub mod support;
