//! Carries out what `cli` understood; a file for each group of commands.

mod answer;
mod balance;
mod caller;
mod candidates;
mod changes;
mod chase;
mod config;
mod demo;
mod doctor;
mod event;
mod export;
mod forecast;
mod invitees;
mod log;
mod mail;
mod member;
mod migrate;
mod outbox;
mod people;
mod question;
mod request;
mod reserve;
mod serve;
mod suggestions;
mod topics;
mod wave;

use std::path::Path;

use anyhow::{Result, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::CommandFactory as _;

use crate::cli::{Cli, Command, EventCommand, Global, MemberCommand};
use crate::config::{Settings, Sources};
use crate::error::{Refused, Usage};
use crate::installation::{Installation, Migrations};
use crate::output::Output;
use crate::telemetry;
use caller::Caller;

/// Runs one command to its end.
pub async fn run(cli: Cli) -> Result<()> {
    let Cli { global, command } = cli;
    let output = Output { json: global.json, quiet: global.quiet };
    if let Command::Completions { shell } = &command {
        let mut script = Vec::new();
        clap_complete::generate(*shell, &mut Cli::command(), "conclave", &mut script);
        return output.bytes(&script);
    }
    if let Command::Demo(options) = &command {
        return demo::run(options.listen, output).await;
    }
    let settings = settings(&global, &command)?;
    telemetry::start(&settings.telemetry, log_level(&global, &command))?;
    match command {
        Command::Serve(options) => serve::run(settings, options.no_worker, output).await,
        Command::Worker => serve::run_worker(settings, output).await,
        Command::Migrate => migrate::run(&settings, output).await,
        Command::Doctor => doctor::run(&settings, output).await,
        Command::Config(command) => config::run(&command, &settings, output),
        Command::Mail(command) => mail::run(&command, &settings, output).await,
        command => {
            if !may_create(&command) {
                refuse_nothing_there(&settings)?;
            }
            let installation = Installation::open(settings, Migrations::OnlyWhenNew).await?;
            let caller = Caller::new(installation, global.acting_as.as_deref()).await?;
            at_the_store(command, &caller, output).await
        }
    }
}

/// Commands that begin an installation. Any other would only answer about an empty one.
fn may_create(command: &Command) -> bool {
    matches!(
        command,
        Command::SetupLink | Command::Event(EventCommand::Add(_)) | Command::Member(MemberCommand::Add(_))
    )
}

/// A mistyped directory must not become a new installation.
fn refuse_nothing_there(settings: &Settings) -> Result<()> {
    match settings.database.url.sqlite_path() {
        Some(path) if !path.exists() => {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let sentence = format!(
                "There is no installation in {}; run `conclave serve` or `conclave migrate` there first, or name \
                 another with --data-dir or --config",
                folder.display()
            );
            Err(Refused::new("no-installation", sentence).into())
        }
        _ => Ok(()),
    }
}

/// Commands of the operator and of members.
async fn at_the_store(command: Command, caller: &Caller, output: Output) -> Result<()> {
    match command {
        Command::SetupLink => member::setup_link(caller, output).await,
        Command::Member(command) => member::run(command, caller, output).await,
        Command::Event(command) => event::run(command, caller, output).await,
        Command::Candidates(command) => candidates::run(command, caller, output).await,
        Command::Invitees(command) => invitees::run(command, caller, output).await,
        Command::People(command) => people::run(command, caller, output).await,
        Command::Wave(command) => wave::run(command, caller, output).await,
        Command::Remind(options) => wave::remind(&options, caller, output).await,
        Command::Chase(options) => chase::run(&options, caller, output).await,
        Command::Answer(command) => answer::run(command, caller, output).await,
        Command::Request(command) => request::run(command, caller, output).await,
        Command::Forecast { slug } => forecast::run(&slug, caller, output).await,
        Command::Balance(options) => balance::run(&options, caller, output).await,
        Command::Quota(command) => balance::quota(command, caller, output).await,
        Command::Question(command) => question::run(command, caller, output).await,
        Command::Topics(command) => topics::run(command, caller, output).await,
        Command::Log(command) => log::run(command, caller, output).await,
        Command::Outbox(command) => outbox::run(command, caller, output).await,
        Command::Export(options) => export::run(&options, caller, output).await,
        // `run` has carried these out without the store.
        Command::Serve(_)
        | Command::Worker
        | Command::Demo(_)
        | Command::Migrate
        | Command::Doctor
        | Command::Config(_)
        | Command::Mail(_)
        | Command::Completions { .. } => Ok(()),
    }
}

fn settings(global: &Global, command: &Command) -> Result<Settings> {
    let mut environment = Vec::new();
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|n| n.starts_with("CONCLAVE_")) else { continue };
        let Some(value) = value.to_str() else { bail!(Usage(format!("{name}: is not readable as text"))) };
        environment.push((name.to_owned(), value.to_owned()));
    }
    environment.sort();
    let mut options = Vec::new();
    options.extend(global.data_dir.clone().map(|d| ("server.data_dir", "--data-dir", d)));
    options.extend(global.database.clone().map(|d| ("database.url", "--database", d)));
    if let Command::Serve(serve) = command {
        options.extend(serve.listen.map(|l| ("server.listen", "--listen", l.to_string())));
    }
    Ok(Settings::load(&Sources { file: global.config.clone(), environment, options })?)
}

/// The level asked for by options, else by the kind of command; `None` is the configured one.
fn log_level(global: &Global, command: &Command) -> Option<&'static str> {
    match (global.verbose, global.quiet) {
        (0, true) => Some("error"),
        (0, false) => match command {
            Command::Serve(_) | Command::Worker => None,
            _ => Some("warn"),
        },
        (1, _) => Some("info,conclave=debug"),
        _ => Some("trace"),
    }
}

/// `1 mail`, `2 mails`: for nouns that take an s.
fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// RFC 3339 with Z, as every report writes it.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn optional_instant(at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(instant)
}
