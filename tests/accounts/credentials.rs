//! What was verified of a password counts until it is changed.

use std::net::{IpAddr, Ipv4Addr};

use chatlink::accounts::{
    Caller, LoginError, Opening, OwnerError, PasswordChange, SessionKind,
    password::{Password, PasswordAttempt},
};
use uuid::Uuid;

use super::support::{PASSWORD, World, attempt, person};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[tokio::test]
async fn nobody_gets_in_by_a_password_that_was_changed_while_it_was_verified() {
    let world = World::new().await;
    let verified = world.accounts.register(person("ann", "ann@example.org")).await.unwrap();
    let opened = world.accounts.log_in(attempt("ann", PASSWORD)).await.unwrap();
    let caller = Caller { user: opened.user.id, session: opened.session.id };
    let new = Password::parse("tulip-Hammer-sand-93", &opened.user.context(), 8).unwrap();
    let change = PasswordChange { current: PasswordAttempt::new(PASSWORD), new, ip: HERE };

    // A session that has ended changes nothing, whoever holds it.
    let elsewhere = Caller { session: Uuid::nil(), ..caller };
    let refused = world.accounts.change_password(elsewhere, change.clone()).await;
    assert!(matches!(refused, Err(OwnerError::NotAuthenticated)), "{refused:?}");

    world.accounts.change_password(caller, change).await.unwrap();
    let opening = Opening { kind: SessionKind::Token, device_name: None, user_agent: None, ip: HERE };
    let late = world.accounts.open_session(verified, opening).await;
    assert!(matches!(late, Err(LoginError::InvalidCredentials)), "{late:?}");
}
