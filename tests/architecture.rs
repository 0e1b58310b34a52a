//! The map in ARCHITECTURE.md, held against the manifests and sources: who may depend on whom, which outside
//! library belongs to which crate, and what core never contains.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Which of our packages each of them may depend on.
const EDGES: &[(&str, &[&str])] = &[
    ("conclave-core", &[]),
    ("conclave-migrations", &[]),
    ("conclave-mail", &["conclave-core"]),
    ("conclave-persistence", &["conclave-core"]),
    // Mail only for the preview of a wave; the transport stays with the server.
    ("conclave-web", &["conclave-core", "conclave-mail", "conclave-persistence"]),
    (
        "conclave",
        &["conclave-core", "conclave-mail", "conclave-migrations", "conclave-persistence", "conclave-web"],
    ),
    (
        "conclave-test-support",
        &["conclave-core", "conclave-mail", "conclave-migrations", "conclave-persistence", "conclave-web"],
    ),
    ("conclave-e2e", &[]),
    ("conclave-benches", &[]),
];

/// Who may depend directly on an outside library. What is not named here is anybody's.
const OWNERS: &[(&str, &[&str])] = &[
    ("argon2", &["conclave-core"]),
    ("csv", &["conclave-core"]),
    ("sea-orm", &["conclave-persistence", "conclave-migrations", "conclave-test-support"]),
    ("sea-orm-migration", &["conclave-migrations", "conclave-test-support"]),
    ("axum", &["conclave-web", "conclave", "conclave-test-support"]),
    ("axum-extra", &["conclave-web", "conclave", "conclave-test-support"]),
    ("tower-http", &["conclave-web", "conclave", "conclave-test-support"]),
    ("askama", &["conclave-web"]),
    ("lettre", &["conclave-mail", "conclave-test-support"]),
    ("minijinja", &["conclave-mail"]),
    ("clap", &["conclave"]),
    ("thirtyfour", &["conclave-e2e"]),
];

/// Libraries that may never be part of the program, some for their licence (see deny.toml).
const FOR_TESTS_ONLY: &[&str] = &["conclave-test-support", "insta", "proptest", "scraper", "thirtyfour"];

/// Words that core never contains, and the one file that may.
const NOT_IN_CORE: &[(&str, Option<&str>)] = &[
    ("async ", None),
    (".await", None),
    ("Utc::now", Some("clock.rs")),
    ("SystemTime::now", None),
    ("Instant::now", None),
    ("std::env", None),
    ("std::fs", None),
    ("std::net", None),
    ("anyhow", None),
];

#[test]
fn our_packages_depend_only_on_those_the_map_allows() {
    let allowed: BTreeMap<_, _> = EDGES.iter().copied().collect();

    let mut strays = Vec::new();
    for (package, dependency, kind) in dependencies() {
        let Some(targets) = allowed.get(package.as_str()) else {
            strays.push(format!("{package} is not on the map"));
            continue;
        };
        if !allowed.contains_key(dependency.as_str()) {
            continue;
        }
        let for_tests_only = kind == "dev"
            && matches!(
                dependency.as_str(),
                "conclave-test-support" | "conclave-migrations" | "conclave-core"
            );
        if !targets.contains(&dependency.as_str()) && !for_tests_only {
            strays.push(format!("{package} -> {dependency} ({kind})"));
        }
    }

    assert!(strays.is_empty(), "not allowed by the map: {strays:#?}");
}

#[test]
fn an_outside_library_is_used_only_by_its_owners() {
    let owners: BTreeMap<_, _> = OWNERS.iter().copied().collect();

    let strays: Vec<_> = dependencies()
        .into_iter()
        .filter(|(package, dependency, kind)| {
            // A crate's own tests may look at what it produces with the library that another crate owns.
            let tests_of_persistence = kind == "dev" && package == "conclave-persistence";
            owners.get(dependency.as_str()).is_some_and(|of| !of.contains(&package.as_str()))
                && !tests_of_persistence
        })
        .collect();

    assert!(strays.is_empty(), "used by another than its owner: {strays:#?}");
}

#[test]
fn what_is_for_tests_only_is_never_part_of_the_program() {
    let strays: Vec<_> = dependencies()
        .into_iter()
        .filter(|(package, dependency, kind)| {
            let of_tests = matches!(package.as_str(), "conclave-test-support" | "conclave-e2e");
            FOR_TESTS_ONLY.contains(&dependency.as_str()) && kind != "dev" && !of_tests
        })
        .collect();

    assert!(strays.is_empty(), "for tests only: {strays:#?}");
}

#[test]
fn core_knows_no_clock_no_files_and_nothing_asynchronous() {
    let core = root().join("crates/core/src");

    let mut found = Vec::new();
    for file in files_below(&core) {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for (word, exception) in NOT_IN_CORE {
                if code.contains(word) && *exception != Some(name.as_str()) {
                    found.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
                }
            }
        }
    }

    assert!(found.is_empty(), "not for core: {found:#?}");
}

#[test]
fn no_file_names_a_folder_of_somebodys_machine() {
    // Put together here, so that this file does not name one itself.
    let private = ["work", "root", "home"].map(|folder| format!("/{folder}/"));

    let mut found = Vec::new();
    for file in files_below(&root()) {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        for (number, line) in text.lines().enumerate() {
            if private.iter().any(|folder| names_folder(line, folder)) {
                found.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }

    assert!(found.is_empty(), "somebody's own folder: {found:#?}");
}

/// Whether the folder stands at the start of a path, not in the middle of one or of a web address.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|start| start.chars().next_back());
        before.is_none_or(|character| !character.is_alphanumeric() && !"_-.})$~/".contains(character))
    })
}

/// All direct dependencies as package, dependency and kind (normal, dev, build).
fn dependencies() -> Vec<(String, String, String)> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let told = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo is to be had where tests run");
    assert!(told.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&told.stderr));
    let metadata: Value = serde_json::from_slice(&told.stdout).unwrap();

    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or("normal").to_owned();
    let list =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    list(&metadata, "packages")
        .iter()
        .flat_map(|package| {
            let name = text(package, "name");
            list(package, "dependencies")
                .into_iter()
                .map(move |one| (name.clone(), text(&one, "name"), text(&one, "kind")))
        })
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files below a folder, without what git and cargo keep beside the project.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    const NOT_OURS: &[&str] = &[".git", "target", "data", "output", "node_modules"];
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if NOT_OURS.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if kind.is_dir() {
            files.extend(files_below(&entry.path()));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    files
}
