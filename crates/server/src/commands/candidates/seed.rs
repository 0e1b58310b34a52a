//! `candidates seed`: a log, a file, an archive of any size, or an earlier event.

use std::path::Path;

use anyhow::{Context as _, Result};
use conclave_core::candidate::NominatedVia;
use conclave_core::committee::Action;
use conclave_core::import::evidence::{Evidence, Reader, Source};
use conclave_persistence::{Earlier, NewNomination, Nominated};
use serde_json::{Value, json};

use crate::cli::{CandidateSeed, EvidenceWord};
use crate::commands::caller::Caller;
use crate::commands::counted;
use crate::error::{OrRefused as _, Refused};
use crate::output::Output;
use crate::progress::Bar;

/// Octets read at once.
const PIECE: usize = 256 * 1024;

pub async fn run(options: &CandidateSeed, caller: &Caller, output: Output) -> Result<()> {
    let action = if options.dry_run { Action::See } else { Action::Edit };
    let event = caller.event(&options.slug, action).await?;
    let (people, via) = match options.from {
        EvidenceWord::Event => {
            let old = caller.event(&options.file, Action::See).await?;
            let mut people = caller.store().people_of_earlier(&old, Earlier::from(options.who)).await?;
            people.truncate(options.top.unwrap_or(usize::MAX));
            (people, NominatedVia::Event)
        }
        EvidenceWord::Shortlog => (evidence(options, Source::Shortlog, output)?, NominatedVia::Evidence),
        EvidenceWord::Maintainers => {
            (evidence(options, Source::Maintainers, output)?, NominatedVia::Evidence)
        }
        EvidenceWord::Mbox => (evidence(options, Source::Mbox, output)?, NominatedVia::Evidence),
    };
    let (store, actor, now) = (caller.store(), caller.actor(), caller.installation.now());
    let done = if options.dry_run {
        store.plan_nominations(event.id, &people, via, &actor, now).await.or_refused()?
    } else {
        store.nominate_many(event.id, &people, via, &actor, now).await.or_refused()?
    };
    let new = done.iter().filter(|one| matches!(one, Nominated::New(_))).count();
    if output.json {
        let items: Vec<Value> = people.iter().zip(&done).map(|(one, result)| view(one, result)).collect();
        return output.report(json!({ "dry_run": options.dry_run, "new": new, "people": items }));
    }
    for (one, result) in people.iter().zip(&done) {
        if let Nominated::LeftOut(refused) = result {
            output.note(&format!("left out: {} ({refused})", name(one)))?;
        } else if options.dry_run {
            output.line(&format!("  {}: {}", name(one), one.reason))?;
        }
    }
    let verb = if options.dry_run { "would be candidates" } else { "are candidates now" };
    output.line(&format!("{} found, {new} new: they {verb}.", entries(people.len())))
}

/// Reads the file piece by piece; an archive may be larger than memory.
fn evidence(options: &CandidateSeed, source: Source, output: Output) -> Result<Vec<NewNomination>> {
    let mut reader = Reader::of(source);
    if options.file == "-" {
        feed(&mut reader, std::io::stdin().lock(), 0, output).context("standard input")?;
    } else {
        let path = Path::new(&options.file);
        let file = std::fs::File::open(path).with_context(|| options.file.clone())?;
        let length = file.metadata().map(|data| data.len()).unwrap_or_default();
        feed(&mut reader, file, length, output).with_context(|| options.file.clone())?;
    }
    let found: Evidence = reader.finish();
    if found.not_read > 0 {
        let lines = counted(usize::try_from(found.not_read)?, "line");
        output.note(&format!("{lines} without an address, such as: {}", found.examples.join("; ")))?;
    }
    if found.people.is_empty() {
        let sentence = format!("Nobody with an address was found in {} as {}", options.file, source.as_str());
        return Err(Refused::new("nobody-found", sentence).into());
    }
    Ok(found
        .chosen(options.top, options.min)
        .into_iter()
        .map(|one| NewNomination {
            name: one.name,
            email: Some(one.email),
            reason: one.reason,
            ..NewNomination::default()
        })
        .collect())
}

fn feed(
    reader: &mut Reader,
    mut file: impl std::io::Read,
    length: u64,
    output: Output,
) -> std::io::Result<()> {
    let bar = Bar::start(output, "Reading", usize::try_from(length / 1024).unwrap_or(usize::MAX));
    let mut piece = vec![0_u8; PIECE];
    let mut done = 0_u64;
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(());
        }
        reader.push(piece.get(..read).unwrap_or_default());
        done += read as u64;
        bar.reach(done / 1024);
    }
}

fn entries(n: usize) -> String {
    if n == 1 { "1 person".to_owned() } else { format!("{n} people") }
}

fn name(one: &NewNomination) -> String {
    let name = one.name.as_ref().map_or("", |name| name.as_str());
    let email = one.email.as_ref().map_or("", |email| email.as_str());
    format!("{name} <{email}>").trim_start().to_owned()
}

fn view(one: &NewNomination, result: &Nominated) -> Value {
    json!({
        "name": one.name.as_ref().map(|name| name.as_str()),
        "email": one.email.as_ref().map(|email| email.as_str()),
        "reason": one.reason,
        "result": match result {
            Nominated::New(_) => "new",
            Nominated::Seconded(_) | Nominated::Again(_) => "seconded",
            Nominated::Unchanged(_) => "unchanged",
            Nominated::LeftOut(refused) => refused.code(),
        },
    })
}
