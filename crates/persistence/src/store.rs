//! Connecting, and the way every transaction begins.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::link_token::LinkKey;
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ActiveModelTrait as _, ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection,
    DatabaseTransaction, DbBackend, EntityTrait as _, Set, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait as _,
};

use crate::StoreError;
use crate::answers::AnswerLine;
use crate::entities::installation;

/// What links and mails need to know about this installation.
#[derive(Clone, Debug)]
pub struct Site {
    /// Without a slash at the end, such as `https://rsvp.example.org`.
    pub public_url: String,
    /// Host of the public URL; names the installation in mails.
    pub host: String,
    /// Right side of Message-IDs and calendar UIDs.
    pub mail_domain: String,
    /// Personal links are derived from it.
    pub key: LinkKey,
}

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// `sqlite://path?mode=rwc` or `postgres://...`.
    pub url: String,
    /// Connections to PostgreSQL; SQLite always has one writer and four readers.
    pub pool: u32,
    pub site: Site,
}

/// The database behind one method per intention. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    site: Arc<Site>,
    first_batch: (usize, TimeDelta),
    answer_line: AnswerLine,
}

/// A setting of the database that protects data, read back from it (decision 21).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Safeguard {
    /// As the database calls it, such as `synchronous`.
    pub name: &'static str,
    /// As the database reports it.
    pub value: String,
    pub is_in_force: bool,
}

/// Whether the key file belongs to the database (decisions.md, "Keys and links").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// The installation is new, or the key is the one that issued its links.
    Same,
    /// Another key: issued links keep working, new mails carry links of a new generation.
    Other,
}

impl Store {
    /// Opens the database. Fails when it cannot be reached. Migrates nothing.
    pub async fn connect(options: &StoreOptions) -> Result<Self, StoreError> {
        let site = Arc::new(options.site.clone());
        let first_batch = (0, TimeDelta::zero());
        let answer_line = AnswerLine::default();
        if options.url.starts_with("sqlite:") {
            let writer = Database::connect(sqlite(&options.url, 1, false)).await?;
            let reader = Database::connect(sqlite(&options.url, 4, true)).await?;
            Ok(Self { writer, reader, site, first_batch, answer_line })
        } else {
            let writer = Database::connect(postgres(&options.url, options.pool)).await?;
            Ok(Self { reader: writer.clone(), writer, site, first_batch, answer_line })
        }
    }

    /// Closes every connection, as soon as nothing is at work on it. SQLite then brings what it kept beside
    /// into its file, so that a copy of the file alone is whole. Clones of this store are of no use afterwards.
    pub async fn close(self) -> Result<(), StoreError> {
        // Readers cannot bring anything into the file, so the writer is the last.
        self.reader.close().await?;
        self.writer.close().await?;
        Ok(())
    }

    /// Waves confirmed through this store begin with `first` letters and then pause; 0 is all at once.
    #[must_use]
    pub fn pausing_after(mut self, first: usize, pause: TimeDelta) -> Self {
        self.first_batch = (first, pause);
        self
    }

    /// Calls `watch` with the text of every statement from now on, values left out; the beginning and
    /// end of transactions are not among them. For tests that pin how many a page or a write takes.
    #[must_use]
    pub fn watched(mut self, watch: impl Fn(&str) + Send + Sync + 'static) -> Self {
        let watch = Arc::new(watch);
        for connection in [&mut self.writer, &mut self.reader] {
            let watch = Arc::clone(&watch);
            connection.set_metric_callback(move |info| watch(&info.statement.sql));
        }
        self
    }

    /// How a wave begins.
    pub(crate) fn first_batch(&self) -> (usize, TimeDelta) {
        self.first_batch
    }

    /// The installation this store belongs to.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Those of the migrations named `wanted` that this database has not had. For asking often: over a
    /// connection that is open. Fails when there is no database, or one that was never migrated.
    pub async fn missing_migrations(&self, wanted: &[String]) -> Result<Vec<String>, StoreError> {
        if wanted.is_empty() {
            self.reader.execute_unprepared("SELECT 1").await?;
            return Ok(Vec::new());
        }
        let backend = self.reader.get_database_backend();
        let ask = Statement::from_string(backend, "SELECT version FROM seaql_migrations");
        let rows = self.reader.query_all_raw(ask).await?;
        let had: Vec<String> =
            rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, sea_orm::DbErr>>()?;
        Ok(wanted.iter().filter(|name| !had.contains(name)).cloned().collect())
    }

