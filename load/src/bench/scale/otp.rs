//! What costs something while a session is under way: starting one, a wrong code, asking how it stands.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use chatlink_actors::otp::PublicId;

use super::{
    FEW, Scale, Side,
    turns::{Ask, Operation, WARM_UP},
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
        let mut findings = vec![self.compare(small, large, asked).await?];
        // Only now, since it makes the small side larger.
        let guessable = small.node.copies(&small.ground, self.guessable()).await?;
        let guessed = Operation {
            what: "wrong code",
            status: 422,
            small: by_the_thousand(guessable),
            large: of_any(&large.sessions, guess),
            note: "of any of the sessions; on the small side of another thousand before those are locked",
        };
        let started = Operation {
            what: "start",
            status: 202,
            small: starts("few"),
            large: starts("many"),
            note: "of somebody new each; no mail goes out",
        };
        for operation in [guessed, started] {
            findings.push(self.compare(small, large, operation).await?);
        }
        Ok(findings)
    }
}

/// Wrong codes for each of them: well below what one bears, since they fall at random.
const GUESSES_EACH: usize = 60;
/// More of them in a millisecond than any server here takes.
const MOST_GUESSES: u128 = 60;

impl Scale {
    /// How many sessions bear all the wrong codes that there is time for.
    fn guessable(&self) -> usize {
        let guesses = (self.turn() + WARM_UP).as_millis() * u128::from(self.rounds) * MOST_GUESSES;
        let sessions = usize::try_from(guesses).unwrap_or(usize::MAX) / GUESSES_EACH;
        sessions.next_multiple_of(FEW)
    }
}

/// A wrong code for any of the first thousand sessions, and for the next thousand once those have had their share.
fn by_the_thousand(sessions: Arc<Vec<PublicId>>) -> Ask {
    let next = AtomicUsize::new(0);
    Arc::new(move |_, _| {
        let first = next.fetch_add(1, Ordering::Relaxed) / (FEW * GUESSES_EACH) * FEW;
        let few = sessions.get(first..first + FEW).unwrap_or_default();
        guess(fastrand::choice(few.iter()))
    })
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
