//! On its way: when it leaves, how far it got, what the mail server said, and the way back.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::message::MessageState;
use conclave_persistence::{OutboxQuery, Store, Wave, WaveRefused, WaveState, WriteError};

use super::reminders::{PlannedLine, planned_of};
use super::{find, path_of};
use crate::access::{Desk, Right, See, SendMail};
use crate::components::{Badge, Bar, BarPart, Pager};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Link, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::pages::desk::mail::{has_left, wave_name, wave_subject};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::counted;

/// Routes of a confirmed wave.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/mail/{wave}/status", get(show))
        .route("/c/{event}/mail/{wave}/stop", post(stop))
        .route("/c/{event}/mail/{wave}/move", post(reschedule))
}

async fn show(
    State(store): State<Store>,
    desk: Desk<See>,
    Path((_, label)): Path<(String, String)>,
    query: Query,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    if wave.is_draft() {
        return Ok(Redirect::to(&path_of(&desk, &wave, "")).into_response());
    }
    let form = Form::default();
    Ok(forms::page(&StatusPage::of(&store, &desk, &wave, &query, form).await?))
}

impl StatusPage {
    async fn of<R: Right>(
        store: &Store,
        desk: &Desk<R>,
        wave: &Wave,
        query: &Query,
        form: Form,
    ) -> Result<Self, PageError> {
        let event = &desk.event;
        let asked = OutboxQuery {
            event: Some(event.id),
            wave: Some(wave.id),
            page: query.text("page").parse().unwrap_or(1),
            page_size: Pager::ROWS as u32,
            ..OutboxQuery::default()
        };
        let messages = store.messages(&asked).await?;
        let counts = Counts::of(wave);
        let heading = heading(wave, event, desk.now);
        let may_send = desk.may(Action::Send);
        let is_held = counts.gone == 0 && wave.state == WaveState::Held;
        let is_moving = matches!(wave.state, WaveState::Held | WaveState::Sending);
        let mut rows: Vec<Row> = messages
            .rows
            .iter()
            .map(|row| Row {
                href: desk.path(&format!("/mail/messages/{}", row.id)),
                name: if row.to_name.is_empty() { row.to_address.clone() } else { row.to_name.clone() },
                address: row.to_address.clone(),
                badge: Badge::message(row.state.as_str()),
                said: if row.drop_reason.is_empty() {
                    row.last_words.clone()
                } else {
                    row.drop_reason.clone()
                },
            })
            .collect();
        // The outbox lists the newest first; here the order of sending is the order of reading.
        rows.reverse();
        let has_errors = form.has_errors();
        let form = match wave.hold_until.filter(|_| !has_errors) {
            Some(until) => filled_with(until, event),
            None => form,
        };
        Ok(StatusPage {
            frame: desk.frame(heading.clone(), Section::Mail).await?.failed(has_errors),
            heading,
            lede: lede(wave, rest_leaves(store, wave, event, desk.now).await?, desk.now),
            subject: wave_subject(wave).to_owned(),
            approved_by: wave.approved_by.clone(),
            may_move: may_send && is_held,
            form,
            zone: event.zone_name(),
            reminders: if wave.kind.is_reminder() {
                Vec::new()
            } else {
                planned_of(store, desk, wave).await?
            },
            may_plan: may_send && !wave.kind.is_reminder(),
            is_moving,
            stop: (may_send && is_moving && counts.can_be_stopped > 0).then(|| Stop {
                question: if is_held { "Second thoughts?" } else { "Something wrong?" },
                sentence: if is_held {
                    "Nothing has left yet.".to_owned()
                } else {
                    format!("{} of {} left already and cannot be called back.", counts.gone, counts.all)
                },
                button: if is_held { "Stop and go back to the draft" } else { "Stop the rest" },
            }),
            bar: Bar::new(
                counts.all,
                &[
                    (BarPart::Accepted, counts.handed_over),
                    (BarPart::Waiting, counts.unsettled),
                    (BarPart::Broken, counts.refused),
                    (BarPart::Other, counts.not_sent),
                ],
            ),
            sentence: sentence(&counts),
            pager: Pager::of(query, messages.total),
            rows,
            back: desk.path("/mail"),
            here: path_of(desk, wave, ""),
        })
    }
}

