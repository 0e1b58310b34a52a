//! A throwaway PostgreSQL server: made in a temporary folder, reachable by socket only, gone when dropped.
//!
//! One is started for a whole test run by the program `pg-cluster`, or by the first test that finds none.
//! PostgreSQL refuses to run as root, so as root its programs run under an unprivileged account.
//! Durability is off: nothing here is worth keeping.

pub mod of_run;

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// The variable that names a running server to all tests.
pub const URL_VARIABLE: &str = "TEST_POSTGRES_URL";

/// A running PostgreSQL server that stops, and takes its files along, when dropped.
#[derive(Debug)]
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    account: Option<Account>,
}

impl Cluster {
    /// Makes and starts a server.
    ///
    /// Refuses when PostgreSQL's programs are not installed, or when the server does not come up within a minute.
    pub fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("conclave-pg-").tempdir()?;
        let account = Account::for_server()?;
        if let Some(account) = account {
            std::os::unix::fs::chown(folder.path(), Some(account.uid), Some(account.gid))?;
        }
        let cluster = Self { folder, programs: find_programs()?, account };
        cluster.initialise()?;
        cluster.launch()?;
        Ok(cluster)
    }

    /// The address of the server's maintenance database, in which databases are created and dropped.
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.path().display())
    }

    fn initialise(&self) -> Result<()> {
        let made = self
            .command("initdb")
            .args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"])
            .arg("--pgdata")
            .arg(self.data())
            .output()?;
        if !made.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        }

        let settings = self.data().join("postgresql.auto.conf");
        let mut text = fs::read_to_string(&settings)?;
        text += &format!(
            "listen_addresses = ''\n\
             unix_socket_directories = '{}'\n\
             max_connections = 300\n\
             fsync = off\n\
             synchronous_commit = off\n\
             full_page_writes = off\n\
             autovacuum = off\n",
            self.folder.path().display(),
        );
        fs::write(&settings, text)?;
        Ok(())
    }

    fn launch(&self) -> Result<()> {
        // Not `output()`: the server inherits the pipe and would keep it open for ever.
        let log = self.folder.path().join("log");
        let started = self
            .command("pg_ctl")
            .args(["--wait", "--timeout=60", "start", "--log"])
            .arg(&log)
            .arg("--pgdata")
            .arg(self.data())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if !started.success() {
            bail!("PostgreSQL did not start: {}", fs::read_to_string(&log).unwrap_or_default());
        }
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        for variable in ["PGHOST", "PGPORT", "PGUSER", "PGDATA", "PGDATABASE", "PGOPTIONS"] {
            command.env_remove(variable);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nothing to be done about a failure here: the folder goes either way, and with it the server.
        let _ = self
            .command("pg_ctl")
            .args(["--mode=immediate", "--wait", "stop", "--pgdata"])
            .arg(self.data())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

#[derive(Debug, Clone, Copy)]
struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account to run the server under: none when we are an ordinary user ourselves.
    fn for_server() -> Result<Option<Self>> {
        if fs::metadata("/proc/self")?.uid() != 0 {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd")?;
        let found = ["postgres", "nobody"].iter().find_map(|name| Self::named(name, &accounts));
        found.map(Some).context("no unprivileged account (postgres, nobody) to run PostgreSQL under")
    }

    fn named(name: &str, accounts: &str) -> Option<Self> {
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            if fields.next() != Some(name) {
                return None;
            }
            let mut numbers = fields.skip(1);
            Some(Self { uid: numbers.next()?.parse().ok()?, gid: numbers.next()?.parse().ok()? })
        })
    }
}

/// The folder of PostgreSQL's programs: Debian keeps the server's out of the search path, newest version last.
fn find_programs() -> Result<PathBuf> {
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    debian.sort();
    let searched = env::var_os("PATH").unwrap_or_default();
    let complete = |folder: &PathBuf| has(folder, "initdb") && has(folder, "pg_ctl");
    debian
        .into_iter()
        .rev()
        .chain(env::split_paths(&searched))
        .find(complete)
        .context("PostgreSQL's server programs (initdb, pg_ctl) are not installed; tests/run installs them")
}

fn has(folder: &Path, program: &str) -> bool {
    folder.join(program).is_file()
}
