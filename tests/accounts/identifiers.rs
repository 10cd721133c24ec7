//! Adding, replacing and removing what an account is reached by.

use chatlink::accounts::{
    Caller, IdentifierError,
    identifiers::{NewIdentifier, OldIdentifier},
};
use chatlink_actors::identifier::Identifier;
use futures_util::future::{join, join_all};

use super::support::{HERE, PASSWORD, World, otp_session};

const PHONE: &str = "+491711234567";

fn new(identifier: &str, session: u8) -> NewIdentifier {
    NewIdentifier { identifier: Identifier::parse(identifier).unwrap(), otp_session: otp_session(session), ip: HERE }
}

fn old(identifier: &str) -> OldIdentifier {
    OldIdentifier { identifier: Identifier::parse(identifier).unwrap(), credentials_version: 0, ip: HERE }
}

async fn ann(world: &World) -> Caller {
    world.registered("ann", "Ann@example.org").await;
    world.signed_in("ann").await
}

/// The notices but for those of logins.
async fn notices(world: &World) -> Vec<String> {
    world.notices().await.into_iter().filter(|notice| !notice.starts_with("new_login")).collect()
}

#[tokio::test]
async fn one_of_the_same_kind_is_replaced_and_its_reader_told() {
    let world = World::new().await;
    let caller = ann(&world).await;
    let user = world.accounts.change_identifier(caller, new("New@example.org", 1)).await.unwrap();
    world.accounts.posted().notified().await;
    assert_eq!((user.email.as_deref(), user.phone.as_deref()), (Some("New@example.org"), None));
    assert_eq!(world.accounts.current(caller).await.unwrap().0, user);
    assert_eq!(notices(&world).await, ["identifier_changed email Ann@example.org"]);
    assert_eq!(world.trail().await, ["identifier_changed"]);
    assert_eq!(world.count("select version::bigint from users").await, 1);
    world.log_in("new@EXAMPLE.org", PASSWORD).await.unwrap();
    assert!(world.log_in("ann@example.org", PASSWORD).await.is_err());
}

