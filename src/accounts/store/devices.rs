//! The rows of `known_devices`.

use chatlink_actors::time::Timestamp;
use deadpool_postgres::GenericClient;
use uuid::Uuid;

use super::{DatabaseError, Instant};
use crate::accounts::device::DeviceMarks;

/// So many devices of an account are known, at most: those seen last.
const KNOWN_MAX: i64 = 20;

/// Notes the device, forgets what is too much, and tells whether the device was known before: no part of the
/// statement sees what another does.
const NOTE: &str = "
    with known as (
        select 1 from known_devices where user_id = $1 and mark = any ($3)
    ), kept as (
        select mark from known_devices where user_id = $1 and mark <> $2 order by seen_at desc limit $5
    ), forgotten as (
        delete from known_devices where user_id = $1 and mark <> $2 and mark not in (select mark from kept)
    )
    insert into known_devices (user_id, mark, seen_at) values ($1, $2, $4)
    on conflict (user_id, mark) do update set seen_at = greatest(known_devices.seen_at, excluded.seen_at)
    returning exists (select from known)";

/// Notes that a device of the account was seen. Whether it had been before.
pub(super) async fn note(
    on: &impl GenericClient,
    user: Uuid,
    device: &DeviceMarks,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let statement = on.prepare_cached(NOTE).await?;
    let all: Vec<&[u8]> = device.all.iter().map(<[u8; 32]>::as_slice).collect();
    let newest = device.newest.as_slice();
    let row = on.query_one(&statement, &[&user, &newest, &all, &Instant(now), &(KNOWN_MAX - 1)]).await?;
    Ok(row.try_get(0)?)
}
