//! Deleting accounts: by their owners while the password that they gave holds, or by operators.

use chatlink::accounts::{Caller, Confirmed, OwnerError, PasswordError, audit::By};
use uuid::Uuid;

use super::support::{World, attempt};

const CHANGE: &str = "update users set credentials_version = credentials_version + 1";

#[tokio::test]
async fn an_operator_deletes_an_account_and_the_trail_says_who() {
    let world = World::new().await;
    let ann = world.registered("ann", "ann@example.org").await;
    world.registered("bob", "bob@example.org").await;
    let operator = || By::Operator("root".to_owned());
    assert!(!world.accounts.delete(Uuid::nil(), operator()).await.unwrap());
    assert!(world.accounts.delete(ann.id, operator()).await.unwrap());
    assert!(!world.accounts.delete(ann.id, operator()).await.unwrap());
    assert_eq!(world.count("select count(*) from users where username = 'bob'").await, 1);
    let trail = "select count(*) from audit_events where event = 'deleted' and operator = 'root' and ip is null";
    assert_eq!(world.count(trail).await, 1);
    assert!(world.accounts.traces(ann.id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_password_that_was_changed_since_deletes_nothing() {
    let world = World::new().await;
    let ann = world.registered("ann", "ann@example.org").await;
    let opened = world.accounts.log_in(attempt("ann", super::support::PASSWORD)).await.unwrap();
    let by = || By::Client(opened.session.ip);
    let caller = Caller { user: ann.id, session: opened.session.id };
    let verified = Confirmed { version: 0 };
    world.pool.get().await.unwrap().execute(CHANGE, &[]).await.unwrap();
    let refused = world.accounts.delete_own(caller, verified, by()).await;
    assert!(matches!(refused, Err(OwnerError::Password(PasswordError::Incorrect))), "{refused:?}");
    let elsewhere = Caller { session: Uuid::nil(), ..caller };
    let refused = world.accounts.delete_own(elsewhere, Confirmed { version: 1 }, by()).await;
    assert!(matches!(refused, Err(OwnerError::NotAuthenticated)), "{refused:?}");
    world.accounts.delete_own(caller, Confirmed { version: 1 }, by()).await.unwrap();
    assert_eq!(world.count("select count(*) from users").await, 0);
}

#[tokio::test]
async fn failed_logins_to_an_account_are_forgotten_with_it() {
    let world = World::new().await;
    let ann = world.registered("ann", "ann@example.org").await;
    for login in ["ann", "nobody"] {
        world.log_in(login, "not-The-password-1").await.unwrap_err();
    }
    assert_eq!(world.count("select count(*) from login_throttles").await, 2);
    world.accounts.delete(ann.id, By::Operator("root".to_owned())).await.unwrap();
    assert_eq!(world.count("select count(*) from login_throttles").await, 1, "that of the unknown name");
}
