//! An app reads who its user is.

use super::{Stage, Visitor};
use crate::{client::Failure, engine::Log};

pub async fn visit(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    stage
        .with_account(async |account| {
            let session = account.fresh_session(visitor, log).await?;
            let username = log.step("me", visitor.api.me(&session.tokens.access_token)).await?;
            account.session = Some(session);
            if username == account.person.username {
                Ok(())
            } else {
                Err(Failure::Answer("the account is somebody else's"))
            }
        })
        .await
}
