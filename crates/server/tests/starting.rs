//! Processes that start together, and databases of other versions (decision 23).
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::{Child, Command, Stdio};

use conclave_test_support::cluster::Cluster;

fn conclave(dir: &Path, database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conclave"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CONCLAVE") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .current_dir(dir)
        .env("CONCLAVE__DATABASE__URL", database)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts four at once and returns what each of them applied.
fn migrate_together(dir: &Path, database: &str) -> Vec<usize> {
    let children: Vec<Child> =
        (0..4).map(|_| conclave(dir, database, &["migrate", "--json"]).spawn().unwrap()).collect();
    children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            report.get("applied").unwrap().as_array().unwrap().len()
        })
        .collect()
}

fn one_applied_everything(mut applied: Vec<usize>) {
    applied.sort_unstable();
    let all = conclave_migrations::count();
    assert_eq!(applied, [0, 0, 0, all]);
}

#[test]
fn of_processes_that_start_together_one_migrates_sqlite() {
    let dir = tempfile::tempdir().unwrap();

    one_applied_everything(migrate_together(dir.path(), "sqlite:together.db"));
}

#[test]
fn of_processes_that_start_together_one_migrates_postgresql() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = Cluster::start().unwrap();

    one_applied_everything(migrate_together(dir.path(), &cluster.url()));
}

#[test]
fn the_key_and_the_data_directory_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();

    let output = conclave(dir.path(), "sqlite:data/conclave.db", &["setup-link"]).output().unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mode = |path: &str| std::fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("data"), mode("data/key")), (0o700, 0o600));
}
