//! Who is let in, for how long, and who is not.

use std::time::Duration;

use chatlink::accounts::{AuthError, Caller, LogIn, LoginError, Opening, Settings, hasher::Cost, profile::DeviceName};
use futures_util::future::join_all;

use super::support::{HERE, PASSWORD, START, World, attempt, cheap_settings, tokens};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn any_spelling_of_any_name_lets_its_owner_in() {
    let world = World::new().await;
    let ann = world.registered("Ann.Lee", "Ann@Example.org").await;
    let ben = world.registered("ben", "+491711234567").await;
    for login in ["ann.lee", "ANN.LEE", " Ann.Lee ", "ann@example.org", "ANN@EXAMPLE.ORG"] {
        assert_eq!(world.log_in(login, PASSWORD).await.unwrap().user.id, ann.id, "{login}");
    }
    for login in ["ben", "+491711234567", "+49 171 123-45-67"] {
        assert_eq!(world.log_in(login, PASSWORD).await.unwrap().user.id, ben.id, "{login}");
    }
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_one() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let wrong = [
        ("ann", "gato negro 42"),
        ("ann", ""),
        ("ann", "correct horse battery "),
        ("ann", "Correct horse battery"),
        ("nobody", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("+491711234567", PASSWORD),
        ("", PASSWORD),
        ("not a name", PASSWORD),
        ("ann\0", PASSWORD),
    ];
    for (login, password) in wrong {
        let error = world.log_in(login, password).await.err();
        assert!(matches!(error, Some(LoginError::InvalidCredentials)), "{login:?} {error:?}");
    }
    assert_eq!(world.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn a_session_is_told_to_its_owner() {
    let world = World::new().await;
    let ann = world.registered("ann", "ann@example.org").await;
    let device_name = Some(DeviceName::parse("Ann's phone").unwrap());
    let ip = "::ffff:192.0.2.7".parse().unwrap();
    let plain = attempt("ann", PASSWORD);
    let opening = Opening { device_name, ip, ..plain.opening };
    let logged_in = world.accounts.log_in(LogIn { opening, ..plain }).await.unwrap();
    assert_eq!(tokens(&logged_in).expires_in, 10 * MINUTE);
    assert_eq!(tokens(&logged_in).refresh_expires_in, 30 * DAY);

    let caller = world.accounts.authenticate(tokens(&logged_in).access_token.as_str()).unwrap();
    assert_eq!(caller, Caller { user: ann.id, session: logged_in.session.id });
    let (user, session) = world.accounts.current(caller).await.unwrap();
    assert!(user == ann && session == logged_in.session);
    assert_eq!(session.device_name.as_deref(), Some("Ann's phone"));
    assert_eq!(session.ip.to_string(), "192.0.2.7");
    assert_eq!((session.created_at, session.expires_at), (START, START + 30 * DAY));
}

#[tokio::test]
async fn a_session_that_was_ended_is_refused_at_once() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let caller = signed_in(&world).await;
    let other = signed_in(&world).await;
    world.accounts.log_out(caller, HERE).await.unwrap();
    assert!(matches!(world.accounts.current(caller).await, Err(AuthError::NotAuthenticated)));
    assert!(matches!(world.accounts.log_out(caller, HERE).await, Err(AuthError::NotAuthenticated)));
    assert!(world.accounts.current(other).await.is_ok());
}

#[tokio::test]
async fn a_session_is_its_owners_alone() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let ben = world.registered("ben", "ben@example.org").await;
    let caller = signed_in(&world).await;
    let mixed = Caller { user: ben.id, ..caller };
    assert!(world.accounts.current(mixed).await.is_err());
    assert!(world.accounts.log_out(mixed, HERE).await.is_err());
    assert!(world.accounts.current(caller).await.is_ok());
}

#[tokio::test]
async fn tokens_and_sessions_end_on_their_instant() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let logged_in = world.log_in("ann", PASSWORD).await.unwrap();
    let token = tokens(&logged_in).access_token.as_str();
    let caller = world.accounts.authenticate(token).unwrap();
    world.clock.advance(Duration::from_secs(599));
    assert!(world.accounts.authenticate(token).is_ok());
    world.clock.advance(Duration::from_secs(1));
    assert!(matches!(world.accounts.authenticate(token), Err(AuthError::NotAuthenticated)));

    world.clock.set(START + just_less(30 * DAY));
    assert!(world.accounts.current(caller).await.is_ok());
    world.clock.advance(Duration::from_millis(1));
    assert!(world.accounts.current(caller).await.is_err());
    assert!(world.accounts.log_out(caller, HERE).await.is_err());
}

#[tokio::test]
async fn no_session_outlives_the_greatest_age() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let settings = Settings { session_max_age: DAY, ..cheap_settings() };
    let logged_in = world.reopened(settings).log_in(attempt("ann", PASSWORD)).await.unwrap();
    assert_eq!(tokens(&logged_in).refresh_expires_in, DAY);
    assert_eq!(logged_in.session.expires_at, START + DAY);
}

