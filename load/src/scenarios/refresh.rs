//! An app renews its session.

use super::{Stage, Visitor, accounts::Session};
use crate::{client::Failure, engine::Log};

pub async fn visit(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    stage
        .with_account(async |account| {
            let session = account.session(visitor, log).await?;
            let renewed = log.step("refresh", visitor.api.refresh(&session.tokens.refresh_token)).await?;
            if renewed.refresh_token == session.tokens.refresh_token {
                return Err(Failure::Answer("the refresh token is the old one"));
            }
            account.session = Some(Session::new(renewed));
            Ok(())
        })
        .await
}
