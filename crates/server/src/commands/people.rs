//! `people list|show|address|merge`.

use anyhow::Result;
use conclave_core::answer::AnswerValue;
use conclave_persistence::{AddressChange, BookQuery, BookReader, MergeSide, MergeView, Person};
use serde_json::{Value, json};

use super::caller::Caller;
use super::optional_instant;
use crate::cli::{AddressWord, PeopleCommand};
use crate::error::{OrRefused as _, Refused, Usage};
use crate::output::Output;

pub async fn run(command: PeopleCommand, caller: &Caller, output: Output) -> Result<()> {
    match command {
        PeopleCommand::List { query, look_alikes } => {
            let query = BookQuery { q: query.unwrap_or_default(), look_alikes, ..BookQuery::default() };
            list(&query, caller, output).await
        }
        PeopleCommand::Show { who } => {
            let person = find(&who, caller).await?;
            print(&person, output)
        }
        PeopleCommand::Address { who, change, email } => {
            let person = find(&who, caller).await?;
            let change = match change {
                AddressWord::Add => AddressChange::Add,
                AddressWord::Remove => AddressChange::Remove,
                AddressWord::Current => AddressChange::MakeCurrent,
                AddressWord::Dead => AddressChange::MarkDead,
                AddressWord::Alive => AddressChange::MarkAlive,
            };
            let (actor, now) = (caller.actor(), caller.installation.now());
            caller
                .store()
                .change_person_address(reader(caller), person.id, change, &email, &actor, now)
                .await
                .or_refused()?;
            print(&find(&person.id.to_string(), caller).await?, output)
        }
        PeopleCommand::Merge { stays, goes, answer, dry_run, yes } => {
            let (stays, goes) = (find(&stays, caller).await?, find(&goes, caller).await?);
            merge(&stays, &goes, &answer, dry_run, yes, caller, output).await
        }
    }
}

fn reader(caller: &Caller) -> BookReader {
    match caller.account() {
        None => BookReader::Operator,
        Some(account) => BookReader::Account { id: account.id, is_operator: account.is_operator },
    }
}

/// The one person of this name; several are named, so that one can be chosen.
async fn find(who: &str, caller: &Caller) -> Result<Person> {
    let mut found = caller.store().people_named(reader(caller), who).await?;
    if found.len() > 1 {
        let ids: Vec<String> =
            found.iter().map(|person| format!("{} ({})", person.shown_name(), person.id)).collect();
        let sentence = format!("Several people are called {who}; name one by id: {}", ids.join(", "));
        return Err(Refused::new("several-people", sentence).into());
    }
    Ok(found.pop().ok_or_else(|| Refused::new("no-such-person", format!("Nobody is called {who}")))?)
}

