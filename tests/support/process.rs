//! The real program as a process of its own, to be killed.

use std::process::{ExitStatus, Stdio};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
    task::JoinHandle,
};

use super::Place;

/// `chatlink serve`, at the place of a test.
pub struct Node {
    pub url: String,
    /// Where operators ask.
    pub admin_url: String,
    child: Child,
    /// Reads on whether anybody waits for it or not: a process whose log nobody reads stops.
    log: JoinHandle<String>,
    _folder: tempfile::TempDir,
}

impl Node {
    /// Starts the program and waits until it says where it listens.
    pub async fn start(place: &Place, overrides: &[(&str, impl AsRef<str>)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_chatlink"));
        command.arg("serve").current_dir(folder.path()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut settings = place.settings();
        settings.extend(overrides.iter().map(|(key, value)| ((*key).to_owned(), value.as_ref().to_owned())));
        for (key, value) in settings {
            command.env(format!("CHATLINK__{}", key.replace('.', "__").to_uppercase()), value);
        }
        let mut child = command.spawn().expect("the program starts");
        let mut output = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut log = String::new();
        let (url, admin_url) = loop {
            let line = output.next_line().await.unwrap();
            let line = line.unwrap_or_else(|| panic!("it ended instead of listening:\n{log}"));
            log.push_str(&line);
            log.push('\n');
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["message"] == "listening" {
                let listens = |name: &str| event[name].as_str().expect("where it listens").to_owned();
                break (listens("url"), listens("admin"));
            }
        };
        let log = tokio::spawn(async move {
            while let Some(line) = output.next_line().await.unwrap() {
                log.push_str(&line);
                log.push('\n');
            }
            log
        });
        Self { url, admin_url, child, log, _folder: folder }
    }

    /// Sends it a signal, by name.
    pub async fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().await.unwrap().success());
    }

    /// Waits for its end; gives its exit status and all that it logged.
    pub async fn ended(mut self) -> (ExitStatus, String) {
        (self.child.wait().await.unwrap(), self.log.await.unwrap())
    }
}

/// A request whose body the server has asked for and not got yet.
pub struct HalfRequest {
    stream: TcpStream,
    body: String,
}

impl HalfRequest {
    pub async fn post(base: &str, path: &str, body: &Value) -> Self {
        let host = base.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).await.unwrap();
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Expect: 100-continue\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut go_ahead = [0; 25];
        stream.read_exact(&mut go_ahead).await.unwrap();
        assert_eq!(std::str::from_utf8(&go_ahead), Ok("HTTP/1.1 100 Continue\r\n\r\n"));
        Self { stream, body }
    }

    /// Sends the body and reads the answer.
    pub async fn finish(&mut self) -> String {
        self.stream.write_all(self.body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}
