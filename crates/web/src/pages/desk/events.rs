//! `/c`: the events in whose committee a member sits; `/c/new`: one more.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::address::Address;
use conclave_core::clock::Clock;
use conclave_core::deadline;
use conclave_core::event::{Event, KeyError, Slug};
use conclave_persistence::{Earlier, EventChangeRefused, EventSummary, NewEvent, Store, WriteError};

use crate::components::Badge;
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Site};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::{Signed, SignedIn};
use crate::state::AppState;

/// Routes above events.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c", get(list)).route("/c/new", get(blank).post(add))
}

async fn list(State(store): State<Store>, site: Site, signed_in: SignedIn) -> Result<Response, PageError> {
    let events = store.events_of(signed_in.account().id).await?;
    Ok(forms::page(&EventsPage {
        frame: signed_in.frame(site, "Events"),
        rows: events.iter().map(Row::of).collect(),
        may_add: signed_in.account().is_operator,
        is_first: events.is_empty() && store.events().await?.is_empty(),
    }))
}

async fn blank(
    State(store): State<Store>,
    site: Site,
    signed_in: SignedIn,
    query: Query,
) -> Result<Response, PageError> {
    signed_in.require_operator()?;
    let first = query.text("first");
    let form = Form::filled([
        ("first", first),
        ("reply_to", &signed_in.account().email),
        ("copy", query.text("copy")),
        ("who", "none"),
    ]);
    Ok(forms::page(&NewPage::new(&store, site, &signed_in, form).await?))
}

async fn add(
    State(store): State<Store>,
    State(clock): State<Clock>,
    site: Site,
    signed_in: SignedIn,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    signed_in.require_operator()?;
    let mut form = Form::typed(typed);
    let is_taken = store.event(form.value("slug")).await?.is_some();
    if is_taken {
        form.error("slug", EventChangeRefused::SlugTaken.to_string());
    }
    let old = copied(&store, &signed_in, &mut form).await?;
    let new = read(&mut form, old.as_ref(), &signed_in, clock.now());
    let refused = match new {
        Some(new) => match add_or_copy(&store, &new, old.as_ref(), &form, &signed_in, clock.now()).await {
            Ok(event) => return Ok(done(wants, &format!("/c/{}", event.slug), "The event is there.")),
            Err(WriteError::Refused(refused)) => Some(refused),
            Err(WriteError::Store(fault)) => return Err(fault.into()),
        },
        None => None,
    };
    match refused {
        Some(EventChangeRefused::SlugTaken) => form.error("slug", EventChangeRefused::SlugTaken.to_string()),
        Some(EventChangeRefused::Key(KeyError::Value { key, problem })) => form.error(key, capital(&problem)),
        Some(other) => return Err(PageError::refused(other.code(), other.to_string())),
        None => {}
    }
    Ok(forms::invalid(&NewPage::new(&store, site, &signed_in, form).await?))
}

/// The event that the new one is a copy of: one in whose committee the member sits.
async fn copied(store: &Store, signed_in: &SignedIn, form: &mut Form) -> Result<Option<Event>, PageError> {
    if form.value("copy").is_empty() {
        return Ok(None);
    }
    let found = store.event_for(signed_in.account().id, form.value("copy")).await?;
    if found.is_none() {
        form.error("copy", "Choose one of your events");
    }
    Ok(found.map(|(event, _)| event))
}

async fn add_or_copy(
    store: &Store,
    new: &NewEvent,
    old: Option<&Event>,
    form: &Form,
    signed_in: &SignedIn,
    now: DateTime<Utc>,
) -> Result<Event, WriteError<EventChangeRefused>> {
    let by = signed_in.actor();
    match old {
        None => store.add_event(new, &by, now).await,
        Some(old) => {
            let who = Earlier::parse(form.value("who"));
            Ok(store.copy_event(new, old.id, who, &by, now).await?.event)
        }
    }
}

