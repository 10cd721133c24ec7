//! Somebody keeps asking for another code: the free ones, the ones to wait for, and the one that is no more.

use std::time::Duration;

use super::{Stage, Visitor, wrong_codes::refused};
use crate::{
    client::{Failure, Flow, OtpSession},
    engine::Log,
};

/// For so long a visit waits until it may ask again. With the usual settings it is told to wait a minute, and leaves.
const LONGEST_WAIT: u64 = 5;

#[derive(serde::Deserialize)]
struct Later {
    retry_after: u64,
}

pub async fn visit(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    let (flow, person) = (Flow::Registration, stage.person(&mut visitor.random));
    let session = log.step("start", visitor.api.start(flow, &person.identifier)).await?;
    let mut left = session.resend.left;
    while left > 0 {
        // Which of the two it is depends on the clock alone, so it gets its name when it is known.
        let began = tokio::time::Instant::now();
        let answer = visitor.api.resend(flow, &session.id).await;
        match answer {
            Ok(answer) if answer.status == 429 => {
                let later = refused(answer, 429, "otp-resend-cooldown").and_then(|answer| answer.json::<Later>());
                log.record("resend-cooldown", began, later.as_ref().map(|_| ()));
                let wait = later?.retry_after;
                if wait > LONGEST_WAIT {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_secs(wait)).await;
            }
            answer => {
                let session: Result<OtpSession, _> = answer.and_then(|answer| answer.expect(202)?.json());
                let fewer = session.and_then(|session| {
                    if session.resend.left < left {
                        Ok(session.resend.left)
                    } else {
                        Err(Failure::Answer("a resend was not counted"))
                    }
                });
                log.record("resend", began, fewer.as_ref().map(|_| ()));
                left = fewer?;
            }
        }
    }
    let exhausted = async { refused(visitor.api.resend(flow, &session.id).await?, 410, "otp-resends-exhausted") };
    log.step("resend-exhausted", exhausted).await?;
    Ok(())
}
