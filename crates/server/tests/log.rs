//! The record at a shell: shown, narrowed, written as a file, and checked.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

struct Ran {
    status: i32,
    out: String,
    err: String,
}

fn conclave(dir: &Path, words: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conclave"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CONCLAVE") {
            command.env_remove(name);
        }
    }
    let output = command.args(words).current_dir(dir).output().unwrap();
    Ran {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn installation() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let words = "event add workshop --title Workshop --from 2090-06-20 --to 2090-06-21 --place Boston \
                 --zone America/New_York --seats 5";
    assert_eq!(conclave(dir.path(), &words.split_whitespace().collect::<Vec<_>>()).status, 0);
    let words = ["event", "set", "workshop", "place=Berlin"];
    assert_eq!(conclave(dir.path(), &words).status, 0);
    dir
}

#[test]
fn the_record_is_shown_narrowed_and_written_as_a_file() {
    let dir = installation();
    let run = |words: &[&str]| conclave(dir.path(), words);

    let all = run(&["log", "workshop"]);
    let places = run(&["log", "workshop", "--whom", "place", "--json"]);
    let later = run(&["log", "workshop", "--since", "2100-01-01"]);
    let file = run(&["log", "workshop", "--what", "event", "--format", "csv", "-o", "log.csv"]);
    let newest = run(&["log", "workshop", "--limit", "1"]);

    assert!(all.out.starts_with("No.  Time"), "{}{}", all.out, all.err);
    assert_eq!(all.out.lines().count(), 4, "{}", all.out);
    let places: serde_json::Value = serde_json::from_str(&places.out).unwrap();
    assert_eq!(places.pointer("/log/0/after").unwrap(), "Berlin");
    assert_eq!((later.out.as_str(), later.err.trim()), ("", "No log."));
    assert_eq!(file.status, 0, "{}", file.err);
    assert_eq!(std::fs::read_to_string(dir.path().join("log.csv")).unwrap().lines().count(), 4);
    assert!(newest.out.contains("export.made"), "{}", newest.out);
}

#[test]
fn a_changed_database_is_found_out_and_the_first_broken_entry_named() {
    let dir = installation();
    let run = |words: &[&str]| conclave(dir.path(), words);

    let good = run(&["log", "verify", "workshop"]);
    let all = run(&["log", "verify", "--json"]);
    // One letter, in the file itself.
    let path = dir.path().join("data/conclave.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(12).position(|part| part == b"event.opened").unwrap();
    bytes.splice(at..at + 12, *b"event.closed");
    std::fs::write(&path, bytes).unwrap();
    let broken = run(&["log", "verify", "workshop"]);
    let as_json = run(&["log", "verify", "workshop", "--json"]);

    assert_eq!((good.status, good.out.split(", newest").next()), (0, Some("workshop: good, 3 entries")));
    let all: serde_json::Value = serde_json::from_str(&all.out).unwrap();
    assert_eq!(all.pointer("/chains/1/event").unwrap(), &serde_json::Value::Null);
    assert_eq!(all.pointer("/chains/0/entries").unwrap(), 3);
    assert_eq!(broken.status, 1);
    assert!(broken.out.starts_with("workshop: broken at entry 2 of "), "{}", broken.out);
    assert!(broken.out.ends_with("Good up to there: 1 entry.\n"), "{}", broken.out);
    assert!(broken.err.contains("1 record broken"), "{}", broken.err);
    let as_json: serde_json::Value = serde_json::from_str(&as_json.out).unwrap();
    assert_eq!(as_json.pointer("/chains/0/broken/number").unwrap(), 2);
}
