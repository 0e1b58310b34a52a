//! Check before it goes: what leaves, for whom, what was looked at, and the button that sends.
//!
//! The button carries the number of people it was pressed for and the draft's version. Whatever changed
//! in between (an answer, another member's edit) is shown again before anything leaves.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use chrono::TimeDelta;
use conclave_core::candidate::Guard;
use conclave_core::committee::Action;
use conclave_core::event::EventState;
use conclave_core::invitation::Mode;
use conclave_core::seats::{EventSeats, Seats};
use conclave_mail::templates::Templates;
use conclave_persistence::{Invitation, Store, Wave, WaveKind, WavePlan, WaveRefused, WaveState, WriteError};

use super::letter::{named, queue_test, rendered};
use super::{find, not_a_draft, path_of, saved};
use crate::access::{Desk, Right, See, SendMail};
use crate::components::{Notice, SeatCount};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::pages::desk::mail::{wave_name, wave_subject};
use crate::pages::test_mail::TestMail;
use crate::session::Signed;
use crate::state::AppState;
use crate::views::{counted, mailto, people};

/// Columns of a mail's text; the line with the link may be two longer.
const COLUMNS: usize = 72;

/// Routes of the check.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/mail/{wave}/check", get(show))
        .route("/c/{event}/mail/{wave}/send", post(send))
        .route("/c/{event}/mail/{wave}/test", post(test))
}

async fn show(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<See>,
    Path((_, label)): Path<(String, String)>,
    query: Query,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    if wave.state != WaveState::Draft {
        return Ok(Redirect::to(&path_of(&desk, &wave, "/status")).into_response());
    }
    let mut page = CheckPage::of(&store, &templates, &desk, &wave, Form::default()).await?;
    page.test =
        TestMail::of(&store, desk.signed_in.account(), &query, desk.now).await?.map(|test| test.notice);
    Ok(forms::page(&page))
}

