//! One server for all tests of a nextest run that was started without one.
//!
//! nextest gives every test a process of its own, so the first of them starts the server and leaves it to a
//! watcher: a shell that waits for nextest to end and then ends the server and removes its folder.

use std::env;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt, parent_id};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::Cluster;

/// Waits for process $1 to end, then stops the server below folder $2 and removes that and file $3.
const WATCH: &str = "while kill -0 \"$1\" 2>/dev/null; do sleep 1; done
    kill -QUIT \"$(head -n 1 \"$2/data/postmaster.pid\")\"
    sleep 1
    rm -rf \"$2\" \"$3\"";

/// The address of the run's server, which is started if this is the first test that asks.
/// None when this process is no test of a nextest run.
pub fn url() -> Result<Option<String>> {
    let Ok(run) = env::var("NEXTEST_RUN_ID") else { return Ok(None) };
    let shared = env::temp_dir().join(format!("conclave-run-{run}"));
    let lock = File::options().create(true).append(true).open(&shared)?;
    lock.lock()?;

    let known = fs::read_to_string(&shared)?;
    if !known.is_empty() {
        return Ok(Some(known));
    }
    let cluster = Cluster::start()?;
    let url = cluster.url();
    leave_to_watcher(cluster, &shared)?;
    fs::write(&shared, &url)?;
    Ok(Some(url))
}

fn leave_to_watcher(cluster: Cluster, shared: &Path) -> Result<()> {
    Command::new("sh")
        .args(["-c", WATCH, "watcher", &parent_id().to_string()])
        .args([cluster.folder.path(), shared])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A group of its own, or it would end with the test.
        .process_group(0)
        .spawn()
        .context("start the watcher of PostgreSQL")?;
    // Neither the folder nor the server goes with this process.
    std::mem::forget(cluster);
    Ok(())
}