#[tokio::test]
async fn one_of_the_other_kind_is_added_and_the_reader_of_the_first_told() {
    let world = World::new().await;
    let caller = ann(&world).await;
    let user = world.accounts.change_identifier(caller, new(PHONE, 1)).await.unwrap();
    assert_eq!((user.email.as_deref(), user.phone.as_deref()), (Some("Ann@example.org"), Some(PHONE)));
    assert_eq!(notices(&world).await, ["identifier_changed sms Ann@example.org"]);
    world.log_in(PHONE, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn of_two_the_one_that_is_replaced_is_told() {
    let world = World::new().await;
    let caller = ann(&world).await;
    world.accounts.change_identifier(caller, new(PHONE, 1)).await.unwrap();
    world.accounts.change_identifier(caller, new("+491711234568", 2)).await.unwrap();
    let mut notices = notices(&world).await;
    notices.sort();
    assert_eq!(notices, ["identifier_changed sms +491711234567", "identifier_changed sms Ann@example.org"]);
}

#[tokio::test]
async fn what_another_account_has_cannot_be_had() {
    let world = World::new().await;
    let caller = ann(&world).await;
    world.registered("ben", "ben@example.org").await;
    let taken = world.accounts.change_identifier(caller, new("BEN@example.org", 1)).await;
    assert!(matches!(taken, Err(IdentifierError::Taken)));
    assert!(notices(&world).await.is_empty() && world.trail().await.is_empty());
    assert_eq!(world.count("select count(*) from otp_completions").await, 0);
}

#[tokio::test]
async fn of_all_who_want_one_at_once_one_gets_it() {
    let world = World::new().await;
    let mut callers = Vec::new();
    for n in 0..8 {
        let name = format!("ann{n}");
        world.registered(&name, &format!("{name}@example.org")).await;
        callers.push(world.signed_in(&name).await);
    }
    let changes = (1..).zip(&callers).map(|(n, caller)| world.accounts.change_identifier(*caller, new(PHONE, n)));
    let changes = join_all(changes).await;
    assert_eq!(changes.iter().filter(|it| it.is_ok()).count(), 1);
    assert_eq!(changes.iter().filter(|it| matches!(it, Err(IdentifierError::Taken))).count(), 7);
}

#[tokio::test]
async fn repeated_it_succeeds_again_and_does_nothing_twice() {
    let world = World::new().await;
    let caller = ann(&world).await;
    world.accounts.change_identifier(caller, new("new@example.org", 1)).await.unwrap();
    let again = world.accounts.change_identifier(caller, new("new@example.org", 1)).await.unwrap();
    assert_eq!(again.email.as_deref(), Some("new@example.org"));
    assert_eq!(notices(&world).await.len(), 1);
    // The session is used up: what it changed may have been changed again since.
    world.accounts.change_identifier(caller, new("third@example.org", 2)).await.unwrap();
    let late = world.accounts.change_identifier(caller, new("new@example.org", 1)).await;
    assert!(matches!(late, Err(IdentifierError::UsedUp)));
}

#[tokio::test]
async fn whoever_was_logged_out_changes_nothing() {
    let world = World::new().await;
    let caller = ann(&world).await;
    world.accounts.change_identifier(caller, new(PHONE, 1)).await.unwrap();
    world.accounts.log_out(caller, HERE).await.unwrap();
    let changed = world.accounts.change_identifier(caller, new("new@example.org", 2)).await;
    assert!(matches!(changed, Err(IdentifierError::NotAuthenticated)));
    let removed = world.accounts.remove_identifier(caller, old(PHONE)).await;
    assert!(matches!(removed, Err(IdentifierError::NotAuthenticated)));
}

#[tokio::test]
async fn a_removal_tells_whoever_reads_what_was_removed() {
    let world = World::new().await;
    let caller = ann(&world).await;
    world.accounts.change_identifier(caller, new(PHONE, 1)).await.unwrap();
    world.accounts.remove_identifier(caller, old("ANN@example.org")).await.unwrap();
    let told = ["identifier_changed email Ann@example.org", "identifier_changed sms Ann@example.org"];
    let mut notices = notices(&world).await;
    notices.sort();
    assert_eq!(notices, told);
    assert_eq!(world.trail().await, ["identifier_changed", "identifier_removed"]);
    assert!(world.log_in("ann@example.org", PASSWORD).await.is_err());
    world.log_in(PHONE, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn the_last_one_stays() {
    let world = World::new().await;
    let caller = ann(&world).await;
    let last = world.accounts.remove_identifier(caller, old("ann@example.org")).await;
    assert!(matches!(last, Err(IdentifierError::Last)));
    for other in ["ben@example.org", PHONE] {
        let refused = world.accounts.remove_identifier(caller, old(other)).await;
        assert!(matches!(refused, Err(IdentifierError::NotTheirs)), "{other}");
    }
    assert!(notices(&world).await.is_empty() && world.trail().await.is_empty());
}

#[tokio::test]
async fn of_two_removals_at_once_one_succeeds() {
    let world = World::new().await;
    let caller = ann(&world).await;
    for session in 1..=10 {
        let missing =
            if session == 1 || world.log_in(PHONE, PASSWORD).await.is_err() { PHONE } else { "ann@example.org" };
        world.accounts.change_identifier(caller, new(missing, session)).await.unwrap();
        let removals = join(
            world.accounts.remove_identifier(caller, old("ann@example.org")),
            world.accounts.remove_identifier(caller, old(PHONE)),
        );
        match Box::pin(removals).await {
            (Ok(()), Err(IdentifierError::Last)) | (Err(IdentifierError::Last), Ok(())) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_password_confirmed_before_it_was_changed_removes_nothing() {
    let world = World::new().await;
    let caller = ann(&world).await;
    world.accounts.change_identifier(caller, new(PHONE, 1)).await.unwrap();
    world.pool.get().await.unwrap().execute("update users set credentials_version = 1", &[]).await.unwrap();
    let refused = world.accounts.remove_identifier(caller, old(PHONE)).await;
    assert!(matches!(refused, Err(IdentifierError::PasswordChanged)));
}
