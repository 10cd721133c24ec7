//! A page without a socket asks how its registration is doing.

use std::time::Duration;

use tokio::time::Instant;

use super::{Stage, Visitor};
use crate::{
    client::{Failure, Flow},
    engine::Log,
};

/// A session is replaced before the usual five minutes of its life are over.
const GOOD_FOR: Duration = Duration::from_secs(240);

/// A registration that waits for its code.
#[derive(Debug)]
pub struct Pending {
    id: String,
    started: Instant,
}

pub async fn visit(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    let mut pending = stage.pending.take()?;
    if pending.started.elapsed() > GOOD_FOR {
        pending = start(stage, visitor, log).await?;
    }
    let session = log.step("status", visitor.api.session(Flow::Registration, &pending.id)).await;
    stage.pending.put(pending);
    if session?.state == "pending" { Ok(()) } else { Err(Failure::Answer("the session is not pending")) }
}

pub async fn start(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<Pending, Failure> {
    let person = stage.person(&mut visitor.random);
    let session = log.step("start", visitor.api.start(Flow::Registration, &person.identifier)).await?;
    Ok(Pending { id: session.id, started: Instant::now() })
}
