//! How fast passwords may be guessed: exactly, whoever asks at the same time, on whichever node.

use std::{net::IpAddr, time::Duration};

use chatlink::accounts::{Accounts, LogIn, LoginError, Opening, PasswordError, Settings, password::PasswordAttempt};
use chatlink_actors::otp::Rate;
use futures_util::future::join_all;

use super::support::{HERE, PASSWORD, World, attempt, cheap_settings};

const WRONG: &str = "gato negro 42";
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    In,
    Wrong,
    Throttled(Duration),
}

use Outcome::{In, Throttled, Wrong};

async fn tries(accounts: &Accounts, login: &str, password: &str, from: IpAddr) -> Outcome {
    let attempt = attempt(login, password);
    let opening = Opening { ip: from, ..attempt.opening };
    match accounts.log_in(LogIn { opening, ..attempt }).await {
        Ok(_) => In,
        Err(LoginError::InvalidCredentials) => Wrong,
        Err(LoginError::Throttled { left }) => Throttled(left),
        Err(error) => panic!("{error}"),
    }
}

async fn fails(accounts: &Accounts, login: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(tries(accounts, login, WRONG, HERE).await, Wrong, "{login}");
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn count(outcomes: &[Outcome], of: Outcome) -> usize {
    outcomes.iter().filter(|outcome| **outcome == of).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_parallel_guesses_get_as_many_verdicts_as_five_in_turn() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    for login in ["ann", "nobody", "no name"] {
        let outcomes = join_all((0..100).map(|_| tries(&world.accounts, login, WRONG, HERE))).await;
        assert_eq!((count(&outcomes, Wrong), count(&outcomes, Throttled(SECOND))), (5, 95), "{login}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_count_together() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let other = world.reopened(cheap_settings());
    let nodes = [&world.accounts, &other];
    let outcomes = join_all((0..60).map(|n| tries(nodes[n % 2], "ann", WRONG, HERE))).await;
    assert_eq!((count(&outcomes, Wrong), count(&outcomes, Throttled(SECOND))), (5, 55));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_guess_hidden_among_wrong_ones_is_not_judged_either() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    fails(&world.accounts, "ann", 5).await;
    let passwords = (0..40).map(|n| if n == 20 { PASSWORD } else { WRONG });
    let outcomes = join_all(passwords.map(|password| tries(&world.accounts, "ann", password, HERE))).await;
    assert_eq!(count(&outcomes, Throttled(SECOND)), 40, "{outcomes:?}");
    assert_eq!(world.count("select count(*) from sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_parallel_right_logins_are_all_let_in() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    fails(&world.accounts, "ann", 4).await;
    let outcomes = join_all((0..50).map(|_| tries(&world.accounts, "ann", PASSWORD, HERE))).await;
    assert_eq!(count(&outcomes, In), 50, "{outcomes:?}");
}

#[tokio::test]
async fn an_account_is_one_by_whatever_name_and_in_whatever_spelling() {
    let world = World::new().await;
    world.registered("Ann.Lee", "Ann@Example.org").await;
    world.pool.get().await.unwrap().execute("update users set phone = '+491711234567'", &[]).await.unwrap();
    for login in ["ann.lee", " ANN.LEE ", "ann@example.org", "ANN@EXAMPLE.ORG", "+49 171 123-45-67"] {
        assert_eq!(tries(&world.accounts, login, WRONG, HERE).await, Wrong, "{login}");
    }
    for login in ["Ann.Lee", "ann@example.org", "+491711234567"] {
        assert_eq!(tries(&world.accounts, login, PASSWORD, HERE).await, Throttled(SECOND), "{login}");
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_one_in_whatever_spelling() {
    let world = World::new().await;
    let spellings = [
        ["no.body", " No.Body", "NO.BODY", "no.body ", "No.bodY", "no.body"],
        ["a@example.org", "A@example.org", "a@EXAMPLE.org", " a@example.org", "a@example.org ", "A@Example.Org"],
        ["+491711234567", "+49 171 1234567", "+49 (171) 123-4567", " +491711234567", "+49-1711234567", "+491711234567"],
        ["no name", " no name", "no name ", "No Name", "NO NAME", "no name"],
    ];
    for spelled in spellings {
        for login in &spelled[..5] {
            assert_eq!(tries(&world.accounts, login, WRONG, HERE).await, Wrong, "{login:?}");
        }
        assert_eq!(tries(&world.accounts, spelled[5], WRONG, HERE).await, Throttled(SECOND), "{spelled:?}");
    }
}

#[tokio::test]
async fn neither_another_address_nor_another_account_is_slowed_down() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    world.registered("ben", "ben@example.org").await;
    fails(&world.accounts, "ann", 5).await;
    assert_eq!(tries(&world.accounts, "ben", PASSWORD, HERE).await, In);
    assert_eq!(tries(&world.accounts, "ann", PASSWORD, ip("127.0.0.2")).await, In);
    // No success elsewhere resets anything.
    assert_eq!(tries(&world.accounts, "ann", PASSWORD, HERE).await, Throttled(SECOND));
    world.clock.advance(SECOND);
    assert_eq!(tries(&world.accounts, "ann", WRONG, HERE).await, Wrong);
    assert_eq!(tries(&world.accounts, "ann", PASSWORD, HERE).await, Throttled(2 * SECOND));
}

#[tokio::test]
async fn a_success_from_the_same_address_forgives_the_account() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    for _ in 0..3 {
        fails(&world.accounts, "ann", 4).await;
        assert_eq!(tries(&world.accounts, "ann", PASSWORD, HERE).await, In);
    }
    fails(&world.accounts, "ann", 5).await;
    world.clock.advance(SECOND);
    assert_eq!(tries(&world.accounts, "ann", PASSWORD, HERE).await, In);
    fails(&world.accounts, "ann", 5).await;
}

#[tokio::test]
async fn whoever_sprays_many_names_from_one_address_is_stopped() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let rate = Rate { limit: 10, window: HOUR };
    let accounts = world.reopened(Settings { login_address_failures: rate, ..cheap_settings() });
    let subscriber = |n: usize| ip(&format!("2001:db8:0:1::{n}"));
    for n in 0..10 {
        assert_eq!(tries(&accounts, &format!("name{n}"), WRONG, subscriber(n)).await, Wrong);
        world.clock.advance(SECOND);
    }
    for login in ["ann", "name11", "no name"] {
        let outcome = tries(&accounts, login, PASSWORD, subscriber(99)).await;
        assert_eq!(outcome, Throttled(HOUR.checked_sub(10 * SECOND).unwrap()), "{login}");
    }
    assert_eq!(tries(&accounts, "ann", PASSWORD, ip("2001:db8:0:2::1")).await, In);
    world.clock.advance(HOUR.checked_sub(10 * SECOND).unwrap());
    assert_eq!(tries(&accounts, "name11", WRONG, subscriber(1)).await, Wrong);
    assert_eq!(tries(&accounts, "ann", PASSWORD, subscriber(1)).await, Throttled(SECOND));
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_spraying_gets_no_more_verdicts_than_the_address_has() {
    let world = World::new().await;
    let rate = Rate { limit: 10, window: HOUR };
    let accounts = world.reopened(Settings { login_address_failures: rate, ..cheap_settings() });
    let names: Vec<String> = (0..60).map(|n| format!("name{n}")).collect();
    let outcomes = join_all(names.iter().map(|name| tries(&accounts, name, WRONG, HERE))).await;
    assert_eq!((count(&outcomes, Wrong), count(&outcomes, Throttled(HOUR))), (10, 50));
}

#[tokio::test]
async fn confirming_a_password_counts_with_logging_in() {
    let world = World::new().await;
    let ann = world.registered("ann", "ann@example.org").await;
    let confirm = async |password| world.accounts.confirm_password(ann.id, PasswordAttempt::new(password), HERE).await;
    assert_eq!(confirm(PASSWORD).await.unwrap().version, 0);
    fails(&world.accounts, "ann", 2).await;
    for _ in 0..3 {
        assert!(matches!(confirm(WRONG).await, Err(PasswordError::Incorrect)));
    }
    for password in [PASSWORD, WRONG] {
        assert!(matches!(confirm(password).await, Err(PasswordError::Throttled { left: SECOND })));
    }
    assert_eq!(tries(&world.accounts, "ann", PASSWORD, HERE).await, Throttled(SECOND));
    world.clock.advance(SECOND);
    confirm(PASSWORD).await.unwrap();
    fails(&world.accounts, "ann", 4).await;
}

#[tokio::test]
async fn nobody_confirms_the_password_of_an_account_that_is_gone() {
    let world = World::new().await;
    let gone = uuid::Uuid::nil();
    let confirmed = world.accounts.confirm_password(gone, PasswordAttempt::new(PASSWORD), HERE).await;
    assert!(matches!(confirmed, Err(PasswordError::Incorrect)));
}

#[tokio::test]
async fn what_fails_is_entered_in_the_trail_with_the_account_where_there_is_one() {
    let world = World::new().await;
    let ann = world.registered("ann", "ann@example.org").await;
    for login in ["ann", "nobody"] {
        fails(&world.accounts, login, 5).await;
        // However often somebody tries during the pause, it begins once.
        for _ in 0..3 {
            assert_eq!(tries(&world.accounts, login, PASSWORD, HERE).await, Throttled(SECOND));
        }
    }
    world.accounts.confirm_password(ann.id, PasswordAttempt::new(WRONG), ip("192.0.2.1")).await.unwrap_err();
    let rows = "select count(*) from audit_events where";
    for (known, event, times) in [
        ("user_id is not null", "login_failed", 5),
        ("user_id is not null", "login_throttled", 1),
        ("user_id is null", "login_failed", 5),
        ("user_id is null", "login_throttled", 1),
        ("user_id is not null and ip = '192.0.2.1'", "password_incorrect", 1),
    ] {
        assert_eq!(world.count(&format!("{rows} {known} and event = '{event}'")).await, times, "{known} {event}");
    }
}

#[tokio::test]
async fn nothing_typed_and_no_address_is_kept_with_what_is_counted() {
    let world = World::new().await;
    world.registered("planted.name", "planted.local@example.org").await;
    let from = ip("203.0.113.77");
    for login in ["planted.name", "planted.local@example.org", "planted.nobody", "planted nonsense"] {
        tries(&world.accounts, login, "planted-wrong", from).await;
    }
    let tables = "select count(*) from (
            select t::text as row from login_throttles t union all select t::text from login_addresses t
            union all select (at, event, user_id, session_id, operator)::text from audit_events
        ) rows where row like '%planted%' or row like '%203.0.113%' or row like '%example%'";
    assert_eq!(world.count(tables).await, 0);
    assert_eq!(world.count("select count(*) from login_throttles").await, 3);
    assert_eq!(world.count("select count(*) from login_addresses").await, 1);
    let bytes = "select count(*) from login_throttles where position('planted'::bytea in account) > 0";
    assert_eq!(world.count(bytes).await, 0);
}

#[tokio::test]
async fn a_locked_account_tells_so_to_who_knows_its_password_alone() {
    let world = World::new().await;
    world.registered("ann", "ann@example.org").await;
    let lock = "update users set locked_at = $1";
    let now = time::macros::datetime!(2026-01-02 03:04:05 UTC);
    world.pool.get().await.unwrap().execute(lock, &[&now]).await.unwrap();
    assert!(matches!(world.log_in("ann", PASSWORD).await, Err(LoginError::Locked)));
    fails(&world.accounts, "ann", 5).await;
    assert_eq!(tries(&world.accounts, "ann", PASSWORD, HERE).await, Throttled(SECOND));
    assert_eq!(world.count("select count(*) from audit_events where event = 'login_locked'").await, 1);
    assert_eq!(world.count("select count(*) from sessions").await, 0);
}

#[tokio::test]
async fn a_flood_of_what_is_throttled_keeps_nobody_waiting() {
    let world = World::new().await;
    fails(&world.accounts, "nobody", 5).await;
    // As if an attempt from the same address were being settled.
    let mut other = world.pool.get().await.unwrap();
    let busy = other.transaction().await.unwrap();
    let lock = "select pg_advisory_xact_lock(('x' || encode(substring(address from 1 for 8), 'hex'))::bit(64)::bigint)
                from login_addresses";
    assert_eq!(busy.query(lock, &[]).await.unwrap().len(), 1);
    assert_eq!(tries(&world.accounts, "nobody", WRONG, HERE).await, Throttled(SECOND));
}
