//! The real program as a process: an installation with its settings, its commands, and its server.
//!
//! `Installation` is a data folder and settings; `run` calls a command in it, `serve` starts the server.
//! The server is asked until it says it is ready, and is killed when dropped, so a failed test leaves nothing behind.
//! The program is the one `CONCLAVE_BIN` names (tests/run builds it), else cargo builds it first.

use std::env;
use std::ffi::OsStr;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::Child;

use crate::http::{Reply, form, request};

/// Long enough for a loaded machine; the program takes a hundredth of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A data folder and settings, in which commands can be run and the server started, also several times.
#[derive(Debug)]
pub struct Installation {
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Installation {
    /// An installation in a temporary folder over this database, with captured mail and a free loopback port.
    pub fn over(database_url: &str) -> Self {
        let folder = or_fail(tempfile::Builder::new().prefix("conclave-data-").tempdir());
        let mut new = Self { folder, settings: Vec::new() };
        new.set("database.url", database_url);
        new.set("server.listen", &or_fail(free_address()));
        new
    }

    /// Settles one key of the configuration, such as `mail.transport`; the last word holds.
    pub fn set(&mut self, key: &str, value: &str) -> &mut Self {
        self.settings.retain(|(known, _)| known != key);
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// The data folder.
    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    /// The listening address, such as `127.0.0.1:40213`.
    pub fn address(&self) -> &str {
        self.settings.iter().find(|(key, _)| key == "server.listen").map_or("", |(_, value)| value)
    }

    /// A full web address on this installation's server.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// Runs a command of the program and waits for it.
    pub fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, words: I) -> Ran {
        self.run_with_input(words, "")
    }

    /// Runs a command that reads something from standard input.
    pub fn run_with_input<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, words: I, input: &str) -> Ran {
        let mut command = or_fail(self.command());
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = or_fail(command.spawn());
        let stdin = child.stdin.take();
        let input = input.to_owned();
        // On a thread: the program may answer before it has read everything.
        let writing = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(input.as_bytes())));
        let output = or_fail(child.wait_with_output());
        // A program that does not read its input is no failure of the test.
        let _ = writing.join();
        Ran::from(output)
    }

    /// Runs a command that reads something from standard input, and kills it if it is still at work
    /// after so long. True when it came to its end before.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn run_for<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
        &self,
        longest: Duration,
        words: I,
        input: &str,
    ) -> bool {
        let mut command = tokio::process::Command::from(or_fail(self.command()));
        command
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = or_fail(command.spawn());
        if let Some(mut stdin) = child.stdin.take() {
            // What is killed while it reads has not read everything.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        let ended = tokio::time::timeout(longest, child.wait()).await.is_ok();
        // Killed and gone: nothing of it is at work in the database after this.
        let _ = child.kill().await;
        ended
    }

    /// Starts the server and waits until it says it is ready.
    ///
    /// # Panics
    /// When it ends before that, or is not ready in time: with everything it said.
    pub async fn serve(&self) -> Conclave {
        or_fail(Conclave::start(self).await)
    }

    /// The program with the settings of this installation and none of the caller's.
    fn command(&self) -> Result<Command> {
        let mut command = Command::new(program()?);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("CONCLAVE_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.folder.path()).env("CONCLAVE__SERVER__DATA_DIR", self.folder.path());
        for (key, value) in &self.settings {
            let name = format!("CONCLAVE__{}", key.replace('.', "__").to_uppercase());
            command.env(name, value);
        }
        Ok(command)
    }
}

/// What a command answered.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The exit status; none when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said beside.
    pub stderr: String,
}

impl Ran {
    /// What it printed, when it went well.
    ///
    /// # Panics
    /// When the exit status is not 0: with what it said.
    pub fn good(self) -> String {
        assert!(self.code == Some(0), "exit status {:?}: {}{}", self.code, self.stdout, self.stderr);
        self.stdout
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Conclave {
    child: Child,
    address: String,
    said: Arc<Mutex<String>>,
}

impl Conclave {
    async fn start(installation: &Installation) -> Result<Self> {
        let mut command = tokio::process::Command::from(installation.command()?);
        command
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let said = Arc::default();
        keep(child.stdout.take(), &said);
        keep(child.stderr.take(), &said);
        let mut server = Self { child, address: installation.address().to_owned(), said };
        server.wait_until_ready().await?;
        Ok(server)
    }

    /// Everything the server has said until now, on both outputs.
    pub fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gets a path.
    pub async fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[]).await
    }

    /// Gets a path with these headers, such as `("accept", "text/plain")`.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        or_fail(request(&self.address, "GET", path, headers, None).await)
    }

    /// Asks for the headers of a path alone, as mail scanners do.
    pub async fn head_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        or_fail(request(&self.address, "HEAD", path, headers, None).await)
    }

    /// Posts a form as `curl -d` does: without a word on where it came from.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_with(path, &[], fields).await
    }

    /// Posts a form with these headers beside.
    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Reply {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        or_fail(request(&self.address, "POST", path, &all, Some(&form(fields))).await)
    }

    /// Ends the process as a power cut would, and waits until it is gone.
    pub async fn kill(mut self) {
        or_fail(self.child.kill().await);
    }

    /// Asks the process to end, waits until it has, and tells whether it ended well.
    pub async fn stop(mut self) -> bool {
        let pid = self.child.id().map(|pid| pid.to_string()).unwrap_or_default();
        or_fail(Command::new("kill").args(["-TERM", &pid]).status());
        match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(ended) => or_fail(ended).success(),
            Err(_) => panic!("the server does not stop; it said:\n{}", self.said()),
        }
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended at once ({status}); it said:\n{}", self.said());
            }
            let answer = request(&self.address, "GET", "/readyz", &[], None).await;
            if answer.is_ok_and(|reply| reply.status == 200) {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                bail!("the server is not ready; it said:\n{}", self.said());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Reads on for as long as the server speaks, or it would stop at a full pipe.
fn keep(output: Option<impl AsyncRead + Unpin + Send + 'static>, said: &Arc<Mutex<String>>) {
    let Some(output) = output else { return };
    let said = Arc::clone(said);
    tokio::spawn(async move {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&line);
            said.push('\n');
        }
    });
}

/// The program under test.
fn program() -> Result<&'static Path> {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    if let Some(known) = PROGRAM.get() {
        return Ok(known);
    }
    let found = match env::var_os("CONCLAVE_BIN") {
        Some(named) => PathBuf::from(named),
        None => build()?,
    };
    Ok(PROGRAM.get_or_init(|| found))
}

/// Lets cargo build the program, with the features the whole workspace is tested with, and tell where it is.
fn build() -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--workspace", "--bin=conclave", "--message-format=json", "--quiet"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()?;
    if !built.status.success() {
        bail!("the program does not build");
    }
    let messages = String::from_utf8_lossy(&built.stdout);
    let executable = messages.lines().rev().find_map(|message| {
        let (_, rest) = message.split_once("\"executable\":\"")?;
        rest.split_once('"').map(|(path, _)| path.to_owned())
    });
    executable.map(PathBuf::from).context("cargo named no program")
}

/// A loopback address nobody listens on just now.
fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

fn or_fail<T, E: Into<anyhow::Error>>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{:#}", error.into()),
    }
}
