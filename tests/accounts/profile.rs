//! Changes of an account that has become another one since they were thought out.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use chatlink::accounts::{Caller, LanguageChange, Precondition, ProfileChange, ProfileError, User, field::FieldCode};
use uuid::Uuid;

use super::support::World;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn change(native: Option<&str>, learning: Option<&[&str]>, of: &User) -> ProfileChange {
    let learning: Option<Vec<String>> = learning.map(|codes| codes.iter().map(ToString::to_string).collect());
    let languages = LanguageChange::parse(native, learning.as_deref(), of).unwrap();
    ProfileChange { languages, ..ProfileChange::default() }
}

async fn apply(world: &World, user: &User, change: &ProfileChange) -> Result<User, ProfileError> {
    let caller = Caller { user: user.id, session: Uuid::nil() };
    world.accounts.change_profile(caller, change, &Precondition::Any, HERE).await
}

#[tokio::test]
async fn languages_that_no_longer_go_together_are_refused_where_they_were_given() {
    for (first, second, pointer) in
        [(None, Some("fr"), "/native_language"), (Some("fr"), None, "/learning_languages/1")]
    {
        let world = World::new().await;
        let user = world.registered("ann", "ann@example.org").await;
        let learning: &[&str] = &["it", "fr"];
        let in_the_way = change(first, first.is_none().then_some(learning), &user);
        let late = change(second, second.is_none().then_some(learning), &user);
        apply(&world, &user, &in_the_way).await.unwrap();
        world.clock.advance(Duration::from_secs(15 * 24 * 3600));
        let Err(ProfileError::Languages(errors)) = apply(&world, &user, &late).await else { panic!("{pointer}") };
        let errors: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
        assert_eq!(errors, [(pointer, FieldCode::SameAsNative)]);
    }
}

#[tokio::test]
async fn an_account_that_is_no_more_is_not_changed() {
    let world = World::new().await;
    let user = world.registered("ann", "ann@example.org").await;
    let change = change(Some("fr"), None, &user);
    let client = world.pool.get().await.unwrap();
    client.execute("delete from users", &[]).await.unwrap();
    assert!(matches!(apply(&world, &user, &change).await, Err(ProfileError::Gone)));
    assert_eq!(world.count("select count(*) from audit_events where event = 'profile_changed'").await, 0);
}
