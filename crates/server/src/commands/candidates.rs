//! `candidates add|list|show|vote|accept|refuse`.

mod seed;

use anyhow::Result;
use conclave_core::address::Address;
use conclave_core::candidate::{Guard, Vote};
use conclave_core::committee::Action;
use conclave_core::event::Event;
use conclave_core::ids::AccountId;
use conclave_core::name::PersonName;
use conclave_persistence::{Candidate, CandidateQuery, NewNomination};
use serde_json::{Value, json};

use super::caller::Caller;
use super::{counted, instant};
use crate::cli::{CandidateAdd, CandidateDecision, CandidatesCommand};
use crate::error::{OrRefused as _, Refused, Usage};
use crate::output::Output;

pub async fn run(command: CandidatesCommand, caller: &Caller, output: Output) -> Result<()> {
    match command {
        CandidatesCommand::Add(new) => add(&new, caller, output).await,
        CandidatesCommand::Seed(options) => seed::run(&options, caller, output).await,
        CandidatesCommand::List { slug, refused, query, sort } => {
            let query = CandidateQuery { refused, q: query.unwrap_or_default(), sort, ..Default::default() };
            list(&slug, &query, caller, output).await
        }
        CandidatesCommand::Show { slug, who } => show(&slug, &who, caller, output).await,
        CandidatesCommand::Vote { slug, who, vote } => cast(&slug, &who, &vote, caller, output).await,
        CandidatesCommand::Accept(decision) => decide(&decision, true, caller, output).await,
        CandidatesCommand::Refuse(decision) => decide(&decision, false, caller, output).await,
    }
}

async fn add(new: &CandidateAdd, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(&new.slug, Action::Edit).await?;
    let nomination = NewNomination {
        name: new.name.as_deref().map(PersonName::parse).transpose().or_refused()?,
        email: new.email.as_deref().map(Address::parse).transpose().or_refused()?,
        affiliation: new.affiliation.clone(),
        reason: new.reason.clone(),
        again: new.again,
        person: None,
    };
    let (actor, now) = (caller.actor(), caller.installation.now());
    let id = caller.store().nominate(event.id, &nomination, &actor, now).await.or_refused()?;
    let all = caller.store().candidates(event.id, viewer(caller), &CandidateQuery::default()).await?.rows;
    let added = all.into_iter().find(|candidate| candidate.id == id);
    match added {
        Some(added) if output.json => output.report(json!({ "candidate": view(&added) })),
        Some(added) => {
            output.line(&format!("{} is a candidate ({}).", added.shown_name(), added.public_id))?;
            told(&added.guards, output)
        }
        None => output.line("Proposed."),
    }
}

async fn list(slug: &str, query: &CandidateQuery, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let found = caller.store().candidates(event.id, viewer(caller), query).await?;
    let rows: Vec<Vec<String>> = found
        .rows
        .iter()
        .map(|candidate| {
            vec![
                candidate.public_id.clone(),
                candidate.name.clone(),
                candidate.email.clone(),
                votes(candidate),
                candidate.nominations.last().map(|one| one.reason.clone()).unwrap_or_default(),
            ]
        })
        .collect();
    let items: Vec<Value> = found.rows.iter().map(view).collect();
    output.list("candidates", &items, &["Id", "Name", "Address", "Votes", "Why"], &rows)
}

async fn show(slug: &str, who: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let candidate = find(&event, who, caller).await?;
    if output.json {
        return output.report(json!({ "candidate": view(&candidate) }));
    }
    output.line(&format!("{} <{}>", candidate.name, candidate.email))?;
    output.line(&format!("  state        {}", candidate.state.as_str()))?;
    if !candidate.affiliation.is_empty() {
        output.line(&format!("  affiliation  {}", candidate.affiliation))?;
    }
    output.line(format!("  votes        {}", votes(&candidate)).trim_end())?;
    for one in &candidate.nominations {
        let by = if one.by.is_empty() { "asked to be invited" } else { one.by.as_str() };
        output.line(&format!("  {}: {}", by, one.reason.replace('\n', "\n    ")))?;
    }
    told(&candidate.guards, output)
}

