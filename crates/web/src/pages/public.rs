//! What anybody sees: `/`, `/{event}` with its twins `.txt .md .json .ics`, `/privacy`.
//!
//! A page that is off, and an event that is not open yet, are a 404 like any other: nothing tells
//! them from an address that never was. No cookie; caches may keep an answer for five minutes.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use conclave_core::candidate::may_ask;
use conclave_core::clock::Clock;
use conclave_core::deadline;
use conclave_core::event::{Event, EventState, PageMode};
use conclave_core::export::PublicPage;
use conclave_core::facts::CalendarFacts;
use conclave_core::page as renderings;
use conclave_persistence::Store;
use http::{HeaderMap, HeaderValue, header};

use crate::error::PageError;
use crate::forms;
use crate::layout::{LetterFrame, SheetFrame, Site};
use crate::negotiate::Wants;
use crate::state::AppState;

/// Routes at the top.
pub fn routes() -> Router<AppState> {
    Router::new().route("/", get(home)).route("/privacy", get(privacy)).route("/{event}", get(event))
}

/// The public page as a file of its own, without links and with its style inside: for
/// `export page --format html`.
#[must_use]
pub fn public_page_html(page: &PublicPage) -> String {
    // Rendering into memory does not fail.
    ExportPage { page }.render().unwrap_or_default()
}

/// How the page is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Twin {
    Html,
    Text,
    Markdown,
    Json,
    Calendar,
}

impl Twin {
    /// By the ending, or by `Accept` where there is none. Other endings name nothing.
    fn of(ending: Option<&str>, headers: &HeaderMap) -> Option<Self> {
        match ending {
            None => Some(Self::accepted(headers)),
            Some("txt") => Some(Self::Text),
            Some("md") => Some(Self::Markdown),
            Some("json") => Some(Self::Json),
            Some("ics") => Some(Self::Calendar),
            Some(_) => None,
        }
    }

    fn accepted(headers: &HeaderMap) -> Self {
        let names = |kind: &str| {
            headers
                .get_all(header::ACCEPT)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .any(|value| value.contains(kind))
        };
        match Wants::of(headers) {
            Wants::Text => Self::Text,
            Wants::Json => Self::Json,
            Wants::Html if names("text/html") => Self::Html,
            Wants::Html if names("text/markdown") => Self::Markdown,
            Wants::Html if names("text/calendar") => Self::Calendar,
            Wants::Html => Self::Html,
        }
    }
}

async fn event(
    State(store): State<Store>,
    State(clock): State<Clock>,
    site: Site,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let (slug, ending) = match name.split_once('.') {
        Some((slug, ending)) => (slug, Some(ending)),
        None => (name.as_str(), None),
    };
    let twin = Twin::of(ending, &headers).ok_or(PageError::NotFound)?;
    let event = store.event(slug).await?.filter(is_public).ok_or(PageError::NotFound)?;
    if twin == Twin::Calendar {
        return Ok(cached(written("text/calendar; charset=utf-8", calendar(&store, &event, &clock))));
    }
    let page = store.public_page(&event, false).await?;
    Ok(cached(match twin {
        Twin::Html => forms::page(&EventPage {
            frame: frame(site, &page),
            page: &page,
            may_ask: may_ask(&event, clock.now()),
        }),
        Twin::Text => written("text/plain; charset=utf-8", renderings::text(&page)),
        Twin::Markdown => written("text/markdown; charset=utf-8", renderings::markdown(&page)),
        Twin::Json | Twin::Calendar => written("application/json", renderings::json(&page)),
    }))
}

/// One entry for everybody, apart from the entries of invitees.
fn calendar(store: &Store, event: &Event, clock: &Clock) -> String {
    let status = if event.state == EventState::Cancelled { "CANCELLED" } else { "CONFIRMED" };
    let site = store.site();
    let uid = format!("{}@{}", event.slug, site.mail_domain);
    let facts =
        CalendarFacts::published(event, uid, event.calendar_changes, status, &site.public_url, clock.now());
    conclave_mail::calendar::write(&facts, None)
}

async fn home(State(store): State<Store>, site: Site) -> Result<Response, PageError> {
    let public: Vec<Event> =
        store.events().await?.into_iter().map(|summary| summary.event).filter(is_public).collect();
    if let [only] = public.as_slice() {
        return Ok(cached(Redirect::temporary(&format!("/{}", only.slug)).into_response()));
    }
    let is_set_up = !store.accounts().await?.is_empty();
    let frame = LetterFrame::new(site.clone(), site.host);
    let events = public.iter().map(EventLine::of).collect();
    Ok(cached(forms::page(&HomePage { frame, events, is_set_up })))
}

async fn privacy(site: Site) -> Response {
    cached(forms::page(&PrivacyPage { frame: LetterFrame::new(site, "What we store") }))
}

fn is_public(event: &Event) -> bool {
    event.page != PageMode::Off && event.state != EventState::Draft
}

fn frame(site: Site, page: &PublicPage) -> SheetFrame {
    SheetFrame {
        site,
        title: page.title.clone(),
        home: format!("/{}", page.slug),
        manual_name: manual_name(page),
        manual_left: if page.short_title.is_empty() { page.title.clone() } else { page.short_title.clone() },
        changed: deadline::date_range_short(page.first_day, page.last_day),
        foot: page.slug.clone(),
    }
}

/// `NETCONF(2019)`: the slug with its year as the section.
fn manual_name(page: &PublicPage) -> String {
    let year = page.first_day.format("%Y").to_string();
    let name = page.slug.strip_suffix(&year).map_or(page.slug.as_str(), |name| name.trim_end_matches('-'));
    format!("{}({year})", name.to_uppercase())
}

fn written(kind: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

fn cached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// Its fields are what `public/body.html` reads too.
#[derive(Template)]
#[template(path = "public/event.html")]
struct EventPage<'a> {
    frame: SheetFrame,
    page: &'a PublicPage,
    /// There is a form to ask to be invited.
    may_ask: bool,
}

#[derive(Template)]
#[template(path = "public/export.html")]
struct ExportPage<'a> {
    page: &'a PublicPage,
}

macro_rules! body {
    ($page:ident) => {
        impl $page<'_> {
            fn cancelled(&self) -> Option<&str> {
                self.page.cancelled.as_deref()
            }

            fn sponsors(&self) -> String {
                self.page.sponsors.join(", ")
            }
        }
    };
}
body!(EventPage);
body!(ExportPage);

#[derive(Template)]
#[template(path = "public/home.html")]
struct HomePage {
    frame: LetterFrame,
    events: Vec<EventLine>,
    /// Somebody can log in.
    is_set_up: bool,
}

struct EventLine {
    slug: String,
    title: String,
    when: String,
    place: String,
    cancelled: bool,
}

impl EventLine {
    fn of(event: &Event) -> Self {
        Self {
            slug: event.slug.to_string(),
            title: event.title.clone(),
            when: deadline::date_range(event.first_day, event.last_day),
            place: event.place.clone(),
            cancelled: event.state == EventState::Cancelled,
        }
    }
}

#[derive(Template)]
#[template(path = "public/privacy.html")]
struct PrivacyPage {
    frame: LetterFrame,
}
