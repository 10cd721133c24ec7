//! Whether a candidate does what is measured of it: that codes are mailed and work, that wrong ones are counted, that a
//! login checks a hash by the shared parameters, and that a session can be ended.

use super::{ATTEMPTS, CompareError, candidate::Candidate, dialects::PASSWORD};
use crate::client::{Answer, Connection, Failure};

/// Goes once through everything.
///
/// # Errors
/// Something is not as it should be.
pub async fn check(candidate: &Candidate) -> Result<(), CompareError> {
    let accounts = candidate.accounts.len();
    let hashed = candidate.hashes().await?;
    if usize::try_from(hashed).ok().is_none_or(|hashed| hashed < accounts) {
        let failure = Failure::Answer("not all accounts have a password that is hashed by the shared parameters");
        return Err(candidate.failed("checking the hashes", failure));
    }
    let mut connection = candidate.connect();
    let failed = |what| move |failure| candidate.failed(what, failure);
    codes(candidate, &mut connection).await.map_err(failed("checking codes"))?;
    passwords(candidate, &mut connection).await.map_err(failed("checking logins"))?;
    Ok(())
}

/// A right code is accepted after a wrong one, and no more after too many.
async fn codes(candidate: &Candidate, connection: &mut Connection) -> Result<(), Failure> {
    let dialect = &candidate.dialect;
    for (nth, wrong_ones) in [1, ATTEMPTS].into_iter().enumerate() {
        let email = match candidate.accounts.get(nth) {
            Some(account) if dialect.asks_as_known() => account.clone(),
            _ => format!("checked{}.{nth}@example.org", candidate.target.address().port()),
        };
        candidate.sink.watch(&email);
        let asked = dialect.ask_for_code(&email).make(connection).await?;
        let asked = dialect.asked(&email, &asked)?;
        let code = candidate.sink.message(&email, |message| dialect.code_in(message)).await.ok_or(Failure::NoCode)?;
        for _ in 0..wrong_ones {
            dialect.wrong_code(&asked).make(connection).await?;
        }
        let right = dialect.right_code(&asked, &code);
        if wrong_ones < ATTEMPTS {
            right.make(connection).await?;
        } else {
            refused(&connection.send(right.request).await?, |answer| dialect.is_worn_out(answer))?;
        }
    }
    Ok(())
}

/// A wrong password is refused, and a session is what a login has begun until it is ended.
async fn passwords(candidate: &Candidate, connection: &mut Connection) -> Result<(), Failure> {
    let dialect = &candidate.dialect;
    let email = candidate.accounts.last().ok_or(Failure::Answer("nobody has an account"))?;
    dialect.log_in_wrongly(email).make(connection).await?;
    let login = dialect.log_in(email, PASSWORD).make(connection).await?;
    let credential = dialect.credential(&login)?;
    dialect.who_am_i(&credential, email).make(connection).await?;
    dialect.log_out(&credential).make(connection).await?;
    let after = connection.send(dialect.who_am_i(&credential, email).request).await?;
    if candidate.forgets_late { Ok(()) } else { refused(&after, |answer| dialect.is_nobody(answer)) }
}

fn refused(answer: &Answer, how: impl Fn(&Answer) -> bool) -> Result<(), Failure> {
    if how(answer) { Ok(()) } else { Err(Failure::Status { status: answer.status, problem: answer.problem() }) }
}
