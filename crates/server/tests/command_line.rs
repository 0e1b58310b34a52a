//! The program as a script meets it: what it prints where, and its exit status.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

struct Run {
    status: i32,
    out: String,
    err: String,
}

fn conclave(dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conclave"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CONCLAVE") {
            command.env_remove(name);
        }
    }
    let Output { status, stdout, stderr } =
        command.args(arguments).envs(variables.iter().copied()).current_dir(dir).output().unwrap();
    Run {
        status: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

fn empty() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn an_unknown_setting_fails_and_names_the_nearest() {
    let dir = empty();

    let run = conclave(dir.path(), &["config", "check"], &[("CONCLAVE__SERVER__LISTN", "127.0.0.1:1")]);

    assert_eq!(run.status, 1);
    assert_eq!(run.out, "");
    assert!(run.err.contains("CONCLAVE__SERVER__LISTN") && run.err.contains("server.listen"), "{}", run.err);
}

#[test]
fn a_missing_configuration_file_is_named() {
    let dir = empty();

    let run = conclave(dir.path(), &["config", "check", "--config", "nowhere.toml"], &[]);

    assert_eq!(run.status, 1);
    assert!(run.err.contains("nowhere.toml: cannot be read"), "{}", run.err);
}

#[test]
fn settings_are_shown_with_their_origin_and_without_secrets() {
    let dir = empty();

    let run = conclave(
        dir.path(),
        &["config", "show", "--json"],
        &[
            ("CONCLAVE__DATABASE__URL", "postgres://me:hunter2@db.example.org/conclave"),
            ("CONCLAVE__MAIL__USERNAME", "me"),
            ("CONCLAVE__MAIL__PASSWORD", "hunter2"),
        ],
    );

    assert_eq!(run.status, 0, "{}", run.err);
    assert!(!run.out.contains("hunter2") && !run.err.contains("hunter2"));
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report.get("format").unwrap(), 1);
    let settings = report.get("settings").unwrap().as_array().unwrap();
    let shown = |key: &str| settings.iter().find(|s| s.get("key").unwrap() == key).unwrap();
    assert_eq!(shown("database.url").get("value").unwrap(), "postgres://me:***@db.example.org/conclave");
    assert_eq!(shown("mail.password").get("value").unwrap(), "***");
    assert_eq!(shown("mail.password").get("from").unwrap(), "CONCLAVE__MAIL__PASSWORD");
    assert_eq!(shown("server.public_url").get("value").unwrap(), "http://127.0.0.1:8080");
}

#[test]
fn a_password_on_the_command_line_is_refused_without_repeating_it() {
    let dir = empty();

    let run = conclave(dir.path(), &["config", "check", "--database", "postgres://me:hunter2@db/x"], &[]);

    assert_eq!(run.status, 1);
    assert!(run.err.contains("--database") && !run.err.contains("hunter2"), "{}", run.err);
}

#[test]
fn wrong_usage_is_status_2() {
    let dir = empty();

    for arguments in
        [&["dance"][..], &["wave", "send", "netconf-2019"], &["export", "e", "attendees", "--format", "doc"]]
    {
        assert_eq!(conclave(dir.path(), arguments, &[]).status, 2, "{arguments:?}");
    }
}

#[test]
fn reading_the_configuration_leaves_no_files_behind() {
    let dir = empty();

    for arguments in [
        &["config", "check"][..],
        &["config", "show"],
        &["completions", "bash"],
        &["mail", "templates", "check"],
        &["mail", "templates", "show", "invitation"],
    ] {
        let run = conclave(dir.path(), arguments, &[]);
        assert_eq!(run.status, 0, "{arguments:?}: {}", run.err);
    }

    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn whole_mails_are_shown_as_they_are_sent() {
    let dir = empty();
    let show = |purposes: &[&str]| {
        let words: Vec<&str> = ["mail", "templates", "show"].iter().chain(purposes).copied().collect();
        conclave(dir.path(), &words, &[("CONCLAVE__SERVER__PUBLIC_URL", "https://rsvp.example.org")])
    };

    let one = show(&["invitation"]);
    let several = show(&["invitation", "reminder", "receipt"]);

    assert_eq!((one.status, several.status), (0, 0), "{}{}", one.err, several.err);
    assert!(one.out.starts_with("Date: "), "{}", one.out);
    assert!(one.out.contains("\n    https://rsvp.example.org/i/"), "{}", one.out);
    assert_eq!(several.out.matches("\nContent-Transfer-Encoding: 7bit\n").count(), 4, "{}", several.out);
    assert_eq!(several.out.matches("From MAILER-DAEMON ").count(), 3, "{}", several.out);
    let id = "<invitation.sample.0@rsvp.example.org>";
    assert_eq!(several.out.matches(&format!("\nIn-Reply-To: {id}\n")).count(), 2, "{}", several.out);
    assert_eq!(several.out.matches("\nSubject: Re: Invitation: Netconf 2019").count(), 2, "{}", several.out);
    assert_eq!(show(&["letter"]).status, 2);
}

#[test]
fn completions_know_the_commands() {
    let dir = empty();

    for shell in ["bash", "zsh", "fish"] {
        let run = conclave(dir.path(), &["completions", shell], &[]);
        assert!(run.out.contains("invitees") && run.out.contains("setup-link"), "{shell}");
    }
}

#[test]
fn a_mistyped_directory_does_not_become_an_installation() {
    let dir = empty();

    for words in [&["event", "list"][..], &["outbox", "list"], &["member", "list"], &["event", "show", "e"]] {
        let run = conclave(dir.path(), &[words, &["--data-dir", "nowhere"]].concat(), &[]);
        assert_eq!(run.status, 3, "{}", run.err);
        assert!(run.err.contains("There is no installation in nowhere"), "{}", run.err);
    }

    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_database_server_that_is_away_is_told_in_one_sentence() {
    let dir = empty();

    for command in [&["event", "list"][..], &["migrate"], &["doctor"]] {
        let words = [command, &["--database", "postgres://me@127.0.0.1:1/conclave"]].concat();
        let run = conclave(dir.path(), &words, &[]);
        assert_eq!(run.status, 1);
        let said = format!("{}{}", run.out, run.err);
        assert_eq!(said.matches("nothing answers at 127.0.0.1:1").count(), 1, "{said}");
    }
}

#[test]
fn doctor_says_when_links_are_longer_than_a_line_of_mail() {
    let dir = empty();
    let note = |url: &str| conclave(dir.path(), &["doctor"], &[("CONCLAVE__SERVER__PUBLIC_URL", url)]).out;

    let fits = note("https://invitations.workshop.example.org1");
    assert!(!fits.contains("columns"), "{fits}");
    let long = note("https://invitations.workshop.example.org12");
    assert!(
        long.contains("the line of a personal link 75 columns; mail programs may break it after 74"),
        "{long}"
    );
}
