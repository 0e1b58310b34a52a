//! `--as` a reader: every command is asked. The commands are those that the program names in its help, so
//! that a new one cannot be forgotten.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

/// Refused to a reader of `workshop`.
const REFUSED: &[&str] = &[
    "answer record workshop ada@example.org accepted --via mail",
    "candidates add workshop eve@example.org --name Eve --reason R",
    "candidates vote workshop ada@example.org +1",
    "candidates accept workshop ada@example.org",
    "candidates refuse workshop ada@example.org",
    "candidates seed workshop list.csv --from shortlog",
    "balance workshop --cap affiliation=3",
    "event add another --title T --from 2090-06-20 --to 2090-06-21 --place P --zone UTC",
    "event set workshop seats=9",
    "event open workshop",
    "event close workshop",
    "event reopen workshop --reason R",
    "event cancel workshop --reason R --yes",
    "event committee workshop Ada",
    "event reconfirm workshop --by 2090-05-01 --yes",
    "event changes workshop 1 --send",
    "invitees import workshop list.csv",
    "invitees set workshop ada@example.org name=Eve",
    "invitees link workshop ada@example.org",
    "invitees reserve workshop add ada@example.org",
    "invitees reserve workshop remove ada@example.org",
    "invitees reserve workshop move ada@example.org 1",
    "invitees lapse workshop --overdue",
    "invitees suggestions workshop take 1",
    "invitees suggestions workshop aside 1",
    "log workshop --format csv",
    "member add eve@example.org --name Eve --event workshop --role chair",
    "member role reader@example.org chair --event workshop",
    "member invite reader@example.org --event workshop",
    "member remove chair@example.org --event workshop",
    "outbox retry 0190a5b0-0000-7000-8000-000000000000",
    "outbox drop 0190a5b0-0000-7000-8000-000000000000",
    "people address ada@example.org add ada@example.net",
    "people merge ada@example.org grace@example.org --yes",
    "question add workshop Why?",
    "question set workshop 1 --needed",
    "question retire workshop 1",
    "question starter workshop",
    "question needs workshop reader@example.org kitchen",
    "question support workshop ada@example.org --refuse",
    "quota add workshop Sponsor --people 2 --tag sponsor",
    "quota remove workshop Sponsor",
    "remind workshop --yes",
    "request grant workshop ada@example.org",
    "request decline workshop ada@example.org",
    "topics decide workshop 1 accept",
    "wave send workshop --all-listed --yes",
    "wave approve workshop 1",
    "wave move workshop 1 --at 2090-05-01T09:00",
    "wave reminder workshop 1 --add",
    "wave stop workshop 1",
];

/// What a reader may do.
const SEEN: &[&str] = &[
    "balance workshop",
    "candidates list workshop",
    "chase workshop",
    "event changes workshop",
    "forecast workshop",
    "invitees suggestions workshop list",
    "people list",
    "people show ada@example.org",
    "question counts workshop",
    "question list workshop",
    "quota list workshop",
    "request list workshop",
    "event list",
    "event show workshop",
    "export workshop attendees --format csv",
    "invitees list workshop",
    "invitees reserve workshop list",
    "invitees show workshop ada@example.org",
    "log workshop",
    "log verify workshop",
    "member list --event workshop",
    "member digest reader@example.org --event workshop",
    "outbox list --event workshop",
    "topics list workshop",
    "wave list workshop",
];

/// About no event, or about what is nobody's but the operator's; and what is asked above under other words.
const NOT_ASKED: &[&str] = &[
    "candidates show",
    "completions",
    "config check",
    "config show",
    "demo",
    "doctor",
    "mail templates check",
    "mail templates show",
    "mail test",
    "migrate",
    "outbox resume",
    "outbox show",
    "serve",
    "setup-link",
    "worker",
];

#[test]
fn no_command_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let asked: Vec<String> =
        REFUSED.iter().chain(SEEN).chain(NOT_ASKED).map(|words| (*words).to_owned()).collect();
    let covers = |leaf: &str| {
        asked.iter().any(|words| {
            // Where an argument stands between two words of a command, the command line has more words.
            let mut rest = words.split_whitespace();
            leaf.split_whitespace().all(|word| rest.any(|said| said == word))
        })
    };

    let forgotten: Vec<String> = leaves(dir.path(), "").into_iter().filter(|leaf| !covers(leaf)).collect();

    assert_eq!(forgotten, Vec::<String>::new());
}

/// Every command that has no commands below it, as the program's help names them.
fn leaves(dir: &Path, above: &str) -> Vec<String> {
    let (_, help, _) = run(dir, &format!("{above} --help"));
    let Some((_, commands)) = help.split_once("Commands:\n") else { return vec![above.to_owned()] };
    let mut found = Vec::new();
    for line in commands.lines().take_while(|line| !line.is_empty()) {
        // Descriptions that are broken stand further to the right.
        let Some(line) = line.strip_prefix("  ").filter(|line| !line.starts_with(' ')) else { continue };
        let word = line.split_whitespace().next().unwrap_or_default();
        if word != "help" {
            found.extend(leaves(dir, format!("{above} {word}").trim()));
        }
    }
    found
}

#[test]
fn a_reader_is_refused_on_every_command_that_changes_something() {
    let dir = installation();
    let before = run(dir.path(), "event show workshop --json").1 + &run(dir.path(), "member list --json").1;
    let lines = run(dir.path(), "log workshop").1.lines().count();

    for command in REFUSED {
        let (status, _, err) = run(dir.path(), &format!("{command} --as reader@example.org"));
        assert_eq!(status, 3, "{command}: {err}");
        let codes = ["forbidden: ", "no-such-message: "];
        assert!(codes.iter().any(|code| err.starts_with(code)), "{command}: {err}");
    }

    assert_eq!(
        run(dir.path(), "event show workshop --json").1 + &run(dir.path(), "member list --json").1,
        before
    );
    assert_eq!(run(dir.path(), "log workshop").1.lines().count(), lines);
}

#[test]
fn a_reader_sees_what_a_reader_may() {
    let dir = installation();

    for command in SEEN {
        let (status, _, err) = run(dir.path(), &format!("{command} --as reader@example.org"));
        assert_eq!(status, 0, "{command}: {err}");
    }
}

fn installation() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("list.csv"),
        "name,email\nAda Lovelace,ada@example.org\nGrace Hopper,grace@example.org\n",
    )
    .unwrap();
    for command in [
        "event add workshop --title Workshop --from 2090-06-20 --to 2090-06-21 --place Boston --zone UTC --seats 5",
        "member add chair@example.org --name Chair --event workshop --role chair",
        "member add reader@example.org --name Reader --event workshop --role reader",
        "invitees import workshop list.csv",
    ] {
        let (status, _, err) = run(dir.path(), command);
        assert_eq!(status, 0, "{command}: {err}");
    }
    dir
}

fn run(dir: &Path, command: &str) -> (i32, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_conclave"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CONCLAVE") {
            program.env_remove(name);
        }
    }
    let output = program.args(command.split_whitespace()).current_dir(dir).output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}
