//! What opening a session leaves behind, and when none is opened.

use std::time::Duration;

use chatlink::accounts::{
    AuthError, Caller, Credentials, LogIn, LoginError, Opening, SessionKind, profile::DeviceName,
};
use futures_util::{FutureExt as _, future::join_all};

use super::support::{HERE, PASSWORD, World, attempt, person};
use crate::support::eventually;

const CHANGE: &str = "update users set credentials_version = credentials_version + 1";
const LOCK: &str = "update users set locked_at = created_at";

fn opening(device_name: Option<&str>, user_agent: Option<&str>) -> Opening {
    Opening {
        kind: SessionKind::Cookie,
        device_name: device_name.map(|name| DeviceName::parse(name).unwrap()),
        user_agent: user_agent.map(str::to_owned),
        ip: HERE,
    }
}

async fn ann(world: &World) -> Credentials {
    world.accounts.register(person("ann", "ann@example.org")).await.unwrap()
}

async fn log_in(world: &World, login: &str, opening: Opening) {
    world.accounts.log_in(LogIn { opening, ..attempt(login, PASSWORD) }).await.unwrap();
}

async fn execute(world: &World, sql: &str) {
    world.pool.get().await.unwrap().batch_execute(sql).await.unwrap();
}

async fn notices(world: &World) -> i64 {
    world.count("select count(*) from notices").await
}

async fn events(world: &World, event: &str) -> i64 {
    world.count(&format!("select count(*) from audit_events where event = '{event}'")).await
}

#[tokio::test]
async fn credentials_that_were_verified_before_a_change_open_nothing() {
    for change in [CHANGE, LOCK, "delete from users"] {
        let world = World::new().await;
        let owner = ann(&world).await;
        execute(&world, change).await;
        let error = world.accounts.open_session(owner, opening(None, None)).await.err();
        assert!(matches!(error, Some(LoginError::InvalidCredentials)), "{error:?}");
        let left = "select (select count(*) from sessions) + (select count(*) from known_devices)
                         + (select count(*) from notices)";
        assert_eq!(world.count(left).await, 0, "{change}");
        assert_eq!(events(&world, "logged_in").await, 0);
    }
}

#[tokio::test]
async fn a_login_waits_for_a_change_under_way_and_then_opens_nothing() {
    for change in [CHANGE, LOCK] {
        let world = World::new().await;
        let owner = ann(&world).await;
        let mut changing = world.pool.get().await.unwrap();
        let transaction = changing.transaction().await.unwrap();
        transaction.batch_execute(change).await.unwrap();
        transaction.batch_execute("delete from sessions").await.unwrap();
        let accounts = world.accounts.clone();
        let login = tokio::spawn(async move { accounts.open_session(owner, opening(None, None)).await });
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        eventually(async || world.count(waiting).await == 1).await;
        transaction.commit().await.unwrap();
        assert!(matches!(login.await.unwrap(), Err(LoginError::InvalidCredentials)));
        assert_eq!(world.count("select count(*) from sessions").await, 0, "{change}");
    }
}

#[tokio::test]
async fn a_locked_account_is_nobodys_while_it_is_locked() {
    let world = World::new().await;
    let owner = ann(&world).await;
    let opened = world.accounts.open_session(owner.clone(), opening(None, None)).await.unwrap();
    let caller = Caller { user: owner.user.id, session: opened.session.id };
    execute(&world, LOCK).await;
    assert!(matches!(world.accounts.current(caller).await, Err(AuthError::NotAuthenticated)));
    execute(&world, "update users set locked_at = null").await;
    assert!(world.accounts.current(caller).await.is_ok());
}

#[tokio::test]
async fn a_device_that_was_not_seen_before_is_told_to_the_owner_once() {
    let world = World::new().await;
    let owner = ann(&world).await;
    let phone = || opening(Some("phone"), Some("App/1"));
    world.accounts.open_first_session(owner, phone()).await.unwrap();
    assert_eq!(notices(&world).await, 0, "the device that somebody registers with is theirs");
    log_in(&world, "ann", phone()).await;
    log_in(&world, "ann", opening(Some("phone"), Some("Other/7"))).await;
    assert_eq!(notices(&world).await, 0);
    let posted = world.accounts.posted();
    assert_eq!(posted.notified().now_or_never(), None, "nobody is woken for nothing");

    log_in(&world, "ann", opening(None, Some("Browser/120.0"))).await;
    assert_eq!(notices(&world).await, 1);
    assert_eq!(posted.notified().now_or_never(), Some(()), "it goes out at once");
    log_in(&world, "ann", opening(None, Some("Browser/121.0.3"))).await;
    assert_eq!(notices(&world).await, 1, "a browser that was updated is no other one");
    log_in(&world, "ann", opening(None, None)).await;
    log_in(&world, "ann", opening(None, None)).await;
    log_in(&world, "ann", phone()).await;
    assert_eq!(notices(&world).await, 2);
    let told = "select count(*) from notices n join users u on u.id = n.user_id
                where n.kind = 'new_login' and n.email = 'ann@example.org' and n.phone is null and n.locale = 'de'
                  and n.ip = '127.0.0.1' and n.channel is null";
    assert_eq!(world.count(told).await, 2);
}

