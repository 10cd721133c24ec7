//! An ordinary day: mostly people who are logged in, some who come, a few who forget, and somebody who guesses.
//!
//! The weights are a guess at a product with short visits, written down so that runs can be compared; they are no
//! measurement of anybody's users.

use super::{Scenario, Stage, Visitor, login, visit as visit_of};
use crate::{client::Failure, engine::Log};

/// Visits of each kind in a hundred.
pub const WEIGHTS: [(Scenario, u32); 9] = [
    (Scenario::Me, 50),
    (Scenario::Status, 12),
    (Scenario::Refresh, 12),
    (Scenario::LoginStorm, 8),
    (Scenario::Registration, 8),
    (Scenario::OtpStart, 4),
    (Scenario::Reset, 2),
    (Scenario::Resend, 2),
    (Scenario::WrongCodes, 2),
];

pub async fn visit(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    match choose(visitor.random.u32(0..100)) {
        // A storm logs in to any account; here those logged in are to stay so.
        Scenario::LoginStorm => login::again(stage, visitor, log).await,
        // Never this one again, so the depth has an end.
        other => Box::pin(visit_of(other, stage, visitor, log)).await,
    }
}

fn choose(mut lot: u32) -> Scenario {
    for (scenario, weight) in WEIGHTS {
        if lot < weight {
            return scenario;
        }
        lot -= weight;
    }
    Scenario::Me
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_percentages() {
        for (scenario, weight) in WEIGHTS {
            let chosen = (0..100).filter(|lot| choose(*lot) == scenario).count();
            assert_eq!(chosen, usize::try_from(weight).unwrap(), "{scenario:?}");
        }
    }
}
