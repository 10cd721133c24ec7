//! The rows of `otp_completions`: which OTP sessions have been used up, and on which account.

use chatlink_actors::time::Timestamp;
use deadpool_postgres::GenericClient;
use uuid::Uuid;

use super::{DatabaseError, Instant};
use crate::accounts::OtpSession;

/// Waits for whoever is using up the same session, and sees what became of it.
const USE_UP: &str = "
    insert into otp_completions (otp_session, user_id, completed_at) values ($1, $2, $3)
    on conflict (otp_session) do nothing";

const USED_ON: &str = "select user_id from otp_completions where otp_session = $1";

/// What became of using up an OTP session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It is used up now.
    First,
    /// It was used up before, on the same account or on another.
    Again {
        /// On the same.
        same: bool,
    },
}

/// Uses an OTP session up on an account.
pub(super) async fn use_up(
    on: &impl GenericClient,
    session: OtpSession,
    user: Uuid,
    now: Timestamp,
) -> Result<Use, DatabaseError> {
    let session = session.as_bytes().as_slice();
    let statement = on.prepare_cached(USE_UP).await?;
    if on.execute(&statement, &[&session, &user, &Instant(now)]).await? == 1 {
        return Ok(Use::First);
    }
    let statement = on.prepare_cached(USED_ON).await?;
    let row = on.query_opt(&statement, &[&session]).await?;
    let used_on: Option<Uuid> = row.map(|row| row.try_get(0)).transpose()?;
    Ok(Use::Again { same: used_on == Some(user) })
}
