//! ChatLink connects people who want to learn each other's languages.
//!
//! [`app`] composes everything and is the place to start reading; the README has a map.

pub mod accounts;
pub mod adapters;
pub mod app;
pub mod config;
pub mod courier;
pub mod dev;
pub mod erasure;
mod html;
pub mod http;
mod subscriber;
pub mod telemetry;
pub mod web;
pub mod ws;
