//! `chatlink dev`, from its start to each of the ways out.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _};

use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::{Pid, getpgid},
};

use super::harness::{Dev, Urls, chatlink, directory, postgres, redis, until};

#[tokio::test]
async fn a_signal_stops_the_server_and_then_the_services() {
    let directory = directory();
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let dev = Dev::start(directory.path()).await;
        let urls = Urls::of(directory.path());
        assert!(dev.is_healthy().await);
        postgres(&urls.postgres).await.unwrap();
        let status = dev.end(signal).await;
        assert_eq!(status.code(), Some(0), "{signal}");
        assert!(urls.are_dead().await, "{signal}");
    }
}

#[tokio::test]
async fn a_killed_server_takes_the_services_with_it() {
    let directory = directory();
    let dev = Dev::start(directory.path()).await;
    let urls = Urls::of(directory.path());
    redis::<()>(&urls.redis, &["SET", "kept", "yes"]).await.unwrap();
    dev.end(Signal::SIGKILL).await;
    until("the services are gone", || urls.are_dead()).await;

    let dev = Dev::start(directory.path()).await;
    assert_eq!(redis::<String>(&urls.redis, &["GET", "kept"]).await.unwrap(), "yes");
    dev.end(Signal::SIGTERM).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn services_that_outlived_even_their_supervisors_are_stopped_by_the_next_start() {
    let directory = directory();
    let dev = Dev::start(directory.path()).await;
    let urls = Urls::of(directory.path());
    let before = urls.processes().await;
    for service in before {
        for supervisor in group_of(service).into_iter().filter(|process| *process != service) {
            kill(supervisor, Signal::SIGKILL).unwrap();
        }
    }
    dev.end(Signal::SIGKILL).await;
    assert_eq!(urls.processes().await, before);

    let dev = Dev::start(directory.path()).await;
    let after = urls.processes().await;
    assert!(before.iter().all(|process| !after.contains(process)));
    // Where nobody waits for orphans, they stay listed, but work nowhere.
    assert!(before.iter().all(|process| fs::read_link(format!("/proc/{process}/cwd")).is_err()));
    dev.end(Signal::SIGTERM).await;
}

/// The processes of a process's group.
fn group_of(process: Pid) -> Vec<Pid> {
    let group = getpgid(Some(process)).unwrap();
    let entries = fs::read_dir("/proc").unwrap();
    let all = entries.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok().map(Pid::from_raw));
    all.filter(|process| getpgid(Some(*process)) == Ok(group)).collect()
}

#[tokio::test]
async fn what_crashed_with_the_machine_does_not_keep_the_next_start_from_working() {
    let directory = directory();
    let dev = Dev::start(directory.path()).await;
    let urls = Urls::of(directory.path());
    for process in urls.processes().await {
        killpg(getpgid(Some(process)).unwrap(), Signal::SIGKILL).unwrap();
    }
    dev.end(Signal::SIGKILL).await;
    // The worst that can have happened meanwhile: the process id is another's by now, namely ours.
    let lock = directory.path().join("postgres/data/postmaster.pid");
    let text = fs::read_to_string(&lock).unwrap();
    let (_, rest) = text.split_once('\n').unwrap();
    fs::write(&lock, format!("{}\n{rest}", std::process::id())).unwrap();

    let dev = Dev::start(directory.path()).await;
    postgres(&urls.postgres).await.unwrap();
    dev.end(Signal::SIGTERM).await;
}

#[tokio::test]
async fn the_program_ends_when_a_service_does() {
    let directory = directory();
    let dev = Dev::start(directory.path()).await;
    let urls = Urls::of(directory.path());
    let _: redis::RedisResult<()> = redis(&urls.redis, &["SHUTDOWN", "NOSAVE"]).await;
    assert_eq!(dev.ended().await.code(), Some(1));
    assert!(urls.are_dead().await);
}

#[tokio::test]
async fn a_second_one_leaves_the_directory_to_the_first() {
    let directory = directory();
    let dev = Dev::start(directory.path()).await;
    let output = chatlink(&["dev", "--data-dir"]).arg(directory.path()).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("another chatlink works in"), "{message}");
    assert!(dev.is_healthy().await);
    dev.end(Signal::SIGTERM).await;
}

#[tokio::test]
async fn a_default_port_that_is_taken_is_left_to_its_holder() {
    // Where this fails, somebody else holds the port, which does as well.
    let _holders = ["127.0.0.1:8080", "127.0.0.1:9090"].map(TcpListener::bind);
    let directory = directory();
    let dev = Dev::start_with(directory.path(), &[]).await;
    assert!(!dev.url.ends_with(":8080"), "{}", dev.url);
    assert!(dev.said.contains("Port 8080 is taken"), "{}", dev.said);
    assert!(dev.said.contains("metrics         http://127.0.0.1:"), "{}", dev.said);
    assert!(dev.is_healthy().await);
    dev.end(Signal::SIGTERM).await;
}

#[tokio::test]
async fn a_chosen_port_that_is_taken_is_an_error() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let directory = directory();
    let mut command = chatlink(&["dev", "--bind", &address, "--data-dir"]);
    let output = command.arg(directory.path()).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains(&format!("cannot listen at {address}")), "{message}");
    assert!(Urls::of(directory.path()).are_dead().await);
}

#[tokio::test]
async fn the_secret_is_made_once_and_for_its_owner_alone() {
    let directory = directory();
    let secret = directory.path().join("secret");
    Dev::start(directory.path()).await.end(Signal::SIGTERM).await;
    let first = fs::read_to_string(&secret).unwrap();
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(first.trim().len(), 44);
    Dev::start(directory.path()).await.end(Signal::SIGTERM).await;
    assert_eq!(fs::read_to_string(&secret).unwrap(), first);
}

#[tokio::test]
async fn stores_that_are_set_are_used_instead_of_private_ones() {
    let (theirs, ours) = (directory(), directory());
    let running = Dev::start(theirs.path()).await;
    let urls = Urls::of(theirs.path());
    let set = [format!("postgres.url={}", urls.postgres), format!("redis.url={}", urls.redis)];
    let arguments =
        ["--bind", "127.0.0.1:0", "--set", "http.admin_bind=127.0.0.1:0", "--set", &set[0], "--set", &set[1]];
    let dev = Dev::start_with(ours.path(), &arguments).await;
    assert!(dev.is_healthy().await);
    assert!(!ours.path().join("postgres").exists() && !ours.path().join("redis").exists());
    dev.end(Signal::SIGTERM).await;
    running.end(Signal::SIGTERM).await;
}