    /// Writes and takes it back. Fails where the database can be read only: an SQLite file of another
    /// owner, a standby server, an account without rights.
    pub async fn try_write(&self) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        tx.execute_unprepared("UPDATE installation SET created_at = created_at").await?;
        tx.rollback().await?;
        Ok(())
    }

    /// What keeps acknowledged answers through a power cut and deleted data deleted, read back from
    /// the connection that writes.
    pub async fn safeguards(&self) -> Result<Vec<Safeguard>, StoreError> {
        let backend = self.writer.get_database_backend();
        let (ask, wanted): (&str, &[(&str, &[&str])]) = if backend == DbBackend::Postgres {
            (
                "SHOW",
                &[
                    ("fsync", &["on"]),
                    ("full_page_writes", &["on"]),
                    ("synchronous_commit", &["on", "remote_apply", "remote_write"]),
                ],
            )
        } else {
            (
                "PRAGMA",
                &[
                    ("journal_mode", &["wal"]),
                    ("synchronous", &["2"]),
                    ("foreign_keys", &["1"]),
                    ("secure_delete", &["1"]),
                ],
            )
        };
        let mut found = Vec::new();
        for (name, good) in wanted {
            let row =
                self.writer.query_one_raw(Statement::from_string(backend, format!("{ask} {name}"))).await?;
            let value = row.and_then(|row| {
                row.try_get_by_index::<String>(0)
                    .or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string()))
                    .ok()
            });
            let value = value.unwrap_or_default();
            found.push(Safeguard { name, is_in_force: good.contains(&value.as_str()), value });
        }
        Ok(found)
    }

    /// Makes the row of this installation on first use and compares the key with the one that
    /// issued its links. Seals the record of a database that had none of its seals yet.
    pub async fn prepare_installation(&self, now: DateTime<Utc>) -> Result<KeyStatus, StoreError> {
        let own = self.site.key.fingerprint();
        let tx = self.begin_write().await?;
        if self.writer.get_database_backend() == DbBackend::Postgres {
            tx.execute_unprepared("LOCK TABLE installation IN EXCLUSIVE MODE").await?;
        }
        let known = installation::Entity::find_by_id(1).one(&tx).await?;
        let status = match &known {
            Some(row) if row.key_fingerprint != own => KeyStatus::Other,
            Some(_) | None => KeyStatus::Same,
        };
        if known.is_none() {
            installation::ActiveModel {
                id: Set(1),
                key_fingerprint: Set(own),
                setup_hash: Set(None),
                setup_expires_at: Set(None),
                mail_pause_kind: Set(String::new()),
                mail_pause_reason: Set(String::new()),
                mail_paused_until: Set(None),
                created_at: Set(now),
                log_number: Set(0),
                log_hash: Set(Vec::new()),
            }
            .insert(&tx)
            .await?;
        }
        tx.commit().await?;
        self.seal_old_log().await?;
        Ok(status)
    }

    /// The only way to start a write: takes SQLite's write lock at once, so that reading and then
    /// writing never fails half way (a deferred transaction would).
    pub(crate) async fn begin_write(&self) -> Result<DatabaseTransaction, StoreError> {
        Ok(self
            .writer
            .begin_with_options(TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            })
            .await?)
    }

    /// SQLite: whoever writes waits for whoever writes.
    pub(crate) fn has_one_writer(&self) -> bool {
        self.writer.get_database_backend() == DbBackend::Sqlite
    }

    pub(crate) fn answer_line(&self) -> &AnswerLine {
        &self.answer_line
    }

    /// For reads outside a transaction.
    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }
}

fn sqlite(url: &str, connections: u32, query_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                .pragma("secure_delete", "ON")
                .pragma("temp_store", "MEMORY");
            if query_only { options.pragma("query_only", "ON") } else { options }
        })
        // SQLite ends a transaction by itself when a disk is full. The driver does not notice, and what it
        // calls the next transaction would be a savepoint that nothing ever commits.
        .map_sqlx_sqlite_before_acquire(|connection, _| {
            let is_clean = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_clean) })
        });
    options
}

fn postgres(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections.max(2))
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false)
        .set_application_name("conclave");
    options
}
