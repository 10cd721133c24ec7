//! The one read that an answer about an account cannot do without: ChatLink's own statement, on the same tables, with
//! the same accounts in them, prepared and pipelined on a connection that each worker keeps and drives itself.

use std::{cell::Cell, time::SystemTime};

use tokio_postgres::{Client, Error, NoTls, Row, Statement};
use uuid::Uuid;

use super::answers::{Account, Country, INSTANT, Language};

/// As in `src/accounts/store/sessions.rs`.
const CURRENT: &str = "
    select u.id, u.username, u.full_name, u.bio, u.email, u.phone, u.date_of_birth, u.gender, u.country,
        u.native_language, u.learning_languages, u.languages_changed_at, u.created_at, u.version,
        s.id as session_id, s.kind as session_kind, s.device_name as session_device_name, s.ip as session_ip,
        s.created_at as session_created_at, s.last_seen_at as session_last_seen_at,
        s.expires_at as session_expires_at
    from sessions s join users u on u.id = s.user_id
    where s.id = $1 and s.user_id = $2 and s.expires_at > $3 and u.locked_at is null";

const SESSIONS: &str = "select id, user_id from sessions order by id";

/// What a worker reads with.
pub struct Reads {
    client: Client,
    statement: Statement,
    sessions: Vec<(Uuid, Uuid)>,
    next: Cell<usize>,
}

impl Reads {
    pub async fn open(url: &str) -> Result<Self, Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let statement = client.prepare(CURRENT).await?;
        let rows = client.query(SESSIONS, &[]).await?;
        let sessions = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, Error>>()?;
        Ok(Self { client, statement, sessions, next: Cell::new(0) })
    }

    /// The next of the accounts that have a session, if there is any.
    pub async fn next(&self) -> Result<Option<Row>, Error> {
        let turn = self.next.replace(self.next.get().wrapping_add(1));
        let found = turn.checked_rem(self.sessions.len()).and_then(|index| self.sessions.get(index));
        let Some((session, user)) = found else { return Ok(None) };
        // Any instant before all of them expire: no clock is asked.
        self.client.query_opt(&self.statement, &[session, user, &SystemTime::UNIX_EPOCH]).await
    }
}

/// Reads off the row what is answered.
pub fn account(row: &Row) -> Result<Account<'_>, Error> {
    let learning: Vec<&str> = row.try_get(10)?;
    Ok(Account {
        id: row.try_get::<_, Uuid>(0)?.to_string(),
        username: row.try_get(1)?,
        full_name: row.try_get(2)?,
        bio: row.try_get(3)?,
        email: row.try_get(4)?,
        phone: row.try_get(5)?,
        date_of_birth: "1990-05-17",
        gender: row.try_get(7)?,
        country: Country { code: row.try_get(8)?, name: "Brazil" },
        native_language: Language::of(row.try_get(9)?),
        learning_languages: learning.into_iter().map(Language::of).collect(),
        languages_changeable_at: None,
        created_at: INSTANT,
    })
}
