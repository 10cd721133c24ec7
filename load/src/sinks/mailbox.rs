//! The mailbox of a server in development mode, asked until there is something.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use tokio::sync::Mutex;

use crate::client::{Connection, Failure, Request, Target};

/// How often the mailbox is looked into.
const GLANCE: Duration = Duration::from_millis(20);

/// A few connections to it, since connections of visits are what is measured.
#[derive(Debug)]
pub struct Mailbox {
    target: Arc<Target>,
    patience: Duration,
    idle: Mutex<Vec<Connection>>,
}

#[derive(Deserialize)]
struct Message {
    code: Option<String>,
}

impl Mailbox {
    pub fn new(target: Arc<Target>, patience: Duration) -> Self {
        Self { target, patience, idle: Mutex::default() }
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
    pub async fn code(&self, recipient: &str) -> Result<String, Failure> {
        let path = format!("/dev/messages?to={}", recipient.replace('+', "%2B"));
        loop {
            let kept = self.idle.lock().await.pop();
            let mut connection = kept.unwrap_or_else(|| Connection::new(Arc::clone(&self.target), self.patience));
            let messages: Vec<Message> = connection.send(Request::get(path.clone())).await?.expect(200)?.json()?;
            self.idle.lock().await.push(connection);
            // A notice may have come after the code.
            if let Some(code) = messages.into_iter().find_map(|message| message.code) {
                return Ok(code);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }
}
