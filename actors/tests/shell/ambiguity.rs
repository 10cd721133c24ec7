//! Stores that fail, lose answers and lie around; entities that panic.

use std::time::Duration;

use chatlink_actors::{
    ports::{Commit, Committed, SnapshotStore as _, Version},
    shell::{SendError, Settings},
    testkit::Fault,
};

use crate::{
    counter::{Command, KEPT},
    lab::{Lab, add, key, peek, settings, within_patience},
};

/// After any of these faults the command is answered, and has happened once.
async fn happens_once_despite(fault: Fault, settings: Settings) {
    let lab = Lab::new();
    let node = lab.node_with(settings);
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(1));
    lab.store.fail_commit(fault);
    assert_eq!(add(&node, key(0, 1), 10).await, Ok(11), "{fault:?}");
    assert_eq!(add(&node, key(0, 1), 100).await, Ok(111), "{fault:?}");
    assert_eq!(lab.effects(0), [1, 11, 111], "{fault:?}");

    lab.store.fail_commit(fault);
    assert_eq!(add(&node, key(0, 2), 1).await, Ok(1), "{fault:?} of the first commit to a key");
    assert_eq!(lab.effects(0), [1, 11, 111, 1], "{fault:?}");
}

#[tokio::test]
async fn a_commit_that_landed_unheard_is_answered_and_not_sent_again() {
    happens_once_despite(Fault::LoseAnswer, settings()).await;
}

#[tokio::test]
async fn a_commit_that_got_lost_is_sent_again() {
    happens_once_despite(Fault::LoseRequest, settings()).await;
}

#[tokio::test]
async fn a_commit_that_lands_late_makes_its_second_sending_lose_to_itself() {
    happens_once_despite(Fault::Linger, settings()).await;
}

#[tokio::test]
async fn a_store_that_never_answers_is_not_waited_for() {
    let settings = Settings { store_timeout: Duration::from_millis(20), ..settings() };
    happens_once_despite(Fault::NeverAnswer, settings).await;
}

#[tokio::test]
async fn a_store_that_stands_still_is_not_waited_for_by_callers() {
    let lab = Lab::new();
    let node = lab.node_with(Settings { request_timeout: Duration::from_millis(20), ..settings() });
    let _held = lab.store.hold();
    assert_eq!(add(&node, key(0, 1), 1).await, Err(SendError::Unavailable));
    assert_eq!(peek(&node, key(0, 2)).await, Err(SendError::Unavailable));
    assert_eq!(node.watch(key(0, 3)).await.err(), Some(SendError::Unavailable));
}

#[tokio::test]
async fn a_command_does_not_keep_its_entity_for_longer_than_its_caller() {
    let lab = Lab::new();
    let (short, long) = (Duration::from_millis(20), Duration::from_secs(60 * 60));
    let node = lab.node_with(Settings { request_timeout: short, store_timeout: long, ..settings() });
    lab.store.fail_commit(Fault::NeverAnswer);
    assert_eq!(add(&node, key(0, 1), 1).await, Err(SendError::Unavailable));
    within_patience(async { while peek(&node, key(0, 1)).await != Ok(1) {} }).await;
}

#[tokio::test]
async fn a_command_that_got_lost_and_was_overtaken_is_decided_again() {
    let lab = Lab::new();
    let (one, other) = (lab.node(), lab.node());
    assert_eq!(add(&one, key(0, 1), 1).await, Ok(1));
    assert_eq!(add(&other, key(0, 1), 10).await, Ok(11));
    lab.store.fail_commit(Fault::LoseRequest);
    assert_eq!(add(&one, key(0, 1), 100).await, Ok(111));
    assert_eq!(lab.effects(0), [1, 11, 111]);
}

#[tokio::test]
async fn what_gets_lost_again_and_again_is_given_up() {
    let lab = Lab::new();
    let node = lab.node();
    (0..3).for_each(|_| lab.store.fail_commit(Fault::LoseRequest));
    assert_eq!(add(&node, key(0, 1), 1).await, Err(SendError::Unavailable));
    assert_eq!(peek(&node, key(0, 1)).await, Ok(0));
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(1));
}

#[tokio::test]
async fn a_store_out_of_reach_changes_nothing_and_comes_back() {
    let lab = Lab::new();
    let node = lab.node();
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(1));
    lab.store.set_down(true);
    for key in [key(0, 1), key(0, 2)] {
        assert_eq!(add(&node, key, 10).await, Err(SendError::Unavailable));
        assert_eq!(peek(&node, key).await, Err(SendError::Unavailable));
        assert_eq!(node.watch(key).await.err(), Some(SendError::Unavailable));
    }
    lab.store.set_down(false);
    assert_eq!(add(&node, key(0, 1), 100).await, Ok(101));
    assert_eq!(peek(&node, key(0, 2)).await, Ok(0));
    assert_eq!(lab.effects(0), [1, 101]);
}

#[tokio::test]
async fn an_unreachable_store_is_not_asked_again_by_itself() {
    let lab = Lab::new();
    let node = lab.node();
    lab.store.fail_commit(Fault::Unavailable);
    assert_eq!(add(&node, key(0, 1), 1).await, Err(SendError::Unavailable));
    assert_eq!((lab.store.commits(), lab.store.loads()), (0, 0));
}

#[tokio::test]
async fn a_state_that_cannot_be_read_is_left_alone() {
    let lab = Lab::new();
    let node = lab.node();
    let damaged = Commit {
        key: key(0, 1),
        expected: None,
        version: Version(1),
        bytes: b"damaged".to_vec(),
        keep_until: node.clock().now() + KEPT,
        effects: Vec::new(),
    };
    assert_eq!(lab.store.commit(damaged).await.unwrap(), Committed::Won);
    assert_eq!(add(&node, key(0, 1), 1).await, Err(SendError::Unavailable));
    assert_eq!(peek(&node, key(0, 1)).await, Err(SendError::Unavailable));
    assert_eq!(lab.store.load(key(0, 1)).await.unwrap().unwrap().bytes, b"damaged");
}

#[tokio::test]
async fn an_entity_that_panics_is_activated_anew() {
    let lab = Lab::new();
    let node = lab.node();
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(1));
    let mut watcher = node.watch(key(0, 1)).await.unwrap();
    assert_eq!(node.send(key(0, 1), Command::Panic).await, Err(SendError::Unavailable));
    assert!(watcher.next().await.is_some());
    assert!(watcher.next().await.is_none(), "whoever watched it hears that it is over");
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(2));
    assert_eq!(add(&node, key(0, 2), 1).await, Ok(1), "its neighbours are not concerned");
}
