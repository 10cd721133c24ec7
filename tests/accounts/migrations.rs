//! The schema is brought up to date once, whoever does it.

use chatlink::adapters::postgres::{MigrationError, migrate, pending};
use futures_util::future::try_join_all;

use super::support::empty_database;

#[tokio::test]
async fn migrations_are_applied_once() {
    let pool = empty_database().await;
    let all = pending(&pool).await.unwrap();
    assert!(!all.is_empty());
    assert_eq!(migrate(&pool).await.unwrap(), all);
    assert!(pending(&pool).await.unwrap().is_empty());
    assert!(migrate(&pool).await.unwrap().is_empty());
}

#[tokio::test]
async fn nodes_that_start_together_apply_them_once() {
    let pool = empty_database().await;
    let expected = pending(&pool).await.unwrap().len();
    let applied = try_join_all((0..5).map(|_| migrate(&pool))).await.unwrap();
    assert_eq!(applied.iter().map(Vec::len).sum::<usize>(), expected);
}

#[tokio::test]
async fn a_migration_changed_after_it_was_applied_is_refused() {
    let pool = empty_database().await;
    migrate(&pool).await.unwrap();
    let client = pool.get().await.unwrap();
    client.execute("update schema_migrations set checksum = 'x' where version = 1", &[]).await.unwrap();
    drop(client);
    assert!(matches!(migrate(&pool).await, Err(MigrationError::Changed("0001_accounts"))));
    assert!(matches!(pending(&pool).await, Err(MigrationError::Changed("0001_accounts"))));
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    let pool = empty_database().await;
    // Stands in the way of the second one.
    pool.get().await.unwrap().batch_execute("create table sessions ()").await.unwrap();
    let all = pending(&pool).await.unwrap();
    assert!(matches!(migrate(&pool).await, Err(MigrationError::Failed(_))));
    assert_eq!(pending(&pool).await.unwrap(), all);
    pool.get().await.unwrap().batch_execute("drop table sessions").await.unwrap();
    assert_eq!(migrate(&pool).await.unwrap(), all);
}

#[tokio::test]
async fn migrations_of_a_newer_program_are_left_alone() {
    let pool = empty_database().await;
    migrate(&pool).await.unwrap();
    let client = pool.get().await.unwrap();
    client.execute("insert into schema_migrations values (9999, '9999_later', 'x')", &[]).await.unwrap();
    drop(client);
    assert!(migrate(&pool).await.unwrap().is_empty());
    assert!(pending(&pool).await.unwrap().is_empty());
}
