//! `event add|list|show|set|open|close|reopen|cancel|committee`; what people are told of is in
//! [`super::changes`].

use std::io::Read as _;

use anyhow::{Context as _, Result, bail};
use conclave_core::committee::Action;
use conclave_core::event::{Event, EventMove, EventState, SeatPolicy, Slug};
use conclave_core::seats::{EventSeats, Seats};
use conclave_persistence::{CommitteeLine, Earlier, EventSummary, NewEvent};
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::changes;
use crate::cli::{EarlierWord, EventAdd, EventCommand, EventSet};
use crate::error::{OrRefused as _, Refused, Usage};
use crate::output::Output;

pub async fn run(command: EventCommand, caller: &Caller, output: Output) -> Result<()> {
    match command {
        EventCommand::Add(new) => add(new, caller, output).await,
        EventCommand::List => list(caller, output).await,
        EventCommand::Show { slug } => show(&slug, caller, output).await,
        EventCommand::Set(options) => set(&options, caller, output).await,
        EventCommand::Open { slug } => change(&slug, EventMove::Open, None, caller, output).await,
        EventCommand::Close { slug } => change(&slug, EventMove::Close, None, caller, output).await,
        EventCommand::Reopen { slug, reason, reconfirm_by, telling } => {
            let event = caller.event(&slug, Action::Decide).await?;
            if event.state == EventState::Cancelled {
                return changes::revive(&event, &reason, reconfirm_by, &telling, caller, output).await;
            }
            change(&slug, EventMove::Reopen, Some(&reason), caller, output).await
        }
        EventCommand::Cancel { slug, reason, telling, yes } => {
            changes::cancel(&slug, &reason, &telling, yes, caller, output).await
        }
        EventCommand::Reconfirm { slug, by, note, telling, yes } => {
            changes::reconfirm(&slug, by, &note, &telling, yes, caller, output).await
        }
        EventCommand::Changes { slug, number: None, .. } => changes::list(&slug, caller, output).await,
        EventCommand::Changes { slug, number: Some(number), send, stop } => {
            changes::one(&slug, number, send, stop, caller, output).await
        }
        EventCommand::Committee { slug, lines } => committee(&slug, &lines, caller, output).await,
    }
}

async fn add(new: EventAdd, caller: &Caller, output: Output) -> Result<()> {
    caller.as_operator()?;
    let mut settings = Vec::new();
    let mut put = |key: &str, value: Option<String>| settings.extend(value.map(|v| (key.to_owned(), v)));
    put("seats", new.seats.map(|n| n.to_string()));
    put("remote_seats", new.remote_seats.map(|n| n.to_string()));
    put("answers_close", new.answers_close.map(|d| d.to_string()));
    let sender = || caller.installation.settings.mail.sender.clone();
    let reply_to = new.reply_to.or_else(|| new.copy_from.is_none().then(sender));
    put("reply_to", reply_to);
    settings.extend(key_values(&new.set)?);
    let old = match &new.copy_from {
        Some(old) => Some(caller.event(old, Action::See).await?),
        None => None,
    };
    let who = new.candidates.map(Earlier::from);
    let new = NewEvent {
        slug: Slug::parse(&new.slug).or_refused()?,
        title: new.title,
        first_day: new.from,
        last_day: new.to,
        place: new.place,
        zone: new.zone.parse().map_err(|_| {
            Refused::new("setting", "zone: write a zone of the tz database, such as Europe/Prague")
        })?,
        settings,
        chair: caller.account().map(|account| account.id),
    };
    let (actor, now) = (caller.actor(), caller.installation.now());
    let event = match old {
        None => caller.store().add_event(&new, &actor, now).await.or_refused()?,
        Some(old) => {
            let copied = caller.store().copy_event(&new, old.id, who, &actor, now).await.or_refused()?;
            if who.is_some() {
                output.note(&format!("note: {} of {} are candidates now.", copied.candidates, old.slug))?;
            }
            copied.event
        }
    };
    if event.is_over(caller.installation.now()) {
        output.note(&format!("note: its last day was {}; look at the year.", event.last_day))?;
    }
    said(&event, caller, output).await
}

