//! What must hold while Redis is away, under load, and when the node is told to stop.

use std::sync::atomic::Ordering;

use tokio::sync::watch;

use super::{
    fakes::{Mood, SECOND},
    world::{MINUTE, World, settle},
};

const ANN: &str = "ann@example.org";
const BOB: &str = "bob@example.org";
const PHONE: &str = "+491711234567";

#[test]
fn a_report_is_repeated_until_it_gets_through_and_nothing_is_sent_twice() {
    let world = World::new();
    let mut shard = world.shard();
    world.reports.down.store(true, Ordering::SeqCst);
    world.start(ANN);
    world.pass(&mut shard, 2 * MINUTE);
    assert_eq!((world.carrier.sent().len(), world.outbox.len()), (1, 1), "sent, but not done before it is reported");

    world.reports.down.store(false, Ordering::SeqCst);
    world.pass(&mut shard, MINUTE);
    assert_eq!((world.carrier.sent().len(), world.outbox.len()), (1, 0));
    assert_eq!(world.reports.outcomes(), ["sent"]);
}

#[test]
fn a_report_that_nobody_could_see_is_given_up() {
    let world = World::new();
    let mut shard = world.shard();
    world.reports.down.store(true, Ordering::SeqCst);
    world.start(ANN);
    world.pass(&mut shard, 16 * MINUTE);
    assert_eq!(world.outbox.len(), 0);
}

#[test]
fn an_outage_of_redis_sends_nothing_twice_though_the_lease_runs_out() {
    let world = World::new();
    let mut shard = world.shard();
    world.carrier.set(Mood::Busy);
    world.start(ANN);
    settle(&mut shard);
    world.outbox.down.store(true, Ordering::SeqCst);
    world.reports.down.store(true, Ordering::SeqCst);
    world.carrier.set(Mood::Takes);
    world.pass(&mut shard, 2 * MINUTE);
    assert_eq!((world.carrier.sent().len(), world.outbox.up_for_grabs()), (1, 1));

    world.outbox.down.store(false, Ordering::SeqCst);
    world.pass(&mut shard, MINUTE);
    assert_eq!(world.outbox.leases.load(Ordering::SeqCst), 2, "it came back to where it is still held");
    world.reports.down.store(false, Ordering::SeqCst);
    world.pass(&mut shard, MINUTE);
    assert_eq!((world.carrier.sent().len(), world.outbox.len()), (1, 0));
    assert_eq!(world.reports.outcomes(), ["sent"]);
}

#[test]
fn an_entry_that_is_leased_again_just_before_it_is_done_is_not_sent_again() {
    let mut world = World::new();
    world.settings.longest_retry = SECOND;
    let mut shard = world.shard();
    world.reports.down.store(true, Ordering::SeqCst);
    world.start(ANN);
    settle(&mut shard);
    world.outbox.forgetful.store(true, Ordering::SeqCst);
    world.outbox.slow.store(10, Ordering::SeqCst);
    while world.outbox.leases.load(Ordering::SeqCst) < 2 {
        world.pass(&mut shard, SECOND);
    }
    world.reports.down.store(false, Ordering::SeqCst);
    world.pass(&mut shard, 2 * SECOND);
    assert_eq!(world.outbox.len(), 0, "done, while word of the second lease is still on its way");
    world.pass(&mut shard, MINUTE);
    assert_eq!((world.carrier.sent().len(), world.reports.outcomes()), (1, vec!["sent"]));
}

#[test]
fn attempts_at_once_are_bounded_for_each_channel_by_itself() {
    let mut world = World::new();
    world.settings.attempts_at_once = 2;
    let mut shard = world.shard();
    world.carrier.set(Mood::Hangs);
    for number in 0..5 {
        world.start(&format!("{number}@example.org"));
    }
    settle(&mut shard);
    assert_eq!(world.carrier.at_once.load(Ordering::SeqCst), 2);

    world.carrier.set_for(PHONE, Mood::Takes);
    world.start(PHONE);
    settle(&mut shard);
    assert_eq!(world.carrier.sent_to(), [PHONE], "mail that hangs holds up no text");
}

#[test]
fn no_more_is_held_than_may_be() {
    let mut world = World::new();
    world.settings.held_per_shard = 3;
    let mut shard = world.shard();
    world.carrier.set(Mood::Busy);
    for number in 0..8 {
        world.start(&format!("{number}@example.org"));
    }
    world.pass(&mut shard, MINUTE);
    assert_eq!((world.outbox.most_leased.load(Ordering::SeqCst), world.outbox.len()), (3, 8));
    world.carrier.set(Mood::Takes);
    world.pass(&mut shard, MINUTE);
    assert_eq!((world.carrier.sent().len(), world.outbox.len()), (8, 0));
}

#[tokio::test]
async fn told_to_stop_it_finishes_what_it_can_and_leaves_the_rest_to_others() {
    let world = World::new();
    world.carrier.set_for(ANN, Mood::Hangs);
    world.carrier.set_for(BOB, Mood::Busy);
    world.start(ANN);
    world.start(BOB);
    let mut shard = world.shard();
    settle(&mut shard);

    let (stop, stopped) = watch::channel(true);
    let running = tokio::spawn(shard.run(stopped));
    world.carrier.set_for(BOB, Mood::Takes);
    for second in 0.. {
        tokio::task::yield_now().await;
        if running.is_finished() {
            break;
        }
        world.skip(SECOND);
        if second == world.settings.patience.as_secs() {
            world.start("late@example.org");
        }
    }
    running.await.unwrap();
    drop(stop);
    assert_eq!((world.carrier.sent_to(), world.outbox.len()), (vec![BOB.to_owned()], 2));

    world.skip(world.settings.lease);
    world.carrier.set_for(ANN, Mood::Takes);
    settle(&mut world.shard());
    assert_eq!(world.carrier.sent_to(), [BOB, ANN, "late@example.org"]);
    assert_eq!(world.outbox.len(), 0);
}
