//! The mailbox of a server in development mode, asked until there is something.

use std::{sync::Arc, time::Duration};

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
}

#[derive(Deserialize)]
struct Message {
    code: Option<String>,
}

impl Mailbox {
    pub fn new(target: Arc<Target>, patience: Duration) -> Self {
        Self { runtime: Handle::current(), target, patience, idle: Mutex::default() }
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
            if let Some(code) = messages.into_iter().find_map(|message| message.code) {
                return Ok(code);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }
}
