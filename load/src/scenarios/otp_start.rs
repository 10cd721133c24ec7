//! A flood of registrations that go no further than their start.

use super::{Stage, Visitor};
use crate::{
    client::{Failure, Flow},
    engine::Log,
};

pub async fn visit(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    let person = stage.person(&mut visitor.random);
    let session = log.step("start", visitor.api.start(Flow::Registration, &person.identifier)).await?;
    if session.state == "pending" { Ok(()) } else { Err(Failure::Answer("a new session is not pending")) }
}
