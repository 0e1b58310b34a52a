//! What the store promises, on both databases. One module per noun.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod accounts;
mod answers;
mod backfill;
mod balance;
mod candidates;
mod changed;
mod chase;
mod chasing;
mod checked;
mod digests;
mod events;
mod exports;
mod extend;
mod forecast;
mod import;
mod invitations;
mod links;
mod log_chain;
mod log_entries;
mod outbox;
mod overview;
mod people;
mod questions;
mod requests;
mod reserve;
mod sessions;
mod test_letters;
mod topics;
mod tricky;
mod waves;

use conclave_persistence::{Store, StoreOptions, WriteError};
use conclave_test_support::TestDb;
use sea_orm::{ConnectionTrait, Database, Statement, Value};

/// The reason why a write was refused.
#[track_caller]
fn refused<T, R: std::error::Error>(result: Result<T, WriteError<R>>) -> R {
    match result {
        Err(WriteError::Refused(refused)) => refused,
        Err(WriteError::Store(error)) => panic!("a fault: {error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

/// Writes past the store, for what no method writes yet or only time brings.
async fn execute(db: &TestDb, sql: &str, values: Vec<Value>) -> u64 {
    let connection = Database::connect(db.url()).await.unwrap();
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    connection.execute_raw(statement).await.unwrap().rows_affected()
}

/// A number read past the store.
async fn number(db: &TestDb, sql: &str) -> i64 {
    let connection = Database::connect(db.url()).await.unwrap();
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

/// A text read past the store.
async fn text(db: &TestDb, sql: &str) -> String {
    let connection = Database::connect(db.url()).await.unwrap();
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn a_database_that_can_only_be_read_is_found_out_by_writing() {
    let db = TestDb::sqlite().await;
    let site = db.store().await.site().clone();
    let store = |mode: &str| {
        let site = site.clone();
        let url = format!("{}?mode={mode}", db.url().split('?').next().unwrap());
        async move { Store::connect(&StoreOptions { url, pool: 2, site }).await.unwrap() }
    };

    store("rw").await.try_write().await.unwrap();
    assert!(store("ro").await.try_write().await.is_err());
    let postgres = TestDb::postgres().await;
    postgres.store().await.try_write().await.unwrap();
}
