//! `/c/people`: the people book across events. Every reader sees what their committees know; an operator
//! also sees addresses of nobody's list. Joining two people is in [`merge`].

mod merge;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use conclave_core::candidate::NextTime;
use conclave_core::clock::Clock;
use conclave_core::deadline;
use conclave_core::ids::PersonId;
use conclave_core::invitation::InvitationState;
use conclave_persistence::{
    AddressChange, BookQuery, BookReader, PastInvitation, Person, PersonAddress, Store, WriteError,
};

use crate::components::{Badge, Pager};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Link, Site};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::{Signed, SignedIn};
use crate::state::AppState;
use crate::views::people;

/// Routes of the book.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/people", get(list))
        .merge(merge::routes())
        .route("/c/people/{person}", get(show))
        .route("/c/people/{person}/address", post(change_address))
}

/// What the signed-in member may see.
fn reader(signed_in: &SignedIn) -> BookReader {
    let account = signed_in.account();
    BookReader::Account { id: account.id, is_operator: account.is_operator }
}

async fn list(
    State(store): State<Store>,
    site: Site,
    signed_in: SignedIn,
    query: Query,
) -> Result<Response, PageError> {
    let asked = BookQuery {
        q: query.text("q").to_owned(),
        look_alikes: query.text("alike") == "yes",
        page: query.text("page").parse().unwrap_or(1),
        page_size: Pager::ROWS as u32,
    };
    let found = store.people(reader(&signed_in), &asked).await?;
    Ok(forms::page(&ListPage {
        frame: signed_in.frame(site, "People"),
        lede: match found.total {
            0 => "Nobody yet.".to_owned(),
            total => format!("{} known to your events.", people(total)),
        },
        tabs: vec![
            Tab {
                href: "/c/people".to_owned(),
                text: "All",
                people: found.total,
                current: !asked.look_alikes,
            },
            Tab {
                href: "/c/people?alike=yes".to_owned(),
                text: "Perhaps twice here",
                people: found.alike,
                current: asked.look_alikes,
            },
        ],
        pager: Pager::of(&query, found.matching),
        rows: found.rows.iter().map(Row::of).collect(),
        alike: asked.look_alikes,
        q: asked.q,
        is_empty: found.total == 0,
    }))
}

async fn show(
    State(store): State<Store>,
    site: Site,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let person = find(&store, &signed_in, &id).await?;
    if person.id.to_string() != id {
        // Joined with somebody: that is where they are.
        return Ok(Redirect::to(&path_of(&person)).into_response());
    }
    Ok(forms::page(&PersonPage::of(site, &signed_in, &person, Form::default())))
}

