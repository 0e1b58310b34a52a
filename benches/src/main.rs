//! Measures what a page and an answer cost: the released program, a workshop of realistic size, loopback.
//!
//! `benches/run` builds both and starts this. Nothing here fails because something is slow; it fails only when
//! an answer is not the one that was expected. What the figures mean is in `benches/README.md`.

mod client;
mod installation;
mod load;
mod options;
mod process;
mod report;
mod workshop;

use std::time::Duration;

use anyhow::Result;

use crate::installation::Installation;
use crate::load::{Expected, Request, Round, run};
use crate::options::Options;
use crate::process::{Cost, database_processes, file_mib, megabytes};
use crate::report::{Figures, Measured};
use crate::workshop::Workshop;

/// How often the program is started to see how long that takes.
const STARTS: usize = 11;
/// Memory is read when nothing was asked for this long.
const SETTLING: Duration = Duration::from_secs(3);

fn main() -> Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let figures = runtime.block_on(measure(&options))?;
    figures.print()?;
    figures.write(&options.json)
}

async fn measure(options: &Options) -> Result<Figures> {
    let installation = Installation::new(options).await?;
    report::progress(&format!("inviting {} people", options.invitations))?;
    let workshop = Workshop::invite(&installation, options.invitations).await?;
    installation.look_after_database()?;

    report::progress("starting")?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let (server, took) = installation.serve_and_time(&workshop.public_page()).await?;
        starts.push(took);
        server.stop().await?;
    }

    let (server, _) = installation.serve_and_time(&workshop.public_page()).await?;
    tokio::time::sleep(SETTLING).await;
    let idle = server.memory()?;
    let cost = Cost::of(server.pid(), database_processes(&options.database_url));

    let mut measured = Vec::new();
    for (name, requests, goal) in [
        ("/healthz", vec![Request::get("/healthz")], None),
        ("public page", vec![Request::get(&workshop.public_page())], None),
        ("invitee's page", workshop.pages(), Some(0.5)),
    ] {
        report::progress(name)?;
        let requests = load::dealt(&requests, options.connections, options.requests);
        // Once without counting, so that every connection and statement has been prepared.
        run(installation.address(), &requests, Expected::Page).await?;
        let mut rounds = Vec::new();
        for _ in 0..options.rounds {
            rounds.push(timed(&installation, &cost, &requests, Expected::Page).await?);
        }
        measured.push(Measured::new(name, options.connections, goal, rounds));
    }

    report::progress("answer")?;
    let mut rounds = Vec::new();
    let mut answers = workshop.answers();
    // The first answers of everybody are no changes of mind yet, and warm up.
    run(installation.address(), &answers.dealt(options.clients, 1), Expected::Redirect).await?;
    let each = (options.requests / 5).div_ceil(options.invitations).max(1);
    for _ in 0..options.rounds {
        installation.look_after_database()?;
        let requests = answers.dealt(options.clients, each);
        rounds.push(timed(&installation, &cost, &requests, Expected::Redirect).await?);
    }
    measured.push(Measured::new("answer", options.clients, Some(1.5), rounds));
    workshop.assert_answered(&installation, &answers)?;

    let peak = server.peak_memory()?;
    server.stop().await?;
    Ok(Figures {
        options: options.clone(),
        version: installation.version()?,
        machine: process::machine(),
        load_average: process::load_average(),
        database: installation.database_version(),
        measured,
        idle_mib: megabytes(idle),
        peak_mib: megabytes(peak),
        start_ms: starts.iter().map(|took| took.as_secs_f64() * 1000.0).collect(),
        binary_mib: file_mib(&options.program)?,
    })
}

async fn timed(
    installation: &Installation,
    cost: &Cost,
    requests: &[Vec<Request>],
    expected: Expected,
) -> Result<Round> {
    let before = cost.read()?;
    let answered = run(installation.address(), requests, expected).await?;
    Ok(Round::of(answered, cost.read()?.since(before)))
}
