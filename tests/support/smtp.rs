//! A real SMTP server in a process of its own, with a certificate made for the occasion.

use std::process::Stdio;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chatlink::adapters::smtp::{Endpoint, Protection, Smtp};
use mail_parser::MessageParser;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use super::PATIENCE;

/// Debian's, which has aiosmtpd; whatever comes first on PATH may not.
const PYTHON: &str = "/usr/bin/python3";
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/smtp_server.py");

const CERTIFICATE: &str = "certificate.pem";
/// Whom `smtp_server.py` lets in.
const USER: &str = "chatlink";
const PASSWORD: &str = "p/w: secret";
const PASSWORD_ENCODED: &str = "p%2Fw%3A%20secret";

/// Killed when dropped.
pub struct SmtpServer {
    pub port: u16,
    certificate: String,
    output: Lines<BufReader<ChildStdout>>,
    _process: Child,
    files: TempDir,
}

/// A mail as it arrived.
#[derive(Debug, Deserialize)]
pub struct Arrived {
    /// Tells connections apart.
    pub connection: u16,
    pub encrypted: bool,
    pub authenticated: bool,
    pub from: String,
    pub to: Vec<String>,
    pub utf8: bool,
    content: String,
}

impl Arrived {
    pub fn content(&self) -> Vec<u8> {
        STANDARD.decode(&self.content).unwrap()
    }
}

impl SmtpServer {
    pub async fn start(options: &[&str]) -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let files = tempfile::tempdir().unwrap();
        let (certificate, key) = (files.path().join(CERTIFICATE), files.path().join("key.pem"));
        std::fs::write(&certificate, cert.pem()).unwrap();
        std::fs::write(&key, signing_key.serialize_pem()).unwrap();
        let mut process = Command::new(PYTHON)
            .arg(PROGRAM)
            .arg("--certificate")
            .arg(certificate)
            .arg("--key")
            .arg(key)
            .args(options)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = output.next_line().await.unwrap().expect("it needs `apt install python3-aiosmtpd`");
        Self { port: port.parse().unwrap(), certificate: cert.pem(), output, _process: process, files }
    }

    /// A carrier to this server, with the right password where it asks for one.
    pub fn carrier(&self, protection: Protection) -> Smtp {
        self.carrier_with(protection, PASSWORD)
    }

    /// A carrier to this server.
    pub fn carrier_with(&self, protection: Protection, password: &str) -> Smtp {
        let credentials = (protection != Protection::None).then(|| (USER.to_owned(), password.to_owned()));
        let endpoint = Endpoint { host: "localhost".into(), port: self.port, protection, credentials };
        let from = "ChatLink <no-reply@chatlink.example>".parse().unwrap();
        Smtp::new(endpoint, from, Some(self.certificate.as_bytes())).unwrap()
    }

    /// The settings by which a server sends its mail here.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let url = format!("smtp://{USER}:{}@localhost:{}?tls=required", PASSWORD_ENCODED, self.port);
        let certificate = self.files.path().join(CERTIFICATE).display().to_string();
        vec![("smtp.url", url), ("smtp.from", "no-reply@chatlink.example".into()), ("smtp.ca_file", certificate)]
    }

    /// The code in the next mail that it takes.
    pub async fn code(&mut self) -> String {
        let content = timeout(PATIENCE, self.next()).await.expect("a mail in time").content();
        let mail = MessageParser::default().parse(&content).unwrap();
        let text = mail.body_text(0).unwrap();
        let is_code = |line: &&str| line.len() >= 6 && line.bytes().all(|byte| byte.is_ascii_digit());
        text.lines().find(is_code).expect("a code on a line of its own").to_owned()
    }

    /// The next mail that it takes.
    pub async fn next(&mut self) -> Arrived {
        let line = self.output.next_line().await.unwrap().expect("the server is still there");
        serde_json::from_str(&line).unwrap()
    }
}