async fn list(query: &BookQuery, caller: &Caller, output: Output) -> Result<()> {
    let found = caller.store().people(reader(caller), query).await?;
    let rows: Vec<Vec<String>> = found
        .rows
        .iter()
        .map(|person| {
            let last = person.history.first();
            vec![
                person.name.clone(),
                person.addresses.first().map(|one| one.address.clone()).unwrap_or_default(),
                person.history.len().to_string(),
                last.map(|past| format!("{} {}", past.event, past.badge.as_str())).unwrap_or_default(),
                person.look_alikes.iter().map(|(_, name, _)| name.as_str()).collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    let items: Vec<Value> = found.rows.iter().map(view).collect();
    output.list("people", &items, &["Name", "Address", "Events", "Last", "Looks like"], &rows)
}

fn print(person: &Person, output: Output) -> Result<()> {
    if output.json {
        return output.report(json!({ "person": view(person) }));
    }
    output.line(person.shown_name())?;
    output.line(&format!("  id       {}", person.id))?;
    for address in &person.addresses {
        let current = if address.is_current { ", present" } else { "" };
        output.line(&format!("  address  {} ({}{current})", address.address, address.state))?;
    }
    if !person.next_time.as_str().is_empty() {
        output.line(&format!("  next     {}", person.next_time.as_str()))?;
    }
    for past in &person.history {
        output.line(&format!("  event    {} {}", past.event, past.badge.as_str()))?;
    }
    for (id, name, why) in &person.look_alikes {
        output.line(&format!("  perhaps  {name} ({id}): {}", why.words()))?;
    }
    Ok(())
}

async fn merge(
    stays: &Person,
    goes: &Person,
    answers: &[String],
    dry_run: bool,
    yes: bool,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let reader = reader(caller);
    if stays.id == goes.id {
        return output.line("They are one already.");
    }
    let both = caller.store().merge_view(reader, stays.id, goes.id).await?;
    let both = both.ok_or_else(|| Refused::new("no-such-person", "One of them is gone"))?;
    let mut picks = Vec::new();
    for typed in answers {
        let (slug, who) =
            typed.split_once('=').ok_or_else(|| Usage(format!("--answer {typed}: write SLUG=WHO")))?;
        let event =
            both.both.iter().find(|event| event.slug == slug).ok_or_else(|| {
                Usage(format!("--answer {typed}: not both of them are on the list of {slug}"))
            })?;
        picks.push((event.event, find(who, caller).await?.id));
    }
    if dry_run {
        return side_by_side(&both, output);
    }
    if !yes {
        side_by_side(&both, output)?;
    }
    let question =
        format!("Join {} into {}? It cannot be taken back.", goes.shown_name(), stays.shown_name());
    if !output.confirm(&question, yes)? {
        return output.note("Nothing was changed.");
    }
    let (actor, now) = (caller.actor(), caller.installation.now());
    let joined =
        caller.store().merge_people(reader, stays.id, goes.id, &picks, &actor, now).await.or_refused()?;
    let joined = usize::try_from(joined)?;
    let person = find(&stays.id.to_string(), caller).await?;
    if output.json {
        return output.report(json!({ "person": view(&person), "invitations_joined": joined }));
    }
    let stand = match joined {
        0 => String::new(),
        1 => "; 1 invitation stands for two".to_owned(),
        n => format!("; {n} invitations stand for two"),
    };
    output.line(&format!("{} is one person now{stand}.", person.shown_name()))
}

fn side_by_side(both: &MergeView, output: Output) -> Result<()> {
    let items: Vec<Value> = both
        .both
        .iter()
        .map(|event| {
            json!({
                "event": event.slug,
                "stays": side(&event.survivor),
                "goes": side(&event.other),
                "disagree": event.disagrees,
            })
        })
        .collect();
    if output.json {
        return output.report(json!({
            "stays": view(&both.survivor), "goes": view(&both.other), "both": items,
        }));
    }
    print(&both.survivor, output)?;
    print(&both.other, output)?;
    for event in &both.both {
        let said = |side: &MergeSide| side.answer.map_or(side.state.as_str(), AnswerValue::as_str);
        let choose = if event.disagrees { "; choose with --answer" } else { "" };
        let (a, b) = (said(&event.survivor), said(&event.other));
        output.line(&format!("{}: {a} and {b}{choose}", event.slug))?;
    }
    Ok(())
}

fn side(side: &MergeSide) -> Value {
    json!({
        "name": side.name,
        "email": side.email,
        "state": side.state.as_str(),
        "answer": side.answer.map(AnswerValue::as_str),
        "answered_at": optional_instant(side.answered_at),
    })
}

/// A person as JSON.
fn view(person: &Person) -> Value {
    json!({
        "id": person.id,
        "name": person.name,
        "affiliation": person.affiliation,
        "addresses": person.addresses.iter().map(|one| json!({
            "address": one.address, "state": one.state, "current": one.is_current,
        })).collect::<Vec<_>>(),
        "next_time": person.next_time.as_str(),
        "history": person.history.iter().map(|past| json!({
            "event": past.event,
            "id": past.public_id,
            "name": past.name,
            "state": past.state.as_str(),
            "badge": past.badge.as_str(),
            "answer": past.answer.map(AnswerValue::as_str),
            "answered_at": optional_instant(past.answered_at),
        })).collect::<Vec<_>>(),
        "look_alikes": person.look_alikes.iter().map(|(id, name, why)| json!({
            "id": id, "name": name, "because": why.code(),
        })).collect::<Vec<_>>(),
    })
}
