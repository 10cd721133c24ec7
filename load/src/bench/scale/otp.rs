//! What costs something while a session is under way: starting one, a wrong code, asking how it stands.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use chatlink_actors::otp::PublicId;

use super::{
    Scale, Side,
    turns::{Ask, Operation},
};
use crate::bench::{
    BenchError,
    footprint::{Finding, guess, start, status},
};

impl Scale {
    /// With few live sessions in Redis and with very many.
    pub(super) async fn otp(&self, small: &Side, large: &Side) -> Result<Vec<Finding>, BenchError> {
        let any = "of any of the sessions, so that on the large side hardly an actor is live that is asked";
        let asked = Operation {
            what: "status",
            status: 200,
            small: of_any(&small.sessions, status),
            large: of_any(&large.sessions, status),
            note: any,
        };
        let guessed = Operation {
            what: "wrong code",
            status: 422,
            small: of_any(&small.sessions, guess),
            large: of_any(&large.sessions, guess),
            note: any,
        };
        let started = Operation {
            what: "start",
            status: 202,
            small: starts("few"),
            large: starts("many"),
            note: "of somebody new each; no mail goes out",
        };
        let mut findings = Vec::new();
        for operation in [asked, guessed, started] {
            findings.push(self.compare(small, large, operation).await?);
        }
        Ok(findings)
    }
}

fn of_any(sessions: &Arc<Vec<PublicId>>, request: fn(Option<&PublicId>) -> crate::client::Request) -> Ask {
    let sessions = Arc::clone(sessions);
    Arc::new(move |_, _| request(fastrand::choice(sessions.iter())))
}

fn starts(whose: &'static str) -> Ask {
    let next = AtomicU64::new(0);
    Arc::new(move |_, _| {
        let number = next.fetch_add(1, Ordering::Relaxed);
        start(&format!("{whose}.{number}@example.com"))
    })
}
