//! What people are told of: `event set --move|--small`, `event cancel`, `event reopen` of a cancelled
//! one, `event reconfirm` and `event changes`.

use anyhow::{Context as _, Result, bail};
use chrono::{NaiveDate, TimeDelta};
use conclave_core::answer::AnswerValue;
use conclave_core::change::{Change, ChangeKind, gist};
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::{Event, EventState};
use conclave_core::message::Reach;
use conclave_core::purpose::Purpose;
use conclave_mail::preview;
use conclave_persistence::{Announce, ChangePreview, EventChangeRefused, Mailing, Told, WriteError};
use serde_json::{Value, json};

use super::caller::Caller;
use super::event::said;
use super::{counted, instant, optional_instant};
use crate::cli::{EventSet, Telling};
use crate::error::{OrRefused as _, Refused};
use crate::output::Output;

/// Changes settings; `None` after a dry run, which has printed everything.
pub async fn set(
    before: &Event,
    settings: &[(String, String)],
    options: &EventSet,
    caller: &Caller,
    output: Output,
) -> Result<Option<Event>> {
    let (store, actor, now) = (caller.store(), caller.actor(), caller.installation.now());
    let is_said = options.moves || options.small;
    if is_said {
        caller.event(before.slug.as_str(), Action::Send).await?;
    }
    let announce = Announce {
        is_move: options.moves,
        note: options.note.clone(),
        reconfirm_by: options.moves.then(|| options.reconfirm_by.unwrap_or_else(|| proposed(before, caller))),
        mailing: Mailing {
            mail: !options.telling.no_mail && (options.moves || options.mail),
            ..mailing(&options.telling)
        },
    };
    if options.dry_run {
        let found = store.preview_change(before, settings, &announce, &actor, now).await.or_refused()?;
        let kind = if options.moves { ChangeKind::Moved } else { ChangeKind::Small };
        show(before, kind, &announce.mailing, &found, caller, output)?;
        return Ok(None);
    }
    if !is_said {
        return match store.set_event(before.id, None, settings, &actor, now).await {
            Err(WriteError::Refused(refused @ EventChangeRefused::MoveOrSmall(_))) => {
                Err(Refused::new(refused.code(), format!("{refused}: add --move or --small")).into())
            }
            changed => Ok(Some(changed.or_refused()?)),
        };
    }
    let event = store.change_event(before.id, None, settings, &announce, &actor, now).await.or_refused()?;
    tell(before, &event, output)?;
    Ok(Some(event))
}

pub async fn cancel(
    slug: &str,
    reason: &str,
    telling: &Telling,
    yes: bool,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let event = caller.event(slug, Action::Decide).await?;
    let (store, actor, now) = (caller.store(), caller.actor(), caller.installation.now());
    let mailing = mailing(telling);
    let found = store
        .preview_move(&event, ChangeKind::Cancelled, None, reason, &mailing, &actor, now)
        .await
        .or_refused()?;
    let mails = if mailing.mail && event.state != EventState::Draft { found.mails } else { 0 };
    let question = format!(
        "Cancel {slug}? Waiting mail is dropped, every link shows the notice, and {} told.",
        people(mails, "is", "are")
    );
    if !output.confirm(&question, yes)? {
        return output.note("Nothing was changed.");
    }
    let after = store.cancel_event(event.id, reason, &mailing, &actor, now).await.or_refused()?;
    tell(&event, &after, output)?;
    said(&after, caller, output).await
}

pub async fn revive(
    event: &Event,
    reason: &str,
    reconfirm_by: Option<NaiveDate>,
    telling: &Telling,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let (store, actor, now) = (caller.store(), caller.actor(), caller.installation.now());
    let by = reconfirm_by.or_else(|| (!event.is_over(now)).then(|| proposed(event, caller)));
    let after =
        store.revive_event(event.id, reason, by, &mailing(telling), &actor, now).await.or_refused()?;
    tell(event, &after, output)?;
    said(&after, caller, output).await
}

pub async fn reconfirm(
    slug: &str,
    by: NaiveDate,
    note: &str,
    telling: &Telling,
    yes: bool,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let event = caller.event(slug, Action::Send).await?;
    let (store, actor, now) = (caller.store(), caller.actor(), caller.installation.now());
    let mailing = mailing(telling);
    let found = store
        .preview_move(&event, ChangeKind::Reconfirm, Some(by), note, &mailing, &actor, now)
        .await
        .or_refused()?;
    let seated = found.count(&[Some(AnswerValue::Accepted), Some(AnswerValue::Tentative)]);
    let question =
        format!("Ask {} with a seat to say again that they come, by {by}?", people(seated, "", ""));
    if !output.confirm(&question, yes)? {
        return output.note("Nothing was changed.");
    }
    let after = store.ask_to_reconfirm(event.id, by, note, &mailing, &actor, now).await.or_refused()?;
    tell(&event, &after, output)?;
    said(&after, caller, output).await
}

pub async fn list(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let items: Vec<Value> = event.changes.iter().map(view).collect();
    let rows: Vec<Vec<String>> = event
        .changes
        .iter()
        .map(|change| {
            vec![
                change.number.to_string(),
                change.kind.as_str().to_owned(),
                gist(&change.lines),
                deadline::instant_words(change.at, event.zone, &event.zone_name()),
                change.by.clone(),
            ]
        })
        .collect();
    output.list("changes", &items, &["No", "Kind", "What", "When", "By"], &rows)
}