/// What was typed, or everything that is to fix about it. A copy is in the zone of the old event until
/// another one is typed.
fn read(form: &mut Form, old: Option<&Event>, signed_in: &SignedIn, now: DateTime<Utc>) -> Option<NewEvent> {
    if form.value("title").is_empty() {
        form.error("title", "Give the event a name");
    }
    let slug = form.parse("slug", Slug::parse);
    let day = |text: &str| text.parse::<NaiveDate>().map_err(|_| "Choose a day, such as 2019-06-20");
    let first_day = form.parse("from", day);
    let last_day = form.parse("to", day);
    let zone = match old.map(|old| old.zone).filter(|_| form.value("zone").is_empty()) {
        Some(zone) => Some(zone),
        None => form.parse("zone", |text| {
            text.parse().map_err(|_| "Write a zone of the tz database, such as Europe/Prague, or UTC")
        }),
    };
    if let (Some(first), Some(last)) = (first_day, last_day) {
        if last < first {
            form.error("to", "Choose the first day or a later one");
        } else if zone.is_some_and(|zone| deadline::has_passed(last, zone, now)) {
            form.error("to", "This day has passed: nobody could be invited any more. Check the year");
        }
    }
    if !form.value("seats").is_empty() && form.value("seats").parse::<u32>().is_err() {
        form.error("seats", "Write a whole number");
    }
    if !form.value("reply_to").is_empty() {
        form.parse("reply_to", Address::parse);
    }
    if form.has_errors() {
        return None;
    }
    let settings = ["seats", "reply_to"].map(|key| (key.to_owned(), form.value(key).to_owned()));
    Some(NewEvent {
        slug: slug?,
        title: form.value("title").to_owned(),
        first_day: first_day?,
        last_day: last_day?,
        place: form.value("place").to_owned(),
        zone: zone?,
        settings: settings.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        chair: Some(signed_in.account().id),
    })
}

/// A problem of core as a sentence.
pub(super) fn capital(problem: &str) -> String {
    let mut letters = problem.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

struct Row {
    href: String,
    name: String,
    when: String,
    badge: Badge,
    invitees: u64,
    accepted: u64,
    seats: String,
    role: &'static str,
}

impl Row {
    fn of(summary: &EventSummary) -> Self {
        let event = &summary.event;
        Self {
            href: format!("/c/{}", event.slug),
            name: event.short_name().to_owned(),
            when: deadline::date_range_short(event.first_day, event.last_day),
            badge: Badge::event(event.state.as_str()),
            invitees: summary.invitees,
            accepted: summary.accepted,
            seats: event.seats.map(|seats| seats.to_string()).unwrap_or_default(),
            role: summary.role.map_or("", conclave_core::committee::Role::as_str),
        }
    }
}

#[derive(Template)]
#[template(path = "desk/events/list.html")]
struct EventsPage {
    frame: DeskFrame,
    rows: Vec<Row>,
    may_add: bool,
    /// There is no event of anybody yet: set-up goes on.
    is_first: bool,
}

#[derive(Template)]
#[template(path = "desk/events/new.html")]
struct NewPage {
    frame: DeskFrame,
    form: Form,
    first: bool,
    /// Events to begin with a copy of; none leaves the question out.
    events: Vec<(String, String)>,
    zone_hint: &'static str,
}

impl NewPage {
    async fn new(store: &Store, site: Site, signed_in: &SignedIn, form: Form) -> Result<Self, PageError> {
        let frame = signed_in.frame(site, "New event").failed(form.has_errors());
        let first = form.value("first") == "yes";
        let own = store.events_of(signed_in.account().id).await?;
        let mut events = Vec::new();
        if !own.is_empty() {
            events.push((String::new(), "Nothing".to_owned()));
            events.extend(
                own.iter().map(|one| (one.event.slug.to_string(), one.event.short_name().to_owned())),
            );
        }
        let zone_hint = match events.as_slice() {
            [] => "Of the place, such as America/New_York.",
            _ => "Of the place, such as America/New_York; empty takes that of the event you begin with.",
        };
        Ok(Self { frame, form, first, events, zone_hint })
    }
}
