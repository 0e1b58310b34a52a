#![expect(clippy::unwrap_used, reason = "tests")]

use clap::{CommandFactory as _, Parser as _};

use super::Cli;

#[test]
fn the_definitions_agree_with_each_other() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_helps_with_an_example() {
    fn walk(command: &mut clap::Command, path: &str) {
        let path = format!("{path} {}", command.get_name());
        let leaf = command.get_subcommands().next().is_none();
        if leaf {
            let help = command.render_long_help().to_string();
            assert!(help.contains("Example"), "{path}");
            assert!(command.get_about().is_some(), "{path}");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{path} {}", argument.get_id());
            }
        }
        for inner in command.get_subcommands_mut().filter(|c| c.get_name() != "help") {
            walk(inner, &path);
        }
    }
    walk(&mut Cli::command(), "");
}

#[test]
fn global_options_stand_anywhere() {
    let cli =
        Cli::try_parse_from(["conclave", "event", "list", "--json", "--data-dir", "/d", "-vv"]).unwrap();

    assert!(cli.global.json);
    assert_eq!(cli.global.verbose, 2);
    assert_eq!(cli.global.data_dir.as_deref(), Some("/d"));
}

#[test]
fn a_wave_goes_to_exactly_one_choice_of_people() {
    let parse = |tail: &[&str]| {
        Cli::try_parse_from(["conclave", "wave", "send", "e"].iter().chain(tail))
            .map(|_| ())
            .map_err(|e| e.kind())
    };

    assert!(parse(&["--all-listed"]).is_ok());
    assert!(parse(&["--email", "a@example.org", "--email", "b@example.org"]).is_ok());
    assert!(parse(&["--tag", "t", "--dry-run"]).is_ok());
    assert!(parse(&[]).is_err());
    assert!(parse(&["--all-listed", "--tag", "t"]).is_err());
}

#[test]
fn secrets_are_not_arguments() {
    let parse = |argv: &[&str]| Cli::try_parse_from(argv).is_ok();

    assert!(!parse(&["conclave", "member", "add", "a@example.org", "--name", "A", "--password", "x"]));
    assert!(parse(&["conclave", "member", "add", "a@example.org", "--name", "A", "--password-stdin"]));
}
