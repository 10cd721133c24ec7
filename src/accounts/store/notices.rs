//! The rows of `notices`: written in the transaction of what they tell of, taken by the relay to the outbox.

use std::net::IpAddr;

use chatlink_actors::identifier::{Channel, Identifier};
use deadpool_postgres::GenericClient;

use super::{DatabaseError, Instant};
use crate::accounts::notice::{Notice, NoticeKind};

const POST: &str = "
    insert into notices (id, user_id, kind, email, phone, locale, created_at, ip, channel)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

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
