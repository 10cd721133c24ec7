//! Too much to do, nobody who waits any more, and the end.

use std::sync::{Arc, Barrier};

use chatlink_actors::shell::{SendError, Settings};
use tokio::task::JoinSet;

use crate::{
    counter::Command,
    lab::{Lab, add, all_at_once, eventually, key, peek, settings, shown, within_patience},
};

#[tokio::test]
async fn a_full_mailbox_of_an_entity_refuses_at_once() {
    let lab = Lab::new();
    let node = lab.node_with(Settings { entity_mailbox: 2, ..settings() });
    let held = lab.store.hold();
    let first = tokio::spawn({
        let node = node.clone();
        async move { add(&node, key(0, 1), 1).await }
    });
    within_patience(held.arrived(1)).await;

    let mut sends = JoinSet::new();
    for _ in 0..10 {
        let node = node.clone();
        sends.spawn(async move { add(&node, key(0, 1), 1).await });
    }
    for _ in 0..8 {
        assert_eq!(within_patience(sends.join_next()).await.unwrap().unwrap(), Err(SendError::Overloaded));
    }
    assert_eq!(node.live(), 1);
    drop(held);
    assert_eq!(first.await.unwrap(), Ok(1));
    assert!(within_patience(sends.join_all()).await.iter().all(Result::is_ok));
    assert_eq!(peek(&node, key(0, 1)).await, Ok(3), "what was refused was not carried out");
}

#[tokio::test]
async fn a_full_mailbox_of_a_supervisor_refuses_at_once() {
    let lab = Lab::new();
    let node = lab.node_with(Settings { supervisor_mailbox: 2, ..settings() });
    let barrier = Arc::new(Barrier::new(2));
    let blocker = tokio::spawn({
        let (node, barrier) = (node.clone(), Arc::clone(&barrier));
        async move { node.send(key(0, 1), Command::Block(barrier)).await }
    });
    eventually(|| node.live() == 1).await;
    barrier.wait();

    let mut sends: JoinSet<_> = (2..12)
        .map(|number| {
            let node = node.clone();
            async move { add(&node, key(0, number), 1).await }
        })
        .collect();
    for _ in 0..8 {
        assert_eq!(within_patience(sends.join_next()).await.unwrap().unwrap(), Err(SendError::Overloaded));
    }
    barrier.wait();
    assert!(within_patience(sends.join_all()).await.iter().all(Result::is_ok));
    assert_eq!(within_patience(blocker).await.unwrap(), Ok(1));
}

#[tokio::test]
async fn what_nobody_waits_for_is_finished_if_it_was_begun_and_else_dropped() {
    let lab = Lab::new();
    let node = lab.node();
    let held = lab.store.hold();
    let mut sends = JoinSet::new();
    for _ in 0..5 {
        let node = node.clone();
        sends.spawn(async move { add(&node, key(0, 1), 1).await });
    }
    within_patience(held.arrived(1)).await;
    within_patience(sends.shutdown()).await;
    drop(held);
    assert_eq!(peek(&node, key(0, 1)).await, Ok(1));
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(2));
}

#[tokio::test]
async fn a_shutdown_finishes_what_was_taken_and_takes_no_more() {
    let lab = Lab::new();
    let node = lab.node();
    let mut watcher = node.watch(key(0, 9)).await.unwrap();
    assert_eq!(shown(&mut watcher).await, Some(None));
    let held = lab.store.hold();
    let taken = tokio::spawn(all_at_once(
        (0..20).map(|number| (node.clone(), key(number % 4, 1), Command::Add(1))).collect::<Vec<_>>(),
    ));
    within_patience(held.arrived(4)).await;
    let down = tokio::spawn({
        let node = node.clone();
        async move { node.shutdown().await }
    });
    assert!(within_patience(shown(&mut watcher)).await.is_none(), "watchers hear that it is over");
    assert_eq!(add(&node, key(0, 1), 1).await, Err(SendError::Stopped));
    assert_eq!(node.watch(key(0, 1)).await.err(), Some(SendError::Stopped));
    // By the time this has gone through all shards, so has the shutdown.
    let apart = lab.node_apart();
    for shard in 0..16 {
        assert_eq!(add(&apart, key(shard, 1), 1).await, Ok(1));
    }
    assert!(!down.is_finished(), "it waits for what was taken");
    drop(held);
    let replies = within_patience(taken).await.unwrap();
    assert!(replies.iter().all(Result::is_ok), "{replies:?}");
    within_patience(down).await.unwrap();
    assert_eq!(node.live(), 0);
    assert_eq!(lab.store.commits(), 20);
    assert_eq!(peek(&lab.node(), key(0, 1)).await, Ok(5));
    within_patience(node.shutdown()).await;
}

#[tokio::test]
async fn a_shutdown_refuses_from_the_start_and_goes_on_unwatched() {
    let lab = Lab::new();
    let node = lab.node();
    let mut watcher = node.watch(key(0, 2)).await.unwrap();
    assert_eq!(shown(&mut watcher).await, Some(None));
    let barrier = Arc::new(Barrier::new(2));
    let blocker = tokio::spawn({
        let (node, barrier) = (node.clone(), Arc::clone(&barrier));
        async move { node.send(key(0, 1), Command::Block(barrier)).await }
    });
    eventually(|| node.live() == 2).await;
    barrier.wait();
    tokio::select! {
        biased;
        () = node.shutdown() => panic!("a command is under way"),
        () = std::future::ready(()) => {}
    }
    assert_eq!(add(&node, key(0, 2), 1).await, Err(SendError::Stopped));
    barrier.wait();
    assert_eq!(within_patience(blocker).await.unwrap(), Ok(1));
    assert_eq!(shown(&mut watcher).await, None);
}

#[tokio::test]
async fn a_router_that_nobody_has_any_more_ends_its_watchers() {
    let lab = Lab::new();
    let node = lab.node();
    let mut watcher = node.watch(key(0, 1)).await.unwrap();
    assert_eq!(shown(&mut watcher).await, Some(None));
    drop(node);
    assert_eq!(shown(&mut watcher).await, None);
}

#[tokio::test]
async fn stopping_the_threads_leaves_no_caller_waiting() {
    let lab = Lab::new();
    let node = lab.node();
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(1));
    drop(lab);
    assert_eq!(add(&node, key(0, 1), 1).await, Err(SendError::Stopped));
    within_patience(node.shutdown()).await;
}
