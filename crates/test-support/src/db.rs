//! A migrated database for one test, on SQLite or PostgreSQL, gone when the test ends.
//!
//! Migrating is done once: SQLite tests copy a closed template file, PostgreSQL tests clone a template database.
//! Templates carry a hash of the migrations' source in their names, so an edited migration makes new ones.
//! SQLite is a file, never `:memory:`, which would give every connection a database of its own.
//! There is no way to leave PostgreSQL out: without a running server a test starts one, or fails.

use std::env;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use conclave_core::link_token::LinkKey;
use conclave_migrations::Migrator;
use conclave_persistence::{Site, Store, StoreOptions};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;
use uuid::Uuid;

use crate::cluster::{Cluster, URL_VARIABLE, of_run};

const TEMPLATE: &str = concat!("conclave_template_", env!("CONCLAVE_SCHEMA_HASH"));

/// When the installations of tests came into being.
pub const PREPARED_AT: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The installation of tests: always the same key, so that links can be compared.
pub fn site() -> Site {
    Site {
        public_url: "https://rsvp.example.org".to_owned(),
        host: "rsvp.example.org".to_owned(),
        mail_domain: "example.org".to_owned(),
        key: LinkKey::from_bytes([7; 32]),
    }
}

/// Names of the migrations that the databases of tests have had.
#[must_use]
pub fn migrations() -> Vec<String> {
    conclave_migrations::names()
}

/// A migrated, empty database of its own for one test.
#[derive(Debug)]
pub struct TestDb {
    url: String,
    home: Home,
}

#[derive(Debug)]
enum Home {
    Sqlite { _folder: TempDir },
    Postgres { name: String, admin_url: String, _cluster: Option<Arc<Cluster>> },
}

impl TestDb {
    /// A SQLite database: a copy of the migrated template file.
    ///
    /// # Panics
    /// When it cannot be made: the test has failed.
    pub async fn sqlite() -> Self {
        match Self::new_sqlite().await {
            Ok(db) => db,
            Err(error) => panic!("no SQLite database for this test: {error:#}"),
        }
    }

    /// A PostgreSQL database: a clone of the migrated template, on the run's server or on one of the test's own.
    ///
    /// # Panics
    /// When it cannot be made, also when PostgreSQL is not installed: the test has failed.
    pub async fn postgres() -> Self {
        match Self::new_postgres().await {
            Ok(db) => db,
            Err(error) => panic!("no PostgreSQL database for this test: {error:#}"),
        }
    }

