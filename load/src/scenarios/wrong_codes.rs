//! Somebody guesses: every attempt is refused, the last one locks the session, and what follows is refused as locked.

use serde::Deserialize;

use super::{Stage, Visitor};
use crate::{
    client::{Answer, Failure, Flow},
    engine::Log,
};

#[derive(Deserialize)]
struct Refused {
    attempts_left: u32,
}

pub async fn visit(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    let (flow, person) = (Flow::Registration, stage.person(&mut visitor.random));
    let session = log.step("start", visitor.api.start(flow, &person.identifier)).await?;
    for left in (0..session.attempts_left).rev() {
        let code = guess(&mut visitor.random, session.code_length);
        let attempt = async {
            let answer = visitor.api.try_code(flow, &session.id, &code).await?;
            let refused: Refused = refused(answer, 422, "otp-code-incorrect")?.json()?;
            if refused.attempts_left == left { Ok(()) } else { Err(Failure::Answer("the attempts left are others")) }
        };
        log.step("verify-wrong", attempt).await?;
    }
    let code = guess(&mut visitor.random, session.code_length);
    let locked = async {
        let answer = visitor.api.try_code(flow, &session.id, &code).await?;
        refused(answer, 410, "otp-session-locked")
    };
    log.step("verify-locked", locked).await?;
    Ok(())
}

/// An answer that has to be this problem.
pub fn refused(answer: Answer, status: u16, problem: &str) -> Result<Answer, Failure> {
    let answer = answer.expect(status)?;
    match answer.problem() {
        Some(found) if found == problem => Ok(answer),
        found => Err(Failure::Status { status, problem: found }),
    }
}

/// One in a million is right by chance, and is counted as an error.
fn guess(random: &mut fastrand::Rng, length: usize) -> String {
    std::iter::repeat_with(|| random.digit(10)).take(length).collect()
}
