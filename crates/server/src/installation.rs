//! One opened installation: settings, clock, key, database, templates. Every command that needs the
//! database opens it here, so that all of them keep the same rules about keys and migrations.

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::clock::Clock;
use conclave_mail::templates::Templates;
use conclave_mail::transport::{CaptureDir, Deadlines, Login, Relay, Security, Transport};
use conclave_persistence::{KeyStatus, Site, Store, StoreOptions};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::config::{ClockOffset, Mail, Settings, Tls, Transport as Way};
use crate::key;

/// How long a database server may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// What commands and the server work with.
#[derive(Clone)]
pub struct Installation {
    pub settings: Arc<Settings>,
    pub clock: Clock,
    pub store: Store,
    pub templates: Arc<Templates>,
    /// The key file was replaced: issued links keep working, new mails carry new ones.
    pub has_other_key: bool,
}

/// What to do about a database of an older version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrations {
    /// `serve`: bring it up to date.
    Apply,
    /// Commands: make a new database, refuse an older one, since its server may still be running.
    OnlyWhenNew,
}

impl Installation {
    /// Opens the installation; makes data directory, key and database when they are not there yet.
    ///
    /// Refuses a damaged key, a database that is away, and one of another version.
    pub async fn open(settings: Settings, migrations: Migrations) -> Result<Self> {
        let clock = clock(&settings);
        make_private_dir(&settings.server.data_dir)?;
        let (key, _) = key::load_or_create(&settings.security.key_file)?;
        let url = database_url(&settings);
        check_reachable(&settings).await?;
        migrate(&url, migrations).await.map_err(|error| explained(error, &settings))?;
        let site = Site {
            public_url: settings.server.public_url.as_str().to_owned(),
            host: settings.server.public_url.host().to_owned(),
            mail_domain: settings.mail.from_domain.clone(),
            key,
        };
        let options = StoreOptions { url, pool: settings.database.pool, site };
        let store = Store::connect(&options).await.with_context(|| unreachable_database(&settings))?;
        let store = store.pausing_after(settings.mail.pause_after_first, delta(settings.mail.pause));
        if migrations == Migrations::Apply {
            check_writable(&store, &settings).await?;
        }
        let has_other_key = store.prepare_installation(clock.now()).await? == KeyStatus::Other;
        let templates =
            Templates::load(settings.mail.templates_dir.as_deref()).context("mail.templates_dir")?;
        Ok(Self { settings: Arc::new(settings), clock, store, templates: Arc::new(templates), has_other_key })
    }

    /// The present instant of this installation.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A full address below the public URL.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.server.public_url)
    }
}

/// The way mail goes, as configured.
pub fn transport(settings: &Settings) -> Transport {
    transport_of(&settings.mail, capture_dir(settings))
}

/// The same before the settings are whole.
pub fn transport_of(mail: &Mail, capture_dir: PathBuf) -> Transport {
    match mail.transport {
        Way::Capture => Transport::Capture(CaptureDir::new(capture_dir)),
        Way::Smtp => Transport::Smtp(Relay {
            host: mail.relay.clone(),
            port: mail.port,
            security: match mail.tls {
                Tls::None => Security::None,
                Tls::StartTls => Security::StartTls,
                Tls::Implicit => Security::Implicit,
            },
            login: mail
                .login
                .as_ref()
                .map(|(username, password)| Login { username: username.clone(), password: password.clone() }),
            hello_name: hello_name(mail),
            deadlines: Deadlines::within_lease(mail.conversation_timeout, mail.lease),
            extra_roots: None,
        }),
    }
}

/// Where captured mail lies.
pub fn capture_dir(settings: &Settings) -> PathBuf {
    settings.server.data_dir.join("captured-mail")
}

/// The database's address as the store wants it. An SQLite file may be made.
pub fn database_url(settings: &Settings) -> String {
    match settings.database.url.sqlite_path() {
        Some(path) => {
            let path = path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
            format!("sqlite://{path}?mode=rwc")
        }
        None => settings.database.url.expose(),
    }
}

/// The clock of this process.
pub fn clock(settings: &Settings) -> Clock {
    let machine = Clock::system();
    match settings.time.clock_offset {
        ClockOffset::None => machine,
        offset => Clock::System { offset: offset.at(machine.now()) },
    }
}

/// A directory for its owner alone; one that exists is left as it is.
pub fn make_private_dir(path: &Path) -> Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("making the data directory {}", path.display()))
}

async fn migrate(url: &str, migrations: Migrations) -> Result<()> {
    if migrations == Migrations::OnlyWhenNew {
        let pending = conclave_migrations::pending(url).await.context("reading the database's version")?;
        if pending.is_empty() {
            return Ok(());
        }
        if pending.len() < conclave_migrations::count() {
            bail!("the database is of an older version; run `conclave migrate` first");
        }
    }
    let applied = conclave_migrations::migrate(url).await.context("migrating the database")?;
    for name in applied {
        tracing::info!(migration = name, "migrated");
    }
    Ok(())
}

/// Says at once that there is no PostgreSQL server, where its client would go on asking.
pub async fn check_reachable(settings: &Settings) -> Result<()> {
    let Some((host, port)) = settings.database.url.endpoint() else { return Ok(()) };
    let reached = timeout(PATIENCE, TcpStream::connect((host.as_str(), port))).await;
    if !matches!(reached, Ok(Ok(_))) {
        bail!("nothing answers at {host}:{port}; is PostgreSQL running there? (database.url)");
    }
    Ok(())
}

/// Refuses a database that cannot be written, in one sentence where it is an SQLite file.
pub async fn check_writable(store: &Store, settings: &Settings) -> Result<()> {
    let Err(error) = store.try_write().await else { return Ok(()) };
    let context = format!("the database {} cannot be written", settings.database.url);
    Err(explained(anyhow::Error::new(error).context(context), settings))
}

/// An SQLite file that may only be read is told with its owner, whatever found it out.
pub fn explained(error: anyhow::Error, settings: &Settings) -> anyhow::Error {
    let read_only = error.chain().any(|cause| cause.to_string().contains("readonly database"));
    match settings.database.url.sqlite_path().filter(|_| read_only) {
        None => error,
        Some(path) => anyhow!(
            "the database {} cannot be written (or its directory); the file belongs to {}: run as that user, \
             or give both to this one",
            path.display(),
            owner(path)
        ),
    }
}

/// Name of a file's owner, or the number where this machine knows no name.
fn owner(path: &Path) -> String {
    let Ok(uid) = std::fs::metadata(path).map(|file| file.uid().to_string()) else {
        return "another user".to_owned();
    };
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut users = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let name = users.find_map(|user| match user.as_slice() {
        [name, _, number, ..] if *number == uid => Some((*name).to_owned()),
        _ => None,
    });
    name.unwrap_or_else(|| format!("user {uid}"))
}

fn unreachable_database(settings: &Settings) -> String {
    format!("the database {} cannot be reached", settings.database.url)
}

/// How we greet the relay: a domain is enough, and needs no look-up of this machine's name.
fn hello_name(mail: &Mail) -> String {
    mail.from_domain.clone()
}

/// Seconds and the like as the store counts them.
pub fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
