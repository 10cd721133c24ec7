//! Watchers see the present and every change, from whichever node it came.

use std::{
    sync::{Arc, Barrier},
    time::Duration,
};

use chatlink_actors::{
    identifier::ActorKey,
    shell::{Router, SendError, Settings, Watcher},
    testkit::{Fault, World},
};

use crate::{
    counter::{Command, Counter},
    lab::{Lab, add, all_at_once, eventually, key, peek, settings, shown, shown_value, within_patience},
};

const LEASE: Duration = Duration::from_secs(60);

async fn watch(node: &Router<Counter>, number: u8) -> Watcher<Counter> {
    within_patience(node.watch(key(0, number))).await.unwrap()
}

#[tokio::test]
async fn the_present_is_shown_first_and_then_every_change_of_this_node() {
    let lab = Lab::new();
    let node = lab.node();
    let mut early = watch(&node, 1).await;
    assert_eq!(shown(&mut early).await, Some(None));
    add(&node, key(0, 1), 1).await.unwrap();
    let mut late = watch(&node, 1).await;
    for number in 0..5 {
        add(&node, key(0, 1), 1).await.unwrap();
        assert_eq!(shown_value(&mut early).await, number + 1);
        assert_eq!(shown_value(&mut late).await, number + 1);
    }
    assert_eq!(shown_value(&mut early).await, 6);
}

#[tokio::test]
async fn the_present_is_as_the_store_has_it_not_as_it_is_remembered() {
    let lab = Lab::new();
    let (one, other) = (lab.node(), lab.node());
    add(&one, key(0, 1), 1).await.unwrap();
    let mut early = watch(&one, 1).await;
    assert_eq!(shown_value(&mut early).await, 1);
    add(&other, key(0, 1), 10).await.unwrap();
    assert_eq!(shown_value(&mut watch(&one, 1).await).await, 11);
    assert_eq!(shown_value(&mut early).await, 11, "and those who watched already are shown it too");
}

#[tokio::test]
async fn answers_without_a_change_are_not_shown() {
    let lab = Lab::new();
    let node = lab.node();
    add(&node, key(0, 1), 1).await.unwrap();
    let mut watcher = watch(&node, 1).await;
    peek(&node, key(0, 1)).await.unwrap();
    node.resync();
    add(&node, key(0, 1), 1).await.unwrap();
    assert_eq!((shown_value(&mut watcher).await, shown_value(&mut watcher).await), (1, 2));
}

#[tokio::test]
async fn changes_of_other_nodes_are_shown_by_their_hints() {
    let lab = Lab::new();
    let (one, other) = (lab.node(), lab.node());
    lab.bring_hints(&one);
    add(&one, key(0, 1), 1).await.unwrap();
    let mut watcher = watch(&one, 1).await;
    assert_eq!(shown_value(&mut watcher).await, 1);
    for number in 2..6 {
        add(&other, key(0, 1), 1).await.unwrap();
        assert_eq!(shown_value(&mut watcher).await, number);
    }
}

#[tokio::test]
async fn a_hint_of_what_is_known_costs_nothing() {
    let lab = Lab::new();
    let node = lab.node();
    add(&node, key(0, 1), 1).await.unwrap();
    let mut changes = lab.store.changes();
    let mut watcher = watch(&node, 1).await;
    add(&node, key(0, 1), 1).await.unwrap();
    let loads = lab.store.loads();
    let (key, version) = changes.recv().await.unwrap();
    node.changed(key, version);
    add(&node, key, 1).await.unwrap();
    assert_eq!(lab.store.loads(), loads);
    for number in 1..=3 {
        assert_eq!(shown_value(&mut watcher).await, number);
    }
}

async fn glance(node: &Router<Counter>, key: ActorKey) -> u64 {
    within_patience(node.send(key, Command::Glance)).await.unwrap()
}

#[tokio::test]
async fn of_many_looks_the_first_reads() {
    let lab = Lab::new();
    let node = lab.node();
    add(&node, key(0, 1), 7).await.unwrap();
    assert_eq!(glance(&node, key(0, 1)).await, 7);
    let loads = lab.store.loads();
    for _ in 0..3 {
        assert_eq!(glance(&node, key(0, 1)).await, 7);
    }
    add(&node, key(0, 1), 1).await.unwrap();
    assert_eq!(glance(&node, key(0, 1)).await, 8, "what this node wrote is known here");
    assert_eq!(lab.store.loads(), loads);
    assert_eq!(peek(&node, key(0, 1)).await, Ok(8));
    assert_eq!(lab.store.loads(), loads + 1, "other answers are confirmed by the store");
}

