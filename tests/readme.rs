//! The walkthrough of the README, run as it stands there, once with each kind of session.

use tokio::{process::Command, time::timeout};

use crate::support::{PATIENCE, Server};

const LOGIN: &str = "### Log in, by token or by cookie";
const LAST: &str = "### Delete the account";

/// What stands below a heading, up to the next of its level.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, rest) = text.split_once(heading).expect("the heading");
    let next = format!("\n{} ", heading.split(' ').next().unwrap());
    rest.split(next.as_str()).next().unwrap()
}

/// The commands of a section: those for everybody, and those for one kind of session.
fn commands(section: &str, kind: &str) -> String {
    let mut commands = String::new();
    for block in section.split("\n```").skip(1).step_by(2) {
        let (language, body) = block.split_once('\n').unwrap();
        if language == "sh" || language == format!("sh {kind}") {
            commands.push_str(body);
            commands.push('\n');
        }
    }
    commands
}

async fn walk(kind: &str) {
    let server = Server::start().await;
    let walk = section(include_str!("../README.md"), "## An account's life, with curl");
    let [everything, login, deletion] = [walk, section(walk, LOGIN), section(walk, LAST)].map(|it| commands(it, kind));
    let journey = everything.strip_suffix(&deletion).expect("the deletion comes last");
    let script = format!("set -euo pipefail\n{journey}{login}{deletion}");
    let base = "BASE=http://localhost:8080";
    assert!(script.contains(base));
    let script = script.replace(base, &format!("BASE={}", server.url.replace("127.0.0.1", "localhost")));
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new("bash").arg("-c").arg(script).current_dir(&folder).kill_on_drop(true).output();
    let output = timeout(3 * PATIENCE, run).await.expect("the walk ends").unwrap();
    let said = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    let export = std::fs::read_to_string(folder.path().join("export.json")).unwrap();
    assert!(export.contains("Reads, hikes, asks."), "{export}");
    assert_eq!(server.accounts_named("ann.lee").await, 0, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_walk_works_by_token() {
    walk("token").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_walk_works_by_cookie() {
    walk("cookie").await;
}
