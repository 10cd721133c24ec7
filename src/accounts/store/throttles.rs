//! The rows of `login_throttles` and `login_addresses`: what is remembered of failed logins. Attempts from one address
//! are settled one after the other, on whichever nodes they are made.

use chatlink_actors::otp::RollingWindow;
use deadpool_postgres::{GenericClient, Transaction};
use futures_util::future::join;
use tokio::sync::Mutex;
use tokio_postgres::Row;

use super::{DatabaseError, Instant, Store, audit};
use crate::accounts::{
    audit::Entry,
    throttle::{Failures, Record, Ruling, Tags},
};

/// Whoever settles an attempt from an address waits here for whoever else does: there may be no row yet to wait for,
/// and a right password writes none. One lock for all that is written, so nobody waits in a circle.
const LOCK: &str = "select pg_advisory_xact_lock($1)";

const RECALL: &str = "
    select a.failures as address_failures, t.failures, t.last_failure_at, t.throttled_until
    from (select $1::bytea as account, $2::bytea as address) of
    left join login_throttles t on t.account = of.account and t.address = of.address
    left join login_addresses a on a.address = of.address";

const COUNT: &str = "
    insert into login_throttles (account, address, failures, last_failure_at, throttled_until)
    values ($1, $2, $3, $4, $5)
    on conflict (account, address) do update set failures = excluded.failures,
        last_failure_at = excluded.last_failure_at, throttled_until = excluded.throttled_until";

const FORGET: &str = "delete from login_throttles where account = $1 and address = $2";

const COUNT_ADDRESS: &str = "
    insert into login_addresses (address, failures, last_failure_at) values ($1, $2, $3)
    on conflict (address) do update set failures = excluded.failures, last_failure_at = excluded.last_failure_at";

/// Whose turn it is, by lock. Two that share one wait for each other, which does no harm.
#[derive(Debug)]
pub(super) struct Turns([Mutex<()>; 64]);

impl Default for Turns {
    fn default() -> Self {
        Self([const { Mutex::const_new(()) }; 64])
    }
}

impl Turns {
    fn of(&self, lock: i64) -> &Mutex<()> {
        let Self(turns @ [first, ..]) = self;
        let index = lock.unsigned_abs() % 64;
        usize::try_from(index).ok().and_then(|index| turns.get(index)).unwrap_or(first)
    }
}

/// What was made of an attempt.
pub(crate) struct Settled {
    pub ruling: Ruling,
    /// What is to be remembered.
    pub next: Record,
    pub entries: Vec<Entry>,
}

impl Store {
    /// Judges an attempt by what is remembered of those before it, and remembers it.
    pub async fn settle(&self, of: Tags, judge: impl Fn(&Record) -> Settled) -> Result<Ruling, DatabaseError> {
        self.within("transaction", async {
            let before = recall(&*self.lanes.here().await?, &of).await?;
            // What is throttled stays so, whoever is at it. It need not wait, so a flood of it keeps nobody waiting.
            let is_throttled = matches!(judge(&before).ruling, Ruling::Throttled { .. });
            // On this node they wait here, where waiting holds no connection.
            let turn = if is_throttled { None } else { Some(self.turns.of(lock_of(&of)).lock().await) };
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let before = if turn.is_some() {
                let (lock, key) = (transaction.prepare_cached(LOCK).await?, lock_of(&of));
                // Sent together: the answer to the second is of when the lock was got, and sees what was committed
                // meanwhile.
                let (locked, before) = join(transaction.query(&lock, &[&key]), recall(&transaction, &of)).await;
                locked?;
                before?
            } else {
                before
            };
            let settled = judge(&before);
            let Settled { ruling, next, entries } = settled;
            remember(&transaction, &of, &before, &next).await?;
            for entry in &entries {
                audit::record(&transaction, entry).await?;
            }
            transaction.commit().await?;
            Ok(ruling)
        })
        .await
    }
}

/// That two addresses share a lock is as good as impossible, and costs them a moment.
fn lock_of(tags: &Tags) -> i64 {
    tags.address.first_chunk().copied().map_or(0, i64::from_be_bytes)
}

async fn recall(on: &impl GenericClient, of: &Tags) -> Result<Record, DatabaseError> {
    let statement = on.prepare_cached(RECALL).await?;
    record(&on.query_one(&statement, &[&of.account.as_slice(), &of.address.as_slice()]).await?)
}

async fn remember(on: &Transaction<'_>, of: &Tags, before: &Record, next: &Record) -> Result<(), DatabaseError> {
    let (account, address) = (of.account.as_slice(), of.address.as_slice());
    match next.pair {
        pair if pair == before.pair => {}
        None => {
            on.execute(&on.prepare_cached(FORGET).await?, &[&account, &address]).await?;
        }
        Some(Failures { count, last, paused_until }) => {
            let count = i32::try_from(count).unwrap_or(i32::MAX);
            let until = paused_until.map(Instant);
            let statement = on.prepare_cached(COUNT).await?;
            on.execute(&statement, &[&account, &address, &count, &Instant(last), &until]).await?;
        }
    }
    if let (true, Some(last)) = (next.address != before.address, next.address.instants().last()) {
        let failures: Vec<_> = next.address.instants().iter().copied().map(Instant).collect();
        let statement = on.prepare_cached(COUNT_ADDRESS).await?;
        on.execute(&statement, &[&address, &failures, &Instant(*last)]).await?;
    }
    Ok(())
}

fn record(row: &Row) -> Result<Record, DatabaseError> {
    let instant = |column: &str| row.try_get::<_, Option<Instant>>(column).map(|instant| instant.map(|at| at.0));
    let address: Option<Vec<Instant>> = row.try_get("address_failures")?;
    let instants = address.unwrap_or_default().into_iter().map(|instant| instant.0).collect();
    let pair = match (row.try_get::<_, Option<i32>>("failures")?, instant("last_failure_at")?) {
        (Some(count), Some(last)) => {
            let count = u32::try_from(count).map_err(|_| DatabaseError::Corrupt("number of failures"))?;
            Some(Failures { count, last, paused_until: instant("throttled_until")? })
        }
        _ => None,
    };
    Ok(Record { pair, address: RollingWindow::of(instants) })
}