/// The instant it leaves, in the fields of the form that moves it.
pub(super) fn filled_with(until: DateTime<Utc>, event: &Event) -> Form {
    let local = until.with_timezone(&event.zone);
    Form::filled([
        ("at_day", local.format("%Y-%m-%d").to_string()),
        ("at_time", local.format("%H:%M").to_string()),
    ])
}

/// The instant typed as day and time of the event's zone. Notes what is wrong.
pub(super) fn typed_instant(form: &mut Form, event: &Event) -> Option<DateTime<Utc>> {
    let day = form
        .parse("at_day", |text| text.parse::<NaiveDate>().map_err(|_| "Choose the day on which it leaves"));
    let time = form.parse("at_time", |text| {
        NaiveTime::parse_from_str(text, "%H:%M")
            .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
            .map_err(|_| "Write the time as 09:00")
    });
    Some(deadline::instant(day?, time?, event.zone))
}

async fn reschedule(
    State(store): State<Store>,
    desk: Desk<SendMail>,
    Path((_, label)): Path<(String, String)>,
    query: Query,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    let status = path_of(&desk, &wave, "/status");
    let mut form = Form::typed(typed);
    if let Some(at) = typed_instant(&mut form, &desk.event) {
        match store.reschedule_wave(wave.id, at, &desk.actor(), desk.now).await {
            Ok(_) => return Ok(done(wants, &status, "Moved.")),
            Err(WriteError::Refused(refused @ WaveRefused::SendAt)) => {
                form.error("at_day", refused.to_string());
            }
            Err(WriteError::Refused(refused)) => {
                return Err(PageError::Refused {
                    code: refused.code(),
                    sentence: format!("{refused}."),
                    back: Some(Link::new(status, "See what became of it")),
                });
            }
            Err(WriteError::Store(fault)) => return Err(fault.into()),
        }
    }
    Ok(forms::invalid(&StatusPage::of(&store, &desk, &wave, &query, form).await?))
}

