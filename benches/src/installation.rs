//! The released program in a temporary folder: its commands and its server, with the settings it comes with.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use tokio::process::Child;

use crate::client::Client;
use crate::options::Options;
use crate::process::memory;

const PATIENCE: Duration = Duration::from_secs(30);
/// The database that a run makes on a PostgreSQL server, and drops again.
const DATABASE: &str = "conclave_benches";

/// A data folder, and a database.
pub struct Installation {
    program: PathBuf,
    folder: TempDir,
    address: String,
    database_url: String,
    server_url: String,
}

impl Installation {
    pub async fn new(options: &Options) -> Result<Self> {
        let program = options.program.canonicalize().context("the program is not built")?;
        let folder = tempfile::Builder::new().prefix("conclave-benches-").tempdir()?;
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let server_url = options.database_url.clone();
        let database_url = if server_url.is_empty() {
            String::new()
        } else {
            psql(&server_url, &format!("DROP DATABASE IF EXISTS {DATABASE}"))?;
            psql(&server_url, &format!("CREATE DATABASE {DATABASE}"))?;
            of_database(&server_url, DATABASE)?
        };
        Ok(Self { program, folder, address, database_url, server_url })
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    pub fn version(&self) -> Result<String> {
        Ok(self.run(["--version"], "")?.trim().to_owned())
    }

    pub fn database_version(&self) -> String {
        if self.server_url.is_empty() {
            return "SQLite, one file, synchronous = FULL".to_owned();
        }
        let ask = |what: &str| psql(&self.server_url, what).unwrap_or_default();
        format!(
            "PostgreSQL {}, fsync {}, synchronous_commit {}",
            ask("SHOW server_version"),
            ask("SHOW fsync"),
            ask("SHOW synchronous_commit")
        )
    }

    /// Runs a command and returns what it printed.
    pub fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, words: I, input: &str) -> Result<String> {
        let mut command = self.command();
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            std::io::Write::write_all(&mut stdin, input.as_bytes())?;
        }
        said(&child.wait_with_output()?)
    }

    /// Starts the server with further settings and waits for the first 200 of this path.
    pub async fn serve_with(&self, path: &str, settings: &[(&str, &str)]) -> Result<(Server, Duration)> {
        let mut command = self.command();
        for (key, value) in settings {
            command.env(variable(key), value);
        }
        command.arg("serve").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);
        let began = Instant::now();
        let child = command.spawn()?;
        loop {
            if let Ok(mut client) = Client::connect(&self.address).await
                && matches!(client.ask("GET", path, None).await, Ok(200))
            {
                return Ok((Server { child }, began.elapsed()));
            }
            if began.elapsed() > PATIENCE {
                bail!("the server gives no 200 for {path}");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Starts the server as everything is measured.
    pub async fn serve_and_time(&self, path: &str) -> Result<(Server, Duration)> {
        self.serve_with(path, &[]).await
    }

    /// What a PostgreSQL server does by itself as time goes by; the throwaway one does not.
    pub fn look_after_database(&self) -> Result<()> {
        if !self.database_url.is_empty() {
            psql(&self.database_url, "VACUUM ANALYZE")?;
        }
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CONCLAVE") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.folder.path())
            .env(variable("server.data_dir"), self.folder.path())
            .env(variable("server.listen"), &self.address);
        if !self.database_url.is_empty() {
            command.env(variable("database.url"), &self.database_url);
        }
        command
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if !self.server_url.is_empty() {
            // The server may be gone already, and the database with it.
            let _ = psql(&self.server_url, &format!("DROP DATABASE IF EXISTS {DATABASE}"));
        }
    }
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
}

impl Server {
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Held now, in bytes.
    pub fn memory(&self) -> Result<u64> {
        memory(self.pid(), "VmRSS")
    }

    /// The most it ever held, in bytes.
    pub fn peak_memory(&self) -> Result<u64> {
        memory(self.pid(), "VmHWM")
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        tokio::time::timeout(PATIENCE, self.child.wait()).await.context("the server does not stop")??;
        Ok(())
    }
}

fn variable(key: &str) -> String {
    format!("CONCLAVE__{}", key.replace('.', "__").to_uppercase())
}

/// Asks PostgreSQL something with its own client.
fn psql(url: &str, statement: &str) -> Result<String> {
    let asked = Command::new("psql").args(["-qAtX", "-c", statement, url]).output().context("psql")?;
    Ok(said(&asked)?.trim().to_owned())
}

/// The same server's address, with another database.
fn of_database(url: &str, name: &str) -> Result<String> {
    let (scheme, rest) = url.split_once("://").context("TEST_POSTGRES_URL is no address")?;
    let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
    let host = place.split('/').next().unwrap_or_default();
    Ok(format!("{scheme}://{host}/{name}?{options}"))
}

fn said(output: &Output) -> Result<String> {
    if !output.status.success() {
        bail!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
