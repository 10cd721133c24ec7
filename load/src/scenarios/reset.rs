//! Somebody has forgotten the password.

use super::{Stage, Visitor, accounts::Session};
use crate::{
    client::{Failure, Flow},
    engine::Log,
};

pub async fn visit(stage: &Stage, visitor: &mut Visitor, log: &mut Log) -> Result<(), Failure> {
    stage
        .with_account(async |account| {
            let (flow, person) = (Flow::PasswordReset, &mut account.person);
            account.session = None;
            let session = log.step("reset-start", visitor.api.start(flow, &person.identifier)).await?;
            let code = log.wait("delivery", stage.codes.code(&person.identifier)).await?;
            let token = log.step("reset-verify", visitor.api.verify(flow, &session.id, &code)).await?;
            let password = stage.password();
            log.step("reset-complete", visitor.api.reset(&session.id, &token, &password)).await?;
            person.password = password;
            let login = visitor.api.login(&person.username, &person.password);
            account.session = Some(Session::new(log.step("login", login).await?));
            Ok(())
        })
        .await
}
