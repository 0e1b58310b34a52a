//! Every mail of an event: waves and reminders, what goes by itself, and the outbox (ux.md 7, Mail).
//!
//! The outbox's view is in the query (`?state=&purpose=&page=`). Writing is in [`super::wave`], one
//! message in [`super::message`].

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::message::{MESSAGE_STATES, MessageState};
use conclave_core::purpose::{PURPOSES, Purpose};
use conclave_persistence::{
    MessageRow, OutboxPage, OutboxQuery, PlannedReminder, Store, Wave, WaveKind, WaveState,
};

use super::message::{advice, at_words, purpose_words};
use crate::access::{Decide, Desk, See};
use crate::components::{Badge, Pager};
use crate::error::PageError;
use crate::forms;
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::{counted, people};

/// Routes of the list and of the pause.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/mail", get(list)).route("/c/{event}/mail/resume", post(resume))
}

/// Messages that wait for a person, as many as fit above the list.
const SHOWN_IN_TROUBLE: u32 = 20;

async fn list(State(store): State<Store>, desk: Desk<See>, query: Query) -> Result<Response, PageError> {
    let event = &desk.event;
    let asked = outbox_query(event, &query);
    let outbox = store.messages(&asked).await?;
    let trouble = OutboxQuery {
        event: Some(event.id),
        states: vec![MessageState::Uncertain, MessageState::Failed],
        page_size: SHOWN_IN_TROUBLE,
        ..OutboxQuery::default()
    };
    let trouble = store.messages(&trouble).await?;
    let waves = store.waves(event.id).await?;
    let reminders = store.planned_reminders(event).await?;
    let may_ask_for_topics = !event.answers_are_closed(desk.now)
        && !store.candidates_for(event.id, WaveKind::TopicReminder).await?.is_empty();
    let by_itself = store.message_counts(event.id).await?;
    let pause = store.mail_pause().await?.map(|pause| Pause {
        reason: pause.reason,
        until: pause.until.map(|until| at_words(until, event)).unwrap_or_default(),
    });
    let here = desk.path("/mail");
    let line = |row: &MessageRow| Line::of(row, event, &here);
    let view = query.without("resumed");
    let page = MailPage {
        frame: desk.frame("Mail", Section::Mail).await?,
        may_send: desk.may(Action::Send),
        may_resume: desk.may(Action::Decide),
        resumed: query.text("resumed") == "yes" && pause.is_none(),
        pause,
        planned: planned(event, &reminders, &here, desk.now),
        may_ask_for_topics,
        waves: waves.iter().map(|wave| WaveRow::of(wave, event, &here)).collect(),
        automatic: automatic(&by_itself, &here),
        trouble_heading: trouble_heading(trouble.total),
        trouble: trouble.rows.iter().map(line).collect(),
        more_trouble: format!("{here}?state=uncertain,failed#outbox"),
        tabs: tabs(&view, &asked.states, &outbox, &here),
        all: all(&view, &asked.states, &outbox, &here),
        purposes: PURPOSES
            .iter()
            .filter(|purpose| by_itself.iter().any(|(known, _, _)| known == *purpose))
            .map(|purpose| Choice {
                value: purpose.as_str(),
                label: purpose_words(*purpose),
                chosen: asked.purpose == Some(*purpose),
            })
            .collect(),
        state: query.list("state").collect::<Vec<_>>().join(","),
        shown: format!("{} shown, newest first.", counted(outbox.total, "message", "messages")),
        messages: outbox.rows.iter().map(line).collect(),
        pager: Pager::of(&view, outbox.total),
        invitees: desk.path("/invitees"),
        here: here.clone(),
    };
    Ok(forms::page(&page))
}

async fn resume(
    State(store): State<Store>,
    desk: Desk<Decide>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    store.resume_mail(&desk.actor(), desk.now).await?;
    Ok(done(wants, &desk.path("/mail?resumed=yes"), "Sending goes on."))
}

fn outbox_query(event: &Event, query: &Query) -> OutboxQuery {
    OutboxQuery {
        event: Some(event.id),
        states: query.list("state").filter_map(MessageState::parse).collect(),
        purpose: Purpose::parse(query.text("purpose")),
        wave: None,
        page: query.text("page").parse().unwrap_or(1),
        page_size: Pager::ROWS as u32,
    }
}

