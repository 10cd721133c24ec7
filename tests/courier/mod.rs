//! The courier and its carriers. The far ends are fakes only where they are not ours: an SMTP server, a gateway.

mod deliveries;
mod fake_outbox;
mod fakes;
mod gateways;
mod guarding;
mod metrics;
mod notices;
mod outages;
mod relay;
mod resets;
mod smtp;
mod world;
