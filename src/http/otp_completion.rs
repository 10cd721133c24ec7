//! Completing an OTP session, whatever comes of it: authorise the token, do the work in Postgres, use the token up. In
//! this order, so that whatever fails before the end is repaired by the retry, which finds the work done.

use chatlink_actors::otp::{Accepted, Command, CompletionToken, PublicId, SessionState};

use super::{
    Services,
    body::Field,
    otp::{self, Flow},
    problem::{Kind, Problem},
    validation::Checks,
};
use crate::accounts::field::FieldError;

/// Whether the token could complete the session. Where there is none the session must at least be there; what is
/// missing is one more failure to list.
pub async fn authorize<F: Flow>(
    services: &Services,
    id: PublicId,
    typed: Field<String>,
    checks: &mut Checks,
) -> Result<(Option<CompletionToken>, Accepted<F::Subject>), Problem> {
    let session = id.session;
    match checks.required("/completion_token", typed, Ok::<_, FieldError>) {
        None => Ok((None, otp::ask::<F>(services, id, Command::Status { session }).await?)),
        Some(typed) => {
            // What is no token is one that fits nothing: the rules say whether there is such a session at all.
            let garbled = || CompletionToken::from_bytes(services.entropy.array());
            let token = CompletionToken::parse(&typed).unwrap_or_else(garbled);
            let command = Command::Authorize { session, token: token.clone() };
            Ok((Some(token), otp::ask::<F>(services, id, command).await?))
        }
    }
}

/// Uses the token up: of several completions at once, one succeeds. A session that ran out while the work was being
/// done has served its purpose all the same.
pub async fn use_up<F: Flow>(services: &Services, id: PublicId, token: CompletionToken) -> Result<(), Problem> {
    let session = id.session;
    let Err(problem) = otp::ask::<F>(services, id, Command::Complete { session, token }).await else {
        return Ok(());
    };
    if problem.kind() == Kind::CompletionTokenInvalid {
        let stands = otp::ask::<F>(services, id, Command::Status { session }).await?;
        if stands.session.state == SessionState::Expired {
            return Ok(());
        }
    }
    Err(problem)
}
