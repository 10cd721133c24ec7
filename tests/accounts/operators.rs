//! What operators do, beside what the accounts' owners do.

use std::time::Duration;

use chatlink::accounts::{LoginError, Opening, SessionKind, operators::Operator, password::PasswordAttempt};

use super::support::{HERE, PASSWORD, World, person, tokens};

const OPENING: Opening = Opening { kind: SessionKind::Token, device_name: None, user_agent: None, ip: HERE };

fn operator(world: &World) -> Operator {
    Operator::new(world.accounts.clone(), "Olga".into())
}

#[tokio::test]
async fn what_was_verified_before_a_lock_counts_for_nothing_after_it() {
    let world = World::new().await;
    let ann = world.accounts.register(person("ann", "ann@example.org")).await.unwrap();
    let id = ann.user.id;
    let confirm = async || world.accounts.confirm_password(id, PasswordAttempt::new(PASSWORD), HERE).await;
    let before = confirm().await.unwrap();
    operator(&world).lock("ann").await.unwrap();
    operator(&world).unlock("ann").await.unwrap();
    let opened = world.accounts.open_session(ann, OPENING).await;
    assert!(matches!(opened, Err(LoginError::InvalidCredentials)));
    assert_ne!(confirm().await.unwrap(), before);
    world.log_in("ann", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn neither_kind_of_session_survives_a_lock() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let by_token = world.log_in("ann", PASSWORD).await.unwrap();
    let caller = world.accounts.authenticate(tokens(&by_token).access_token.as_str()).unwrap();
    operator(&world).lock("ann").await.unwrap();
    assert!(world.accounts.current(caller).await.is_err());
    operator(&world).unlock("ann").await.unwrap();
    assert!(world.accounts.current(caller).await.is_err());
}

#[tokio::test]
async fn sessions_that_have_expired_are_not_counted() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    world.log_in("ann", PASSWORD).await.unwrap();
    world.clock.advance(Duration::from_secs(15 * 24 * 3600));
    world.log_in("ann", PASSWORD).await.unwrap();
    world.clock.advance(Duration::from_secs(15 * 24 * 3600));
    assert_eq!(operator(&world).look_up("ann").await.unwrap().unwrap().sessions, 1);
    assert_eq!(operator(&world).end_sessions("ann").await.unwrap(), Some(1));
    assert_eq!(world.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn failures_that_are_forgotten_are_not_shown() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    for _ in 0..5 {
        world.log_in("ann", "gato negro 42").await.unwrap_err();
    }
    let shown = async || operator(&world).look_up("ann").await.unwrap().unwrap().throttles;
    let [slowed] = shown().await[..] else { panic!("one address") };
    assert_eq!((slowed.failures, slowed.until), (5, Some(slowed.last + Duration::from_secs(1))));
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(shown().await[0].until, None);
    world.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(shown().await, []);
}
