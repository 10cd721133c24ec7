//! The mailbox of a server in development mode, asked until there is something.

use std::{collections::HashMap, sync::Arc, time::Duration};

use serde::Deserialize;
use tokio::{runtime::Handle, sync::Mutex, task::JoinSet};

use crate::client::{Connection, Failure, Request, Target};

/// How often the mailbox is looked into.
const GLANCE: Duration = Duration::from_millis(20);

/// A few connections to it, since connections of visits are what is measured. They belong to the runtime on which this
/// was made, which outlives those of the visits.
#[derive(Debug)]
pub struct Mailbox {
    runtime: Handle,
    target: Arc<Target>,
    patience: Duration,
    idle: Mutex<Vec<Connection>>,
    /// The last code that each recipient was given: it stays in the mailbox, and is not the next one.
    given: Mutex<HashMap<String, String>>,
}

#[derive(Deserialize)]
struct Message {
    code: Option<String>,
}

impl Mailbox {
    pub fn new(target: Arc<Target>, patience: Duration) -> Self {
        Self { runtime: Handle::current(), target, patience, idle: Mutex::default(), given: Mutex::default() }
    }

    /// Whether there is one: in production there is not.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn exists(&self) -> Result<bool, Failure> {
        let mut connection = Connection::new(Arc::clone(&self.target), self.patience);
        let request = Request::get("/dev/messages?to=nobody@example.org");
        Ok(connection.send(request).await?.status == 200)
    }

    /// Waits for the newest code to somebody.
    ///
    /// # Errors
    /// The mailbox does not answer as it should.
    pub async fn code(self: &Arc<Self>, recipient: &str) -> Result<String, Failure> {
        let (mailbox, recipient) = (Arc::clone(self), recipient.to_owned());
        // In a set, so that whoever gives up waiting stops the looking, too.
        let mut looking = JoinSet::new();
        looking.spawn_on(async move { mailbox.look(&recipient).await }, &self.runtime);
        looking.join_next().await.and_then(Result::ok).unwrap_or(Err(Failure::NoCode))
    }

    async fn look(&self, recipient: &str) -> Result<String, Failure> {
        let path = format!("/dev/messages?to={}", recipient.replace('+', "%2B"));
        loop {
            let kept = self.idle.lock().await.pop();
            let mut connection = kept.unwrap_or_else(|| Connection::new(Arc::clone(&self.target), self.patience));
            let messages: Vec<Message> = connection.send(Request::get(path.clone())).await?.expect(200)?.json()?;
            self.idle.lock().await.push(connection);
            // A notice may have come after the code.
            let newest = messages.into_iter().find_map(|message| message.code);
            let mut given = self.given.lock().await;
            if let Some(code) = newest.filter(|code| given.get(recipient) != Some(code)) {
                given.insert(recipient.to_owned(), code.clone());
                return Ok(code);
            }
            drop(given);
            tokio::time::sleep(GLANCE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// Answers one request after another with these.
    async fn server(answers: Vec<&'static str>) -> Arc<Target> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Target::at(listener.local_addr().unwrap()).unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            for body in answers {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Arc::new(target)
    }

    #[tokio::test]
    async fn a_code_is_given_once_though_it_stays_in_the_mailbox() {
        let (first, second) =
            (r#"[{"code": "111111"}]"#, r#"[{"code": null}, {"code": "222222"}, {"code": "111111"}]"#);
        let target = server(vec!["[]", first, first, second]).await;
        let mailbox = Arc::new(Mailbox::new(target, Duration::from_secs(20)));
        assert_eq!(mailbox.code("ann@example.org").await.unwrap(), "111111");
        assert_eq!(mailbox.code("ann@example.org").await.unwrap(), "222222");
    }
}
