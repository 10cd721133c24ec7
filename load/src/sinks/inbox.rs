//! Codes that have arrived and are waited for, by recipient.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// So many recipients are remembered. Of scenarios that never look, the oldest go.
const CAPACITY: usize = 100_000;

/// What has arrived. Codes that nobody waits for are kept until somebody does: there is one for each recipient.
#[derive(Debug, Default)]
pub struct Inbox {
    codes: Mutex<Codes>,
}

#[derive(Debug, Default)]
struct Codes {
    newest: HashMap<String, watch::Sender<Option<String>>>,
    /// The recipients in the order in which they came, some of them gone.
    order: VecDeque<String>,
}

impl Codes {
    fn of(&mut self, recipient: &str) -> &watch::Sender<Option<String>> {
        if !self.newest.contains_key(recipient) {
            self.order.push_back(recipient.to_owned());
            if self.order.len() > CAPACITY {
                self.order.pop_front().map(|oldest| self.newest.remove(&oldest));
            }
        }
        self.newest.entry(recipient.to_owned()).or_default()
    }
}

impl Inbox {
    fn codes(&self) -> MutexGuard<'_, Codes> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A code for somebody has arrived.
    pub fn put(&self, recipient: &str, code: String) {
        self.codes().of(&recipient.to_ascii_lowercase()).send_replace(Some(code));
    }

    /// Waits for the newest code to somebody, and forgets it.
    pub async fn code(&self, recipient: &str) -> String {
        let recipient = recipient.to_ascii_lowercase();
        let mut arrivals = self.codes().of(&recipient).subscribe();
        let code = match arrivals.wait_for(Option::is_some).await {
            Ok(code) => code.clone(),
            Err(_) => None,
        };
        self.codes().newest.remove(&recipient);
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
        assert!(!inbox.codes().newest.contains_key("ann@example.org"));
        let (code, ()) = tokio::join!(inbox.code("ann@example.org"), async {
            tokio::task::yield_now().await;
            inbox.put("ann@example.org", "444444".into());
        });
        assert_eq!(code, "444444");
    }
}
