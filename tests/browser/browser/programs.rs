//! The programs that a browser consists of, where they are found on this machine.

use std::env;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Starts the driver on a free port of its own choice.
pub(super) async fn start_driver() -> (Child, u16) {
    let mut process = Command::new(program("CHROMEDRIVER", &["chromedriver"]))
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver starts");
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let port = loop {
        let line = lines.next_line().await.unwrap().expect("chromedriver ended at once");
        if let Some(rest) = line.split("was started successfully on port ").nth(1) {
            break rest.trim_end_matches('.').parse().unwrap();
        }
    };
    // Somebody has to read on, or the driver stops at a full pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (process, port)
}

/// A program named by a variable, else the first of these names on the search path.
pub(super) fn program(variable: &str, names: &[&str]) -> String {
    if let Ok(named) = env::var(variable) {
        return named;
    }
    let searched = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&searched)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|file| file.is_file())
        .map(|file| file.display().to_string())
        .unwrap_or_else(|| panic!("{} is not installed; tests/run installs it", names.join(" or ")))
}

/// The accessibility checker, which tests/run fetches into the cache folder.
pub(super) fn axe_file() -> PathBuf {
    let file = env::var_os("CONCLAVE_AXE").map(PathBuf::from).or_else(|| {
        let cache = env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
        Some(cache.join("conclave/tools/axe.min.js"))
    });
    let file = file.expect("CONCLAVE_AXE, XDG_CACHE_HOME or HOME is set");
    assert!(file.is_file(), "no {}; tests/run prepare fetches it", file.display());
    file
}
