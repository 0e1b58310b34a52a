//! Two entries are one person: the page shows both side by side, says what stays, and asks.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use conclave_core::clock::Clock;
use conclave_core::ids::{EventId, PersonId};
use conclave_persistence::{MergeEvent, MergeRefused, MergeSide, MergeView, Person, Store, WriteError};

use super::{badge, next_time_words, path_of, reader, refuse_strangers};
use crate::components::Badge;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::{DeskFrame, Link, Site};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::{Signed, SignedIn};
use crate::state::AppState;

/// `/c/people/merge`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/people/merge", get(show).post(join))
}

async fn show(
    State(store): State<Store>,
    site: Site,
    signed_in: SignedIn,
    query: Query,
) -> Result<Response, PageError> {
    if query.text("b").is_empty() {
        return choose(&store, site, &signed_in, &query).await;
    }
    let view = both(&store, &signed_in, query.text("a"), query.text("b")).await?;
    Ok(forms::page(&MergePage::of(site, &signed_in, &view, Form::default())))
}

/// Whom the first one is to be joined with.
async fn choose(
    store: &Store,
    site: Site,
    signed_in: &SignedIn,
    query: &Query,
) -> Result<Response, PageError> {
    let first = store.person(reader(signed_in), id(query.text("a"))?).await?.ok_or(PageError::NotFound)?;
    let q = query.text("q");
    let mut found = if q.is_empty() { Vec::new() } else { store.people_named(reader(signed_in), q).await? };
    found.retain(|other| other.id != first.id);
    Ok(forms::page(&ChoosePage {
        frame: signed_in.frame(site, "The same as whom?"),
        form: Form::filled([("q", q)]),
        name: first.shown_name().to_owned(),
        id: first.id.to_string(),
        back: path_of(&first),
        found: found
            .iter()
            .take(50)
            .map(|other| Found {
                href: format!("/c/people/merge?a={}&b={}", first.id, other.id),
                name: other.shown_name().to_owned(),
                address: other.addresses.first().map(|one| one.address.clone()).unwrap_or_default(),
            })
            .collect(),
    }))
}

async fn join(
    State(store): State<Store>,
    State(clock): State<Clock>,
    site: Site,
    signed_in: SignedIn,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    // Pressed twice: they are one already.
    let joined = store.person(reader(&signed_in), id(typed.text("b"))?).await?;
    if let Some(one) = joined.filter(|one| one.id.to_string() == typed.text("a")) {
        return Ok(done(wants, &path_of(&one), "They are one already."));
    }
    let view = both(&store, &signed_in, typed.text("a"), typed.text("b")).await?;
    refuse_strangers(&view.survivor)?;
    refuse_strangers(&view.other)?;
    let picks: Vec<(EventId, PersonId)> =
        view.both.iter().filter_map(|event| Some((event.event, pick(event, &view, &typed)?))).collect();
    let mut form = Form::typed(typed);
    for event in view.both.iter().filter(|event| event.disagrees) {
        if !picks.iter().any(|(picked, _)| *picked == event.event) {
            form.error(field(event), format!("Choose which answer to {} counts", event.name));
        }
    }
    if form.has_errors() {
        return Ok(forms::invalid(&MergePage::of(site, &signed_in, &view, form)));
    }
    let (survivor, other) = (view.survivor.id, view.other.id);
    let by = signed_in.actor();
    match store.merge_people(reader(&signed_in), survivor, other, &picks, &by, clock.now()).await {
        Ok(_) => Ok(done(wants, &path_of(&view.survivor), "They are one person now.")),
        Err(WriteError::Refused(refused)) => Err(refusal(&refused, &view.survivor)),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

fn refusal(refused: &MergeRefused, survivor: &Person) -> PageError {
    PageError::Refused {
        code: refused.code(),
        sentence: format!("{refused}."),
        back: Some(Link::new(path_of(survivor), survivor.shown_name())),
    }
}

fn id(typed: &str) -> Result<PersonId, PageError> {
    typed.parse().map(PersonId).map_err(|_| PageError::NotFound)
}

async fn both(store: &Store, signed_in: &SignedIn, a: &str, b: &str) -> Result<MergeView, PageError> {
    let view = store.merge_view(reader(signed_in), id(a)?, id(b)?).await?.ok_or(PageError::NotFound)?;
    if view.survivor.id == view.other.id {
        return Err(refusal(&MergeRefused::SamePerson, &view.survivor));
    }
    Ok(view)
}

fn field(event: &MergeEvent) -> String {
    format!("pick-{}", event.slug)
}

fn pick(event: &MergeEvent, view: &MergeView, typed: &Typed) -> Option<PersonId> {
    match typed.text(&field(event)) {
        "a" => Some(view.survivor.id),
        "b" => Some(view.other.id),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "desk/people/choose.html")]
struct ChoosePage {
    frame: DeskFrame,
    form: Form,
    name: String,
    id: String,
    back: String,
    found: Vec<Found>,
}

struct Found {
    href: String,
    name: String,
    address: String,
}

#[derive(Template)]
#[template(path = "desk/people/merge.html")]
struct MergePage {
    frame: DeskFrame,
    form: Form,
    a: Side,
    b: Side,
    /// Events that had both.
    both: Vec<Both>,
    /// What stays, in sentences.
    kept: Vec<String>,
    may_join: bool,
    swap: String,
}

struct Side {
    id: String,
    name: String,
    affiliation: String,
    addresses: Vec<String>,
    history: Vec<(String, Badge)>,
    next_time: &'static str,
}

impl Side {
    fn of(person: &Person) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.shown_name().to_owned(),
            affiliation: person.affiliation.clone(),
            addresses: person.addresses.iter().map(|address| address.address.clone()).collect(),
            history: person.history.iter().map(|past| (past.event_name.clone(), badge(past))).collect(),
            next_time: next_time_words(person.next_time),
        }
    }
}

