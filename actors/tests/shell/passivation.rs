//! Who leaves memory, when, and that nothing is lost by it.

use std::time::Duration;

use chatlink_actors::shell::Settings;

use crate::lab::{Lab, add, eventually, key, settings, shown_value};

const IDLE: Duration = Duration::from_secs(300);

#[tokio::test]
async fn what_is_idle_leaves_memory_and_loses_nothing() {
    let lab = Lab::new();
    let node = lab.node_with(Settings { idle: IDLE, ..settings() });
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(1));
    assert_eq!(add(&node, key(1, 1), 1).await, Ok(1));
    assert_eq!(node.live(), 2);
    lab.world.advance(IDLE / 2);
    assert_eq!(add(&node, key(1, 1), 1).await, Ok(2), "was used in time");
    lab.world.advance(IDLE / 2);
    eventually(|| node.live() == 1).await;
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(2));
    lab.world.advance(IDLE);
    eventually(|| node.live() == 0).await;
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(3));
}

#[tokio::test]
async fn the_least_recently_used_leaves_when_there_are_too_many() {
    let lab = Lab::new();
    let node = lab.node_with(Settings { max_live: 2 * 16, ..settings() });
    for number in [1, 2, 1, 3] {
        add(&node, key(0, number), 1).await.unwrap();
    }
    assert_eq!(node.live(), 2);
    let commits = lab.store.commits();
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(3));
    assert_eq!(lab.store.commits(), commits + 1, "the first was used again, and is remembered");
    assert_eq!(add(&node, key(0, 2), 1).await, Ok(2), "the second was forgotten, and has lost nothing");
    assert_eq!(lab.store.commits(), commits + 3);
}

#[tokio::test]
async fn memory_is_bounded_whatever_comes() {
    let lab = Lab::new();
    let node = lab.node_with(Settings { max_live: 16, ..settings() });
    for number in 0..100 {
        add(&node, key(number % 32, number), 1).await.unwrap();
        assert!(node.live() <= 16);
    }
}

#[tokio::test]
async fn what_is_watched_stays() {
    let lab = Lab::new();
    let node = lab.node_with(Settings { max_live: 16, idle: IDLE, ..settings() });
    add(&node, key(0, 1), 1).await.unwrap();
    let mut watcher = node.watch(key(0, 1)).await.unwrap();
    assert_eq!(shown_value(&mut watcher).await, 1);
    for number in 2..10 {
        add(&node, key(0, number), 1).await.unwrap();
    }
    assert_eq!(node.live(), 2, "the watched one, and one more");
    for _ in 0..3 {
        lab.world.advance(IDLE);
        eventually(|| node.live() == 1).await;
    }
    add(&node, key(0, 1), 1).await.unwrap();
    assert_eq!(shown_value(&mut watcher).await, 2);

    drop(watcher);
    lab.world.advance(IDLE);
    eventually(|| node.live() == 0).await;
}

#[tokio::test]
async fn what_is_at_work_stays() {
    let lab = Lab::new();
    let node = lab.node_with(Settings { max_live: 16, idle: IDLE, ..settings() });
    let held = lab.store.hold();
    let send = |number| {
        let node = node.clone();
        tokio::spawn(async move { add(&node, key(0, number), 1).await })
    };
    let (first, other) = (send(1), send(2));
    held.arrived(2).await;
    let again = send(1);
    lab.world.advance(IDLE);
    assert_eq!(node.live(), 2);
    drop(held);
    assert_eq!((first.await.unwrap(), other.await.unwrap(), again.await.unwrap()), (Ok(1), Ok(1), Ok(2)));
    assert_eq!(lab.store.commits(), 3, "nobody was overtaken by a second activation");
}
