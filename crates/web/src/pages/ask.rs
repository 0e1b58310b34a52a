//! `/{event}/ask`: the public asks to be invited. It makes a nomination, never an invitation (T42), and
//! answers everybody the same: nobody learns from it who is on the list, proposed or turned down.

use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use conclave_core::address::Address;
use conclave_core::candidate::{CandidateRefused, REASON_MAX, may_ask};
use conclave_core::clock::Clock;
use conclave_core::event::Event;
use conclave_core::name::PersonName;
use conclave_core::text::{Line, Text};
use conclave_persistence::{NewNomination, Store, WriteError};

use crate::client_ip::ClientIp;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::{LetterFrame, Site};
use crate::links::Query;
use crate::negotiate::{self, Wants};
use crate::rate_limit::{Attempt, RateLimits};
use crate::state::AppState;

/// What an answer takes at least: the clock on the wall must not tell who is known.
const LEAST_WAIT: Duration = Duration::from_millis(250);
/// The same for everybody.
const SENT: &str =
    "The committee reads it. You hear from them if they can invite you; no answer means that they cannot.";

/// The form and what it answers.
pub fn routes() -> Router<AppState> {
    Router::new().route("/{event}/ask", get(show).post(ask))
}

async fn show(
    State(store): State<Store>,
    State(clock): State<Clock>,
    site: Site,
    Path(slug): Path<String>,
    query: Query,
) -> Result<Response, PageError> {
    let event = open_event(&store, &clock, &slug).await?;
    let is_sent = query.text("sent") == "yes";
    Ok(forms::page(&AskPage::of(site, &event, Form::default(), is_sent)))
}

#[expect(clippy::too_many_arguments, reason = "each is something the request has")]
async fn ask(
    State(store): State<Store>,
    State(clock): State<Clock>,
    State(limits): State<RateLimits>,
    ip: ClientIp,
    site: Site,
    Path(slug): Path<String>,
    wants: Wants,
    typed: Typed,
) -> Result<Response, PageError> {
    let event = open_event(&store, &clock, &slug).await?;
    let mut form = Form::typed(typed);
    let name = form.parse("name", PersonName::parse);
    let email = form.parse("email", Address::parse);
    let affiliation = form.optional("affiliation", Line::<200>::parse);
    let reason = form.values().raw("reason").trim().to_owned();
    if reason.is_empty() {
        form.error("reason", "Say what you would bring, in a sentence or two");
    } else if let Err(problem) = Text::<REASON_MAX>::parse(&reason) {
        form.error("reason", problem.to_string());
    }
    let (Some(name), Some(email), Some(affiliation), false) = (name, email, affiliation, form.has_errors())
    else {
        return Ok(forms::invalid(&AskPage::of(site, &event, form, false)));
    };
    limits.count(Attempt::LostLink, ip)?;
    let new = NewNomination {
        name: Some(name),
        email: Some(email),
        affiliation: affiliation.map(String::from).unwrap_or_default(),
        reason,
        again: false,
        person: None,
    };
    let (asked, ()) =
        tokio::join!(store.ask_to_be_invited(event.id, &new, clock.now()), tokio::time::sleep(LEAST_WAIT));
    match asked {
        Ok(()) => Ok(negotiate::done(wants, &format!("/{}/ask?sent=yes", event.slug), SENT)),
        Err(WriteError::Refused(CandidateRefused::NotOpen)) => Err(PageError::NotFound),
        Err(WriteError::Refused(refused)) => Err(PageError::refused(refused.code(), refused.to_string())),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// The event, while it takes requests; else an address like any other that never was.
async fn open_event(store: &Store, clock: &Clock, slug: &str) -> Result<Event, PageError> {
    let event = store.event(slug).await?.ok_or(PageError::NotFound)?;
    if may_ask(&event, clock.now()) { Ok(event) } else { Err(PageError::NotFound) }
}

#[derive(Template)]
#[template(path = "public/ask.html")]
struct AskPage {
    frame: LetterFrame,
    form: Form,
    short: String,
    slug: String,
    is_sent: bool,
    sentence: &'static str,
}

impl AskPage {
    fn of(site: Site, event: &Event, form: Form, is_sent: bool) -> Self {
        let short = event.short_name().to_owned();
        let frame = LetterFrame::new(site, format!("Ask to be invited to {short}"))
            .event(event.slug.as_str(), &short, &event.reply_to)
            .failed(form.has_errors());
        Self { frame, form, short, slug: event.slug.to_string(), is_sent, sentence: SENT }
    }
}