async fn list(caller: &Caller, output: Output) -> Result<()> {
    let events = match caller.account() {
        None => caller.store().events().await?,
        Some(account) => caller.store().events_of(account.id).await?,
    };
    let items: Vec<_> = events.iter().map(summary_view).collect();
    let rows: Vec<Vec<String>> = events
        .iter()
        .map(|summary| {
            let event = &summary.event;
            vec![
                event.slug.to_string(),
                event.title.clone(),
                event.first_day.to_string(),
                event.state.as_str().to_owned(),
                format!("{} of {}", summary.accepted, summary.invitees),
            ]
        })
        .collect();
    output.list("events", &items, &["Name", "Title", "From", "State", "Accepted"], &rows)
}

async fn show(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let committee = caller.store().committee_lines(event.id).await?;
    let seats = caller.store().seats(&event).await?;
    if output.json {
        return output.report(json!({ "event": full_view(&event, &committee, &seats) }));
    }
    output.line(&format!("{} ({})", event.slug, event.state.as_str()))?;
    for (key, value) in event.settings() {
        let value = value.replace('\n', "\n                ");
        output.line(format!("  {key:<13} {value}").trim_end())?;
    }
    for line in &committee {
        output.line(&format!("  committee     {}", committee_text(line)))?;
    }
    output.line(&format!("  in person     {}", seats_text(&seats.in_person)))?;
    output.line(&format!("  remote        {}", seats_text(&seats.remote)))
}

async fn set(options: &EventSet, caller: &Caller, output: Output) -> Result<()> {
    let settings = key_values(&options.values)?;
    let before = caller.event(&options.slug, Action::Edit).await?;
    let Some(event) = changes::set(&before, &settings, options, caller, output).await? else {
        return Ok(());
    };
    said(&event, caller, output).await?;
    if !output.json {
        for line in changes(&before, &event) {
            output.line(&line)?;
        }
    }
    if before.policy == SeatPolicy::Hold && event.policy != SeatPolicy::Hold {
        let seats = caller.store().seats(&event).await?;
        let promised = seats.in_person.open + seats.remote.open;
        if promised > 0 {
            let people =
                if promised == 1 { "1 person was".to_owned() } else { format!("{promised} people were") };
            output.note(&format!(
                "warning: {people} promised a held seat until their reply-by day; policy=hold keeps the promise"
            ))?;
        }
    }
    Ok(())
}

/// A line for each setting that became another, or a sentence that none did.
fn changes(before: &Event, after: &Event) -> Vec<String> {
    let shown = |value: &str| match value {
        "" => "(empty)".to_owned(),
        value if value.contains('\n') || value.chars().count() > 60 => {
            format!("{} letters", value.chars().count())
        }
        value => value.to_owned(),
    };
    let lines: Vec<String> = before
        .settings()
        .into_iter()
        .zip(after.settings())
        .filter(|((_, was), (_, is))| was != is)
        .map(|((key, was), (_, is))| format!("  {key}: {} -> {}", shown(&was), shown(&is)))
        .collect();
    if lines.is_empty() { vec!["  Nothing changed.".to_owned()] } else { lines }
}

async fn change(
    slug: &str,
    wanted: EventMove,
    reason: Option<&str>,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    // Opening can be taken back by closing; the other moves are a chair's.
    let right = if wanted == EventMove::Open { Action::Edit } else { Action::Decide };
    let event = caller.event(slug, right).await?;
    let (actor, now) = (caller.actor(), caller.installation.now());
    let event = caller.store().move_event(event.id, wanted, reason, &actor, now).await.or_refused()?;
    said(&event, caller, output).await
}

