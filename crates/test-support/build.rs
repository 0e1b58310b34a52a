//! Gives the schema's source a short name, so that a migrated template is never older than the migrations.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::path::PathBuf;

const MIGRATIONS: &str = "../../migrations/src";

fn main() -> io::Result<()> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(MIGRATIONS)?.map(|entry| entry.map(|file| file.path())).collect::<io::Result<_>>()?;
    files.sort();

    let mut hasher = DefaultHasher::new();
    for file in files.iter().filter(|file| file.is_file()) {
        file.hash(&mut hasher);
        fs::read(file)?.hash(&mut hasher);
    }

    let mut out = io::stdout();
    writeln!(out, "cargo::rerun-if-changed={MIGRATIONS}")?;
    writeln!(out, "cargo::rustc-env=CONCLAVE_SCHEMA_HASH={:016x}", hasher.finish())
}
