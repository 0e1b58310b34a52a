//! `smtp-sink [--listen 127.0.0.1:2525] [--dir DIR] [--script FILE|RULES]`: a mail server that keeps every
//! message as `0001.eml` beside `envelopes.log`, and misbehaves as its script says. Prints where it
//! listens; a signal ends it.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use conclave_test_support::run;
use conclave_test_support::sink::{Options, Sink};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "\
Usage: smtp-sink [--listen 127.0.0.1:2525] [--dir DIR] [--script FILE|RULES]

A mail server for trials: keeps every message as 0001.eml beside envelopes.log in DIR, and misbehaves
as its script says. A signal ends it.";

fn main() -> ExitCode {
    if env::args().any(|word| word == "--help" || word == "-h") {
        return match writeln!(io::stdout(), "{USAGE}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    match started() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "smtp-sink: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn started() -> Result<()> {
    let mut options = Options::default();
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().with_context(|| format!("{word} wants a value"))?;
        match word.as_str() {
            "--listen" => options.listen = Some(value.parse().context("--listen wants an address and port")?),
            "--dir" => options.dir = Some(PathBuf::from(value)),
            "--script" if Path::new(&value).is_file() => {
                options.script = fs::read_to_string(value)?.parse()?;
            }
            "--script" => options.script = value.parse()?,
            _ => bail!("unknown option {word}; there are --listen, --dir and --script"),
        }
    }
    if options.listen.is_some_and(|address| !address.ip().is_loopback()) {
        bail!("--listen wants a loopback address");
    }
    run(serve(options))
}

async fn serve(options: Options) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let sink = Sink::with(options).await?;
    writeln!(io::stdout(), "listening on {}", sink.address())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    sink.stop().await;
    Ok(())
}
