//! The private Postgres and Redis, by themselves.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path, time::Duration};

use chatlink::dev::{DataDir, Services, Wanted};
use tokio::time::timeout;

use super::harness::{closed_directory, directory, postgres, redis};

/// Within that, one that is not paused has long answered.
const QUICK: Duration = Duration::from_millis(300);

async fn start() -> Services {
    Services::start(DataDir::temporary().unwrap(), Wanted::ALL).await.unwrap()
}

#[tokio::test]
async fn they_answer_and_leave_nothing_behind() {
    let dir = DataDir::temporary().unwrap();
    let urls = [Services::postgres_url(&dir), Services::redis_url(&dir)];
    let socket = urls[1].strip_prefix("redis+unix://").unwrap().to_owned();
    let place = Path::new(&socket).parent().unwrap().parent().unwrap().to_owned();
    let services = Services::start(dir, Wanted::ALL).await.unwrap();
    assert_eq!(urls[0], services.postgres.as_ref().unwrap().url());
    assert_eq!(urls[1], services.redis.as_ref().unwrap().url());
    let row = postgres(&urls[0]).await.unwrap();
    let row = row.query_one("SELECT current_setting('server_encoding'), current_database()::text", &[]).await.unwrap();
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("UTF8", "chatlink"));
    let policy: Vec<String> = redis(&urls[1], &["CONFIG", "GET", "maxmemory-policy"]).await.unwrap();
    assert_eq!(policy[1], "noeviction");
    assert!(place.exists());
    services.stop().await;
    assert!(postgres(&urls[0]).await.is_err());
    assert!(!place.exists());
}

#[tokio::test]
async fn nobody_else_can_reach_them() {
    let directory = directory();
    let services = Services::start(DataDir::open(directory.path()).unwrap(), Wanted::ALL).await.unwrap();
    for socket in ["postgres/.s.PGSQL.5432", "redis/redis.sock"] {
        let socket = directory.path().join(socket);
        assert!(socket.exists(), "{}", socket.display());
        assert_eq!(fs::metadata(socket.parent().unwrap()).unwrap().mode() & 0o777, 0o700, "{}", socket.display());
    }
    let client = postgres(services.postgres.as_ref().unwrap().url()).await.unwrap();
    let listens: String = client.query_one("SHOW listen_addresses", &[]).await.unwrap().get(0);
    assert_eq!(listens, "");
    let port: Vec<String> = redis(services.redis.as_ref().unwrap().url(), &["CONFIG", "GET", "port"]).await.unwrap();
    assert_eq!(port[1], "0");
    services.stop().await;
}

#[tokio::test]
async fn only_what_is_wanted_is_started() {
    let services =
        Services::start(DataDir::temporary().unwrap(), Wanted { postgres: false, redis: true }).await.unwrap();
    assert!(services.postgres.is_none());
    let pong: String = redis(services.redis.as_ref().unwrap().url(), &["PING"]).await.unwrap();
    assert_eq!(pong, "PONG");
}

#[tokio::test]
async fn each_can_be_stopped_and_killed_and_started_again() {
    let mut services = start().await;
    let (database, cache) = (services.postgres.as_mut().unwrap(), services.redis.as_mut().unwrap());
    let client = postgres(database.url()).await.unwrap();
    client.batch_execute("CREATE TABLE kept (n int)").await.unwrap();

    database.stop().await;
    assert!(postgres(database.url()).await.is_err());
    database.start().await.unwrap();
    database.kill().await;
    assert!(postgres(database.url()).await.is_err());
    database.start().await.unwrap();
    database.start().await.unwrap();
    postgres(database.url()).await.unwrap().query("SELECT n FROM kept", &[]).await.unwrap();

    cache.kill().await;
    assert!(redis::<String>(cache.url(), &["PING"]).await.is_err());
    cache.start().await.unwrap();
    assert_eq!(redis::<String>(cache.url(), &["PING"]).await.unwrap(), "PONG");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_that_is_paused_answers_only_when_it_is_resumed() {
    let services = start().await;
    let cache = services.redis.as_ref().unwrap();
    cache.pause();
    let answer = timeout(QUICK, redis::<String>(cache.url(), &["PING"])).await;
    assert!(!matches!(answer, Ok(Ok(_))), "{answer:?}");
    cache.resume();
    assert_eq!(redis::<String>(cache.url(), &["PING"]).await.unwrap(), "PONG");
}

#[tokio::test]
async fn one_that_dies_is_named_with_the_end_of_its_log() {
    let services = start().await;
    let url = services.redis.as_ref().unwrap().url();
    let (_, error) = tokio::join!(redis::<()>(url, &["SHUTDOWN", "NOSAVE"]), services.died());
    let message = error.to_string();
    assert!(message.starts_with("Redis ended unexpectedly"), "{message}");
    assert!(message.contains("User requested shutdown"), "{message}");
}

#[tokio::test]
async fn what_was_written_is_there_the_next_time() {
    let directory = directory();
    let path = directory.path().join("data");
    let services = Services::start(DataDir::open(&path).unwrap(), Wanted::ALL).await.unwrap();
    let url = services.redis.as_ref().unwrap().url().to_owned();
    redis::<()>(&url, &["SET", "kept", "yes"]).await.unwrap();
    services.stop().await;
    let services = Services::start(DataDir::open(&path).unwrap(), Wanted::ALL).await.unwrap();
    assert_eq!(redis::<String>(&url, &["GET", "kept"]).await.unwrap(), "yes");
    services.stop().await;
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_is_no_obstacle() {
    let directory = directory();
    let path = directory.path().join("long".repeat(20)).join("a path with spaces, %, ? and #");
    let services = Services::start(DataDir::open(&path).unwrap(), Wanted::ALL).await.unwrap();
    postgres(services.postgres.as_ref().unwrap().url()).await.unwrap();
    services.stop().await;
}

#[tokio::test]
async fn a_short_path_may_have_any_characters() {
    let directory = directory();
    let path = directory.path().join("a@b: %2F?#");
    let services = Services::start(DataDir::open(&path).unwrap(), Wanted::ALL).await.unwrap();
    postgres(services.postgres.as_ref().unwrap().url()).await.unwrap();
    redis::<String>(services.redis.as_ref().unwrap().url(), &["PING"]).await.unwrap();
    services.stop().await;
}

#[tokio::test]
async fn a_directory_that_their_user_cannot_enter_is_no_obstacle() {
    // Open to its owner alone: to root, or to us.
    let directory = closed_directory();
    let dir = DataDir::open(directory.path()).unwrap();
    let elsewhere = dir.elsewhere().map(Path::to_owned);
    assert_eq!(elsewhere.is_some(), nix::unistd::geteuid().is_root());
    let services = Services::start(dir, Wanted::ALL).await.unwrap();
    postgres(services.postgres.as_ref().unwrap().url()).await.unwrap();
    services.stop().await;
    if let Some(place) = elsewhere {
        fs::remove_dir_all(place).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn as_root_they_are_not_root() {
    let services = start().await;
    let info: String = redis(services.redis.as_ref().unwrap().url(), &["INFO", "server"]).await.unwrap();
    let pid = info.lines().find_map(|line| line.strip_prefix("process_id:")).unwrap().trim();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap().split_whitespace();
    assert!(field("Uid:").all(|uid| uid != "0"), "{status}");
    if nix::unistd::geteuid().is_root() {
        assert_eq!(field("Groups:").count(), 0, "{status}");
    }
}
