//! `chatlink admin` as operators run it: the real program, beside a server that runs.

use std::{process::Output, time::Duration};

use futures_util::future::join_all;
use serde_json::Value;

use crate::{
    dev::harness::{Dev, chatlink, directory},
    profile::search::{in_postgres, in_redis},
    support::{
        Place, Server,
        client::{Client, PASSWORD},
        eventually,
        flow::Flow,
    },
};

const WRONG: &str = "another-Quartz-plum-12";

/// Its time is not the program's, by whose time entries of today would have passed.
async fn server() -> Server {
    Server::with(&[("audit.retention", "3650d")]).await
}

async fn admin(place: &Place, arguments: &[&str]) -> Output {
    let folder = directory();
    let mut command = chatlink(&["admin", "--operator", "Olga"]);
    command.args(arguments).current_dir(folder.path());
    for (key, value) in place.settings() {
        // Nothing else is needed, and Redis by one of them alone.
        let needs_redis = arguments.contains(&"delete") && key.starts_with("redis.");
        if needs_redis || ["postgres.url", "secrets.key"].contains(&key.as_str()) {
            command.env(format!("CHATLINK__{}", key.replace('.', "__").to_uppercase()), value);
        }
    }
    command.output().await.unwrap()
}

/// Runs it and gives what it printed.
pub async fn done(place: &Place, arguments: &[&str]) -> String {
    let output = admin(place, arguments).await;
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

async fn id_of(member: &Client) -> String {
    member.get("/v1/me").await.expect(200)["id"].as_str().unwrap().to_owned()
}

async fn entries(place: &Place, event: &str) -> i64 {
    place.count("select count(*) from audit_events where operator = 'Olga' and event = $1", event).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_looked_up_by_whatever_names_it() {
    let server = server().await;
    let member = server.register("Planted.Local@example.org", "Ann.Lee").await;
    let id = id_of(&member).await;
    for login in ["ann.lee", " ANN.LEE", "planted.local@EXAMPLE.org", &id] {
        let said = done(&server, &["lookup", login]).await;
        for line in
            [format!("id        {id}").as_str(), "username  Ann.Lee", "phone     none", "locked    no", "sessions  1"]
        {
            assert!(said.lines().any(|said| said == line), "{line}: {said}");
        }
        assert!(said.contains("@example.org") && !said.to_lowercase().contains("planted"), "{said}");
        assert!(!said.contains("guesses"), "{said}");
    }
    assert_eq!(entries(&server, "looked_up").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_nobody_has_ends_with_1_and_is_entered_all_the_same() {
    let server = server().await;
    let nobody =
        ["planted.nobody", "planted@example.org", "+491711234567", "no name", "d7a5e1f0-27b9-4f4e-9f0c-6a3f8f5d3b10"];
    let commands = ["lookup", "end-sessions", "lift-throttle", "lock", "unlock", "delete", "trail"];
    for (command, login) in commands.into_iter().flat_map(|command| nobody.map(|login| (command, login))) {
        let output = admin(&server, &[command, login]).await;
        assert_eq!(output.status.code(), Some(1), "{command} {login}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "chatlink: there is no such account\n");
        assert!(output.stdout.is_empty());
    }
    let all = "select count(*) from audit_events where operator = 'Olga' and user_id is null and event <> $1";
    assert_eq!(server.count(all, "").await, 35);
    let typed = "select count(*) from audit_events t where t::text like $1";
    assert_eq!(server.count(typed, "%planted%").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_sessions_are_ended_at_once() {
    let server = server().await;
    let member = server.register("ann@example.org", "ann").await;
    server.client().log_in("ann", PASSWORD).await.expect(201);
    assert_eq!(done(&server, &["end-sessions", "ann"]).await, "sessions ended: 2\n");
    member.get("/v1/me").await.problem(401, "not-authenticated");
    assert_eq!(done(&server, &["end-sessions", "ann"]).await, "sessions ended: 0\n");
    assert_eq!(entries(&server, "sessions_revoked").await, 2);
    server.client().log_in("ann", PASSWORD).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttle_is_shown_and_lifted_for_that_account_alone() {
    let server = server().await;
    server.register("ann@example.org", "ann").await;
    server.register("ben@example.org", "ben").await;
    let guesser = server.client();
    for login in ["ann", "ben"] {
        for _ in 0..5 {
            guesser.log_in(login, WRONG).await.problem(401, "invalid-credentials");
        }
    }
    let said = done(&server, &["lookup", "ann"]).await;
    assert!(said.contains("5 failed logins from one address"), "{said}");
    assert!(said.contains("throttled until 2030-01-01T00:00:01Z"), "{said}");
    assert_eq!(done(&server, &["lift-throttle", "ann"]).await, "addresses forgiven: 1\n");
    guesser.log_in("ann", PASSWORD).await.expect(201);
    guesser.log_in("ben", PASSWORD).await.problem(429, "login-throttled");
    assert_eq!(entries(&server, "throttle_lifted").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_account_lets_nobody_in_until_it_is_unlocked() {
    let server = server().await;
    let member = server.register("ann@example.org", "ann").await;
    let refresh = server.client().log_in("ann", PASSWORD).await.expect(201)["refresh_token"].clone();
    assert_eq!(done(&server, &["lock", "ann"]).await, "locked, and its sessions ended\n");
    member.get("/v1/me").await.problem(401, "not-authenticated");
    let refreshed = server.client().post("/v1/sessions/refresh", serde_json::json!({"refresh_token": refresh})).await;
    refreshed.problem(401, "not-authenticated");
    let client = server.client();
    client.log_in("ann", PASSWORD).await.problem(403, "account-locked");
    client.log_in("ann@example.org", WRONG).await.problem(401, "invalid-credentials");
    assert!(done(&server, &["lookup", "ann"]).await.contains("\nlocked    20"));
    assert_eq!(done(&server, &["lock", "ann"]).await, "it was locked already\n");

    assert_eq!(done(&server, &["unlock", "ann"]).await, "unlocked\n");
    assert_eq!(done(&server, &["unlock", "ann"]).await, "it was open already\n");
    client.log_in("ann", PASSWORD).await.expect(201);
    member.get("/v1/me").await.problem(401, "not-authenticated");
    assert_eq!((entries(&server, "locked").await, entries(&server, "unlocked").await), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_login_that_was_under_way_outlives_a_lock() {
    let server = server().await;
    server.register("ann@example.org", "ann").await;
    let client = server.client();
    let logins = join_all((0..30).map(|_| client.log_in("ann", PASSWORD)));
    let (logins, _) = tokio::join!(logins, done(&server, &["lock", "ann"]));
    assert!(logins.iter().all(|answer| [201, 401, 403].contains(&answer.status)));
    assert_eq!(server.count("select count(*) from sessions where kind <> $1", "").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_tells_what_was_done_and_by_whom() {
    let server = server().await;
    let member = server.register("planted@example.org", "planted.name").await;
    let id = id_of(&member).await;
    server.clock.advance(Duration::from_secs(60));
    let guesser = server.client();
    guesser.log_in("planted.name", "planted-wrong").await.problem(401, "invalid-credentials");
    done(&server, &["lock", "planted.name"]).await;

    let said = done(&server, &["trail", "planted.name", "--json"]).await;
    let trail: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed = trail.iter().find(|entry| entry["event"] == "login_failed").unwrap();
    assert_eq!((&failed["at"], &failed["user"]), (&Value::from("2030-01-01T00:01:00Z"), &Value::from(id.as_str())));
    assert!(failed["ip"].as_str().is_some_and(|ip| ip.starts_with("10.")), "{failed}");
    assert_eq!(failed["operator"], Value::Null);
    let locked = trail.iter().find(|entry| entry["event"] == "locked").unwrap();
    assert_eq!((&locked["operator"], &locked["ip"]), (&Value::from("Olga"), &Value::Null));
    assert!(trail.iter().any(|entry| entry["event"] == "registered"));
    let instants: Vec<&str> = trail.iter().map(|entry| entry["at"].as_str().unwrap()).collect();
    assert!(instants.is_sorted_by(|a, b| a >= b), "the latest first: {instants:?}");
    assert!(!said.contains("planted"), "{said}");

    let said = done(&server, &["trail", "planted.name", "--limit", "1"]).await;
    assert_eq!(said.lines().count(), 1);
    assert!(said.starts_with("2030-01-01T00:01:00Z") && said.contains("login_failed") && said.contains("from 10."));
    let said = done(&server, &["trail", "planted.name"]).await;
    assert!(said.contains("by operator Olga"), "{said}");
    assert_eq!(entries(&server, "trail_read").await, 3);

    // What was done to it outlives the account, under its id.
    let delete = "with gone as (delete from users where username = $1 returning 1) select count(*) from gone";
    assert_eq!(server.count(delete, "planted.name").await, 1);
    assert_eq!(admin(&server, &["trail", "planted.name"]).await.status.code(), Some(1));
    assert!(done(&server, &["trail", &id]).await.contains("login_failed"));
    assert_eq!(admin(&server, &["lock", &id]).await.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_trail_has_passed_is_still_one() {
    let server = server().await;
    server.register("ann@example.org", "ann").await;
    let forget = "with past as (delete from audit_events where event <> $1 returning 1) select count(*) from past";
    assert_eq!(server.count(forget, "").await, 1);
    assert_eq!(done(&server, &["trail", "ann"]).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_leaves_its_id_and_nothing_else() {
    let server = server().await;
    let member = server.register("zimtstern@example.org", "zimtschnecke").await;
    let id = id_of(&member).await;
    let resets = server.client().on(Flow::PasswordReset);
    for login in ["zimtstern@example.org", "zimtschnecke"] {
        resets.start(login).await.expect(202);
    }
    server.client().start("zimtstern@example.org").await.expect(202);
    member.on(Flow::IdentifierChange).start("zimtbrot@example.org").await.expect(202);
    let words = ["zimtstern", "zimtschnecke", "zimtbrot"];
    assert_eq!(in_redis(&server, &words).await.len(), 3);

    // Nobody is there to be asked.
    let output = admin(&server, &["delete", "zimtschnecke"]).await;
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "chatlink: nobody can be asked here: say --yes\n");
    member.get("/v1/me").await.expect(200);

    let said = done(&server, &["delete", "ZIMTSTERN@example.org", "--yes"]).await;
    assert_eq!(said, format!("deleted; its id was {id}\n"));
    member.get("/v1/me").await.problem(401, "not-authenticated");
    server.client().log_in("zimtschnecke", PASSWORD).await.problem(401, "invalid-credentials");
    assert!(in_postgres(&server, &words).await.is_empty());
    eventually(async || in_redis(&server, &words).await.is_empty()).await;
    let said = done(&server, &["trail", &id, "--json"]).await;
    let trail: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(trail.len(), 1, "{said}");
    assert_eq!((&trail[0]["event"], &trail[0]["operator"]), (&Value::from("deleted"), &Value::from("Olga")));
    assert_eq!(admin(&server, &["delete", &id, "--yes"]).await.status.code(), Some(1));
    server.register("zimtstern@example.org", "zimtschnecke").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_deleted_while_redis_is_away() {
    let server = server().await;
    let member = server.register("ann@example.org", "ann").await;
    let nowhere = "redis.url=redis+unix:///nowhere/redis.sock";
    let output = admin(&server, &["delete", "ann", "--yes", "--set", nowhere]).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the account is still there"), "{said}");
    member.get("/v1/me").await.expect(200);
    done(&server, &["delete", "ann", "--yes"]).await;
    member.get("/v1/me").await.problem(401, "not-authenticated");
}

#[tokio::test]
async fn usage_and_settings_that_are_wrong_end_with_2_and_a_database_that_is_away_with_1() {
    let folder = directory();
    let run = async |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = chatlink(arguments);
        command.current_dir(folder.path()).envs(environment.iter().copied()).output().await.unwrap()
    };
    let nowhere = folder.path().display().to_string();
    let url = format!("postgres://nobody@/none?host={nowhere}");
    let key = ("CHATLINK__SECRETS__KEY", "Zm9yIHRlc3RzIGFsb25lLCBidXQgbG9uZyBlbm91Z2ggdG8gcGFzcw");
    for command in ["lookup", "end-sessions", "lift-throttle", "lock", "unlock", "delete", "trail"] {
        let output = run(&["admin", command, "--help"], &[]).await;
        assert_eq!(output.status.code(), Some(0), "{command}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("LOGIN"), "{command}");
        assert_eq!(run(&["admin", command], &[]).await.status.code(), Some(2), "{command}");
        let output = run(&["admin", command, "ann"], &[]).await;
        assert_eq!(output.status.code(), Some(2), "{command}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("postgres.url") && said.contains("secrets.key") && !said.contains("smtp"), "{said}");
        let redis = ("CHATLINK__REDIS__URL", "redis+unix:///nowhere/redis.sock");
        let output = run(&["admin", command, "ann"], &[("CHATLINK__POSTGRES__URL", &url), redis, key]).await;
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "chatlink: no connection to Postgres\n");
    }
    for wrong in [&["admin"][..], &["admin", "trail", "ann", "--limit", "0"], &["admin", "--operator", "", "lock", "a"]]
    {
        assert_eq!(run(wrong, &[]).await.status.code(), Some(2), "{wrong:?}");
    }
    assert_eq!(run(&["admin", "--data-dir", "none", "lookup", "ann"], &[]).await.status.code(), Some(1));
}

#[tokio::test]
async fn it_finds_what_development_mode_keeps_and_leaves_it_as_it_is() {
    let folder = directory();
    let dev = Dev::start(folder.path()).await;
    let run = async |arguments: &[&str]| {
        let mut command = chatlink(&["admin", "--data-dir"]);
        command.arg(folder.path()).args(arguments).output().await.unwrap()
    };
    let output = run(&["lookup", "nobody"]).await;
    assert_eq!(String::from_utf8_lossy(&output.stderr), "chatlink: there is no such account\n");
    assert!(dev.is_healthy().await);
    assert!(dev.end(nix::sys::signal::Signal::SIGTERM).await.success());
    let output = run(&["lookup", "nobody"]).await;
    assert_eq!(String::from_utf8_lossy(&output.stderr), "chatlink: no connection to Postgres\n");
}
