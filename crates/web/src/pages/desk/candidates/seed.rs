//! Candidates out of evidence: a shortlog, a MAINTAINERS file, a mail archive, an earlier event. The
//! first form reads, the second shows whom it found, in order, and asks.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use conclave_core::address::Address;
use conclave_core::candidate::{CandidateRefused, NominatedVia};
use conclave_core::import::evidence::{self, Source};
use conclave_core::name::PersonName;
use conclave_persistence::{Earlier, NewNomination, Nominated, Store, WriteError};

use crate::access::{Desk, Edit};
use crate::error::PageError;
use crate::forms::{self, Form, Upload};
use crate::layout::{DeskFrame, Link, Section};
use crate::negotiate::{Wants, done};
use crate::session::SignedUpload;
use crate::state::AppState;
use crate::views::people;

/// `/c/{event}/candidates/seed`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/candidates/seed", get(show).post(seed))
}

/// Most people that one page proposes; the command line takes more.
const MOST: usize = 500;
const TOP: &str = "50";

async fn show(State(store): State<Store>, desk: Desk<Edit>) -> Result<Response, PageError> {
    let form = Form::filled([("source", "shortlog"), ("top", TOP), ("min", "1"), ("who", "attendees")]);
    Ok(forms::page(&SeedPage::of(&store, &desk, form).await?))
}

async fn seed(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    SignedUpload(upload): SignedUpload,
) -> Result<Response, PageError> {
    if upload.typed.has("confirmed") {
        return propose(&store, &desk, wants, &upload).await;
    }
    let (file, mut form) = (upload.file, Form::typed(upload.typed));
    let top = form.parse("top", |text| {
        text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or("write a number from 1 to 500")
    });
    let min = form.parse("min", |text| text.parse().map_err(|_| "write a whole number"));
    let (Some(top), Some(min)) = (top, min) else {
        return Ok(forms::invalid(&SeedPage::of(&store, &desk, form).await?));
    };
    let (found, via, not_read) = if form.value("do") == "event" {
        (earlier(&store, &desk, &mut form, top).await?, NominatedVia::Event, Vec::new())
    } else {
        let Some(source) = Source::parse(form.value("source")) else {
            form.error("source", "Choose what it is");
            return Ok(forms::invalid(&SeedPage::of(&store, &desk, form).await?));
        };
        let pasted = form.values().raw("text").as_bytes().to_vec();
        let bytes = file.map_or(pasted, |file| file.content.to_vec());
        let evidence = evidence::read(source, &bytes);
        let not_read = evidence.examples.clone();
        if evidence.people.is_empty() {
            form.error("text", nothing(source, bytes.is_empty()));
        }
        (
            evidence.chosen(Some(top), min).into_iter().map(nomination).collect(),
            NominatedVia::Evidence,
            not_read,
        )
    };
    if !form.has_errors() && found.is_empty() {
        form.error("min", "Nobody has that much; take a smaller number");
    }
    if form.has_errors() {
        return Ok(forms::invalid(&SeedPage::of(&store, &desk, form).await?));
    }
    let planned = store.plan_nominations(desk.event.id, &found, via, &desk.actor(), desk.now).await;
    let planned = planned.map_err(|error| failed(error, &desk))?;
    let frame = desk.frame("Propose these people?", Section::Invitees).await?;
    let new = planned.iter().filter(|one| is_taken(one)).count() as u64;
    Ok(forms::page(&CheckPage {
        rows: found.iter().zip(&planned).map(|(one, result)| Row::of(one, result)).collect(),
        via: via.as_str(),
        lede: format!("{} found. Nobody is written to.", people(found.len() as u64)),
        new,
        not_read,
        here: desk.path("/candidates/seed"),
        list: desk.path("/candidates"),
        frame,
    }))
}

/// The second step: proposes whom the first one showed.
async fn propose(
    store: &Store,
    desk: &Desk<Edit>,
    wants: Wants,
    upload: &Upload,
) -> Result<Response, PageError> {
    let via = match NominatedVia::parse(upload.typed.text("via")) {
        Some(NominatedVia::Event) => NominatedVia::Event,
        _ => NominatedVia::Evidence,
    };
    let found: Vec<NewNomination> = upload.typed.all("people").filter_map(unpacked).take(MOST).collect();
    if found.is_empty() {
        return Err(PageError::Refused {
            code: "nobody",
            sentence: "Nobody was ticked, so nobody is proposed.".to_owned(),
            back: Some(Link::new(desk.path("/candidates/seed"), "Candidates from evidence")),
        });
    }
    let proposed = store.nominate_many(desk.event.id, &found, via, &desk.actor(), desk.now).await;
    let proposed = proposed.map_err(|error| failed(error, desk))?;
    let new = proposed.iter().filter(|one| matches!(one, Nominated::New(_))).count();
    let next = desk.path(&format!("/candidates?done=proposed&n={new}"));
    Ok(done(wants, &next, &format!("{} proposed.", people(new as u64))))
}