fn trouble_heading(total: u64) -> String {
    match total {
        1 => "1 message needs a person".to_owned(),
        more => format!("{more} messages need a person"),
    }
}

fn all(view: &Query, chosen: &[MessageState], outbox: &OutboxPage, here: &str) -> Tab {
    Tab {
        href: format!("{here}{}#outbox", view.without("state").without("page")),
        current: chosen.is_empty(),
        badge: Badge::message("prepared").saying("All"),
        count: outbox.counts.iter().map(|(_, n)| n).sum(),
    }
}

/// One state at a time, only those that occur.
fn tabs(view: &Query, chosen: &[MessageState], outbox: &OutboxPage, here: &str) -> Vec<Tab> {
    MESSAGE_STATES
        .into_iter()
        .filter_map(|state| {
            let count = outbox.counts.iter().find(|(known, _)| *known == state).map_or(0, |(_, n)| *n);
            let current = chosen.contains(&state);
            (count > 0 || current).then(|| Tab {
                href: format!("{here}{}#outbox", view.without("page").with("state", state.as_str())),
                current,
                badge: Badge::message(state.as_str()),
                count,
            })
        })
        .collect()
}

/// Reminders that go by themselves, and those that were taken back, as long as their day is ahead.
fn planned(event: &Event, reminders: &[PlannedReminder], here: &str, now: DateTime<Utc>) -> Vec<Planned> {
    let today = deadline::today(now, event.zone);
    reminders
        .iter()
        .filter(|one| !one.has_left && one.day.is_some_and(|day| day >= today))
        .map(|one| {
            let day = one.day.map(deadline::day_short).unwrap_or_default();
            Planned {
                href: format!("{here}/{}/reminders/{}", one.wave_number, one.number),
                name: format!("Reminder to wave {}", one.wave_number),
                badge: Badge::message(if one.is_cancelled { "stopped" } else { "held" })
                    .saying(if one.is_cancelled { "Cancelled" } else { "Planned" }),
                when: if one.is_cancelled {
                    "does not leave".to_owned()
                } else {
                    format!("leaves {day} if unanswered")
                },
                people: one.people,
            }
        })
        .collect()
}

/// What goes without anybody pressing a button, with how often it did.
fn automatic(counts: &[(Purpose, MessageState, u64)], here: &str) -> Vec<Automatic> {
    const WHEN: [(Purpose, &str); 9] = [
        (Purpose::Receipt, "an answer is recorded, changed or lapses; calendar file with a seat"),
        (Purpose::SeatFreed, "the waiting list moves"),
        (Purpose::TentativeDue, "the day comes by which somebody wanted to know"),
        (Purpose::RequestDeclined, "a late request is turned down, and whoever does so says to tell them"),
        (Purpose::SupportDecided, "travel support is decided, and whoever does so says to tell them"),
        (Purpose::Link, "somebody asks for their link again"),
        (Purpose::Record, "somebody asks what we store"),
        (Purpose::ReleaseWanted, "a wave waits for another member, to those who may release it"),
        (Purpose::Digest, "something happened, to each member as they chose"),
    ];
    WHEN.into_iter()
        .map(|(purpose, when)| Automatic {
            name: purpose_words(purpose),
            href: format!("{here}?purpose={}#outbox", purpose.as_str()),
            when,
            count: counts
                .iter()
                .filter(|(known, state, _)| *known == purpose && has_left(*state))
                .map(|(_, _, n)| n)
                .sum(),
        })
        .collect()
}

/// The mail server took it, whatever came back later.
pub(super) fn has_left(state: MessageState) -> bool {
    matches!(
        state,
        MessageState::HandedOver
            | MessageState::Bounced
            | MessageState::Complained
            | MessageState::AnsweredAutomatically
    )
}

/// `Wave 3` or `Reminder 1`.
pub(super) fn wave_name(wave: &Wave) -> String {
    match wave.kind {
        WaveKind::Invitation => format!("Wave {}", wave.number),
        WaveKind::Reminder => format!("Reminder {}", wave.number),
        WaveKind::TopicReminder => format!("Topic reminder {}", wave.number),
    }
}

/// The subject as it leaves.
pub(super) fn wave_subject(wave: &Wave) -> &str {
    if wave.kind.is_reminder() && wave.subject.is_empty() {
        "Re: \u{2026}, each under their invitation"
    } else {
        &wave.subject
    }
}

