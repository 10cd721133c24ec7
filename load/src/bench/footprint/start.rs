//! How soon the server answers after it was started, what it weighs while nobody asks for anything, and its file.

use std::{fs, io, net::SocketAddr, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    process::Child,
    time::{Instant, sleep, timeout},
};

use super::{
    findings::{Finding, mebibytes},
    ground::Ground,
};
use crate::bench::{
    BenchError,
    results::{median, millis},
};

/// How often it is started.
const TIMES: usize = 10;
const MOST_MILLIS: f64 = 100.0;
const MOST_MIB: f64 = 25.0;
/// How long it is left alone before it is weighed.
const REST: Duration = Duration::from_secs(3);
/// How often it is asked whether it is there.
const GLANCE: Duration = Duration::from_micros(500);
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything about the program by itself.
pub async fn program(ground: &Ground) -> Result<Vec<Finding>, BenchError> {
    // Brings the database up to date, which is not part of a start.
    ground.serve("rest", &[]).await?.end().await?;
    let (mut up, mut ready) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let (mut child, took) = spawn(ground).await?;
        up.push(millis(took.up));
        ready.push(millis(took.ready));
        child.kill().await?;
    }
    let mut findings = vec![starting("/healthz", &up), starting("/readyz", &ready)];
    let (mut child, _) = spawn(ground).await?;
    sleep(REST).await;
    findings.extend(weigh(child.id().ok_or_else(|| io::Error::other("the server has ended"))?)?);
    child.kill().await?;
    findings.push(size(ground)?);
    Ok(findings)
}

fn starting(path: &str, took: &[f64]) -> Finding {
    let (least, most) = took.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), &it| (least.min(it), most.max(it)));
    let middle = median(took);
    Finding::new(format!("start to {path}"), format!("{middle:.0} ms ({least:.0}–{most:.0})"))
        .target("≤ 100 ms", middle <= MOST_MILLIS)
        .note(format!("median of {TIMES}, from before the process is spawned to its first 200, Postgres and Redis up"))
}

/// When the server answered.
struct Took {
    up: Duration,
    ready: Duration,
}

async fn spawn(ground: &Ground) -> Result<(Child, Took), BenchError> {
    let address = free().await?;
    let launch = ground.launch.clone().set("redis.prefix", "rest").set("http.bind", address.to_string());
    let mut command = launch.command(&ground.stack, "serve");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let child = command.spawn()?;
    let answers = async {
        let up = first(address, "/healthz", began).await;
        Took { up, ready: first(address, "/readyz", began).await }
    };
    let took = timeout(PATIENCE, answers).await.map_err(|_| BenchError::Answer("the server does not start".into()))?;
    Ok((child, took))
}

/// Where nobody listens at the moment.
async fn free() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0").await?.local_addr()
}

/// How long it took until that was answered with 200.
async fn first(address: SocketAddr, path: &str, began: Instant) -> Duration {
    while !answers(address, path).await.is_ok_and(|it| it) {
        sleep(GLANCE).await;
    }
    began.elapsed()
}

async fn answers(address: SocketAddr, path: &str) -> io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}

fn weigh(pid: u32) -> Result<Vec<Finding>, BenchError> {
    let memory = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let part = |name: &str| {
        let line = memory.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kib.map(|kib| mebibytes(kib * 1024)).unwrap_or_default()
    };
    let resident = part("Rss");
    let note = format!(
        "{:.1} MiB of its own, the rest is mapped from files, which other processes may share",
        part("Pss_Anon")
    );
    let rest = Finding::new("memory at rest", format!("{resident:.1} MiB")).target("≤ 25 MiB", resident <= MOST_MIB);
    Ok(vec![rest.note(note), Finding::new("memory at rest, Pss", format!("{:.1} MiB", part("Pss")))])
}

fn size(ground: &Ground) -> Result<Finding, BenchError> {
    let size = mebibytes(fs::metadata(ground.launch.program())?.len());
    Ok(Finding::new("release binary", format!("{size:.1} MiB")).target("≤ 25 MiB", size <= MOST_MIB))
}
