//! The web client as people use it, in a real browser: Debian's Chromium, which `.ci/setup test` installs.
//!
//! Every test has a server of its own, on a clock that it moves, and a browser with a profile of its own. `support` is
//! what they are written with; `harness` tests that it sees and does what it says.

mod account;
mod code_step;
mod harness;
mod keyboard;
mod languages;
mod login;
mod looks;
mod modules;
mod pages;
mod pickers;
mod profile;
mod registration;
mod reset;
mod speed;
mod stage;
mod steps;
pub mod support;
mod tabs;
mod weather;