#[tokio::test]
async fn without_a_lease_every_look_reads() {
    let lab = Lab::new();
    let node = lab.node_with(Settings { watch_lease: Duration::ZERO, ..settings() });
    add(&node, key(0, 1), 7).await.unwrap();
    for number in 1..=3 {
        assert_eq!(glance(&node, key(0, 1)).await, 7);
        assert_eq!(lab.store.loads(), number);
    }
}

/// Whatever is put up to be looked at is no older than the last answer.
#[tokio::test]
async fn a_look_after_a_change_shows_it_however_many_look() {
    let lab = Lab::new();
    let node = lab.node();
    for number in 1..=50 {
        assert_eq!(add(&node, key(0, 1), 1).await, Ok(number));
        let looks = (0..8).map(|_| (node.clone(), key(0, 1), Command::Glance));
        assert_eq!(all_at_once(looks).await, vec![Ok(number); 8]);
    }
    // Whoever is passivated takes down what it put up; whoever died is not believed.
    lab.store.set_down(true);
    assert!(within_patience(node.send(key(0, 1), Command::Panic)).await.is_err());
    lab.store.set_down(false);
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(51));
    assert_eq!(glance(&node, key(0, 1)).await, 51);
}

#[tokio::test]
async fn a_look_shows_what_other_nodes_wrote() {
    let lab = Lab::new();
    let (one, other) = (lab.node(), lab.node());
    let mut changes = lab.store.changes();
    assert_eq!(glance(&one, key(0, 1)).await, 0);
    add(&other, key(0, 1), 1).await.unwrap();
    assert_eq!(glance(&one, key(0, 1)).await, 1, "what was absent is read each time");

    add(&other, key(0, 1), 1).await.unwrap();
    let (key, version) = changes.recv().await.unwrap();
    one.changed(key, version);
    assert_eq!(glance(&one, key).await, 2, "a hint came");

    add(&other, key, 1).await.unwrap();
    one.resync();
    assert_eq!(glance(&one, key).await, 3, "hints may have been missed");
}

#[tokio::test]
async fn a_look_fails_where_the_store_is_away_and_nothing_is_known() {
    let lab = Lab::new();
    let node = lab.node();
    lab.store.set_down(true);
    let answer = within_patience(node.send(key(0, 1), Command::Glance)).await;
    assert_eq!(answer, Err(SendError::Unavailable));
}

#[tokio::test]
async fn what_appears_while_it_is_watched_is_watched_too() {
    let lab = Lab::new();
    let (one, other) = (lab.node(), lab.node());
    lab.bring_hints(&one);
    let mut watcher = watch(&one, 1).await;
    assert_eq!(shown(&mut watcher).await, Some(None));
    add(&one, key(0, 1), 1).await.unwrap();
    assert_eq!(shown_value(&mut watcher).await, 1);
    peek(&one, key(0, 1)).await.unwrap();
    add(&other, key(0, 1), 1).await.unwrap();
    assert_eq!(shown_value(&mut watcher).await, 2);
}

#[tokio::test]
async fn after_a_gap_everything_watched_is_read_again() {
    let lab = Lab::new();
    let (one, other) = (lab.node(), lab.node());
    let mut watchers = Vec::new();
    for shard in 0..16 {
        let mut watcher = one.watch(key(shard, 1)).await.unwrap();
        assert_eq!(shown(&mut watcher).await, Some(None));
        add(&other, key(shard, 1), 1).await.unwrap();
        watchers.push(watcher);
    }
    one.resync();
    for mut watcher in watchers {
        assert_eq!(shown_value(&mut watcher).await, 1);
    }
}

