//! `invitees import|list|show|set|link`.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use conclave_core::badge::{BADGES, Badge};
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::import::{self, ImportReport, ImportedPerson, TopicState};
use conclave_persistence::{
    ImportPerson, ImportResult, Imported, Invitation, ListQuery, TimelineEntry, TopicsMode,
};
use serde_json::{Value, json};

use super::caller::Caller;
use super::event::key_values;
use super::{counted, instant, optional_instant};
use crate::cli::{InviteesCommand, InviteesImport, TopicsHandling};
use crate::error::{OrRefused as _, Refused, Usage};
use crate::output::Output;
use crate::progress::{Bar, Spinner};

pub async fn run(command: InviteesCommand, caller: &Caller, output: Output) -> Result<()> {
    match command {
        InviteesCommand::Import(options) => import(&options, caller, output).await,
        InviteesCommand::List { slug, state, query, asked_again, details_missing, unreached } => {
            let query = ListQuery {
                q: query.unwrap_or_default(),
                asked_again,
                details_missing,
                unreached,
                ..ListQuery::default()
            };
            list(&slug, &state, query, caller, output).await
        }
        InviteesCommand::Show { slug, who } => show(&slug, &who, caller, output).await,
        InviteesCommand::Set { slug, who, values } => {
            let fields = key_values(&values)?;
            let event = caller.event(&slug, Action::Edit).await?;
            let invitee = caller.invitee(&event, &who).await?;
            if fields.iter().any(|(key, _)| key == "note") && caller.is_own(&event, &invitee).await? {
                let sentence = "What the committee notes about you is for the others";
                return Err(Refused::new("own-case", sentence).into());
            }
            let (actor, now) = (caller.actor(), caller.installation.now());
            let mut changed =
                caller.store().set_invitee(invitee.id, None, &fields, &actor, now).await.or_refused()?;
            caller.hide_own_note(&event, std::slice::from_mut(&mut changed)).await?;
            print_person(&changed, output)
        }
        InviteesCommand::Lapse { slug, who, .. } => lapse(&slug, &who, caller, output).await,
        InviteesCommand::Suggestions { slug, what } => {
            super::suggestions::run(&slug, &what, caller, output).await
        }
        InviteesCommand::Reserve { slug, what } => super::reserve::run(&slug, &what, caller, output).await,
        InviteesCommand::Link { slug, who, rotate } => link(&slug, &who, rotate, caller, output).await,
    }
}

async fn import(options: &InviteesImport, caller: &Caller, output: Output) -> Result<()> {
    let action = if options.dry_run { Action::See } else { Action::Edit };
    let event = caller.event(&options.slug, action).await?;
    let bytes = read_list(&options.file)?;
    let spinner = Spinner::start(output, "Reading the list");
    let mut report = import::read(&bytes).or_refused()?;
    spinner.finish();
    let topics = TopicsMode::from(options.topics);
    let people: Vec<ImportPerson> = report.people.iter().map(import_person).collect();
    let imported = if options.dry_run {
        caller.store().plan_import(event.id, &people, &caller.actor()).await?
    } else {
        let (actor, now) = (caller.actor(), caller.installation.now());
        report.imported = true;
        let bar = Bar::start(output, "Adding people", people.len());
        caller.store().import(event.id, &people, topics, &actor, now, &|done| bar.reach(done)).await?
    };
    if output.json {
        return output.document(&serde_json::to_value(&report)?);
    }
    print_report(&report, &imported, options.dry_run, output)
}

/// The file, or standard input for `-`. Reads no more than shows that it is too long.
fn read_list(file: &Path) -> Result<Vec<u8>> {
    let most = u64::try_from(import::BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes).context("standard input")?;
    } else {
        let file_name = || file.display().to_string();
        let opened = std::fs::File::open(file).with_context(file_name)?;
        opened.take(most).read_to_end(&mut bytes).with_context(file_name)?;
    }
    Ok(bytes)
}

/// A person as the reader found them, as the store takes them.
pub fn import_person(read: &ImportedPerson) -> ImportPerson {
    let topics = read.topics.iter().flatten();
    ImportPerson {
        line: read.line,
        name: read.name.as_ref().map(|n| n.as_str().to_owned()).unwrap_or_default(),
        email: read.email.as_str().to_owned(),
        affiliation: read.affiliation.as_ref().map(|a| a.as_str().to_owned()).unwrap_or_default(),
        family: read.family.clone().unwrap_or_default(),
        first_name: String::new(),
        tags: read.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
        note: read.note.as_str().to_owned(),
        topics: topics.map(|topic| topic.as_str().to_owned()).collect(),
        intent: match read.topic_state {
            Some(TopicState::None) => "none".to_owned(),
            Some(TopicState::Undecided) => "undecided".to_owned(),
            None => String::new(),
        },
    }
}

