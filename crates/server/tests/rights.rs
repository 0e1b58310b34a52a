//! Whoever gives a command with `--as` may do what they may do at the desk, and sees no other event.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

struct Ran {
    status: i32,
    out: String,
    err: String,
}

fn conclave(dir: &Path, words: &[&str], input: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conclave"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CONCLAVE") {
            command.env_remove(name);
        }
    }
    let mut child = command
        .args(words)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing closes its end; that is fine.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Two events; a chair and a reader in the first, nobody in the second.
fn installation() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let add = |slug: &str| {
        let words = [
            "event",
            "add",
            slug,
            "--title",
            "Workshop",
            "--from",
            "2090-06-20",
            "--to",
            "2090-06-21",
            "--place",
            "Boston, MA",
            "--zone",
            "America/New_York",
            "--seats",
            "5",
        ];
        assert_eq!(conclave(dir.path(), &words, "").status, 0);
    };
    add("workshop");
    add("other");
    for (email, role) in [("chair@example.org", "chair"), ("reader@example.org", "reader")] {
        let words = [
            "member",
            "add",
            email,
            "--name",
            "Ada",
            "--event",
            "workshop",
            "--role",
            role,
            "--password-stdin",
        ];
        let ran = conclave(dir.path(), &words, "eight wires in order\n");
        assert_eq!(ran.status, 0, "{}", ran.err);
    }
    let list = "Ada Lovelace <ada@example.org>, Grace Hopper <grace@example.org>\n";
    assert_eq!(conclave(dir.path(), &["invitees", "import", "workshop", "-"], list).status, 0);
    dir
}

#[test]
fn a_member_does_what_their_role_allows_in_their_own_event() {
    let dir = installation();
    let run = |who: &str, words: &[&str]| {
        let ran = conclave(dir.path(), &[words, &["--as", who]].concat(), "");
        (ran.status, ran.err.split(':').next().unwrap_or_default().to_owned())
    };
    let refused = |code: &str| (3, code.to_owned());
    let (chair, reader) = ("chair@example.org", "reader@example.org");

    assert_eq!(run(reader, &["invitees", "list", "workshop"]).0, 0);
    assert_eq!(run(reader, &["export", "workshop", "attendees", "--format", "csv"]).0, 0);
    assert_eq!(run(reader, &["export", "workshop", "invitees", "--format", "csv"]), refused("forbidden"));
    assert_eq!(run(reader, &["event", "set", "workshop", "seats=9"]), refused("forbidden"));
    assert_eq!(run(reader, &["invitees", "link", "workshop", "ada@example.org"]), refused("forbidden"));
    assert_eq!(run(reader, &["wave", "send", "workshop", "--all-listed", "--yes"]), refused("forbidden"));
    assert_eq!(run(chair, &["event", "set", "workshop", "seats=9"]).0, 0);
    assert_eq!(run(chair, &["event", "list"]).0, 0);
    assert_eq!(run(chair, &["event", "show", "other"]), refused("no-such-event"));
    assert_eq!(run(chair, &["invitees", "list", "other"]), refused("no-such-event"));
    assert_eq!(run(chair, &["member", "list"]), refused("forbidden"));
    assert_eq!(run(chair, &["outbox", "list"]), refused("forbidden"));
    assert_eq!(run("nobody@example.org", &["event", "list"]), refused("no-such-member"));
}

#[test]
fn details_are_exported_without_what_only_some_see_unless_they_are_named() {
    let dir = installation();
    let run = |words: &[&str]| conclave(dir.path(), words, "");
    assert_eq!(run(&["question", "add", "workshop", "Which days?", "--for", "reader"]).status, 0);
    assert_eq!(run(&["question", "add", "workshop", "Allergies?", "--for", "kitchen"]).status, 0);
    assert_eq!(
        run(&["answer", "record", "workshop", "ada@example.org", "accepted", "--via", "mail"]).status,
        0
    );

    let plain = run(&["export", "workshop", "details", "--format", "csv"]).out;
    assert_eq!(plain, "name,email,affiliation,Which days?\r\nAda Lovelace,ada@example.org,,\r\n");
    let named = run(&["export", "workshop", "details", "--format", "csv", "--with", "2"]).out;
    assert!(named.starts_with("name,email,affiliation,Which days?,Allergies?\r\n"), "{named}");
    let newest = run(&["log", "workshop", "--limit", "1"]).out;
    assert!(newest.contains("details with 2 as csv"), "{newest}");
    let unknown = run(&["export", "workshop", "details", "--format", "csv", "--with", "9"]);
    assert_eq!((unknown.status, unknown.err.as_str()), (3, "no-question: There is no question 9.\n"));
    assert_eq!(run(&["export", "workshop", "topics", "--format", "csv", "--with", "2"]).status, 2);
}