async fn cast(slug: &str, who: &str, typed: &str, caller: &Caller, output: Output) -> Result<()> {
    let Some(account) = viewer(caller) else {
        return Err(Usage("A vote is a member's: name them with --as EMAIL.".to_owned()).into());
    };
    let vote = Vote::parse(typed).ok_or_else(|| Usage("A vote is +1, 0 or -1.".to_owned()))?;
    let event = caller.event(slug, Action::Edit).await?;
    let candidate = find(&event, who, caller).await?;
    let (actor, now) = (caller.actor(), caller.installation.now());
    caller.store().vote(candidate.id, vote, account, &actor, now).await.or_refused()?;
    let candidate = find(&event, &candidate.public_id, caller).await?;
    if output.json {
        return output.report(json!({ "candidate": view(&candidate) }));
    }
    output.line(&format!("{}: {}", candidate.shown_name(), votes(&candidate)))
}

async fn decide(decision: &CandidateDecision, accept: bool, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(&decision.slug, Action::Edit).await?;
    let mut chosen = Vec::new();
    for who in &decision.who {
        chosen.push(find(&event, who, caller).await?.id);
    }
    let (actor, now) = (caller.actor(), caller.installation.now());
    let (store, reason) = (caller.store(), decision.reason.as_str());
    let count = if accept {
        store.accept_candidates(event.id, &chosen, reason, &actor, now).await
    } else {
        store.refuse_candidates(event.id, &chosen, reason, &actor, now).await
    }
    .or_refused()?;
    let count = usize::try_from(count)?;
    if output.json {
        let word = if accept { "accepted" } else { "refused" };
        return output.report(json!({ word: count }));
    }
    let people = if count == 1 { "1 person".to_owned() } else { format!("{count} people") };
    output.line(&if accept {
        format!("{people} put on the list; nobody was written to.")
    } else {
        format!("{people} turned down; nobody is told.")
    })
}

/// Whose eyes see; the operator's see all.
fn viewer(caller: &Caller) -> Option<AccountId> {
    caller.account().map(|account| account.id)
}

async fn find(event: &Event, who: &str, caller: &Caller) -> Result<Candidate> {
    let found = caller.store().candidate(event.id, viewer(caller), who).await?;
    let sentence = format!("No candidate of {} is called {who}", event.slug);
    Ok(found.ok_or_else(|| Refused::new("no-such-candidate", sentence))?)
}

fn told(guards: &[Guard], output: Output) -> Result<()> {
    for guard in guards {
        output.line(&format!("  note: {}", guard.sentence()))?;
    }
    Ok(())
}

fn votes(candidate: &Candidate) -> String {
    match candidate.tally {
        Some(tally) if tally.voters() == 0 => String::new(),
        Some(tally) => {
            format!("{:+} of {}", tally.score(), counted(tally.voters() as usize, "vote"))
        }
        None if candidate.voters == 0 => String::new(),
        None => format!("{}, hidden", counted(candidate.voters as usize, "vote")),
    }
}

/// A candidate as JSON.
fn view(candidate: &Candidate) -> Value {
    json!({
        "id": candidate.public_id,
        "name": candidate.name,
        "email": candidate.email,
        "affiliation": candidate.affiliation,
        "tags": candidate.tags,
        "state": candidate.state.as_str(),
        "since": instant(candidate.since),
        "nominations": candidate.nominations.iter().map(|one| json!({
            "by": one.by,
            "via": one.via.as_str(),
            "reason": one.reason,
            "at": instant(one.at),
        })).collect::<Vec<_>>(),
        "own_vote": candidate.own_vote.map(Vote::as_str),
        "votes": candidate.tally.map(|tally| json!({
            "for": tally.for_it,
            "neutral": tally.neutral,
            "against": tally.against,
            "score": tally.score(),
        })),
        "voters": candidate.voters,
        "guards": candidate.guards.iter().map(|guard| json!({
            "code": guard.code(),
            "sentence": guard.sentence(),
        })).collect::<Vec<_>>(),
    })
}