/// `20 May`.
pub(super) fn day_of(at: DateTime<Utc>, event: &Event) -> NaiveDate {
    deadline::today(at, event.zone)
}

#[derive(Template)]
#[template(path = "desk/mail/list.html")]
struct MailPage {
    frame: DeskFrame,
    may_send: bool,
    may_resume: bool,
    resumed: bool,
    pause: Option<Pause>,
    waves: Vec<WaveRow>,
    planned: Vec<Planned>,
    /// Somebody comes and said nothing about a topic.
    may_ask_for_topics: bool,
    automatic: Vec<Automatic>,
    trouble_heading: String,
    trouble: Vec<Line>,
    more_trouble: String,
    all: Tab,
    tabs: Vec<Tab>,
    purposes: Vec<Choice>,
    state: String,
    shown: String,
    messages: Vec<Line>,
    pager: Pager,
    invitees: String,
    here: String,
}

struct Pause {
    reason: String,
    until: String,
}

struct Planned {
    href: String,
    name: String,
    badge: Badge,
    when: String,
    people: u64,
}

struct Automatic {
    name: &'static str,
    href: String,
    when: &'static str,
    count: u64,
}

struct Tab {
    href: String,
    current: bool,
    badge: Badge,
    count: u64,
}

struct Choice {
    value: &'static str,
    label: &'static str,
    chosen: bool,
}

/// A wave in the list. Counts are empty until it was confirmed: "has not happened".
struct WaveRow {
    href: String,
    name: String,
    subject: String,
    badge: Badge,
    when: String,
    people: u64,
    gist: String,
    delivered: String,
    answered: String,
    accepted: String,
}

impl WaveRow {
    fn of(wave: &Wave, event: &Event, here: &str) -> Self {
        let day = |at: DateTime<Utc>| deadline::day_short(day_of(at, event));
        let left: u64 = wave.messages.iter().filter(|(state, _)| has_left(*state)).map(|(_, n)| n).sum();
        let back = wave.in_state(MessageState::Bounced);
        let is_draft = wave.is_draft();
        let number = |n: u64| if is_draft { String::new() } else { n.to_string() };
        let when = match (wave.state, wave.hold_until, wave.confirmed_at) {
            (WaveState::Draft, _, _) => format!("saved {} by {}", day(wave.created_at), wave.created_by),
            (WaveState::Pending, _, _) => format!("{} asks another member", wave.asked_by),
            (WaveState::Held, Some(until), _) => format!("leaves {}", at_words(until, event)),
            (_, _, Some(at)) => at_words(at, event),
            _ => String::new(),
        };
        let gist = match wave.state {
            WaveState::Draft | WaveState::Pending => {
                format!("{}, saved {}", people(wave.people), day(wave.created_at))
            }
            _ => format!("{} of {} accepted", wave.accepted, wave.people),
        };
        Self {
            href: match wave.state {
                WaveState::Draft => format!("{here}/{}", wave.label()),
                WaveState::Pending => format!("{here}/{}/check", wave.label()),
                _ => format!("{here}/{}/status", wave.label()),
            },
            name: wave_name(wave),
            subject: wave_subject(wave).to_owned(),
            badge: Badge::message(wave.state.as_str()),
            when,
            people: wave.people,
            gist,
            delivered: number(left.saturating_sub(back)),
            answered: number(wave.answered),
            accepted: number(wave.accepted),
        }
    }
}

/// A message in a list.
struct Line {
    href: String,
    name: String,
    address: String,
    purpose: &'static str,
    badge: Badge,
    when: String,
    words: String,
    advice: &'static str,
}

impl Line {
    fn of(row: &MessageRow, event: &Event, here: &str) -> Self {
        let name = if row.to_name.is_empty() { &row.to_address } else { &row.to_name };
        let when = match row.state {
            MessageState::Held | MessageState::Queued | MessageState::Waiting => row.not_before,
            _ => row.handed_over_at,
        };
        Self {
            href: format!("{here}/messages/{}", row.id),
            name: name.clone(),
            address: row.to_address.clone(),
            purpose: purpose_words(row.purpose),
            badge: Badge::message(row.state.as_str()),
            when: at_words(when.unwrap_or(row.created_at), event),
            words: if row.drop_reason.is_empty() { row.last_words.clone() } else { row.drop_reason.clone() },
            advice: advice(row.state),
        }
    }
}