async fn stop(
    State(store): State<Store>,
    desk: Desk<SendMail>,
    Path((_, label)): Path<(String, String)>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    let status = path_of(&desk, &wave, "/status");
    match store.stop_wave(wave.id, &desk.actor(), desk.now).await {
        Ok(stopped) if stopped.state == WaveState::Draft => {
            Ok(done(wants, &path_of(&desk, &wave, "?stopped=yes"), "Stopped; it is a draft again."))
        }
        Ok(_) => Ok(done(wants, &status, "Stopped; the rest stays here.")),
        Err(WriteError::Refused(refused)) => Err(PageError::Refused {
            code: refused.code(),
            sentence: format!("{refused}."),
            back: Some(Link::new(status, "See what became of it")),
        }),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// Messages of a wave, summed up.
struct Counts {
    all: u64,
    handed_over: u64,
    unsettled: u64,
    refused: u64,
    not_sent: u64,
    /// Tried at least once, so that the relay may have it.
    gone: u64,
    can_be_stopped: u64,
}

impl Counts {
    fn of(wave: &Wave) -> Self {
        use MessageState as S;
        let sum = |wanted: &dyn Fn(S) -> bool| -> u64 {
            wave.messages.iter().filter(|(state, _)| wanted(*state)).map(|(_, n)| n).sum()
        };
        let bounced = wave.in_state(S::Bounced);
        Self {
            all: sum(&|_| true),
            handed_over: sum(&has_left) - bounced,
            unsettled: sum(&|state| matches!(state, S::Waiting | S::Uncertain)),
            refused: wave.in_state(S::Failed) + bounced,
            not_sent: sum(&|state| matches!(state, S::Stopped | S::Dropped)),
            gone: sum(&|state| has_left(state) || matches!(state, S::Sending | S::Uncertain | S::Failed)),
            can_be_stopped: sum(&|state| matches!(state, S::Prepared | S::Held | S::Queued | S::Waiting)),
        }
    }
}

/// `3 of 5 handed over, 1 refused.`
fn sentence(counts: &Counts) -> String {
    let mut parts = vec![format!("{} of {} handed over", counts.handed_over, counts.all)];
    for (n, what) in
        [(counts.unsettled, "tried again"), (counts.refused, "refused"), (counts.not_sent, "not sent")]
    {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    format!("{}.", parts.join(", "))
}

fn heading(wave: &Wave, event: &Event, now: DateTime<Utc>) -> String {
    let name = wave_name(wave);
    match (wave.state, wave.hold_until) {
        (WaveState::Held, Some(until)) if until > now => {
            let at = until.with_timezone(&event.zone);
            let day = if deadline::today(now, event.zone) == at.date_naive() {
                String::new()
            } else {
                format!(" on {}", deadline::day_words(at.date_naive()))
            };
            format!("{name} leaves{day} at {}, {}", at.format("%H:%M"), event.zone_name())
        }
        (WaveState::Held, _) => format!("{name} leaves now"),
        (WaveState::Sending, _) => format!("{name} is on its way"),
        (WaveState::Stopped, _) => format!("{name} was stopped"),
        (WaveState::Sent | WaveState::Draft | WaveState::Pending, _) => format!("{name} has left"),
    }
}

/// When the rest of a wave leaves that began with a few letters. The last letter leaves last.
async fn rest_leaves(
    store: &Store,
    wave: &Wave,
    event: &Event,
    now: DateTime<Utc>,
) -> Result<Option<String>, PageError> {
    if wave.state != WaveState::Sending {
        return Ok(None);
    }
    let asked = OutboxQuery {
        event: Some(event.id),
        wave: Some(wave.id),
        states: vec![MessageState::Queued, MessageState::Held],
        page: 1,
        page_size: 1,
        ..OutboxQuery::default()
    };
    let rest = store.messages(&asked).await?.rows.pop();
    let at = rest.and_then(|row| row.not_before).filter(|at| *at > now);
    Ok(at.map(|at| at.with_timezone(&event.zone).format("%H:%M").to_string()))
}

fn lede(wave: &Wave, rest: Option<String>, now: DateTime<Utc>) -> String {
    match (wave.state, wave.hold_until) {
        (WaveState::Held, Some(until)) if until > now => {
            let left = (until - now + TimeDelta::seconds(59)).num_minutes().max(1);
            let number = |n: i64| u64::try_from(n).unwrap_or(1);
            let wait = match left {
                ..=119 => counted(number(left), "minute", "minutes"),
                120..=2879 => counted(number((left + 30) / 60), "hour", "hours"),
                _ => counted(number((left + 720) / 1440), "day", "days"),
            };
            format!("In {wait}. Close the page if you like; it goes without you.")
        }
        (WaveState::Sending, _) => match rest {
            Some(at) => {
                format!("The rest leaves at {at}, so that you can stop it if the first are refused.")
            }
            None => String::new(),
        },
        (WaveState::Stopped, _) => "Who was not written to is back on the list.".to_owned(),
        _ => String::new(),
    }
}

#[derive(Template)]
#[template(path = "desk/mail/status.html")]
struct StatusPage {
    frame: DeskFrame,
    heading: String,
    lede: String,
    subject: String,
    approved_by: String,
    /// Waits for an instant that can be moved.
    may_move: bool,
    form: Form,
    zone: String,
    reminders: Vec<PlannedLine>,
    may_plan: bool,
    is_moving: bool,
    stop: Option<Stop>,
    bar: Bar,
    sentence: String,
    rows: Vec<Row>,
    pager: Pager,
    back: String,
    here: String,
}

struct Stop {
    question: &'static str,
    sentence: String,
    button: &'static str,
}

struct Row {
    href: String,
    name: String,
    address: String,
    badge: Badge,
    said: String,
}
