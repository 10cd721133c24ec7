//! Notices leave the database once somebody else has them, and not before.

use std::{convert::Infallible, future::pending, time::Duration};

use chatlink::accounts::{HandOverError, notice::Notice};
use chatlink_actors::identifier::Identifier;
use futures_util::future::{join, select};
use tokio::sync::oneshot;

use super::support::World;

/// So many notices of one account, a second after each other.
async fn with_notices(number: u8) -> World {
    let world = World::new().await;
    world.registered("ann", "Ann@example.org").await;
    post(&world, "password_changed", "Ann@example.org", number).await;
    world
}

async fn post(world: &World, kind: &str, email: &str, number: u8) {
    let sql = "
        insert into notices (id, user_id, kind, email, locale, created_at)
        select gen_random_uuid(), id, $1, $2, 'de', created_at + n * interval '1 second'
        from users, generate_series(1, $3) n";
    let number = i32::from(number);
    world.pool.get().await.unwrap().execute(sql, &[&kind, &email, &number]).await.unwrap();
}

/// Takes notices, and gives them.
async fn take(world: &World, limit: usize) -> Vec<Notice> {
    let (sender, taken) = oneshot::channel();
    let keep = async |notices| {
        sender.send(notices).unwrap();
        Ok::<_, Infallible>(())
    };
    let number = world.accounts.hand_over_notices(limit, keep).await.unwrap();
    let notices = taken.await.unwrap();
    assert_eq!(notices.len(), number);
    notices
}

async fn left(world: &World) -> i64 {
    world.count("select count(*) from notices").await
}

#[tokio::test]
async fn the_oldest_go_first_and_each_once() {
    let world = with_notices(5).await;
    let mut taken = take(&world, 3).await;
    assert_eq!((taken.len(), left(&world).await), (3, 2));
    taken.extend(take(&world, 3).await);
    assert_eq!((taken.len(), left(&world).await), (5, 0));
    assert!(taken.is_sorted_by_key(|notice| notice.at));
    assert!(taken.iter().all(|notice| notice.to == Identifier::parse("Ann@example.org").unwrap()));
    assert!(take(&world, 3).await.is_empty());
}

#[tokio::test]
async fn what_nobody_takes_stays() {
    let world = with_notices(2).await;
    let refused = world.accounts.hand_over_notices(9, async |_| Err("full")).await;
    assert!(matches!(refused, Err(HandOverError::Refused("full"))));
    assert_eq!(left(&world).await, 2);

    // Whoever was taking them has died.
    let (begun, begins) = oneshot::channel();
    let dying = world.accounts.hand_over_notices(9, async |_| {
        begun.send(()).unwrap();
        pending::<Result<(), Infallible>>().await
    });
    select(Box::pin(dying), begins).await;
    let taken = async { while take(&world, 9).await.is_empty() {} };
    tokio::time::timeout(Duration::from_secs(30), taken).await.expect("they are free again");
    assert_eq!(left(&world).await, 0);
}

#[tokio::test]
async fn what_one_node_is_taking_is_left_to_it_and_nobody_waits() {
    let world = with_notices(4).await;
    let ((begun, begins), (done, is_done)) = (oneshot::channel(), oneshot::channel());
    let slow = world.accounts.hand_over_notices(3, async |notices| {
        begun.send(notices).unwrap();
        is_done.await
    });
    let quick = async {
        let held = begins.await.unwrap();
        let others = take(&world, 9).await;
        done.send(()).unwrap();
        (held, others)
    };
    let (handed_over, (held, others)) = Box::pin(join(slow, quick)).await;
    assert_eq!((handed_over.unwrap(), held.len(), others.len()), (3, 3, 1));
    assert!(!held.contains(&others[0]));
    assert_eq!(left(&world).await, 0);
}

#[tokio::test]
async fn a_kind_that_only_a_newer_version_knows_is_left_to_that() {
    let world = with_notices(1).await;
    post(&world, "of_tomorrow", "Ann@example.org", 2).await;
    assert_eq!(take(&world, 9).await.len(), 1);
    assert!(take(&world, 9).await.is_empty());
    assert_eq!(left(&world).await, 2);
}

#[tokio::test]
async fn one_that_cannot_be_read_is_in_nobodys_way() {
    let world = with_notices(1).await;
    post(&world, "password_changed", "no address", 1).await;
    post(&world, "new_login", "Ann@example.org", 1).await;
    let legible = async |notices: Vec<Notice>| {
        assert_eq!(notices.len(), 1);
        Ok::<_, Infallible>(())
    };
    assert_eq!(world.accounts.hand_over_notices(9, legible).await.unwrap(), 3, "the others are dropped");
    assert_eq!(left(&world).await, 0);
}
