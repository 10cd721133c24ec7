//! Very many accounts in little time: generated rows, after the pattern of one that was registered.
//!
//! What makes an account unique is made from its number; everything else is the pattern's, in whatever columns the
//! migrations have made. The indexes are not kept up row by row but built at the end, by the same definitions: row by
//! row takes hours, since their order has nothing to do with that of the rows.

use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::Client;

use crate::bench::{
    BenchError,
    footprint::{Finding, Progress},
};

/// Rows in one statement.
const BATCH: u64 = 200_000;

/// What a generated account has of its own, by column. `n` is its number, `name` what [`name`] makes of it.
const OWN: &[(&str, &str)] = &[
    ("id", "gen_random_uuid()"),
    ("otp_session", "sha256(int8send(n))"),
    ("email", "name || '@example.org'"),
    ("email_canonical", "name || '@example.org'"),
    ("phone", "case when n % 3 = 0 then '+49157' || lpad(scattered::text, 10, '0') end"),
    ("username", "name"),
    ("username_canonical", "name"),
];
/// Spreads the numbers, each to another one of 32 bits: as in real life, neighbours in time are none in the indexes.
const SPREAD: u64 = 2_654_435_761;

/// The username of a generated account.
pub fn name(number: u64) -> String {
    format!("p{:08x}", number.wrapping_mul(SPREAD) & 0xffff_ffff)
}

/// How long filling a database took.
pub struct Filled {
    count: u64,
    rows: Duration,
    indexes: Duration,
    vacuum: Duration,
    size: String,
}

impl Filled {
    pub fn finding(&self) -> Finding {
        let Self { count, rows, indexes, vacuum, size } = self;
        let [rows, indexes, vacuum] = [rows, indexes, vacuum].map(Duration::as_secs);
        let total = rows + indexes + vacuum;
        Finding::new(format!("time to generate {count} accounts"), format!("{total} s, {size}")).note(format!(
            "INSERT … SELECT generate_series {rows} s with the indexes of `users` set aside (pg_index.indisready), \
             REINDEX TABLE {indexes} s, VACUUM ANALYZE {vacuum} s"
        ))
    }
}

/// Adds so many accounts, numbered from 0, after the pattern of the one with that username.
pub async fn fill(client: &Client, pattern: &str, count: u64) -> Result<Filled, BenchError> {
    let insert = insert(client, pattern).await?;
    client.batch_execute("set synchronous_commit = off; set maintenance_work_mem = '1GB'").await?;
    client.execute("update pg_index set indisready = false where indrelid = 'users'::regclass", &[]).await?;
    let progress = Progress::new("accounts", usize::try_from(count).unwrap_or(usize::MAX));
    let mut next = 0;
    while next < count {
        let end = count.min(next + BATCH);
        let (first, last) = (i64::try_from(next).unwrap_or(i64::MAX), i64::try_from(end - 1).unwrap_or(i64::MAX));
        client.execute(&insert, &[&first, &last]).await?;
        next = end;
        progress.tell(usize::try_from(next).unwrap_or(usize::MAX));
    }
    let rows = progress.end();
    let indexes = timed(client, "reindex table users").await?;
    // By hand, so that Postgres does not come to do it while something is measured.
    let vacuum = timed(client, "vacuum (analyze) users").await?;
    client.batch_execute("checkpoint").await?;
    let size = client.query_one("select pg_size_pretty(pg_total_relation_size('users'))", &[]).await?.try_get(0)?;
    Ok(Filled { count, rows, indexes, vacuum, size })
}

/// The statement that makes the rows with the numbers from $1 to $2.
async fn insert(client: &Client, pattern: &str) -> Result<String, BenchError> {
    let columns = client
        .query(
            "select quote_ident(attname) from pg_attribute
             where attrelid = 'users'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
             order by attnum",
            &[],
        )
        .await?;
    let columns: Vec<String> = columns.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let values: Vec<String> = columns.iter().map(|column| value(column)).collect();
    // The name is one that this program has made up.
    Ok(format!(
        "insert into users ({}) select {} from users pattern,
         lateral (select n, (n * {SPREAD}) & 4294967295 as scattered from generate_series($1::bigint, $2::bigint) n) numbers,
         lateral (select 'p' || lpad(to_hex(scattered), 8, '0') as name) names
         where pattern.username = '{pattern}'",
        columns.join(", "),
        values.join(", ")
    ))
}

fn value(column: &str) -> String {
    let own = OWN.iter().find(|(name, _)| *name == column);
    own.map_or_else(|| format!("pattern.{column}"), |(_, value)| (*value).to_owned())
}

async fn timed(client: &Client, statement: &str) -> Result<Duration, BenchError> {
    let began = Instant::now();
    eprintln!("  {statement}");
    client.batch_execute(statement).await?;
    Ok(began.elapsed())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_make_names_that_differ() {
        let names: HashSet<_> = (0..10_000).map(name).collect();
        assert_eq!(names.len(), 10_000);
        assert_eq!(name(0), "p00000000");
        assert_eq!(name(1), "p9e3779b1");
    }

    #[test]
    fn columns_that_are_not_its_own_are_the_patterns() {
        assert_eq!(value("username"), "name");
        assert_eq!(value("bio"), "pattern.bio");
    }
}
