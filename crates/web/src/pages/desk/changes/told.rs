//! What people were told: every change, and for each who was reached, the unreached first (T21).

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use chrono::TimeDelta;
use conclave_core::change::{Change, ChangeKind, Difference, gist};
use conclave_core::committee::Action;
use conclave_core::event::EventState;
use conclave_core::message::{MessageState, Reach};
use conclave_persistence::{Mailing, Store, Told, WriteError};

use crate::access::{Desk, Right, See, SendMail};
use crate::components::{Badge, Bar, BarPart};
use crate::error::PageError;
use crate::forms;
use crate::layout::{DeskFrame, Link, Section};
use crate::negotiate::{Wants, done};
use crate::pages::desk::events::capital;
use crate::pages::desk::message::at_words;
use crate::session::Signed;
use crate::state::AppState;
use crate::views::people;

/// Routes of what was told.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/changes", get(list))
        .route("/c/{event}/changes/{number}", get(show))
        .route("/c/{event}/changes/{number}/stop", post(stop))
        .route("/c/{event}/changes/{number}/send", post(send))
}

async fn list(desk: Desk<See>) -> Result<Response, PageError> {
    let event = &desk.event;
    let rows = event
        .changes
        .iter()
        .rev()
        .map(|change| Row {
            href: desk.path(&format!("/changes/{}", change.number)),
            title: title(change),
            at: at_words(change.at, event),
            by: change.by.clone(),
            note: change.note.clone(),
        })
        .collect();
    let may_ask = desk.may(Action::Send)
        && matches!(event.state, EventState::Open | EventState::Closed)
        && !event.has_begun(desk.now);
    Ok(forms::page(&ListPage {
        frame: desk.frame("What people were told", Section::Settings).await?,
        back: desk.path("/settings"),
        ask: may_ask.then(|| desk.path("/reconfirm")),
        rows,
    }))
}

async fn show(
    State(store): State<Store>,
    desk: Desk<See>,
    Path((_, number)): Path<(String, u32)>,
) -> Result<Response, PageError> {
    let event = &desk.event;
    let found = store.announcement(event, number).await?.ok_or(PageError::NotFound)?;
    let of = |reach| found.count(reach) as u64;
    let (unreached, moving, reached) = (of(Reach::Unreached), of(Reach::OnItsWay), of(Reach::HandedOver));
    let all = found.people.len() as u64;
    let is_newest = event.changes.last().is_some_and(|newest| newest.number == number);
    let open = found.people.iter().filter(|told| told.must_reconfirm).count() as u64;
    let seated =
        found.people.iter().filter(|told| told.answer.is_some_and(|a| a.keeps_seat())).count() as u64;
    let stops = |state: MessageState| {
        matches!(
            state,
            MessageState::Prepared | MessageState::Held | MessageState::Queued | MessageState::Waiting
        )
    };
    let can_stop = found.people.iter().filter(|told| told.state.is_some_and(stops)).count() as u64;
    let can_send = found
        .people
        .iter()
        .filter(|told| !told.email.is_empty() && matches!(told.state, None | Some(MessageState::Stopped)))
        .count() as u64;
    let may_send = desk.may(Action::Send);
    Ok(forms::page(&ToldPage {
        frame: desk.frame(title(&found.change), Section::Settings).await?,
        heading: title(&found.change),
        lede: format!("{}, by {}.", at_words(found.change.at, event), found.change.by),
        note: found.change.note.clone(),
        lines: found.change.lines.clone(),
        again: (found.change.kind.asks_again() && is_newest && seated > 0).then(|| {
            let by = event.reconfirm_by.map(|day| format!(" until {}", event.deadline_words(day)));
            let left = match open {
                0 => "Everybody with a seat has said again that they come.".to_owned(),
                1 => format!("1 person is still to say it again{}.", by.unwrap_or_default()),
                open => format!("{open} people are still to say it again{}.", by.unwrap_or_default()),
            };
            (left, desk.path("/invitees?check=reconfirm"))
        }),
        bar: Bar::new(
            all,
            &[(BarPart::Accepted, reached), (BarPart::Waiting, moving), (BarPart::Broken, unreached)],
        ),
        sentence: format!("{reached} of {all} handed over, {moving} on its way, {unreached} not reached."),
        stop: (may_send && can_stop > 0).then(|| people(can_stop)),
        send: (may_send && is_newest && can_send > 0 && !event.is_over(desk.now)).then(|| people(can_send)),
        rows: found.people.iter().map(|told| Line::of(told, &desk)).collect(),
        here: desk.path(&format!("/changes/{number}")),
        back: desk.path("/changes"),
        is_moving: moving > 0,
    }))
}

