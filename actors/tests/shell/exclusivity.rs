//! One command at a time, each on the newest state, wherever it came from.

use chatlink_actors::shell::SendError;

use crate::{
    counter::{Command, KEPT},
    lab::{Lab, add, all_at_once, key, peek},
};

#[tokio::test]
async fn parallel_commands_are_each_counted_once() {
    let lab = Lab::new();
    let node = lab.node();
    let replies = all_at_once((0..100).map(|_| (node.clone(), key(3, 1), Command::Add(1)))).await;
    let mut counts: Vec<_> = replies.into_iter().map(Result::unwrap).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=100).collect::<Vec<_>>());
    assert_eq!(lab.effects(3), counts, "effects stand in the order of the transitions");
    assert_eq!(lab.store.commits(), 100, "on one node nothing is overtaken");
    assert_eq!(lab.store.loads(), 0, "nor read");
}

#[tokio::test]
async fn parallel_commands_on_two_nodes_are_each_counted_once() {
    let lab = Lab::new();
    let nodes = [lab.node(), lab.node()];
    let sends = (0..100).map(|index: usize| (nodes[index % 2].clone(), key(3, 1), Command::Add(1)));
    let mut counts: Vec<_> = all_at_once(sends).await.into_iter().map(Result::unwrap).collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=100).collect::<Vec<_>>());
    assert_eq!(lab.effects(3), counts);
}

#[tokio::test]
async fn keys_of_all_shards_are_served() {
    let lab = Lab::new();
    let node = lab.node();
    for shard in 0..=u8::MAX {
        assert_eq!(add(&node, key(shard, 1), u64::from(shard)).await, Ok(u64::from(shard)));
    }
    assert_eq!(node.live(), 256);
}

#[tokio::test]
async fn commands_of_one_sender_are_taken_in_order() {
    let lab = Lab::new();
    let node = lab.node();
    let (one, two) = (Command::Add(1), Command::Add(10));
    let replies =
        tokio::join!(node.send(key(0, 1), one), node.send(key(0, 1), two), node.send(key(0, 1), Command::Peek));
    assert_eq!(replies, (Ok(1), Ok(11), Ok(11)));
}

#[tokio::test]
async fn who_is_overtaken_decides_again_on_the_newer_state() {
    let lab = Lab::new();
    let (one, other) = (lab.node(), lab.node());
    assert_eq!(add(&one, key(0, 1), 1).await, Ok(1));
    assert_eq!(add(&other, key(0, 1), 10).await, Ok(11));
    assert_eq!(add(&one, key(0, 1), 100).await, Ok(111));
    assert_eq!(lab.effects(0), [1, 11, 111]);
    assert_eq!(lab.store.loads(), 0, "the lost swap brought the newer state along");
}

#[tokio::test]
async fn what_is_remembered_never_answers_alone() {
    let lab = Lab::new();
    let (one, other) = (lab.node(), lab.node());
    assert_eq!(add(&one, key(0, 1), 1).await, Ok(1));
    assert_eq!(add(&other, key(0, 1), 10).await, Ok(11));
    assert_eq!(peek(&one, key(0, 1)).await, Ok(11));
    lab.store.set_down(true);
    assert_eq!(peek(&one, key(0, 1)).await, Err(SendError::Unavailable));
}

#[tokio::test]
async fn what_is_not_known_is_presumed_absent_but_not_said_to_be() {
    let lab = Lab::new();
    let node = lab.node();
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(1));
    assert_eq!((lab.store.commits(), lab.store.loads()), (1, 0), "a first command costs one round trip");
    let newcomer = lab.node();
    assert_eq!(peek(&newcomer, key(0, 1)).await, Ok(1));
    assert_eq!((lab.store.commits(), lab.store.loads()), (1, 1));
    assert_eq!(peek(&newcomer, key(0, 2)).await, Ok(0));
}

#[tokio::test]
async fn what_the_store_forgot_begins_anew() {
    let lab = Lab::new();
    let node = lab.node();
    assert_eq!(add(&node, key(0, 1), 1).await, Ok(1));
    lab.world.advance(KEPT);
    assert_eq!(add(&node, key(0, 1), 10).await, Ok(10));
}