async fn change_address(
    State(store): State<Store>,
    State(clock): State<Clock>,
    site: Site,
    signed_in: SignedIn,
    Path(id): Path<String>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let person = find(&store, &signed_in, &id).await?;
    refuse_strangers(&person)?;
    let mut form = Form::typed(typed);
    let change = AddressChange::parse(form.value("do")).ok_or(PageError::NotFound)?;
    let address = form.value("address").to_owned();
    let changed = store
        .change_person_address(
            reader(&signed_in),
            person.id,
            change,
            &address,
            &signed_in.actor(),
            clock.now(),
        )
        .await;
    match changed {
        Ok(()) => Ok(done(wants, &path_of(&person), "Saved.")),
        Err(WriteError::Refused(refused)) if change == AddressChange::Add => {
            form.error("address", refused.to_string());
            Ok(forms::invalid(&PersonPage::of(site, &signed_in, &person, form)))
        }
        Err(WriteError::Refused(refused)) => Err(PageError::Refused {
            code: refused.code(),
            sentence: format!("{refused}."),
            back: Some(Link::new(path_of(&person), person.shown_name())),
        }),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

async fn find(store: &Store, signed_in: &SignedIn, id: &str) -> Result<Person, PageError> {
    let id = id.parse().map_err(|_| PageError::NotFound)?;
    store.person(reader(signed_in), PersonId(id)).await?.ok_or(PageError::NotFound)
}

fn refuse_strangers(person: &Person) -> Result<(), PageError> {
    if person.may_change {
        Ok(())
    } else {
        Err(PageError::Forbidden("A member of every committee that knows this person can do that."))
    }
}

fn path_of(person: &Person) -> String {
    format!("/c/people/{}", person.id)
}

#[derive(Template)]
#[template(path = "desk/people/list.html")]
struct ListPage {
    frame: DeskFrame,
    lede: String,
    tabs: Vec<Tab>,
    pager: Pager,
    rows: Vec<Row>,
    alike: bool,
    q: String,
    is_empty: bool,
}

struct Tab {
    href: String,
    text: &'static str,
    people: u64,
    current: bool,
}

struct Row {
    href: String,
    name: String,
    affiliation: String,
    address: String,
    events: usize,
    last: String,
    badge: Option<Badge>,
    alike: Vec<(String, String)>,
    next_time: &'static str,
}

impl Row {
    fn of(person: &Person) -> Self {
        let newest = person.history.first();
        let current = person.addresses.iter().find(|address| address.is_current);
        Self {
            href: path_of(person),
            name: person.shown_name().to_owned(),
            affiliation: person.affiliation.clone(),
            address: current
                .or(person.addresses.first())
                .map(|address| address.address.clone())
                .unwrap_or_default(),
            events: person.history.len(),
            last: newest.map(|past| past.event_name.clone()).unwrap_or_default(),
            badge: newest.map(badge),
            alike: alike(person).into_iter().map(|one| (one.href, one.words)).collect(),
            next_time: next_time_words(person.next_time),
        }
    }
}

/// What somebody was to an event.
fn badge(past: &PastInvitation) -> Badge {
    match past.state {
        InvitationState::Nominated => Badge::person("listed").saying("Candidate"),
        InvitationState::Refused => Badge::person("declined").saying("Turned down"),
        _ => Badge::person(past.badge.as_str()),
    }
}

fn next_time_words(wish: NextTime) -> &'static str {
    match wish {
        NextTime::NothingSaid => "",
        NextTime::Ask => "Asked to be asked again.",
        NextTime::Never => "Asked not to be asked again.",
    }
}

struct Alike {
    href: String,
    words: String,
}

fn alike(person: &Person) -> Vec<Alike> {
    person
        .look_alikes
        .iter()
        .map(|(other, name, why)| Alike {
            href: format!("/c/people/merge?a={}&b={other}", person.id),
            words: format!("{name}: {}", why.words()),
        })
        .collect()
}

#[derive(Template)]
#[template(path = "desk/people/person.html")]
struct PersonPage {
    frame: DeskFrame,
    form: Form,
    name: String,
    lede: String,
    next_time: &'static str,
    addresses: Vec<AddressRow>,
    history: Vec<Past>,
    alike: Vec<Alike>,
    may_change: bool,
    here: String,
    id: String,
}

struct AddressRow {
    address: String,
    state: &'static str,
    is_current: bool,
    is_dead: bool,
}

struct Past {
    event: String,
    href: String,
    when: String,
    name: String,
    badge: Badge,
    answered: String,
}

impl PersonPage {
    fn of(site: Site, signed_in: &SignedIn, person: &Person, form: Form) -> Self {
        let name = person.shown_name().to_owned();
        Self {
            frame: signed_in.frame(site, name.clone()).failed(form.has_errors()),
            lede: person.affiliation.clone(),
            next_time: next_time_words(person.next_time),
            addresses: person.addresses.iter().map(AddressRow::of).collect(),
            history: person.history.iter().map(Past::of).collect(),
            alike: alike(person),
            may_change: person.may_change,
            here: path_of(person),
            id: person.id.to_string(),
            name,
            form,
        }
    }
}

impl AddressRow {
    fn of(address: &PersonAddress) -> Self {
        Self {
            address: address.address.clone(),
            state: match address.state {
                "proven" => "answered through it",
                "failing" => "the last mail came back",
                "dead" => "dead",
                _ => "not proven yet",
            },
            is_current: address.is_current,
            is_dead: address.state == "dead",
        }
    }
}

impl Past {
    fn of(past: &PastInvitation) -> Self {
        let is_candidate = matches!(past.state, InvitationState::Nominated | InvitationState::Refused);
        let part = if is_candidate { "candidates" } else { "invitees" };
        Self {
            event: past.event_name.clone(),
            href: format!("/c/{}/{part}/{}", past.event, past.public_id),
            when: deadline::day_short(past.first_day),
            name: past.name.clone(),
            badge: badge(past),
            answered: past.answered_at.map(|at| deadline::day_short(at.date_naive())).unwrap_or_default(),
        }
    }
}
