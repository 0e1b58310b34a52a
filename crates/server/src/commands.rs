//! Carries out what `cli` understood; a file for each group of commands.

mod config;
mod mail;

use anyhow::{Result, bail};
use clap::CommandFactory as _;

use crate::cli::{Cli, Command, Global};
use crate::config::{Settings, Sources};
use crate::error::Usage;
use crate::output::Output;
use crate::telemetry;

/// Runs one command to its end.
pub async fn run(cli: Cli) -> Result<()> {
    let Cli { global, command } = cli;
    let output = Output { json: global.json, quiet: global.quiet };
    let mut sources = sources(&global)?;
    match &command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "conclave", &mut script);
            return output.bytes(&script);
        }
        Command::Serve(serve) => {
            sources.options.extend(serve.listen.map(|l| ("server.listen", "--listen", l.to_string())));
        }
        _ => {}
    }
    let settings = Settings::load(&sources)?;
    telemetry::start(&settings.telemetry, log_level(&global, &command))?;
    match command {
        Command::Config(command) => config::run(&command, &settings, output),
        Command::Mail(command) => mail::run(&command, &settings, output),
        _ => bail!("not available yet"),
    }
}

fn sources(global: &Global) -> Result<Sources> {
    let mut environment = Vec::new();
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|n| n.starts_with("CONCLAVE__")) else { continue };
        let Some(value) = value.to_str() else { bail!(Usage(format!("{name}: is not readable as text"))) };
        environment.push((name.to_owned(), value.to_owned()));
    }
    environment.sort();
    let mut options = Vec::new();
    options.extend(global.data_dir.clone().map(|d| ("server.data_dir", "--data-dir", d)));
    options.extend(global.database.clone().map(|d| ("database.url", "--database", d)));
    Ok(Sources { file: global.config.clone(), environment, options })
}

/// The level asked for by options, else by the kind of command; `None` is the configured one.
fn log_level(global: &Global, command: &Command) -> Option<&'static str> {
    match (global.verbose, global.quiet) {
        (0, true) => Some("error"),
        (0, false) => match command {
            Command::Serve(_) | Command::Worker | Command::Demo(_) => None,
            _ => Some("warn"),
        },
        (1, _) => Some("info,conclave=debug"),
        _ => Some("trace"),
    }
}

/// `1 person`, `2 people`-style counting for regular nouns.
fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
