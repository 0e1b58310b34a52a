//! Candidates, evidence and the people book at the command line.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

fn conclave(dir: &Path, words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conclave"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CONCLAVE") {
            command.env_remove(name);
        }
    }
    let output = command.args(words).current_dir(dir).output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[track_caller]
fn good(dir: &Path, words: &[&str]) -> String {
    let (status, out, err) = conclave(dir, words);
    assert_eq!(status, 0, "{words:?}: {out}{err}");
    out
}

fn installation() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let event = ["--place", "Boston", "--zone", "America/New_York", "--seats", "5"];
    let mut add =
        vec!["event", "add", "first", "--title", "First", "--from", "2090-06-20", "--to", "2090-06-21"];
    add.extend(event);
    good(dir.path(), &add);
    for (email, role) in [("dave@example.org", "chair"), ("eric@example.org", "member")] {
        good(dir.path(), &["member", "add", email, "--name", "M", "--event", "first", "--role", role]);
    }
    dir
}

#[test]
fn candidates_are_added_voted_on_and_decided() {
    let dir = installation();
    let add =
        ["candidates", "add", "first", "ada@example.org", "--name", "Ada Lovelace", "--reason", "Wrote it"];
    assert!(good(dir.path(), &add).contains("Ada Lovelace is a candidate"));
    let vote = |who: &str, value: &str| {
        good(dir.path(), &["candidates", "vote", "first", "ada@example.org", value, "--as", who])
    };

    assert_eq!(vote("dave@example.org", "+1"), "Ada Lovelace: +1 of 1 vote\n");
    let hidden = good(dir.path(), &["candidates", "list", "first", "--as", "eric@example.org"]);
    assert!(hidden.contains("1 vote, hidden"), "{hidden}");
    assert_eq!(vote("eric@example.org", "-1"), "Ada Lovelace: +0 of 2 votes\n");
    let (status, _, err) = conclave(dir.path(), &["candidates", "vote", "first", "ada@example.org", "+1"]);
    assert_eq!((status, err.contains("--as")), (2, true), "{err}");

    assert!(
        good(dir.path(), &["candidates", "accept", "first", "ada@example.org"]).starts_with("1 person put")
    );
    let json = good(dir.path(), &["invitees", "show", "first", "ada@example.org", "--json"]);
    assert!(json.contains("Proposed by operator: Wrote it"), "{json}");
    let (status, _, err) = conclave(dir.path(), &["candidates", "refuse", "first", "ada@example.org"]);
    assert_eq!((status, err.contains("no-such-candidate")), (3, true), "{err}");
}

#[test]
fn t22_what_is_noted_about_a_member_is_for_the_others() {
    let dir = installation();
    let add =
        ["candidates", "add", "first", "eric@example.org", "--name", "Eric", "--reason", "Talks too long"];
    good(dir.path(), &add);
    std::fs::write(dir.path().join("list"), "eric@example.org\n").unwrap();
    let (_, out, err) = conclave(dir.path(), &["invitees", "import", "first", "list"]);
    assert!(out.starts_with("0 people added, 0 on the list already, 1 candidate left out"), "{out}");
    assert!(err.contains("line 1: a candidate, not on the list: `conclave candidates accept`"), "{err}");
    good(dir.path(), &["candidates", "accept", "first", "eric@example.org"]);
    good(dir.path(), &["invitees", "reserve", "first", "add", "eric@example.org"]);
    let own = ["--as", "eric@example.org"];
    let said = |words: &[&str], by: &[&str]| {
        let words: Vec<&str> = words.iter().chain(by).copied().collect();
        good(dir.path(), &words)
    };

    for words in [
        &["invitees", "list", "first", "--json"][..],
        &["invitees", "show", "first", "eric@example.org", "--json"],
        &["invitees", "reserve", "first", "list", "--json"],
        &["invitees", "set", "first", "eric@example.org", "arrival=Monday"],
        &["export", "first", "invitees", "--format", "csv"],
    ] {
        let (mine, theirs) = (said(words, &own), said(words, &[]));
        assert!(!mine.contains("Talks too long") && !mine.contains("candidate."), "{words:?}: {mine}");
        assert!(theirs.contains("Talks too long"), "{words:?}: {theirs}");
    }
    let set = ["invitees", "set", "first", "eric@example.org", "note=Nice", "--as", "eric@example.org"];
    let (status, _, err) = conclave(dir.path(), &set);
    assert_eq!((status, err.contains("own-case")), (3, true), "{err}");
}

#[test]
fn evidence_and_an_earlier_event_become_candidates() {
    let dir = installation();
    let file = "  214\tAda Lovelace <ada@example.org>\n    3\tEve <eve@example.org>\n   9\tNobody\n";
    std::fs::write(dir.path().join("log"), file).unwrap();
    let seed = ["candidates", "seed", "first", "--from", "shortlog", "log", "--top", "1"];
    let mut dry = seed.to_vec();
    dry.push("--dry-run");

    let (_, out, err) = conclave(dir.path(), &dry);
    assert!(out.contains("Ada Lovelace <ada@example.org>: 214 commits") && !out.contains("Eve"), "{out}");
    assert!(err.contains("1 line without an address, such as: Nobody"), "{err}");
    assert!(!good(dir.path(), &["candidates", "list", "first"]).contains("Ada"));
    assert!(good(dir.path(), &seed).contains("1 new"));
    assert!(good(dir.path(), &seed).contains("0 new"));

    good(dir.path(), &["candidates", "accept", "first", "ada@example.org"]);
    let copy = [
        "event",
        "add",
        "second",
        "--title",
        "Second",
        "--from",
        "2091-06-20",
        "--to",
        "2091-06-21",
        "--place",
        "Prague",
        "--zone",
        "Europe/Prague",
        "--copy-from",
        "first",
        "--candidates",
        "all",
    ];
    good(dir.path(), &copy);
    let list = good(dir.path(), &["candidates", "list", "second"]);
    assert!(list.contains("Ada Lovelace") && list.contains("was on the list of First"), "{list}");
    let (status, _, err) = conclave(dir.path(), &["candidates", "seed", "first", "--from", "mbox", "log"]);
    assert_eq!((status, err.contains("nobody-found")), (3, true), "{err}");
}

#[test]
fn two_entries_of_the_book_are_joined() {
    let dir = installation();
    for (email, name) in [("ada@example.org", "Ada Lovelace"), ("ada@example.com", "Ada K. Lovelace")] {
        let add = ["candidates", "add", "first", email, "--name", name, "--reason", "Wrote it"];
        good(dir.path(), &add);
    }
    let alike = good(dir.path(), &["people", "list", "--look-alikes"]);
    assert_eq!(alike.lines().count(), 3, "{alike}");
    let merge = ["people", "merge", "ada@example.org", "ada@example.com"];
    let (status, _, err) = conclave(dir.path(), &merge);
    assert_eq!((status, err.contains("--yes")), (2, true), "{err}");

    let mut sure = merge.to_vec();
    sure.push("--yes");
    assert!(good(dir.path(), &sure).contains("Ada Lovelace is one person now"));
    assert_eq!(good(dir.path(), &sure), "They are one already.\n");
    let shown = good(dir.path(), &["people", "show", "ada@example.com"]);
    assert!(shown.starts_with("Ada Lovelace\n") && shown.contains("ada@example.com"), "{shown}");
    assert_eq!(good(dir.path(), &["candidates", "list", "first"]).lines().count(), 2);
}