async fn committee(slug: &str, lines: &[String], caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::Edit).await?;
    let lines: Vec<CommitteeLine> = lines
        .iter()
        .map(|line| {
            let (name, remark) = line.split_once('=').unwrap_or((line, ""));
            CommitteeLine { name: name.trim().to_owned(), remark: remark.trim().to_owned() }
        })
        .collect();
    let (actor, now) = (caller.actor(), caller.installation.now());
    caller.store().set_committee_lines(event.id, &lines, &actor, now).await?;
    said(&event, caller, output).await
}

pub(super) async fn said(event: &Event, caller: &Caller, output: Output) -> Result<()> {
    if output.json {
        let committee = caller.store().committee_lines(event.id).await?;
        let seats = caller.store().seats(event).await?;
        return output.report(json!({ "event": full_view(event, &committee, &seats) }));
    }
    output.line(&format!("{} is {}.", event.slug, event.state.as_str()))?;
    if event.state == EventState::Draft {
        output.note("It is not open yet: `conclave event open` says what is missing.")?;
    }
    Ok(())
}

/// Reads `KEY=VALUE`, where a value of `@FILE` is the text of a file and `@-` standard input.
pub fn key_values(texts: &[String]) -> Result<Vec<(String, String)>> {
    texts
        .iter()
        .map(|text| {
            let Some((key, value)) = text.split_once('=') else {
                bail!(Usage(format!("\"{text}\" is not KEY=VALUE")));
            };
            let value = match value.strip_prefix('@') {
                None => value.to_owned(),
                Some("-") => {
                    let mut input = String::new();
                    std::io::stdin().read_to_string(&mut input).context("standard input")?;
                    input
                }
                Some(path) => std::fs::read_to_string(path).with_context(|| path.to_owned())?,
            };
            Ok((key.trim().to_owned(), value))
        })
        .collect()
}

fn summary_view(summary: &EventSummary) -> Value {
    let event = &summary.event;
    json!({
        "slug": event.slug.as_str(),
        "title": event.title,
        "state": event.state.as_str(),
        "from": event.first_day,
        "to": event.last_day,
        "place": event.place,
        "role": summary.role.map(|role| role.as_str()),
        "invitees": summary.invitees,
        "accepted": summary.accepted,
    })
}

fn full_view(event: &Event, committee: &[CommitteeLine], seats: &EventSeats) -> Value {
    let mut view = Map::new();
    view.insert("slug".to_owned(), json!(event.slug.as_str()));
    view.insert("state".to_owned(), json!(event.state.as_str()));
    view.extend(event.settings().into_iter().map(|(key, value)| (key.to_owned(), json!(value))));
    let lines: Vec<Value> =
        committee.iter().map(|line| json!({ "name": line.name, "remark": line.remark })).collect();
    view.insert("committee".to_owned(), json!(lines));
    view.insert("seats_in_person".to_owned(), seats_view(&seats.in_person));
    view.insert("seats_remote".to_owned(), seats_view(&seats.remote));
    Value::Object(view)
}

fn seats_view(seats: &Seats) -> Value {
    json!({
        "limit": seats.limit,
        "taken": seats.taken(),
        "held": seats.held(),
        "free": seats.free(),
        "waiting": seats.waiting,
    })
}

fn seats_text(seats: &Seats) -> String {
    let limit = seats.limit.map_or_else(|| "no limit".to_owned(), |n| format!("{n} seats"));
    let free = seats.free().map_or_else(String::new, |n| match n {
        over @ ..0 => format!(", {} over", over.unsigned_abs()),
        free => format!(", {free} free"),
    });
    format!("{limit}, {} taken, {} held{free}, {} waiting", seats.taken(), seats.held(), seats.waiting)
}

fn committee_text(line: &CommitteeLine) -> String {
    if line.remark.is_empty() { line.name.clone() } else { format!("{} ({})", line.name, line.remark) }
}

impl From<EarlierWord> for Earlier {
    fn from(word: EarlierWord) -> Self {
        match word {
            EarlierWord::Attendees => Self::Attendees,
            EarlierWord::Invited => Self::Invited,
            EarlierWord::All => Self::All,
        }
    }
}
