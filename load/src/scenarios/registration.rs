//! Somebody registers, end to end.

use super::{Stage, Visitor};
use crate::{
    client::{Failure, Flow, Person, Tokens},
    engine::Log,
};

pub async fn visit(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    let (person, tokens) = register(stage, visitor, log).await?;
    let username = log.step("me", visitor.api.me(&tokens.access_token)).await?;
    log.step("logout", visitor.api.logout(&tokens.access_token)).await?;
    if username == person.username { Ok(()) } else { Err(Failure::Answer("the account is somebody else's")) }
}

/// From the start to the account.
pub async fn register(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(Person, Tokens), Failure> {
    let (flow, person) = (Flow::Registration, stage.person(&mut visitor.random));
    let session = log.step("start", visitor.api.start(flow, &person.identifier)).await?;
    let code = log.wait("delivery", stage.codes.code(&person.identifier)).await?;
    let token = log.step("verify", visitor.api.verify(flow, &session.id, &code)).await?;
    let tokens = log.step("complete", visitor.api.register(&session.id, &token, &person)).await?;
    Ok((person, tokens))
}
