//! The test databases themselves: separate, migrated, and really of the kind they say.

#![expect(clippy::unwrap_used, reason = "tests")]

use conclave_test_support::{TestDb, both_databases, migrations};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

async fn open(db: &TestDb) -> DatabaseConnection {
    Database::connect(db.url()).await.unwrap()
}

both_databases! {
    /// Two tests that write to a table of the same name never meet.
    async fn databases_of_two_tests_are_separate(db: TestDb) {
        let other = if db.is_sqlite() { TestDb::sqlite().await } else { TestDb::postgres().await };
        for one in [&db, &other] {
            open(one).await.execute_unprepared("CREATE TABLE only_here (id INTEGER)").await.unwrap();
        }

        assert_ne!(db.url(), other.url());
    }

    async fn a_database_comes_migrated(db: TestDb) {
        let applied = open(&db).await.execute_unprepared("SELECT version FROM seaql_migrations").await;

        assert!(applied.is_ok(), "{applied:?}");
    }

    async fn a_store_opens_over_a_test_database(db: TestDb) {
        let store = db.store().await;

        assert!(store.missing_migrations(&migrations()).await.unwrap().is_empty());
    }

    /// Dropping the database must not wait for a pool that a failed test forgot.
    async fn a_database_goes_although_a_connection_is_open(db: TestDb) {
        let connection = open(&db).await;
        let url = db.url().to_owned();
        let sqlite = db.is_sqlite();

        drop(db);

        assert!(Database::connect(url).await.is_err());
        assert!(sqlite || connection.ping().await.is_err());
    }
}
