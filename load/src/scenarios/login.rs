//! Everybody logs in at once.

use super::{Stage, Visitor, accounts::Session};
use crate::{client::Failure, engine::Log};

/// Any account, whoever else is just logging in to it.
pub async fn visit(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    let person = stage.accounts.look(&mut visitor.random, |account| account.person.clone())?;
    log.step("login", visitor.api.login(&person.username, &person.password)).await?;
    Ok(())
}

/// An account for itself, whose session is replaced: an account has room for ten, and those in use are to stay.
pub async fn again(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    stage
        .with_account(async |account| {
            let login = visitor.api.login(&account.person.username, &account.person.password);
            account.session = Some(Session::new(log.step("login", login).await?));
            Ok(())
        })
        .await
}
