//! What operators see of the courier's work.

use chatlink::{
    courier::guard::Reason,
    telemetry::metrics::{Exposition as Metered, Metrics, Reading},
};
use chatlink_actors::time::Timestamp;

use super::{
    fakes::{Mood, SECOND},
    world::{MINUTE, World, settle},
};
use crate::support::Exposition;

const TOTAL: &str = "chatlink_deliveries_total";

fn read(world: &World) -> Exposition {
    let metrics = Metrics { deliveries: world.deliveries.clone(), ..Metrics::default() };
    let metered = Metered::new(&metrics, Box::new(Reading::default), Timestamp::default());
    Exposition::parse(metered.text().unwrap())
}

#[test]
fn attempts_are_counted_by_what_became_of_them() {
    let world = World::new();
    let mut shard = world.shard();
    world.carrier.set(Mood::Busy);
    world.start("ann@example.org");
    settle(&mut shard);
    world.pass(&mut shard, SECOND);
    let metrics = read(&world);
    let attempts = |metrics: &Exposition, channel, outcome| {
        metrics.count(TOTAL, &[("channel", channel), ("kind", "registration_code"), ("outcome", outcome)])
    };
    assert_eq!((attempts(&metrics, "email", "retried"), attempts(&metrics, "email", "sent")), (2, 0));
    assert_eq!(metrics.count("chatlink_outbox_held", &[]), 1);

    world.carrier.set(Mood::Takes);
    world.pass(&mut shard, 2 * SECOND);
    world.carrier.set(Mood::Refuses);
    world.start("+491711234567");
    settle(&mut shard);
    let metrics = read(&world);
    assert_eq!((attempts(&metrics, "email", "retried"), attempts(&metrics, "email", "sent")), (2, 1));
    assert_eq!((attempts(&metrics, "sms", "sent"), attempts(&metrics, "sms", "failed")), (0, 1));
    assert_eq!(metrics.count("chatlink_outbox_held", &[]), 0);
}

#[test]
fn the_age_of_a_message_is_counted_from_when_it_was_queued() {
    let world = World::new();
    world.start("ann@example.org");
    // Nobody was at work.
    world.skip(MINUTE);
    settle(&mut world.shard());
    let metrics = read(&world);
    let age = metrics.value("chatlink_delivery_age_seconds_sum", &[("channel", "email")]);
    assert!((59.9..60.1).contains(&age), "{age}");
}

#[test]
fn refused_texts_are_counted_by_country_and_reason() {
    let world = World::new();
    world.guard.refuse("+491711234567", Reason::Breaker);
    world.start("+491711234567");
    settle(&mut world.shard());
    let labels = [("country", "DE"), ("reason", Reason::Breaker.name())];
    assert_eq!(read(&world).count("chatlink_texts_refused_total", &labels), 1);
}