#[tokio::test]
async fn whoever_has_no_email_address_is_told_by_phone() {
    let world = World::new().await;
    world.registered("ben", "+491711234567").await;
    log_in(&world, "ben", opening(None, None)).await;
    let told = "select count(*) from notices where phone = '+491711234567' and email is null";
    assert_eq!(world.count(told).await, 1);
}

#[tokio::test]
async fn devices_of_one_account_are_strange_to_another() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    world.registered("ben", "ben@example.org").await;
    for login in ["ann", "ben"] {
        log_in(&world, login, opening(Some("phone"), None)).await;
    }
    assert_eq!(notices(&world).await, 2);
}

#[tokio::test]
async fn a_device_is_known_after_the_secret_was_rotated() {
    let world = World::new().await;
    let owner = ann(&world).await;
    world.accounts.open_first_session(owner.clone(), opening(Some("phone"), None)).await.unwrap();
    world.rotated().open_session(owner.clone(), opening(Some("phone"), None)).await.unwrap();
    assert_eq!(notices(&world).await, 0);
    world.rotated().open_session(owner, opening(Some("tablet"), None)).await.unwrap();
    assert_eq!(notices(&world).await, 1);
}

#[tokio::test]
async fn parallel_logins_from_a_new_device_post_one_notice() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    join_all((0..10).map(|_| log_in(&world, "ann", opening(Some("phone"), None)))).await;
    assert_eq!(notices(&world).await, 1);
}

#[tokio::test]
async fn the_twenty_devices_seen_last_are_known() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let device = |index: usize| opening(Some(&format!("device {index}")), None);
    for index in 0..20 {
        log_in(&world, "ann", device(index)).await;
        world.clock.advance(Duration::from_secs(60));
    }
    log_in(&world, "ann", device(0)).await;
    assert_eq!(notices(&world).await, 20);
    world.clock.advance(Duration::from_secs(60));
    log_in(&world, "ann", device(20)).await;
    assert_eq!(world.count("select count(*) from known_devices").await, 20);
    // The first one was seen again, so the second was forgotten.
    log_in(&world, "ann", device(0)).await;
    assert_eq!(notices(&world).await, 21);
    log_in(&world, "ann", device(1)).await;
    assert_eq!(notices(&world).await, 22);
}

#[tokio::test]
async fn a_login_that_fails_makes_no_device_known() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    assert!(world.log_in("ann", "gato negro 42").await.is_err());
    assert_eq!(world.count("select count(*) from known_devices").await, 0);
}

#[tokio::test]
async fn the_trail_says_what_happened_and_to_whom() {
    let world = World::new().await;
    let owner = ann(&world).await;
    assert_eq!((events(&world, "registered").await, events(&world, "logged_in").await), (1, 0));
    let first = world.accounts.open_first_session(owner.clone(), opening(None, None)).await.unwrap();
    assert_eq!(events(&world, "logged_in").await, 0, "registering says it");
    let second = world.accounts.open_session(owner.clone(), opening(None, None)).await.unwrap();
    let caller = |of: &chatlink::accounts::LoggedIn| Caller { user: owner.user.id, session: of.session.id };
    assert!(world.accounts.revoke(caller(&second), first.session.id, HERE).await.unwrap());
    assert!(!world.accounts.revoke(caller(&second), first.session.id, HERE).await.unwrap());
    world.accounts.log_out(caller(&second), HERE).await.unwrap();
    assert!(world.accounts.log_out(caller(&second), HERE).await.is_err());
    for (event, session) in
        [("logged_in", second.session.id), ("session_revoked", first.session.id), ("logged_out", second.session.id)]
    {
        let sql = format!(
            "select count(*) from audit_events where event = '{event}' and user_id = '{}' and session_id = '{session}'
               and ip = '127.0.0.1' and operator is null",
            owner.user.id
        );
        assert_eq!((world.count(&sql).await, events(&world, event).await), (1, 1), "{event}");
    }
    // What came to nothing leaves nothing.
    world.accounts.abandon(&second).await.unwrap();
    assert!(world.accounts.register(person("Ann", "other@example.org")).await.is_err());
    assert_eq!(world.count("select count(*) from audit_events").await, 4);
}
