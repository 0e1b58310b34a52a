//! The `conclave` program: configuration, command line, accept loop and mail worker around the
//! library crates. `cli` lists the commands, `commands` carries them out.

mod cli;
mod commands;
mod config;
mod error;
mod installation;
mod key;
mod output;
mod progress;
mod serve;
mod telemetry;
mod worker;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::new(error).context("starting")),
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    let text = match error.downcast_ref::<error::Refused>() {
        // Scripts read the code at the beginning of the line.
        Some(refused) => refused.to_string(),
        None => format!("conclave: {}", error::told(error)),
    };
    let _ = writeln!(std::io::stderr(), "{text}");
    error::exit_code(error)
}