/// Hints that find the mailbox of the supervisor full are as good as a gap.
#[tokio::test]
async fn no_hint_is_lost_to_a_full_mailbox() {
    let lab = Lab::new();
    let neighbour = lab.with_other_threads();
    let one = lab.node_with(Settings { supervisor_mailbox: 1, ..settings() });
    let other = neighbour.node();
    let mut watchers = Vec::new();
    for number in 1..6 {
        add(&other, key(0, number), 1).await.unwrap();
        let mut watcher = watch(&one, number).await;
        assert_eq!(shown_value(&mut watcher).await, 1);
        watchers.push(watcher);
    }
    let mut changes = lab.store.changes();
    let barrier = Arc::new(Barrier::new(2));
    let blocker = tokio::spawn({
        let (one, barrier) = (one.clone(), Arc::clone(&barrier));
        async move { one.send(key(0, 9), Command::Block(barrier)).await }
    });
    eventually(|| one.live() == 6).await;
    barrier.wait();
    for number in 1..6 {
        add(&other, key(0, number), 1).await.unwrap();
        let (key, version) = changes.try_recv().unwrap();
        one.changed(key, version);
    }
    barrier.wait();
    for mut watcher in watchers {
        assert_eq!(shown_value(&mut watcher).await, 2);
    }
    within_patience(blocker).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_slow_watcher_is_cut_off_and_holds_up_nobody() {
    let lab = Lab::new();
    let node = lab.node_with(Settings { watcher_backlog: 3, ..settings() });
    let (mut slow, mut quick) = (watch(&node, 1).await, watch(&node, 1).await);
    assert_eq!(shown(&mut quick).await, Some(None));
    for number in 1..10 {
        assert_eq!(add(&node, key(0, 1), 1).await, Ok(number));
        assert_eq!(shown_value(&mut quick).await, number);
    }
    assert_eq!(shown(&mut slow).await, Some(None));
    assert_eq!((shown_value(&mut slow).await, shown_value(&mut slow).await), (1, 2));
    assert_eq!(shown(&mut slow).await, None, "there is a gap, so it is over");
}

#[tokio::test]
async fn the_deadline_of_what_is_watched_is_settled_in_time() {
    let lab = Lab::new();
    let node = lab.node();
    let mut watchers = Vec::new();
    for (number, seconds) in [(1, 20), (2, 10), (3, 30)] {
        let at = World::BEGINNING + Duration::from_secs(seconds);
        node.send(key(0, number), Command::RingAt(at)).await.unwrap();
        let mut watcher = watch(&node, number).await;
        assert_eq!(shown(&mut watcher).await.flatten().unwrap().rings_at, Some(at));
        watchers.push(watcher);
    }
    for number in [1, 0, 2] {
        let commits = lab.store.commits();
        lab.world.advance(Duration::from_secs(10));
        assert_eq!(shown(&mut watchers[number]).await.flatten().unwrap().rung, 1);
        assert_eq!(lab.store.commits(), commits + 1, "only the one that is due");
    }
}

#[tokio::test]
async fn a_deadline_that_passed_before_is_settled_before_it_is_shown() {
    let lab = Lab::new();
    let node = lab.node();
    let at = World::BEGINNING + Duration::from_secs(10);
    node.send(key(0, 1), Command::RingAt(at)).await.unwrap();
    lab.world.advance(Duration::from_secs(10));
    peek(&node, key(0, 1)).await.unwrap();
    assert_eq!(lab.store.commits(), 1, "what nobody watches is left to whoever asks next");
    let mut watcher = watch(&node, 1).await;
    assert_eq!(shown(&mut watcher).await.flatten().unwrap().rung, 1);
}

#[tokio::test]
async fn two_nodes_that_watch_settle_once() {
    let lab = Lab::new();
    let (one, other) = (lab.node(), lab.node());
    let at = World::BEGINNING + Duration::from_secs(10);
    one.send(key(0, 1), Command::RingAt(at)).await.unwrap();
    let mut watchers = [watch(&one, 1).await, watch(&other, 1).await];
    for watcher in &mut watchers {
        assert_eq!(shown(watcher).await.flatten().unwrap().rung, 0);
    }
    lab.world.advance(Duration::from_secs(10));
    for watcher in &mut watchers {
        assert_eq!(shown(watcher).await.flatten().unwrap().rung, 1);
    }
}

#[tokio::test]
async fn a_deadline_outlives_a_store_out_of_reach() {
    let lab = Lab::new();
    let node = lab.node();
    let at = World::BEGINNING + Duration::from_secs(10);
    node.send(key(0, 1), Command::RingAt(at)).await.unwrap();
    let mut watcher = watch(&node, 1).await;
    assert_eq!(shown(&mut watcher).await.flatten().unwrap().rung, 0);
    lab.store.fail_commit(Fault::Unavailable);
    lab.world.advance(Duration::from_secs(10));
    eventually(|| lab.store.faults_ordered() == 0).await;
    lab.world.advance(Duration::from_secs(1));
    assert_eq!(shown(&mut watcher).await.flatten().unwrap().rung, 1);
}

#[tokio::test]
async fn the_lease_is_renewed_and_a_lost_hint_is_made_good() {
    let lab = Lab::new();
    let (one, other) = (lab.node_with(Settings { watch_lease: LEASE, ..settings() }), lab.node());
    add(&one, key(0, 1), 1).await.unwrap();
    let mut watcher = watch(&one, 1).await;
    assert_eq!(shown_value(&mut watcher).await, 1);
    for number in 2..6 {
        // Nobody brings hints here: it is by reading again that the change is found.
        add(&other, key(0, 1), 1).await.unwrap();
        lab.world.advance(LEASE / 2);
        assert_eq!(shown_value(&mut watcher).await, number);
    }
    let mut changes = lab.store.changes();
    add(&other, key(0, 1), 1).await.unwrap();
    assert!(changes.try_recv().is_ok(), "the store still tells of changes");
}