struct Both {
    name: String,
    field: String,
    asks: bool,
    choices: Vec<(&'static str, String)>,
    words: String,
}

impl MergePage {
    fn of(site: Site, signed_in: &SignedIn, view: &MergeView, form: Form) -> Self {
        let (a, b) = (Side::of(&view.survivor), Side::of(&view.other));
        let mut kept = vec![format!("The name stays {}.", a.name)];
        if let Some(current) = view.survivor.addresses.iter().find(|address| address.is_current) {
            kept.push(format!("{} stays the present address; all others are kept.", current.address));
        }
        kept.push("Topics, messages, notes, details and the record of both join.".to_owned());
        kept.push("Every link that was mailed to either opens the one that stays.".to_owned());
        kept.push("Where both had a seat, one comes free.".to_owned());
        Self {
            frame: signed_in.frame(site, "Join two people").failed(form.has_errors()),
            swap: format!("/c/people/merge?a={}&b={}", b.id, a.id),
            both: view.both.iter().map(|event| Both::of(event, view)).collect(),
            may_join: view.survivor.may_join && view.other.may_join,
            a,
            b,
            kept,
            form,
        }
    }
}

impl Both {
    fn of(event: &MergeEvent, view: &MergeView) -> Self {
        let said = |side: &MergeSide| match side.answer {
            Some(answer) => Badge::person(answer.as_str()).word().to_owned(),
            None => Badge::person(side.state.as_str()).word().to_owned(),
        };
        let choice = |person: &Person, side: &MergeSide| format!("{}: {}", person.shown_name(), said(side));
        Self {
            name: event.name.clone(),
            field: field(event),
            asks: event.disagrees,
            choices: vec![
                ("a", choice(&view.survivor, &event.survivor)),
                ("b", choice(&view.other, &event.other)),
            ],
            words: match (event.survivor.answer, event.other.answer) {
                (Some(_), Some(_)) => "Both gave the same answer; the newer one counts.".to_owned(),
                (Some(_), None) | (None, Some(_)) => "The answer that was given counts.".to_owned(),
                (None, None) => "Nobody answered; the invitation that has come farther stays.".to_owned(),
            },
        }
    }
}