fn print_report(report: &ImportReport, imported: &Imported, dry_run: bool, output: Output) -> Result<()> {
    for warning in &report.warnings {
        output.note(&format!("line {}: {}", warning.line, warning.message))?;
    }
    for duplicate in &report.duplicates {
        let (line, first) = (duplicate.line, duplicate.first_line);
        output.note(&format!("line {line}: the same address as in line {first}, not read again"))?;
    }
    for possible in &report.possible_duplicates {
        let lines: Vec<String> = possible.lines.iter().map(ToString::to_string).collect();
        output.note(&format!("lines {}: perhaps one person", lines.join(" and ")))?;
    }
    for rejected in &report.rejected {
        output
            .note(&format!("line {}: not read: {} ({})", rejected.line, rejected.message, rejected.text))?;
    }
    for column in &report.columns_not_used {
        output.note(&format!("the column {column} is not used"))?;
    }
    for (line, result) in &imported.results {
        let why = match result {
            ImportResult::New | ImportResult::SamePerson => continue,
            ImportResult::DeclinedBefore => "on the list already, and declined",
            ImportResult::Candidate => {
                "a candidate, not on the list: `conclave candidates accept` puts them there"
            }
            ImportResult::TurnedDown => {
                "a candidate who was turned down: `conclave candidates add --again` proposes them once more"
            }
            ImportResult::OwnCase => "about yourself: others decide it",
        };
        output.note(&format!("line {line}: {why}"))?;
    }
    let count =
        |of: &[ImportResult]| imported.results.iter().filter(|(_, result)| of.contains(result)).count();
    let new = count(&[ImportResult::New]);
    let known = count(&[ImportResult::SamePerson, ImportResult::DeclinedBefore]);
    let left_out = imported.results.len() - new - known;
    let verb = if dry_run { "would be added" } else { "added" };
    let mut text = format!("{} {verb}, {known} on the list already", people(new));
    if left_out > 0 {
        text.push_str(&format!(", {} left out", counted(left_out, "candidate")));
    }
    if !report.rejected.is_empty() {
        text.push_str(&format!(", {} not read", counted(report.rejected.len(), "line")));
    }
    text.push_str(&format!("; {}", counted(usize::try_from(imported.topics_added)?, "topic")));
    if imported.no_topic > 0 {
        text.push_str(&format!(", {} without a topic", imported.no_topic));
    }
    output.line(&format!("{text}."))?;
    if dry_run {
        // One result for each person, in the order of the list.
        for (person, (_, result)) in report.people.iter().zip(&imported.results) {
            if *result == ImportResult::New {
                let name = person.name.as_ref().map_or("", |name| name.as_str());
                output
                    .line(format!("  {name} <{}>", person.email.as_str()).replace("   <", "  <").as_str())?;
            }
        }
    }
    Ok(())
}

fn people(n: usize) -> String {
    if n == 1 { "1 person".to_owned() } else { format!("{n} people") }
}

async fn list(
    slug: &str,
    states: &[String],
    query: ListQuery,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let states = states.iter().map(|word| badge(word)).collect::<Result<Vec<_>>>()?;
    let event = caller.event(slug, Action::See).await?;
    let query = ListQuery { states, ..query };
    let mut page = caller.store().list(event.id, &query).await?;
    caller.hide_own_note(&event, &mut page.rows).await?;
    let rows: Vec<Vec<String>> = page
        .rows
        .iter()
        .map(|i| {
            vec![i.shown_name().to_owned(), i.email.clone(), i.badge.as_str().to_owned(), answered_text(i)]
        })
        .collect();
    let items: Vec<_> = page.rows.iter().map(view).collect();
    output.list("invitees", &items, &["Name", "Address", "State", "Answered"], &rows)
}

fn badge(word: &str) -> Result<Badge> {
    Ok(Badge::parse(word).ok_or_else(|| {
        let known: Vec<&str> = BADGES.iter().map(|b| b.as_str()).collect();
        Usage(format!("There is no state called {word}; use {}", known.join(", ")))
    })?)
}

async fn show(slug: &str, who: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let found = caller.invitee(&event, who).await?;
    let page = caller.store().person_page(event.id, &found.public_id).await?;
    let mut page = page.ok_or_else(|| Refused::new("no-such-invitee", "There is no such person"))?;
    caller.hide_own_note(&event, std::slice::from_mut(&mut page.invitation)).await?;
    if caller.is_own(&event, &page.invitation).await? {
        page.timeline.retain(|entry| !matches!(entry, TimelineEntry::Log(line) if line.is_of_a_case()));
    }
    let history: Vec<(String, String)> = page.timeline.iter().map(history_line).collect();
    if output.json {
        let mut person = view(&page.invitation);
        if let Value::Object(members) = &mut person {
            let topics = page.topics.iter().map(super::topics::view).collect::<Vec<_>>();
            let history =
                history.iter().map(|(at, what)| json!({ "at": at, "what": what })).collect::<Vec<_>>();
            members.insert("topics".to_owned(), json!(topics));
            members.insert("history".to_owned(), json!(history));
        }
        return output.report(json!({ "invitee": person }));
    }
    print_person(&page.invitation, output)?;
    for topic in &page.topics {
        output.line(&format!("  topic {:<7} {} ({})", topic.number, topic.title, topic.state.as_str()))?;
    }
    if !page.delivery_words.is_empty() {
        output.line(&format!("  mail server   {}", page.delivery_words))?;
    }
    for (at, what) in &history {
        output.line(&format!("  {at}  {what}"))?;
    }
    Ok(())
}