pub async fn one(
    slug: &str,
    number: u32,
    send: bool,
    stop: bool,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let action = if send || stop { Action::Send } else { Action::See };
    let event = caller.event(slug, action).await?;
    let (store, actor, now) = (caller.store(), caller.actor(), caller.installation.now());
    if event.change(number).is_none() {
        bail!(Refused::new(
            "no-change",
            format!("{slug} has no change {number}; `event changes {slug}` lists them")
        ));
    }
    if send {
        let mailing = Mailing { mail: true, ..Mailing::none() };
        let mails = store.mail_change(event.id, number, &mailing, &actor, now).await.or_refused()?;
        output.note(&format!("{} queued.", counted(usize::try_from(mails)?, "mail")))?;
    }
    if stop {
        let stopped = store.stop_change(event.id, number, &actor, now).await?;
        output.note(&format!("{} stopped.", counted(usize::try_from(stopped)?, "mail")))?;
    }
    let found = store.announcement(&event, number).await?.context("the change is gone")?;
    if output.json {
        let told: Vec<Value> = found.people.iter().map(told_view).collect();
        return output.report(json!({ "change": view(&found.change), "people": told }));
    }
    for line in &found.change.lines {
        output.line(&format!("{}: {} -> {}", line.what, line.was, line.is))?;
    }
    let rows: Vec<Vec<String>> = found
        .people
        .iter()
        .map(|told| {
            vec![
                told.reach.as_str().to_owned(),
                told.name.clone(),
                told.answer.map_or("no answer", AnswerValue::as_str).to_owned(),
                if told.must_reconfirm { "to be said again".to_owned() } else { String::new() },
                told.state.map_or("", |state| state.as_str()).to_owned(),
                told.words.clone(),
            ]
        })
        .collect();
    output.list("people", &[], &["Reached", "Name", "Answer", "", "Mail", "What is known"], &rows)?;
    let unreached = found.count(Reach::Unreached);
    output.note(&format!("{unreached} not reached, {} on the way.", found.count(Reach::OnItsWay)))
}

/// What would happen, and one whole mail.
fn show(
    event: &Event,
    kind: ChangeKind,
    mailing: &Mailing,
    found: &ChangePreview,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let seated = found.count(&[Some(AnswerValue::Accepted), Some(AnswerValue::Tentative)]);
    let mails = if mailing.mail { found.mails } else { 0 };
    if output.json {
        let lines: Vec<Value> = found.lines.iter().map(|line| json!(line)).collect();
        return output.report(json!({
            "dry_run": { "kind": kind.as_str(), "lines": lines, "with_a_seat": seated, "mails": mails }
        }));
    }
    if found.lines.is_empty() {
        return output.line("Nothing that people were invited to would change.");
    }
    for line in &found.lines {
        output.line(&format!("{}: {} -> {}", line.what, line.was, line.is))?;
    }
    if found.after.answers_close != event.answers_close {
        output.line(&format!("answers_close: {} -> {}", event.answers_close, found.after.answers_close))?;
    }
    if found.after.topics_by != event.topics_by {
        output.line(&format!("topics_by: {} -> {}", event.topics_by, found.after.topics_by))?;
    }
    let again = if kind.asks_again() { "are asked again" } else { "are not asked again" };
    output.line(&format!(
        "{} with a seat {again}, {} would leave.",
        people(seated, "", ""),
        counted(usize::try_from(mails)?, "mail")
    ))?;
    if let Some(facts) = found.sample.as_ref().filter(|_| mails > 0) {
        let templates = &caller.installation.templates;
        let public_url = &caller.store().site().public_url;
        let mail = preview::preview(templates, Purpose::Change, facts, public_url)?;
        output.line(&format!("\nSubject: {}\n\n{}", mail.subject, mail.text))?;
    }
    Ok(())
}

/// How many mails a change made, for whoever reads along.
fn tell(before: &Event, after: &Event, output: Output) -> Result<()> {
    if after.changes.len() == before.changes.len() {
        return Ok(());
    }
    let number = after.changes.last().map_or(0, |change| change.number);
    output.note(&format!("Who was told: conclave event changes {} {number}", after.slug))
}

fn mailing(telling: &Telling) -> Mailing {
    Mailing {
        mail: !telling.no_mail,
        with_declined: telling.declined,
        hold: TimeDelta::minutes(i64::from(telling.hold)),
    }
}

fn proposed(event: &Event, caller: &Caller) -> NaiveDate {
    let today = deadline::today(caller.installation.now(), event.zone);
    deadline::propose_reply_by(today, event.first_day).min(event.last_day).max(today)
}

fn people(count: u64, one: &str, many: &str) -> String {
    let (noun, verb) = if count == 1 { ("person", one) } else { ("people", many) };
    format!("{count} {noun} {verb}").trim_end().to_owned()
}

fn view(change: &Change) -> Value {
    json!({
        "number": change.number,
        "kind": change.kind.as_str(),
        "at": instant(change.at),
        "by": change.by,
        "note": change.note,
        "lines": change.lines,
    })
}

fn told_view(told: &Told) -> Value {
    json!({
        "id": told.public_id,
        "name": told.name,
        "email": told.email,
        "answer": told.answer.map(AnswerValue::as_str),
        "must_reconfirm": told.must_reconfirm,
        "reach": told.reach.as_str(),
        "state": told.state.map(|state| state.as_str()),
        "words": told.words,
        "handed_over_at": optional_instant(told.at),
    })
}
