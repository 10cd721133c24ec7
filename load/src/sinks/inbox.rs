//! Codes that have arrived and are waited for, by recipient.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// What has arrived. Codes that nobody waits for are kept until somebody does: there is one for each recipient.
#[derive(Debug, Default)]
pub struct Inbox {
    newest: Mutex<HashMap<String, watch::Sender<Option<String>>>>,
}

impl Inbox {
    fn newest(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<Option<String>>>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A code for somebody has arrived.
    pub fn put(&self, recipient: &str, code: String) {
        self.newest().entry(recipient.to_ascii_lowercase()).or_default().send_replace(Some(code));
    }

    /// Waits for the newest code to somebody, and forgets it.
    pub async fn code(&self, recipient: &str) -> String {
        let recipient = recipient.to_ascii_lowercase();
        let mut arrivals = self.newest().entry(recipient.clone()).or_default().subscribe();
        let code = match arrivals.wait_for(Option::is_some).await {
            Ok(code) => code.clone(),
            Err(_) => None,
        };
        self.newest().remove(&recipient);
        code.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_code_is_given_once() {
        let inbox = Inbox::default();
        inbox.put("ann@example.org", "111111".into());
        inbox.put("Ann@example.org", "222222".into());
        inbox.put("bob@example.org", "333333".into());
        assert_eq!(inbox.code("ann@example.org").await, "222222");
        assert!(!inbox.newest().contains_key("ann@example.org"));
        let (code, ()) = tokio::join!(inbox.code("ann@example.org"), async {
            tokio::task::yield_now().await;
            inbox.put("ann@example.org", "444444".into());
        });
        assert_eq!(code, "444444");
    }
}
