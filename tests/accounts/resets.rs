//! A new password, once for each OTP session, for the account as it was when the session was started.

use std::time::Duration;

use chatlink::accounts::{
    LoginError, ResetError,
    identifiers::NewIdentifier,
    password::{Context, Password},
    reset::NewPassword,
};
use chatlink_actors::identifier::{Identifier, LoginName};
use futures_util::future::{join, join_all};

use super::support::{HERE, PASSWORD, START, World, otp_session};

const NEW: &str = "gato negro 42 lunas";
const SECOND: Duration = Duration::from_secs(1);

fn reset(login: &str, session: u8, password: &str) -> NewPassword {
    let login = Identifier::parse(login).map_or_else(|_| LoginName::Username(login.into()), LoginName::Identifier);
    NewPassword {
        login,
        password: Password::parse(password, &Context::default(), 8).unwrap(),
        otp_session: otp_session(session),
        started_at: START,
        ip: HERE,
    }
}

#[tokio::test]
async fn a_reset_replaces_the_password_ends_every_session_and_tells_the_owner() {
    let world = World::new().await;
    world.registered("Ann", "Ann@example.org").await;
    world.registered("ben", "ben@example.org").await;
    let callers = [world.signed_in("ann").await, world.signed_in("ann").await];
    let stranger = world.signed_in("ben").await;
    world.accounts.reset_password(reset("ANN@example.org", 1, NEW)).await.unwrap();

    world.accounts.posted().notified().await;
    assert_eq!(world.trail().await, ["password_reset", "sessions_revoked"]);
    assert!(matches!(world.log_in("ann", PASSWORD).await, Err(LoginError::InvalidCredentials)));
    world.log_in("ann", NEW).await.unwrap();
    for caller in callers {
        assert!(world.accounts.current(caller).await.is_err());
    }
    assert!(world.accounts.current(stranger).await.is_ok());
    assert!(world.notices().await.contains(&"password_changed Ann@example.org".to_owned()));
}

#[tokio::test]
async fn any_name_of_an_account_will_do() {
    let world = World::new().await;
    world.registered("ben", "+491711234567").await;
    for (session, login) in [(1, "ben"), (2, "+491711234567")] {
        let password = format!("{NEW} {session}");
        let started_at = chatlink_actors::ports::Clock::now(&world.clock);
        world.accounts.reset_password(NewPassword { started_at, ..reset(login, session, &password) }).await.unwrap();
        world.log_in("ben", &password).await.unwrap();
        world.clock.advance(SECOND);
    }
    assert_eq!(world.trail().await.iter().filter(|event| *event == "password_reset").count(), 2);
}

#[tokio::test]
async fn without_an_account_nothing_is_kept() {
    let world = World::new().await;
    for login in ["nobody", "nobody@example.org", "+491711234567"] {
        let refused = world.accounts.reset_password(reset(login, 1, NEW)).await;
        assert!(matches!(refused, Err(ResetError::NoAccount)), "{login}");
    }
    assert_eq!(world.count("select count(*) from otp_completions").await, 0);
    assert!(world.notices().await.is_empty() && world.trail().await.is_empty());
}

#[tokio::test]
async fn repeated_it_succeeds_again_with_the_same_password_alone() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    world.accounts.reset_password(reset("ann", 1, NEW)).await.unwrap();
    world.log_in("ann", NEW).await.unwrap();
    world.clock.advance(SECOND);
    world.accounts.reset_password(reset("ann", 1, NEW)).await.unwrap();
    let other = world.accounts.reset_password(reset("ann", 1, "another good one")).await;
    assert!(matches!(other, Err(ResetError::UsedUp)));
    world.log_in("ann", NEW).await.unwrap();
    assert_eq!(world.trail().await, ["password_reset"]);
    assert_eq!(world.count("select count(*) from notices where kind = 'password_changed'").await, 1);
}

#[tokio::test]
async fn a_session_that_was_used_up_on_one_account_opens_no_other() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    world.registered("ben", "ben@example.org").await;
    world.accounts.reset_password(reset("ann", 1, NEW)).await.unwrap();
    assert!(matches!(world.accounts.reset_password(reset("ben", 1, NEW)).await, Err(ResetError::NoAccount)));
    world.log_in("ben", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn of_parallel_completions_with_different_passwords_one_counts() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let passwords: Vec<String> = (0..8).map(|n| format!("{NEW} {n}")).collect();
    let resets = join_all(passwords.iter().map(|it| world.accounts.reset_password(reset("ann", 1, it)))).await;
    let mut working = Vec::new();
    for password in &passwords {
        working.push(world.log_in("ann", password).await.is_ok());
    }
    assert_eq!(resets.iter().map(Result::is_ok).collect::<Vec<_>>(), working);
    assert_eq!(working.iter().filter(|works| **works).count(), 1);
}