#[tokio::test]
async fn use_of_a_session_is_noted_to_a_minute() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let caller = signed_in(&world).await;
    let seen = async || world.accounts.current(caller).await.unwrap().1.last_seen_at;
    let writes = async || world.count("select count(*) from sessions where last_seen_at > created_at").await;

    world.clock.advance(just_less(MINUTE));
    assert_eq!(seen().await, START);
    assert_eq!(writes().await, 0);
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(seen().await, START + MINUTE);
    assert_eq!(writes().await, 1);
    world.clock.advance(MINUTE / 2);
    assert_eq!(seen().await, START + MINUTE);
}

#[tokio::test]
async fn the_eleventh_session_ends_the_least_recently_used() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let mut callers = Vec::new();
    for _ in 0..10 {
        callers.push(signed_in(&world).await);
        world.clock.advance(MINUTE);
    }
    // The oldest is used once more, so the second is the one to go.
    world.accounts.current(callers[0]).await.unwrap();
    world.clock.advance(MINUTE);
    callers.push(signed_in(&world).await);
    let mut alive = Vec::new();
    for caller in &callers {
        alive.push(world.accounts.current(*caller).await.is_ok());
    }
    assert_eq!(alive, [true, false, true, true, true, true, true, true, true, true, true]);
}

#[tokio::test]
async fn parallel_logins_keep_to_the_cap() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    world.registered("ben", "ben@example.org").await;
    world.log_in("ben", PASSWORD).await.unwrap();
    let logins = (0..30).map(|_| world.log_in("ann", PASSWORD));
    assert!(join_all(logins).await.iter().all(Result::is_ok));
    assert_eq!(world.count("select count(*) from sessions").await, 11);
}

#[tokio::test]
async fn expired_sessions_are_swept_by_the_next_login() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    signed_in(&world).await;
    world.clock.advance(30 * DAY);
    signed_in(&world).await;
    assert_eq!(world.count("select count(*) from sessions").await, 1);
}

#[tokio::test]
async fn a_hash_is_made_anew_when_its_cost_has_risen() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let dearer =
        Settings { password_cost: Cost { memory_kib: 128, iterations: 1, parallelism: 1 }, ..cheap_settings() };
    let accounts = world.reopened(dearer);
    let raised = "select count(*) from users where password_hash like '$argon2id$v=19$m=128,t=1,p=1$%'";
    assert!(accounts.log_in(attempt("ann", "gato negro 42")).await.is_err());
    assert_eq!(world.count(raised).await, 0);
    accounts.log_in(attempt("ann", PASSWORD)).await.unwrap();
    assert_eq!(world.count(raised).await, 1);
    // Still the same password, for the old settings and the new; and no way back to the cheaper hash.
    world.log_in("ann", PASSWORD).await.unwrap();
    accounts.log_in(attempt("ann", PASSWORD)).await.unwrap();
    assert_eq!(world.count(raised).await, 1);
}

#[tokio::test]
async fn more_logins_than_may_wait_are_refused_and_the_rest_served() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let narrow = Settings { hashing_threads: 1, hashing_queue: 1, login_failures: 20, ..cheap_settings() };
    let accounts = world
        .reopened(Settings { password_cost: Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 }, ..narrow });
    let results = join_all((0..20).map(|_| accounts.log_in(attempt("nobody", PASSWORD)))).await;
    let overloaded = results.iter().filter(|result| matches!(result, Err(LoginError::Overloaded(_)))).count();
    let served = results.iter().filter(|result| matches!(result, Err(LoginError::InvalidCredentials))).count();
    assert!(overloaded > 0 && served > 0, "{overloaded} refused, {served} served");
    assert_eq!(overloaded + served, 20);
}

#[tokio::test]
async fn a_database_that_is_away_is_no_wrong_password() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let caller = signed_in(&world).await;
    world.pool.close();
    assert!(matches!(world.log_in("ann", PASSWORD).await, Err(LoginError::Unavailable(_))));
    assert!(matches!(world.accounts.current(caller).await, Err(AuthError::Unavailable(_))));
}

fn just_less(duration: Duration) -> Duration {
    duration.checked_sub(Duration::from_millis(1)).unwrap()
}

async fn signed_in(world: &World) -> Caller {
    let logged_in = world.log_in("ann", PASSWORD).await.unwrap();
    world.accounts.authenticate(tokens(&logged_in).access_token.as_str()).unwrap()
}

#[tokio::test]
async fn no_statement_of_a_login_is_planned_more_than_once_on_a_connection() {
    const PLANS: &str = "
        select coalesce(sum(custom_plans), 0)::bigint as repeated, coalesce(sum(generic_plans), 0)::bigint as kept
        from pg_prepared_statements";
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    world.log_in("ann", PASSWORD).await.unwrap();
    let all = join_all((0..world.pool.status().size).map(|_| world.pool.get())).await;
    let (mut repeated, mut kept) = (0, 0);
    for client in &all {
        let plans = client.as_ref().unwrap().query_one(PLANS, &[]).await.unwrap();
        repeated += plans.get::<_, i64>("repeated");
        kept += plans.get::<_, i64>("kept");
    }
    assert_eq!((repeated, kept > 5), (0, true), "{kept} on {} connections", all.len());
}
