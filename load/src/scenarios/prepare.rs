//! Sets the stage: accounts, sessions and sockets that a scenario needs before anything is measured.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{
    Scenario, Stage, Visitor,
    accounts::{Account, Session},
    registration, status, watchers,
};
use crate::{client::Failure, engine::Log};

/// So many are prepared at once: enough to keep a server busy, few enough for its queue of passwords.
const AT_ONCE: usize = 8;

/// How many of what.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Needs {
    pub accounts: usize,
    pub sessions: usize,
    pub sockets: usize,
}

impl Needs {
    /// Of what is offered, what the scenario uses.
    pub fn of(scenario: Scenario, accounts: usize, sessions: usize) -> Self {
        match scenario {
            Scenario::LoginStorm | Scenario::Reset | Scenario::Refresh | Scenario::Me => {
                Self { accounts, ..Self::default() }
            }
            Scenario::Status => Self { sessions, ..Self::default() },
            Scenario::Watchers => Self { sockets: sessions, ..Self::default() },
            Scenario::Mixed | Scenario::Soak => Self { accounts, sessions, sockets: 0 },
            Scenario::Registration | Scenario::OtpStart | Scenario::WrongCodes | Scenario::Resend => Self::default(),
        }
    }

    pub fn total(self) -> usize {
        self.accounts + self.sessions + self.sockets
    }

    fn kind(self, index: usize) -> Kind {
        if index < self.accounts {
            Kind::Account
        } else if index < self.accounts + self.sessions {
            Kind::Session
        } else {
            Kind::Socket
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Account,
    Session,
    Socket,
}

/// Prepares them all, and tells how many there are each time there is one more.
///
/// # Errors
/// One of them could not be prepared.
pub async fn prepare(stage: &Arc<Stage>, needs: Needs, mut progress: impl FnMut(usize)) -> Result<(), Failure> {
    let begun = Arc::new(AtomicUsize::new(0));
    let (done, mut finished) = tokio::sync::mpsc::channel(AT_ONCE);
    for number in 0..AT_ONCE {
        let (stage, begun, done) = (Arc::clone(stage), Arc::clone(&begun), done.clone());
        tokio::spawn(async move {
            // From the other end: visitors of the run have the low numbers.
            let mut visitor = Visitor::new(&stage, usize::MAX - number);
            loop {
                let index = begun.fetch_add(1, Ordering::Relaxed);
                if index >= needs.total() {
                    return;
                }
                let outcome = one(needs.kind(index), &stage, &mut visitor).await;
                if done.send(outcome).await.is_err() {
                    return;
                }
            }
        });
    }
    drop(done);
    let mut count = 0;
    while let Some(outcome) = finished.recv().await {
        outcome?;
        count += 1;
        progress(count);
    }
    Ok(())
}

async fn one(kind: Kind, stage: &Stage, visitor: &mut Visitor) -> Result<(), Failure> {
    let log = &mut Log::discarding();
    match kind {
        Kind::Account => {
            let (person, tokens) = registration::register(stage, visitor, log).await?;
            stage.accounts.put(Account { person, session: Some(Session::new(tokens)) });
        }
        Kind::Session => stage.pending.put(status::start(stage, visitor, log).await?),
        Kind::Socket => stage.watched.put(watchers::open(stage, visitor, log).await?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_prepare_only_what_they_use() {
        assert_eq!(Needs::of(Scenario::Registration, 10, 20).total(), 0);
        let mixed = Needs::of(Scenario::Mixed, 10, 20);
        assert_eq!((mixed.accounts, mixed.sessions, mixed.sockets), (10, 20, 0));
        let kinds: Vec<_> = (0..30).map(|index| format!("{:?}", mixed.kind(index))).collect();
        assert_eq!((kinds[9].as_str(), kinds[10].as_str(), kinds[29].as_str()), ("Account", "Session", "Session"));
        assert_eq!(Needs::of(Scenario::Watchers, 10, 20).sockets, 20);
    }
}