async fn send(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<SendMail>,
    Path((_, label)): Path<(String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    let status = path_of(&desk, &wave, "/status");
    if wave.state != WaveState::Draft {
        // Pressed twice: the first press did it.
        return Ok(done(wants, &status, &format!("{} was confirmed already.", wave_name(&wave))));
    }
    let mut form = Form::typed(typed);
    let plan = store.plan_of(wave.id, desk.now).await?;
    let now_people = plan.recipients.len();
    if form.value("people") != now_people.to_string() || form.value("version") != wave.version.to_string() {
        form.error("send", "Look again: the draft or the list changed since you saw this page");
    }
    if third_mails(wave.kind, &plan) > 0 && !form.values().has("third") {
        form.error("third", "Tick that they get a third mail, or write to them yourself");
    }
    if !form.has_errors() {
        let hold = TimeDelta::minutes(i64::from(desk.event.hold_minutes));
        match store.confirm_wave(wave.id, hold, &desk.actor(), desk.now).await {
            Ok(wave) => {
                let sentence = format!("{}: {}.", wave_name(&wave), people(wave.people));
                return Ok(done(wants, &status, &sentence));
            }
            Err(WriteError::Refused(WaveRefused::NotDraft)) => return Err(not_a_draft(&desk, &wave)),
            Err(WriteError::Refused(refused)) => form.error("send", refused.to_string()),
            Err(WriteError::Store(fault)) => return Err(fault.into()),
        }
    }
    let mut page = CheckPage::of(&store, &templates, &desk, &wave, form).await?;
    page.frame.failed = true;
    Ok(forms::invalid(&page))
}

/// Sends the letter, as the first to get it would, to whoever presses.
async fn test(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<SendMail>,
    Path((_, label)): Path<(String, String)>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    let plan = store.plan_of(wave.id, desk.now).await?;
    let draft = saved(&store, wave.clone()).await?.draft(&wave);
    let queued = match plan.recipients.first() {
        Some((first, _)) => queue_test(&store, &templates, &desk, &draft, first.id).await?,
        None => None,
    };
    let check = path_of(&desk, &wave, "/check");
    Ok(match queued {
        Some(id) => done(wants, &format!("{check}?test={id}"), "A test of this letter is on its way to you."),
        None => done(wants, &check, "Not sent: this letter cannot be written yet."),
    })
}

/// People of a reminder who were reminded before: the ceiling is an invitation and one reminder.
fn third_mails(kind: WaveKind, plan: &WavePlan) -> usize {
    match kind {
        WaveKind::Invitation => 0,
        WaveKind::Reminder => reminded(plan).count(),
    }
}

fn reminded(plan: &WavePlan) -> impl Iterator<Item = &Invitation> {
    plan.recipients.iter().map(|(person, _)| person).filter(|person| person.reminded_at.is_some())
}

#[derive(Template)]
#[template(path = "desk/mail/check.html")]
struct CheckPage {
    frame: DeskFrame,
    form: Form,
    test: Option<Notice>,
    name: String,
    subject: String,
    is_reminder: bool,
    to: String,
    answer_by: String,
    seat_count: Option<SeatCount>,
    if_all_accept: String,
    leaves: String,
    /// What stops it, what to look at, what is fine.
    stops: Vec<String>,
    warns: Vec<String>,
    fine: Vec<String>,
    left_out: Vec<(String, String)>,
    third: String,
    /// Name and `mailto:` of those who would get a third mail.
    yourself: Vec<(String, String)>,
    may_send: bool,
    button: String,
    people: usize,
    version: u32,
    own_address: String,
    here: String,
    mail: String,
    /// Where the number of seats is set, and how long a wave waits.
    seats: String,
    mail_settings: String,
}

impl CheckPage {
    async fn of<R: Right>(
        store: &Store,
        templates: &Templates,
        desk: &Desk<R>,
        wave: &Wave,
        form: Form,
    ) -> Result<Self, PageError> {
        let event = &desk.event;
        let plan = store.plan_of(wave.id, desk.now).await?;
        let recipients: Vec<&Invitation> = plan.recipients.iter().map(|(person, _)| person).collect();
        let count = recipients.len();
        let looked = Looked::at(store, templates, desk, wave, &plan).await?;
        let name = wave_name(wave);
        let third = third_mails(wave.kind, &plan);
        let verb = if wave.kind == WaveKind::Reminder { "Remind" } else { "Send to" };
        Ok(Self {
            frame: desk.frame(format!("Check {name}"), Section::Mail).await?,
            test: None,
            subject: wave_subject(wave).to_owned(),
            is_reminder: wave.kind == WaveKind::Reminder,
            to: named(&recipients),
            answer_by: wave.reply_by.map(|day| event.deadline_words(day)).unwrap_or_default(),
            seat_count: plan.counted.as_ref().map(|seats| SeatCount::of(event, seats)),
            if_all_accept: match &plan.counted {
                Some(seats) => if_all_accept(seats, &recipients, plan.seats.is_ok()),
                None => String::new(),
            },
            leaves: match event.hold_minutes {
                0 => "At once: this event holds nothing back.".to_owned(),
                minutes => format!(
                    "{} after you press send. Until then one press stops it.",
                    counted(u64::from(minutes), "minute", "minutes")
                ),
            },
            stops: looked.stops,
            warns: looked.warns,
            fine: looked.fine,
            left_out: plan
                .left_out
                .iter()
                .map(|(person, why)| (person.shown_name().to_owned(), why.clone()))
                .collect(),
            third: if third > 0 {
                format!(
                    "{} a third mail; I know that we meant to write twice at most.",
                    if third == 1 { "1 person gets".to_owned() } else { format!("{third} people get") }
                )
            } else {
                String::new()
            },
            yourself: if third > 0 {
                reminded(&plan)
                    .map(|person| (person.shown_name().to_owned(), mailto(&person.email)))
                    .collect()
            } else {
                Vec::new()
            },
            may_send: desk.may(Action::Send),
            button: format!("{verb} {}", people(count as u64)),
            people: count,
            version: wave.version,
            own_address: desk.signed_in.account().email.to_string(),
            here: path_of(desk, wave, ""),
            mail: desk.path("/mail"),
            seats: desk.path("/settings/seats"),
            mail_settings: desk.path("/settings/mail"),
            name,
            form,
        })
    }
}

/// `If all 18 accept, 18 of 20 seats are taken and 2 are free.` Each mode has a sentence of its own.
fn if_all_accept(seats: &EventSeats, recipients: &[&Invitation], may_leave: bool) -> String {
    let modes = [(Mode::InPerson, ""), (Mode::Remote, "; by video, ")];
    let sentences = modes.into_iter().filter_map(|(mode, lead)| {
        let more = recipients.iter().filter(|person| person.mode == mode).count() as i64;
        let seats = seats.mode(mode).filter(|_| more > 0 || mode == Mode::InPerson)?;
        Some(format!("{lead}{}", if_more_accept(seats, more, may_leave)))
    });
    sentences.collect()
}

fn if_more_accept(seats: &Seats, more: i64, may_leave: bool) -> String {
    let taken = i64::from(seats.offered()) + more;
    match seats.limit.map(i64::from) {
        None => format!("{taken} seats are taken; this event has no limit"),
        Some(limit) if taken > limit => {
            let over = taken - limit;
            if may_leave {
                format!("{taken} want one of {limit} seats: {over} too many, who can join the waiting list")
            } else {
                format!("{taken} want one of {limit} seats: {over} too many, so it cannot leave")
            }
        }
        Some(limit) => format!("{taken} of {limit} seats are taken or held, {} free", limit - taken),
    }
}

/// What was looked at for the one who sends.
#[derive(Default)]
struct Looked {
    stops: Vec<String>,
    warns: Vec<String>,
    fine: Vec<String>,
}

impl Looked {
    async fn at<R: Right>(
        store: &Store,
        templates: &Templates,
        desk: &Desk<R>,
        wave: &Wave,
        plan: &WavePlan,
    ) -> Result<Self, PageError> {
        let mut looked = Self::default();
        if desk.event.state != EventState::Open {
            looked.stops.push("The event is not open, so nothing can leave. Open it first.".to_owned());
        }
        if plan.recipients.is_empty() {
            looked.stops.push("Nobody on this selection can be written to.".to_owned());
        }
        match &plan.seats {
            Err(refused) => looked.stops.push(format!("{refused}.")),
            Ok(()) if wave.kind == WaveKind::Invitation => {
                looked.fine.push("There is a seat to offer for everybody here".to_owned());
            }
            Ok(()) => {}
        }
        let refused = looked.text(store, templates, desk, wave, plan).await?;
        let known = ["The event is not open;"];
        looked.warns.extend(
            plan.warnings
                .iter()
                .filter(|warning| !known.iter().any(|start| warning.starts_with(start)))
                .filter(|warning| refused.as_deref() != Some(warning.as_str()))
                .cloned(),
        );
        if let Some(pause) = store.mail_pause().await? {
            looked
                .warns
                .push(format!("Sending is paused, so it waits. The mail server said: {}", pause.reason));
        }
        if wave.kind == WaveKind::Invitation {
            looked.known(store, desk, plan).await?;
        }
        looked.fine.push(match wave.kind {
            WaveKind::Invitation => "Nobody here has declined, bounced or been invited before".to_owned(),
            WaveKind::Reminder => "Nobody here has answered, bounced or asked us not to write".to_owned(),
        });
        looked.fine.push("Nobody gets it twice".to_owned());
        Ok(looked)
    }

    /// What is known about these people from before, and who may be on the list twice.
    async fn known<R: Right>(
        &mut self,
        store: &Store,
        desk: &Desk<R>,
        plan: &WavePlan,
    ) -> Result<(), PageError> {
        let viewer = Some(desk.signed_in.account().id);
        let people: Vec<_> = plan.recipients.iter().map(|(person, _)| person.id).collect();
        let guards = store.guards(desk.event.id, viewer, &people).await?;
        for (person, _) in &plan.recipients {
            let known = guards.get(&person.id).into_iter().flatten().filter(|guard| !guard.is_welcome());
            let words: Vec<String> = known.map(Guard::sentence).collect();
            if !words.is_empty() {
                self.warns.push(format!("{}: {}", person.shown_name(), words.join(" ")));
            }
        }
        Ok(())
    }

    /// The text as everybody gets it. Returns the refusal, which the plan's warnings repeat.
    async fn text<R: Right>(
        &mut self,
        store: &Store,
        templates: &Templates,
        desk: &Desk<R>,
        wave: &Wave,
        plan: &WavePlan,
    ) -> Result<Option<String>, PageError> {
        let draft = saved(store, wave.clone()).await?.draft(wave);
        let Some((first, _)) = plan.recipients.first() else { return Ok(None) };
        match rendered(store, templates, desk, &draft, first.id).await? {
            Err(refused) => {
                self.stops.push(refused.clone());
                return Ok(Some(refused));
            }
            Ok(mail) => {
                let links = mail.text.matches("/i/").count();
                if links == 0 {
                    self.stops.push("The personal link is missing from the text.".to_owned());
                } else {
                    self.fine.push("Every text has its own link".to_owned());
                }
                let long = mail.text.lines().filter(|line| !line.contains("://"));
                if long.clone().any(|line| line.chars().count() > COLUMNS) {
                    self.warns.push(format!(
                        "A line is longer than {COLUMNS} letters; mail programs may break it."
                    ));
                } else {
                    self.fine.push(format!("No placeholder left over, no line over {COLUMNS} columns"));
                }
            }
        }
        let long: Vec<&str> = plan
            .recipients
            .iter()
            .filter(|(_, line)| line.chars().count() > COLUMNS)
            .map(|(person, _)| person.shown_name())
            .collect();
        if !long.is_empty() {
            self.warns
                .push(format!("The personal line is longer than {COLUMNS} letters for {}.", long.join(", ")));
        }
        Ok(None)
    }
}