#[tokio::test]
async fn of_several_sessions_completed_at_once_one_counts() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    for round in 0..5 {
        let started_at = chatlink_actors::ports::Clock::now(&world.clock);
        world.clock.advance(SECOND);
        let resets = (0..6).map(|n| NewPassword { started_at, ..reset("ann", 10 * round + n, &format!("{NEW} {n}")) });
        let resets = join_all(resets.map(|reset| world.accounts.reset_password(reset))).await;
        assert_eq!(resets.iter().filter(|it| it.is_ok()).count(), 1, "round {round}");
        world.clock.advance(SECOND);
    }
}

#[tokio::test]
async fn no_session_of_the_old_password_survives_a_login_at_the_same_time() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    for session in 1..=10 {
        let (old, new) = (format!("{NEW} {}", session - 1), format!("{NEW} {session}"));
        let old = if session == 1 { PASSWORD } else { &old };
        let started_at = chatlink_actors::ports::Clock::now(&world.clock);
        let completion = NewPassword { started_at, ..reset("ann", session, &new) };
        let logins = join_all((0..6).map(|_| world.log_in("ann", old)));
        join(logins, world.accounts.reset_password(completion)).await.1.unwrap();
        assert_eq!(world.count("select count(*) from sessions").await, 0);
        world.clock.advance(SECOND);
    }
}

#[tokio::test]
async fn a_username_that_has_become_somebody_elses_is_not_reset() {
    let world = World::new().await;
    world.clock.advance(SECOND);
    world.registered("ann", "second@example.org").await;
    let refused = world.accounts.reset_password(reset("ann", 1, NEW)).await;
    assert!(matches!(refused, Err(ResetError::NoAccount)));
    world.log_in("ann", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_reset_that_was_started_before_the_last_change_is_worth_nothing() {
    let world = World::new().await;
    world.registered("ann", "old@example.org").await;
    let caller = world.signed_in("ann").await;
    world.clock.advance(SECOND);
    let new = Identifier::parse("new@example.org").unwrap();
    let change = NewIdentifier { identifier: new, otp_session: otp_session(9), ip: HERE };
    world.accounts.change_identifier(caller, change).await.unwrap();
    // Its code went to the old address.
    assert!(matches!(world.accounts.reset_password(reset("ann", 1, NEW)).await, Err(ResetError::NoAccount)));
    world.clock.advance(SECOND);
    let later = NewPassword { started_at: START + SECOND, ..reset("ann", 2, NEW) };
    world.accounts.reset_password(later).await.unwrap();
    // Nor is one of two that were started, once the other is done.
    let other = NewPassword { started_at: START + SECOND, ..reset("ann", 3, "another good one") };
    assert!(matches!(world.accounts.reset_password(other).await, Err(ResetError::NoAccount)));
}

#[tokio::test]
async fn a_lock_is_not_lifted_by_a_reset() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let client = world.pool.get().await.unwrap();
    client.execute("update users set locked_at = created_at", &[]).await.unwrap();
    world.accounts.reset_password(reset("ann", 1, NEW)).await.unwrap();
    assert!(world.log_in("ann", NEW).await.is_err());
    assert_eq!(world.count("select count(*) from users where locked_at is not null").await, 1);
}

#[tokio::test]
async fn what_the_account_says_of_its_owner_is_known_to_the_rules_of_passwords() {
    let world = World::new().await;
    world.registered("wanderer", "ann.lee@example.org").await;
    for (login, similar) in [("wanderer", "ann.lee@example-9"), ("ann.lee@example.org", "wanderer#9")] {
        let login = reset(login, 1, NEW).login;
        let context = world.accounts.reset_context(&login).await.unwrap();
        assert!(Password::parse(similar, &context, 8).is_err(), "{similar}");
        assert!(Password::parse(similar, &Context::default(), 8).is_ok());
        assert!(Password::parse(NEW, &context, 8).is_ok());
    }
    let unknown = world.accounts.reset_context(&LoginName::Username("nobody99".into())).await.unwrap();
    assert!(Password::parse("nobody99-77", &unknown, 8).is_err());
}

#[tokio::test]
async fn a_database_that_is_away_refuses_nobody() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    world.pool.close();
    assert!(matches!(world.accounts.reset_password(reset("ann", 1, NEW)).await, Err(ResetError::Unavailable(_))));
}