#[test]
fn a_message_of_another_event_is_not_there() {
    let dir = installation();
    let sent = conclave(dir.path(), &["wave", "send", "workshop", "--email", "ada@example.org", "--yes"], "");
    assert_eq!(sent.status, 0, "{}", sent.err);
    let other = [
        "member",
        "add",
        "eve@example.org",
        "--name",
        "Eve",
        "--event",
        "other",
        "--role",
        "chair",
        "--password-stdin",
    ];
    assert_eq!(conclave(dir.path(), &other, "eight wires in order\n").status, 0);
    let outbox = conclave(dir.path(), &["outbox", "list", "--event", "workshop", "--json"], "").out;
    let outbox: serde_json::Value = serde_json::from_str(&outbox).unwrap();
    let id = outbox.pointer("/messages/0/id").unwrap().as_str().unwrap();

    let own = conclave(dir.path(), &["outbox", "show", id, "--as", "chair@example.org"], "");
    let foreign = conclave(dir.path(), &["outbox", "show", id, "--as", "eve@example.org"], "");
    let dropped = conclave(dir.path(), &["outbox", "drop", id, "--as", "eve@example.org"], "");

    assert_eq!(own.status, 0, "{}", own.err);
    assert_eq!((foreign.status, dropped.status), (3, 3));
    assert!(foreign.err.starts_with("no-such-message"), "{}", foreign.err);
}

#[test]
fn a_rule_that_refuses_is_told_as_a_code_and_a_sentence() {
    let dir = installation();
    let too_many = conclave(dir.path(), &["event", "set", "workshop", "seats=1"], "");
    assert_eq!(too_many.status, 0, "{}", too_many.err);

    let ran = conclave(dir.path(), &["wave", "send", "workshop", "--all-listed", "--yes"], "");

    assert_eq!(ran.status, 3);
    assert_eq!(ran.out, "");
    assert!(ran.err.lines().any(|line| line.starts_with("no-seats: ")), "{}", ran.err);
    let waves = conclave(dir.path(), &["wave", "list", "workshop", "--json"], "").out;
    assert!(waves.contains("\"waves\": []"), "{waves}");
}

#[test]
fn the_public_page_is_exported_in_each_of_its_formats() {
    let dir = installation();

    for (format, holds) in
        [("html", "<!DOCTYPE html>"), ("md", "# Workshop"), ("txt", "Workshop\n"), ("json", "\"format\": 1")]
    {
        let ran = conclave(dir.path(), &["export", "workshop", "page", "--format", format], "");
        assert_eq!(ran.status, 0, "{}", ran.err);
        assert!(ran.out.contains(holds), "{format}: {}", ran.out);
    }
    assert_eq!(conclave(dir.path(), &["export", "workshop", "page", "--format", "xlsx"], "").status, 2);
}

#[test]
fn a_refusal_tells_the_committee_what_to_do() {
    let dir = installation();
    let ran = |words: &[&str], input: &str| conclave(dir.path(), words, input);
    assert_eq!(ran(&["wave", "send", "workshop", "--email", "ada@example.org", "--yes"], "").status, 0);
    assert_eq!(ran(&["event", "set", "workshop", "seats=1"], "").status, 0);

    let full = ran(&["answer", "record", "workshop", "grace@example.org", "accepted", "--via", "mail"], "");
    let topic = ran(&["topics", "decide", "workshop", "99", "accept"], "");
    let broken = ran(&["invitees", "import", "workshop", "-"], "{\"invitees\": [{\"name\": \"Ada\"\n");

    assert_eq!((full.status, topic.status, broken.status), (3, 3, 3));
    assert!(full.err.contains("--override") && full.err.contains("waiting"), "{}", full.err);
    assert!(topic.err.contains("No topic 99 in workshop"), "{}", topic.err);
    assert!(broken.err.contains("looks like JSON"), "{}", broken.err);
}

#[test]
fn changed_settings_are_told_and_a_broken_promise_is_warned_of() {
    let dir = installation();
    let set = |value: &str| conclave(dir.path(), &["event", "set", "workshop", value], "");
    let sent = conclave(dir.path(), &["wave", "send", "workshop", "--all-listed", "--yes"], "");
    assert_eq!(sent.status, 0, "{}", sent.err);

    let seats = set("seats=9");
    let policy = set("policy=over-invite");

    assert!(seats.out.contains("seats: 5 -> 9") && seats.err.is_empty(), "{}{}", seats.out, seats.err);
    assert!(policy.err.contains("2 people were promised a held seat"), "{}{}", policy.out, policy.err);
    assert!(set("seats=9").out.contains("Nothing changed"));
}

#[test]
fn an_import_tried_out_names_those_it_would_add() {
    let dir = installation();

    let list = "Ada Lovelace <ada@example.org>, Mary Somerville <mary@example.org>, x@example.org\n";
    let ran = conclave(dir.path(), &["invitees", "import", "workshop", "-", "--dry-run"], list);

    assert!(ran.out.ends_with("  Mary Somerville <mary@example.org>\n  <x@example.org>\n"), "{}", ran.out);
    assert!(!ran.out.contains("Ada"), "{}", ran.out);
}
