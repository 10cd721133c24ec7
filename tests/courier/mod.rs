//! The courier and its carriers. The far ends are fakes only where they are not ours: an SMTP server, a gateway.

mod deliveries;
mod fake_outbox;
mod fakes;
mod gateways;
mod metrics;
mod outages;
mod smtp;
mod world;