fn print_person(invitation: &Invitation, output: Output) -> Result<()> {
    if output.json {
        return output.report(json!({ "invitee": view(invitation) }));
    }
    output.line(&format!("{} ({})", invitation.shown_name(), invitation.badge.as_str()))?;
    let facts = [
        ("id", invitation.public_id.clone()),
        ("email", invitation.email.clone()),
        ("sort_key", invitation.sort_key.clone()),
        ("affiliation", invitation.affiliation.clone()),
        ("tags", invitation.tags.join(", ")),
        ("note", invitation.note.clone()),
        ("wave", invitation.wave_number.map(|n| n.to_string()).unwrap_or_default()),
        ("reply by", invitation.reply_by.map(|d| d.to_string()).unwrap_or_default()),
        ("answered", answered_text(invitation)),
        ("listed", if invitation.is_listed { "yes" } else { "no" }.to_owned()),
        ("their note", invitation.invitee_note.clone()),
    ];
    for (key, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        output.line(&format!("  {key:<13} {value}"))?;
    }
    Ok(())
}

fn history_line(entry: &TimelineEntry) -> (String, String) {
    match entry {
        TimelineEntry::Log(line) => {
            let change = match (line.before.as_str(), line.after.as_str()) {
                ("", "") => String::new(),
                ("", after) => format!(": {after}"),
                (before, after) => format!(": {before} -> {after}"),
            };
            (instant(line.at), format!("{} {}{change}", line.actor, line.action))
        }
        TimelineEntry::Message(message) => (
            instant(message.created_at),
            format!("mail {}: {}", message.purpose.as_str(), message.state.as_str()),
        ),
    }
}

async fn link(slug: &str, who: &str, rotate: bool, caller: &Caller, output: Output) -> Result<()> {
    let action = if rotate { Action::Edit } else { Action::ExportAll };
    let event = caller.event(slug, action).await?;
    let invitee = caller.invitee(&event, who).await?;
    let (actor, now) = (caller.actor(), caller.installation.now());
    let token = if rotate {
        let reason = "at the command line";
        caller.store().rotate_link(invitee.id, reason, false, &actor, now).await.or_refused()?
    } else {
        caller.store().reveal_link(invitee.id, &actor, now).await.or_refused()?
    };
    let url = caller.installation.url(&format!("/i/{}", token.expose()));
    if output.json { output.report(json!({ "link": url })) } else { output.line(&url) }
}

/// Lets these lapse, or everybody whose day has passed.
async fn lapse(slug: &str, who: &[String], caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::Edit).await?;
    let (actor, now) = (caller.actor(), caller.installation.now());
    let mut people = Vec::new();
    if who.is_empty() {
        let overdue_on = Some(deadline::today(now, event.zone));
        people = caller.store().list(event.id, &ListQuery { overdue_on, ..ListQuery::default() }).await?.rows;
    }
    for who in who {
        people.push(caller.invitee(&event, who).await?);
    }
    let mut lapsed = Vec::new();
    for person in &people {
        if caller.store().lapse(person.id, &actor, now).await? {
            lapsed.push(person.public_id.clone());
        } else if !who.is_empty() {
            output.note(&format!("{}: answered, or their day has not passed", person.shown_name()))?;
        }
    }
    if output.json {
        return output.report(json!({ "lapsed": lapsed }));
    }
    output.line(&format!("{} lapsed.", counted(lapsed.len(), "invitation")))
}

fn answered_text(invitation: &Invitation) -> String {
    invitation.answered_at.map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default()
}

pub(super) fn view(i: &Invitation) -> Value {
    json!({
        "id": i.public_id,
        "position": i.position,
        "name": i.name,
        "sort_key": i.sort_key,
        "email": i.email,
        "affiliation": i.affiliation,
        "tags": i.tags,
        "note": i.note,
        "state": i.badge.as_str(),
        "mode": i.answer_mode.unwrap_or(i.mode).as_str(),
        "answer": i.answer.map(|a| a.as_str()),
        "answered_at": optional_instant(i.answered_at),
        "late": i.is_late,
        "until": i.held_until,
        "place_in_line": i.place_in_line,
        "reserve_rank": i.reserve_rank,
        "wave": i.wave_number,
        "reply_by": i.reply_by,
        "invited_at": optional_instant(i.invited_at),
        "reminded_at": optional_instant(i.reminded_at),
        "delivery": i.delivery.map(|d| d.as_str()),
        "listed": i.is_listed,
        "muted": i.is_muted,
        "topic_intent": i.intent.as_str(),
        "topic_count": i.topic_count,
        "arrival": i.arrival,
        "departure": i.departure,
        "invitee_note": i.invitee_note,
    })
}

impl From<TopicsHandling> for TopicsMode {
    fn from(word: TopicsHandling) -> Self {
        match word {
            TopicsHandling::Propose => Self::Propose,
            TopicsHandling::Note => Self::Note,
            TopicsHandling::Ignore => Self::Ignore,
        }
    }
}
