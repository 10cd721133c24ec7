//! Where codes come from: the development mailbox, or carriers of our own to which an operator points the server.
//!
//! The mailbox needs nothing, but is asked again and again, by the same server that is being measured, and keeps few
//! messages. The sinks are told: they take what the server sends by SMTP or to its SMS gateway, as carriers would.

mod code;
mod inbox;
mod mailbox;
mod sms;
mod smtp;

use std::{net::SocketAddr, sync::Arc, time::Duration};

pub use inbox::Inbox;
pub use mailbox::Mailbox;

use crate::client::Failure;

/// How long a sink waits for a free descriptor.
const BREATH: Duration = Duration::from_millis(10);

/// One of them, or two: mails and texts may come by different ways.
#[derive(Clone, Debug)]
pub struct Codes {
    pub inbox: Arc<Inbox>,
    pub mailbox: Option<Arc<Mailbox>>,
    pub patience: Duration,
    mails_here: bool,
    texts_here: bool,
}

impl Codes {
    /// Out of that mailbox, unless a sink takes them.
    pub fn new(mailbox: Option<Mailbox>, patience: Duration) -> Self {
        let mailbox = mailbox.map(Arc::new);
        Self { inbox: Arc::default(), mailbox, patience, mails_here: false, texts_here: false }
    }

    /// Takes mails there. Says where, should any port have done.
    ///
    /// # Errors
    /// Nothing can listen there.
    pub async fn take_mails(&mut self, address: SocketAddr) -> std::io::Result<SocketAddr> {
        self.mails_here = true;
        smtp::listen(address, Arc::clone(&self.inbox)).await
    }

    /// Takes texts there, as `sms.provider = "http"` sends them.
    ///
    /// # Errors
    /// Nothing can listen there.
    pub async fn take_texts(&mut self, address: SocketAddr) -> std::io::Result<SocketAddr> {
        self.texts_here = true;
        sms::listen(address, Arc::clone(&self.inbox)).await
    }

    /// Waits for the newest code to somebody.
    ///
    /// # Errors
    /// It does not come in time.
    pub async fn code(&self, recipient: &str) -> Result<String, Failure> {
        let here = if recipient.starts_with('+') { self.texts_here } else { self.mails_here };
        let code = async {
            match &self.mailbox {
                Some(mailbox) if !here => mailbox.code(recipient).await,
                _ => Ok(self.inbox.code(recipient).await),
            }
        };
        tokio::time::timeout(self.patience, code).await.unwrap_or(Err(Failure::NoCode))
    }
}