async fn stop(
    State(store): State<Store>,
    desk: Desk<SendMail>,
    Path((_, number)): Path<(String, u32)>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    desk.event.change(number).ok_or(PageError::NotFound)?;
    let stopped = store.stop_change(desk.event.id, number, &desk.actor(), desk.now).await?;
    let sentence = format!("{} not written to; the change itself stands.", people(stopped));
    Ok(done(wants, &desk.path(&format!("/changes/{number}")), &sentence))
}

async fn send(
    State(store): State<Store>,
    desk: Desk<SendMail>,
    Path((_, number)): Path<(String, u32)>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    desk.event.change(number).ok_or(PageError::NotFound)?;
    let here = desk.path(&format!("/changes/{number}"));
    let hold = TimeDelta::minutes(i64::from(desk.event.hold_minutes));
    let mailing = Mailing { mail: true, with_declined: false, hold };
    match store.mail_change(desk.event.id, number, &mailing, &desk.actor(), desk.now).await {
        Ok(mails) => Ok(done(wants, &here, &format!("{} written to.", people(mails)))),
        Err(WriteError::Refused(refused)) => Err(PageError::Refused {
            code: refused.code(),
            sentence: format!("{refused}."),
            back: Some(Link::new(here, "Back to the change")),
        }),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// What a change is called in lists.
fn title(change: &Change) -> String {
    let gist = gist(&change.lines);
    match change.kind {
        ChangeKind::Moved => format!("Moved: {gist}"),
        ChangeKind::Small => capital(&gist),
        ChangeKind::Cancelled => "Cancelled".to_owned(),
        ChangeKind::Revived => "Takes place after all".to_owned(),
        ChangeKind::Reconfirm => "Everybody asked again".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "desk/changes/list.html")]
struct ListPage {
    frame: DeskFrame,
    rows: Vec<Row>,
    ask: Option<String>,
    back: String,
}

struct Row {
    href: String,
    title: String,
    at: String,
    by: String,
    note: String,
}

#[derive(Template)]
#[template(path = "desk/changes/told.html")]
struct ToldPage {
    frame: DeskFrame,
    heading: String,
    lede: String,
    note: String,
    lines: Vec<Difference>,
    /// How far the round is, and the list of those who are to say it again.
    again: Option<(String, String)>,
    bar: Bar,
    sentence: String,
    stop: Option<String>,
    send: Option<String>,
    rows: Vec<Line>,
    here: String,
    back: String,
    is_moving: bool,
}

struct Line {
    href: String,
    name: String,
    email: String,
    answer: Badge,
    again: &'static str,
    fate: Badge,
    words: String,
}

impl Line {
    fn of<R: Right>(told: &Told, desk: &Desk<R>) -> Self {
        Self {
            href: desk.path(&format!("/invitees/{}", told.public_id)),
            name: told.name.clone(),
            email: told.email.clone(),
            answer: Badge::person(told.answer.map_or("invited", |answer| answer.as_str())),
            again: if told.must_reconfirm { "to be said again" } else { "" },
            fate: match told.state {
                Some(state) => Badge::message(state.as_str()),
                None => Badge::message("listed").saying("Not written to"),
            },
            words: match told.at {
                Some(at) if told.words.is_empty() => at_words(at, &desk.event),
                _ => told.words.clone(),
            },
        }
    }
}
