//! Brings the schema up to date, forward only. One transaction under an advisory lock applies whatever is missing:
//! all of it or nothing, and once, however many nodes start at the same time. What was applied is remembered with
//! its checksum, and a migration that was changed afterwards is refused.

use deadpool_postgres::{GenericClient, Pool, PoolError};
use sha2::{Digest as _, Sha256};

/// Names the lock among all advisory locks of the database: the bytes of "chatlink".
const LOCK: i64 = 0x6368_6174_6c69_6e6b;

struct Migration {
    version: i32,
    name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal),+ $(,)?) => {
        [$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../../migrations/", $name, ".sql")),
        }),+]
    };
}

/// Every migration, in order. Add at the end only.
const MIGRATIONS: [Migration; 8] = migrations![
    1 "0001_accounts",
    2 "0002_sessions",
    3 "0003_session_kinds",
    4 "0004_credentials",
    5 "0005_login_throttles",
    6 "0006_audit_events",
    7 "0007_notices",
    8 "0008_otp_traces"
];

/// Why the schema could not be brought up to date, or looked at.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A migration is not what it was when it was applied.
    #[error("migration {0} was changed after it was applied")]
    Changed(&'static str),
    /// No connection.
    #[error("no connection to Postgres")]
    Unreachable(#[from] PoolError),
    /// A statement failed; nothing was applied.
    #[error("migrating the schema")]
    Failed(#[from] tokio_postgres::Error),
}

/// Applies what is missing, and names it. Safe to be called by several nodes at once.
///
/// # Cancellation
/// If the future is dropped, either everything was applied or nothing.
pub async fn migrate(pool: &Pool) -> Result<Vec<&'static str>, MigrationError> {
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    // Whoever waits for the lock waits for the work of another node, however long that takes.
    transaction.batch_execute("set local statement_timeout = 0").await?;
    transaction.query("select pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    transaction
        .batch_execute(
            "create table if not exists schema_migrations (
                 version integer not null primary key, name text not null, checksum bytea not null
             )",
        )
        .await?;
    let missing = missing(&transaction).await?;
    for migration in &missing {
        transaction.batch_execute(migration.sql).await?;
        let checksum = migration.checksum();
        let record = "insert into schema_migrations (version, name, checksum) values ($1, $2, $3)";
        transaction.execute(record, &[&migration.version, &migration.name, &checksum.as_slice()]).await?;
    }
    transaction.commit().await?;
    Ok(missing.into_iter().map(|migration| migration.name).collect())
}

/// Names what has still to be applied.
pub async fn pending(pool: &Pool) -> Result<Vec<&'static str>, MigrationError> {
    let client = pool.get().await?;
    let begun: bool = client.query_one("select to_regclass('schema_migrations') is not null", &[]).await?.try_get(0)?;
    let missing = if begun { missing(&client).await? } else { MIGRATIONS.iter().collect() };
    Ok(missing.into_iter().map(|migration| migration.name).collect())
}

/// Migrations of a newer program are left alone: it is being rolled out, and this one still runs beside it.
async fn missing(client: &impl GenericClient) -> Result<Vec<&'static Migration>, MigrationError> {
    let rows = client.query("select version, checksum from schema_migrations", &[]).await?;
    let mut applied = std::collections::HashMap::new();
    for row in rows {
        applied.insert(row.try_get::<_, i32>(0)?, row.try_get::<_, Vec<u8>>(1)?);
    }
    let mut missing = Vec::new();
    for migration in &MIGRATIONS {
        match applied.get(&migration.version) {
            None => missing.push(migration),
            Some(checksum) if checksum.as_slice() == migration.checksum() => {}
            Some(_) => return Err(MigrationError::Changed(migration.name)),
        }
    }
    Ok(missing)
}

impl Migration {
    fn checksum(&self) -> [u8; 32] {
        Sha256::digest(self.sql).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_up_from_one_and_say_so_in_their_names() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(usize::try_from(migration.version).unwrap(), index + 1);
            assert!(migration.name.starts_with(&format!("{:04}_", migration.version)));
        }
    }

    #[test]
    fn every_migration_says_why() {
        assert!(MIGRATIONS.iter().all(|migration| migration.sql.starts_with("-- ")));
    }
}
