//! `pg-cluster -- command args`: runs a command with `TEST_POSTGRES_URL` naming a throwaway PostgreSQL server.
//! Without a command it prints the address and serves until standard input ends.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};
use conclave_test_support::cluster::{Cluster, URL_VARIABLE};
use conclave_test_support::run;
use tokio::process::Command;
use tokio::signal::unix::{Signal, SignalKind, signal};

fn main() -> Result<ExitCode> {
    let mut words = env::args_os().skip(1).skip_while(|word| word == "--");
    let cluster = Cluster::start()?;
    let Some(program) = words.next() else {
        writeln!(io::stdout(), "{}", cluster.url())?;
        io::copy(&mut io::stdin(), &mut io::sink())?;
        return Ok(ExitCode::SUCCESS);
    };
    let mut command = Command::new(&program);
    command.args(words).env(URL_VARIABLE, cluster.url());
    run(supervise(command)).with_context(|| format!("cannot run {}", program.display()))
}

/// Waits for the command. An interrupt reaches the command by itself and ends us only after it,
/// or the server would outlive us; a request to terminate is passed on as a kill.
async fn supervise(mut command: Command) -> Result<ExitCode> {
    let mut interrupt: Signal = signal(SignalKind::interrupt())?;
    let mut terminate: Signal = signal(SignalKind::terminate())?;
    let mut child = command.spawn()?;
    loop {
        tokio::select! {
            ended = child.wait() => {
                let code = ended?.code().and_then(|code| u8::try_from(code).ok());
                return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
            }
            _ = interrupt.recv() => {}
            _ = terminate.recv() => child.start_kill()?,
        }
    }
}
