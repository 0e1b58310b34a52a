//! Migrating under a lock, so that several processes may start together: one migrates, the others wait
//! and then find nothing to do (decision 23). sea-orm-migration itself takes no lock.
//!
//! PostgreSQL: an advisory lock held by the migrating connection. SQLite: a lock on the folder of the
//! file, because opening and closing the database file itself would drop SQLite's own locks on it.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use sea_orm_migration::MigratorTrait as _;
use sea_orm_migration::sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm_migration::sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement,
};

use crate::Migrator;

/// How long another process may take to migrate before we give up.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(50);
/// Any number, the same in every process: "conclave" in ASCII.
const LOCK: i64 = 0x636f_6e63_6c61_7665;

/// Why the database could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("another process holds the migration lock for longer than two minutes")]
    Locked,
    #[error("the folder of the database cannot be locked")]
    Folder(#[source] std::io::Error),
    #[error("the database refused")]
    Database(#[from] DbErr),
}

/// Applies what is missing and returns its names. `url` is `sqlite://PATH?mode=rwc` or `postgres://...`.
///
/// Refuses when the database cannot be reached, when a migration fails (it is rolled back), and when
/// another process has been migrating for two minutes.
pub async fn migrate(url: &str) -> Result<Vec<String>, MigrateError> {
    let _folder = match sqlite_path(url) {
        Some(path) => Some(lock_folder(Path::new(path)).await?),
        None => None,
    };
    let db = connect(url).await?;
    if sqlite_path(url).is_none() {
        lock_postgres(&db).await?;
    }
    // The lock ends with the only connection, also when migrating fails half way.
    let names = pending_of(&db).await?;
    if !names.is_empty() {
        Migrator::up(&db, None).await?;
    }
    db.close().await?;
    Ok(names)
}

/// Names of the migrations that are missing. Writes nothing.
pub async fn pending(url: &str) -> Result<Vec<String>, MigrateError> {
    let db = connect(url).await?;
    let names = pending_of(&db).await?;
    db.close().await?;
    Ok(names)
}

/// How many migrations this version has.
#[must_use]
pub fn count() -> usize {
    Migrator::migrations().len()
}

/// Their names, oldest first, as a migrated database lists them.
#[must_use]
pub fn names() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

async fn pending_of(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let pending = Migrator::get_pending_migrations_read_only(db).await?;
    Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
}

async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        .test_before_acquire(false)
        // Without it an open database would be switched back from WAL, which fails while it is in use.
        .map_sqlx_sqlite_opts(|options| {
            options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                .pragma("secure_delete", "ON")
        });
    Database::connect(options).await
}

async fn lock_postgres(db: &DatabaseConnection) -> Result<(), MigrateError> {
    let mut waited = Duration::ZERO;
    loop {
        let ask = Statement::from_string(
            db.get_database_backend(),
            format!("SELECT pg_try_advisory_lock({LOCK}) AS got"),
        );
        let row = db.query_one_raw(ask).await?;
        if row.is_some_and(|row| row.try_get("", "got").unwrap_or(false)) {
            return Ok(());
        }
        wait(&mut waited).await?;
    }
}

async fn lock_folder(database: &Path) -> Result<File, MigrateError> {
    let folder = database.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(folder).map_err(MigrateError::Folder)?;
    let mut waited = Duration::ZERO;
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(folder),
            Err(TryLockError::WouldBlock) => wait(&mut waited).await?,
            Err(TryLockError::Error(error)) => return Err(MigrateError::Folder(error)),
        }
    }
}

async fn wait(waited: &mut Duration) -> Result<(), MigrateError> {
    if *waited >= PATIENCE {
        return Err(MigrateError::Locked);
    }
    tokio::time::sleep(PAUSE).await;
    *waited += PAUSE;
    Ok(())
}

fn sqlite_path(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    Some(path.split('?').next().unwrap_or(path))
}
