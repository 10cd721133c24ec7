//! The rows of `notices`: written in the transaction of what they tell of, taken by the relay to the outbox.

use std::net::IpAddr;

use chatlink_actors::identifier::{Channel, Identifier};
use deadpool_postgres::GenericClient;

use tokio_postgres::Row;
use uuid::Uuid;

use super::{DatabaseError, Instant, Store, users::locale};
use crate::accounts::notice::{Notice, NoticeKind};

const POST: &str = "
    insert into notices (id, user_id, kind, email, phone, locale, created_at, ip, channel)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Those that another node is handing over are its business, and those of a kind that only a newer version of the
/// program knows are left to that.
const TAKE: &str = "
    select id, user_id, kind, email, phone, locale, created_at, ip, channel from notices where kind = any($2)
    order by created_at limit $1 for update skip locked";

const DELETE: &str = "delete from notices where id = any($1)";

impl Store {
    /// Hands over up to so many notices and deletes them, unless that failed; gives how many.
    pub async fn hand_over_notices<E, F>(
        &self,
        limit: usize,
        hand_over: impl FnOnce(Vec<Notice>) -> F,
    ) -> Result<Result<usize, E>, DatabaseError>
    where
        F: Future<Output = Result<(), E>>,
    {
        self.within("transaction", async {
            let mut client = self.client().await?;
            let (take, delete) = (client.prepare_cached(TAKE).await?, client.prepare_cached(DELETE).await?);
            let transaction = client.transaction().await?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = transaction.query(&take, &[&limit, &NoticeKind::NAMES.as_slice()]).await?;
            let ids: Vec<Uuid> = rows.iter().map(|row| row.try_get("id")).collect::<Result<_, _>>()?;
            if let Err(refusal) = hand_over(rows.iter().filter_map(legible).collect()).await {
                return Ok(Err(refusal));
            }
            transaction.execute(&delete, &[&ids]).await?;
            transaction.commit().await?;
            Ok(Ok(ids.len()))
        })
        .await
    }
}

/// A row that cannot be read would be in the way of all others for ever: it goes unsent.
fn legible(row: &Row) -> Option<Notice> {
    notice(row).inspect_err(|error| tracing::error!(%error, "a notice that cannot be read is dropped")).ok()
}

fn notice(row: &Row) -> Result<Notice, DatabaseError> {
    let (email, phone): (Option<&str>, Option<&str>) = (row.try_get("email")?, row.try_get("phone")?);
    let to = email.or(phone).and_then(|address| Identifier::parse(address).ok());
    let kind = NoticeKind::from_stored(row.try_get("kind")?, row.try_get("ip")?, row.try_get("channel")?);
    let at: Instant = row.try_get("created_at")?;
    Ok(Notice {
        id: row.try_get("id")?,
        user: row.try_get("user_id")?,
        kind: kind.ok_or(DatabaseError::Corrupt("kind of notice"))?,
        to: to.ok_or(DatabaseError::Corrupt("address of notice"))?,
        locale: locale(row)?,
        at: at.0,
    })
}

/// Leaves a notice for the relay.
pub(super) async fn post(on: &impl GenericClient, notice: &Notice) -> Result<(), DatabaseError> {
    let (email, phone) = match &notice.to {
        Identifier::Email(email) => (Some(email.address()), None),
        Identifier::Phone(phone) => (None, Some(phone.e164())),
    };
    let (ip, channel): (Option<IpAddr>, Option<Channel>) = match notice.kind {
        NoticeKind::PasswordChanged => (None, None),
        NoticeKind::IdentifierChanged { channel } => (None, Some(channel)),
        NoticeKind::NewLogin { ip } => (Some(ip.to_canonical()), None),
    };
    let statement = on.prepare_cached(POST).await?;
    on.execute(
        &statement,
        &[
            &notice.id,
            &notice.user,
            &notice.kind.name(),
            &email,
            &phone,
            &notice.locale.tag(),
            &Instant(notice.at),
            &ip,
            &channel.map(Channel::name),
        ],
    )
    .await?;
    Ok(())
}