async fn earlier(
    store: &Store,
    desk: &Desk<Edit>,
    form: &mut Form,
    top: usize,
) -> Result<Vec<NewNomination>, PageError> {
    let account = desk.signed_in.account().id;
    let old = match form.value("event") {
        "" => None,
        slug => store.event_for(account, slug).await?.map(|(event, _)| event),
    };
    let (Some(old), Some(who)) = (old, Earlier::parse(form.value("who"))) else {
        form.error("event", "Choose the event and whom of it");
        return Ok(Vec::new());
    };
    let mut found = store.people_of_earlier(&old, who).await?;
    if found.is_empty() {
        form.error("event", "Nobody of that event fits");
    }
    found.truncate(top);
    Ok(found)
}

fn failed(error: WriteError<CandidateRefused>, desk: &Desk<Edit>) -> PageError {
    match error {
        WriteError::Refused(refused) => super::refusal(&refused, desk.path("/candidates/seed")),
        WriteError::Store(fault) => fault.into(),
    }
}

fn nothing(source: Source, is_empty: bool) -> &'static str {
    match (is_empty, source) {
        (true, _) => "Paste it, or choose a file",
        (false, Source::Shortlog) => {
            "No address was found: run git shortlog -sne, whose lines end in <address>"
        }
        (false, Source::Maintainers) => "No M: or R: line with an address was found",
        (false, Source::Mbox) => "No message was found: an archive begins each with a From line",
    }
}

fn nomination(found: evidence::Found) -> NewNomination {
    NewNomination {
        name: found.name,
        email: Some(found.email),
        reason: found.reason,
        ..NewNomination::default()
    }
}

/// One person on one line, for the form that asks: address, id, name, affiliation, reason.
fn packed(one: &NewNomination) -> String {
    let text = |text: &str| text.replace(['\t', '\n', '\r'], " ");
    [
        one.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
        one.person.map(|person| person.to_string()).unwrap_or_default(),
        one.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
        text(&one.affiliation),
        text(&one.reason),
    ]
    .join("\t")
}

fn unpacked(line: &str) -> Option<NewNomination> {
    let mut cells = line.split('\t');
    let email = Address::parse(cells.next()?).ok();
    let person = cells.next()?.parse().ok().map(conclave_core::ids::PersonId);
    let name = PersonName::parse(cells.next()?).ok();
    let (affiliation, reason) = (cells.next()?.to_owned(), cells.next()?.to_owned());
    (email.is_some() || name.is_some()).then_some(NewNomination {
        name,
        email,
        affiliation,
        reason,
        again: false,
        person,
    })
}

/// Something is written for them.
fn is_taken(result: &Nominated) -> bool {
    matches!(result, Nominated::New(_) | Nominated::Seconded(_))
}

#[derive(Template)]
#[template(path = "desk/candidates/seed.html")]
struct SeedPage {
    frame: DeskFrame,
    form: Form,
    /// Other events of the member, by short name.
    events: Vec<(String, String)>,
    here: String,
    list: String,
}

impl SeedPage {
    async fn of(store: &Store, desk: &Desk<Edit>, form: Form) -> Result<Self, PageError> {
        let mut events = store.events_of(desk.signed_in.account().id).await?;
        events.retain(|summary| summary.event.id != desk.event.id);
        let frame = desk.frame("Candidates from evidence", Section::Invitees).await?;
        Ok(Self {
            frame: frame.failed(form.has_errors()),
            form,
            events: events
                .iter()
                .map(|summary| (summary.event.slug.to_string(), summary.event.short_name().to_owned()))
                .collect(),
            here: desk.path("/candidates/seed"),
            list: desk.path("/candidates"),
        })
    }
}

#[derive(Template)]
#[template(path = "desk/candidates/seed_check.html")]
struct CheckPage {
    frame: DeskFrame,
    lede: String,
    rows: Vec<Row>,
    via: &'static str,
    new: u64,
    not_read: Vec<String>,
    here: String,
    list: String,
}

struct Row {
    name: String,
    email: String,
    reason: String,
    result: String,
    /// The person on one line, where something would be written for them.
    packed: Option<String>,
}

impl Row {
    fn of(one: &NewNomination, result: &Nominated) -> Self {
        Self {
            name: one.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
            email: one.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
            reason: one.reason.clone(),
            packed: is_taken(result).then(|| packed(one)),
            result: match result {
                Nominated::New(_) => "New".to_owned(),
                Nominated::Seconded(_) => "A candidate already; the reason is added".to_owned(),
                Nominated::Again(_) => "Proposed once more".to_owned(),
                Nominated::Unchanged(_) => "A candidate already".to_owned(),
                Nominated::LeftOut(refused) => format!("Left out: {refused}"),
            },
        }
    }
}