    /// The address under which the program itself would open this database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this is the SQLite variant, for the few assertions that concern one database alone.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.home, Home::Sqlite { .. })
    }

    /// A store over this database, of an installation made by `site` and entered in the database at `PREPARED_AT`.
    ///
    /// # Panics
    /// When it cannot be opened: the test has failed.
    pub async fn store(&self) -> Store {
        match self.new_store().await {
            Ok(store) => store,
            Err(error) => panic!("no store for this test: {error:#}"),
        }
    }

    /// Changes rows behind the store's back, into what it would never write.
    ///
    /// # Panics
    /// When the database refuses: the test has failed.
    pub async fn damage(&self, sql: &str) {
        let damaged = async {
            let db = connect(&self.url).await?;
            run(&db, sql).await?;
            db.close().await.context("close")
        };
        if let Err(error) = damaged.await {
            panic!("the database cannot be damaged: {error:#}");
        }
    }

    /// Takes a PostgreSQL database away from everybody, as a restart of the server would, but for good.
    ///
    /// # Panics
    /// On SQLite, which is never away.
    pub async fn take_away(&self) {
        let Home::Postgres { name, admin_url, .. } = &self.home else { panic!("SQLite is never away") };
        let taken = async {
            let admin = connect(admin_url).await?;
            run(&admin, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")).await?;
            let end =
                format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            run(&admin, &end).await?;
            admin.close().await.context("close")
        };
        if let Err(error) = taken.await {
            panic!("the database cannot be taken away: {error:#}");
        }
    }

    async fn new_store(&self) -> Result<Store> {
        let options = StoreOptions { url: self.url.clone(), pool: 5, site: site() };
        let store = Store::connect(&options).await?;
        store.prepare_installation(PREPARED_AT).await?;
        Ok(store)
    }

    async fn new_sqlite() -> Result<Self> {
        let template = Path::new(env!("OUT_DIR")).join(format!("{TEMPLATE}.db"));
        if !template.exists() {
            make_sqlite_template(&template).await?;
        }
        let folder = tempfile::Builder::new().prefix("conclave-db-").tempdir()?;
        let file = folder.path().join("test.db");
        fs::copy(&template, &file)?;
        Ok(Self { url: sqlite_url(&file), home: Home::Sqlite { _folder: folder } })
    }

    async fn new_postgres() -> Result<Self> {
        let (admin_url, cluster) = find_server()?;
        let admin = connect(&admin_url).await?;
        make_postgres_template(&admin, &admin_url).await?;
        let name = format!("test_{}", unique());
        run(&admin, &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")).await?;
        admin.close().await?;
        let url = with_database(&admin_url, &name)?;
        Ok(Self { url, home: Home::Postgres { name, admin_url, _cluster: cluster } })
    }
}

impl Drop for TestDb {
    /// Drops the PostgreSQL database even when the test failed or still holds connections.
    /// On a thread of its own, because this may run inside the test's runtime.
    fn drop(&mut self) {
        let Home::Postgres { name, admin_url, .. } = &self.home else { return };
        let (name, admin_url) = (name.clone(), admin_url.clone());
        let dropping = std::thread::spawn(move || {
            crate::run(async move {
                let admin = connect(&admin_url).await?;
                run(&admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
                admin.close().await.context("close")
            })
        });
        // A database left behind goes with its server; a panic here would hide the test's own.
        let _ = dropping.join();
    }
}

/// The server that was named, that of the nextest run, or one of this process.
fn find_server() -> Result<(String, Option<Arc<Cluster>>)> {
    if let Ok(url) = env::var(URL_VARIABLE) {
        return Ok((url, None));
    }
    if let Some(url) = of_run::url()? {
        return Ok((url, None));
    }
    let cluster = own_cluster()?;
    Ok((cluster.url(), Some(cluster)))
}

/// The server of this process, shared while some test of it is running.
fn own_cluster() -> Result<Arc<Cluster>> {
    static RUNNING: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(cluster) = running.upgrade() {
        return Ok(cluster);
    }
    let cluster = Arc::new(Cluster::start()?);
    *running = Arc::downgrade(&cluster);
    Ok(cluster)
}

/// Migrates into a file of its own and renames it, so that no other process sees half a template.
async fn make_sqlite_template(template: &Path) -> Result<()> {
    let unfinished = template.with_extension(format!("{}.new", unique()));
    migrate(&format!("{}?mode=rwc", sqlite_url(&unfinished))).await?;
    fs::rename(&unfinished, template).context("put the SQLite template in place")
}

/// Migrates the template database unless it is there. An advisory lock lets one process do it for all;
/// the final name is given last, so a template under that name is complete.
async fn make_postgres_template(admin: &DatabaseConnection, admin_url: &str) -> Result<()> {
    if template_exists(admin).await? {
        return Ok(());
    }
    run(admin, &format!("SELECT pg_advisory_lock(hashtext('{TEMPLATE}'))")).await?;
    if !template_exists(admin).await? {
        let unfinished = format!("{TEMPLATE}_new");
        run(admin, &format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await?;
        run(admin, &format!("CREATE DATABASE {unfinished}")).await?;
        migrate(&with_database(admin_url, &unfinished)?).await?;
        run(admin, &format!("ALTER DATABASE {unfinished} RENAME TO {TEMPLATE}")).await?;
    }
    run(admin, &format!("SELECT pg_advisory_unlock(hashtext('{TEMPLATE}'))")).await
}

async fn template_exists(admin: &DatabaseConnection) -> Result<bool> {
    let question = format!("SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'");
    let row = admin.query_one_raw(Statement::from_string(DbBackend::Postgres, question)).await?;
    Ok(row.is_some())
}

/// Applies all migrations and closes the connection: a template must have none.
async fn migrate(url: &str) -> Result<()> {
    let db = connect(url).await?;
    Migrator::up(&db, None).await.context("migrate the template")?;
    db.close().await.context("close the template")
}

/// One connection: an advisory lock belongs to the connection that took it.
pub(crate) async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.with_context(|| format!("connect to {url}"))
}

async fn run(db: &DatabaseConnection, sql: &str) -> Result<()> {
    db.execute_unprepared(sql).await.with_context(|| sql.to_owned())?;
    Ok(())
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

/// The same server's address with another database's name in it.
fn with_database(admin_url: &str, name: &str) -> Result<String> {
    let (address, options) = admin_url.split_once('?').unwrap_or((admin_url, ""));
    let (server, _) = address.rsplit_once('/').context("the PostgreSQL address names no database")?;
    Ok(if options.is_empty() { format!("{server}/{name}") } else { format!("{server}/{name}?{options}") })
}

#[expect(clippy::disallowed_methods, reason = "the name of a database, not the id of anything in one")]
fn unique() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Turns `async fn name(db: TestDb) { .. }` into the two tests `name::sqlite` and `name::postgres`.
///
/// Takes any number of functions; attributes and documentation comments go in front of each.
/// A function may return a `Result`, and is then failed by an error.
#[macro_export]
macro_rules! both_databases {
    ($($(#[$attribute:meta])* async fn $name:ident($($argument:tt)*) $(-> $returned:ty)? $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$attribute])*
            async fn test($($argument)*) $(-> $returned)? $body

            #[test]
            fn sqlite() $(-> $returned)? {
                $crate::run(async { test($crate::TestDb::sqlite().await).await })
            }

            #[test]
            fn postgres() $(-> $returned)? {
                $crate::run(async { test($crate::TestDb::postgres().await).await })
            }
        }
    )*};
}
