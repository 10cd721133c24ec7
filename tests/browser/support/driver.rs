//! The one chromedriver of this process, which starts all its browsers, and cannot outlive it.
//!
//! Between the two stands a shell that holds the reading end of a pipe, as for the development services: however this
//! process ends, the kernel closes the writing end. The browsers in turn hang on a pipe of chromedriver's.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    os::unix::process::CommandExt as _,
    process::{ChildStdin, Command, Stdio},
    sync::OnceLock,
    thread::{self, JoinHandle},
};

use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::Method;
use serde_json::Value;
use url::{ParseError, Url};

use crate::support::{PATIENCE, eventually};

/// All that chromedriver and the browsers write is in a directory that ends with them. The group is the shell's own.
const SCRIPT: &str = r#"
home=$(mktemp -d) || exit
export HOME="$home" TMPDIR="$home" TZ=UTC
exec 3<&0 </dev/null
chromedriver --port=0 3<&- & driver=$!
exec >&-
read -r _ <&3
trap '' TERM
kill -s TERM 0
wait "$driver"
for _ in 1 2 3 4 5; do
    rm -rf -- "$home" 2>/dev/null && break
    sleep 1
done
"#;

static DRIVER: OnceLock<Driver> = OnceLock::new();

struct Driver {
    port: u16,
    /// Open for as long as this process lives.
    pipe: ChildStdin,
    /// Goes on until the shell has ended.
    watcher: JoinHandle<()>,
}

impl Driver {
    fn start() -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SCRIPT]).process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut shell = shell.spawn().unwrap();
        let pipe = shell.stdin.take().unwrap();
        let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let port = line.strip_prefix("ChromeDriver was started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let port = port.expect("chromedriver does not start. Run `.ci/setup test`.");
        let watcher = thread::spawn(move || {
            // A process whose output nobody reads stops.
            lines.for_each(drop);
            shell.wait().unwrap();
        });
        Self { port, pipe, watcher }
    }
}

fn port() -> u16 {
    DRIVER.get_or_init(Driver::start).port
}

/// Where it takes commands.
pub fn url() -> String {
    format!("http://127.0.0.1:{}/", port())
}

/// Ends a session, and its browser with it. This works without a runtime, and in a panic.
pub fn end(session: &str) {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port())) else { return };
    let request = format!("DELETE /session/{session} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let asked = stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.write_all(request.as_bytes()));
    // The answer comes when the browser is gone; without one, it ends with this process.
    let _ = asked.and_then(|()| stream.read(&mut [0]));
}

/// A command that WebDriver's clients do not know.
#[derive(Debug)]
pub struct Extension {
    pub method: Method,
    /// Within the session.
    pub path: String,
    pub body: Option<Value>,
}

impl Extension {
    pub fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: None }
    }

    pub fn post(path: &str, body: Value) -> Self {
        Self { method: Method::POST, path: path.to_owned(), body: Some(body) }
    }
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}

#[tokio::test]
async fn it_ends_with_the_process_that_started_it() {
    let driver = Driver::start();
    drop(driver.pipe);
    eventually(|| async { driver.watcher.is_finished() }).await;
}
