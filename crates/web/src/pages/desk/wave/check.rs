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
use conclave_core::event::{Event, EventState};
use conclave_core::ids::InvitationId;
use conclave_core::invitation::Mode;
use conclave_core::placeholders::NAMES;
use conclave_core::seats::{EventSeats, Seats};
use conclave_mail::templates::Templates;
use conclave_persistence::{
    Invitation, Leaves, Release, Store, StoreError, Wave, WaveKind, WavePlan, WaveRefused, WriteError,
};

use super::letter::{named, queue_test, rendered_for};
use super::reminders::{PlannedLine, planned_of};
use super::status::{filled_with, typed_instant};
use super::{find, not_a_draft, path_of, saved};
use crate::access::{Decide, Desk, Right, See, SendMail};
use crate::components::{Notice, SeatCount};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::host::opens_here_alone;
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::pages::desk::mail::{wave_name, wave_subject};
use crate::pages::desk::message::at_words;
use crate::pages::test_mail::TestMail;
use crate::session::Signed;
use crate::state::AppState;
use crate::views::{counted, mailto, people};

/// Columns of a mail's text; the line with the link may be two longer.
const COLUMNS: usize = 72;

/// Said when what would leave is not what was looked at.
const CHANGED: &str = "Look again: the draft or the list changed since you saw this page";
/// Mails of a large wave that are made and looked at one by one.
const LOOKED_AT: usize = 1000;

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
    if !wave.is_draft() {
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
    if !wave.is_draft() {
        // Pressed twice: the first press did it.
        return Ok(done(wants, &status, &format!("{} was confirmed already.", wave_name(&wave))));
    }
    let mut form = Form::typed(typed);
    let plan = store.plan_of(wave.id, desk.now).await?;
    let now_people = plan.recipients.len();
    let hold = TimeDelta::minutes(i64::from(desk.event.hold_minutes));
    let leaves = leaves(&mut form, &desk.event, hold);
    let alone = (form.value("go") == "alone").then(|| form.value("alone").to_owned());
    if alone.is_some() && !desk.may(Action::Decide) {
        return Err(PageError::Forbidden(Decide::REFUSAL));
    }
    if alone.as_deref() == Some("") {
        form.error("alone", WaveRefused::NoReason.to_string());
    }
    if form.value("people") != now_people.to_string() || form.value("version") != wave.version.to_string() {
        form.error("send", CHANGED);
    }
    if !plan.third.is_empty() && !form.values().has("third") {
        form.error("third", "Tick that they get a third mail, or write to them yourself");
    }
    if plan.warnings.iter().any(|warning| matters(warning)) && !form.values().has("warned") {
        form.error("warned", "Read the warnings, then tick that it may leave all the same");
    }
    if !form.has_errors() {
        let release = Release {
            leaves,
            version: Some(wave.version),
            third: form.values().has("third"),
            alone_because: alone.as_deref(),
        };
        match store.release_wave(wave.id, &release, &desk.actor(), desk.now).await {
            Ok(wave) if wave.is_draft() => {
                return Ok(done(wants, &path_of(&desk, &wave, "/check"), "Another member is asked."));
            }
            Ok(wave) => {
                let sentence = format!("{}: {}.", wave_name(&wave), people(wave.people));
                return Ok(done(wants, &status, &sentence));
            }
            Err(WriteError::Refused(WaveRefused::NotDraft)) => return Err(not_a_draft(&desk, &wave)),
            Err(WriteError::Refused(refused @ WaveRefused::SendAt)) => {
                form.error("at_day", refused.to_string());
            }
            Err(WriteError::Refused(refused)) => form.error("send", refused.to_string()),
            Err(WriteError::Store(StoreError::Stale)) => form.error("send", CHANGED),
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
        Some((first, _)) => queue_test(&store, &templates, &desk, &wave, &draft, first.id).await?,
        None => None,
    };
    let check = path_of(&desk, &wave, "/check");
    Ok(match queued {
        Some(id) => done(wants, &format!("{check}?test={id}"), "A test of this letter is on its way to you."),
        None => done(wants, &check, "Not sent: this letter cannot be written yet."),
    })
}

/// When it leaves: at the instant that was typed, else when the hold is over. Notes what is wrong.
fn leaves(form: &mut Form, event: &Event, hold: TimeDelta) -> Leaves {
    if form.value("at_day").is_empty() && form.value("at_time").is_empty() {
        return Leaves::After(hold);
    }
    typed_instant(form, event).map_or(Leaves::After(hold), Leaves::At)
}

/// A warning that needs a tick before it leaves.
fn matters(warning: &str) -> bool {
    ["The event has begun", "Refused mail at an earlier event", "The letter names a day or place"]
        .iter()
        .any(|start| warning.starts_with(start))
}

/// For whom it would be the third mail: the ceiling is an invitation and one reminder.
fn reminded(plan: &WavePlan) -> impl Iterator<Item = &Invitation> {
    plan.recipients.iter().map(|(person, _)| person).filter(|person| plan.third.contains(&person.id))
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
    /// Needs a tick.
    warned: bool,
    /// Why another member has to press, or who asked for it.
    second: Option<Second>,
    /// The one who looks asked for somebody else already.
    is_asked: bool,
    reminders: Vec<PlannedLine>,
    zone: String,
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

/// What an event that wants two members says to the one who looks.
struct Second {
    sentence: String,
    /// Somebody was asked already.
    is_asked: bool,
    /// The one who looks wrote it.
    is_own: bool,
    may_alone: bool,
}

impl Second {
    fn of<R: Right>(desk: &Desk<R>, wave: &Wave) -> Option<Self> {
        let asked = wave.asked_at.map(|at| at_words(at, &desk.event));
        if !desk.event.approval && asked.is_none() {
            return None;
        }
        let reader = desk.signed_in.account();
        // Nobody saved the letter of a planned reminder; who wrote its text asks.
        let wrote_it = match wave.saved_by {
            Some(by) => by == reader.id,
            None => wave.kind.is_reminder() && wave.asked_by == reader.name,
        };
        let is_own = desk.event.approval && wrote_it;
        let by = &wave.asked_by;
        let sentence = match (asked, is_own) {
            (Some(at), true) => {
                format!("{by} asked for another member on {at}. It leaves when one of them releases it.")
            }
            (Some(at), false) => {
                format!("{by} asked on {at} for another member to look at it. Pressing send releases it.")
            }
            (None, true) => {
                "You wrote this, so another member has to release it. Editing it afterwards takes that back."
                    .to_owned()
            }
            (None, false) => "Somebody else wrote this; pressing send releases it.".to_owned(),
        };
        Some(Self {
            sentence,
            is_asked: wave.asked_at.is_some(),
            is_own,
            may_alone: desk.may(Action::Decide),
        })
    }
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
        let third = plan.third.len();
        let verb = match wave.kind {
            WaveKind::Invitation => "Send to",
            WaveKind::Reminder => "Remind",
            WaveKind::TopicReminder => "Ask",
        };
        let second = Second::of(desk, wave);
        let form = match wave.send_at.filter(|at| !form.has_errors() && *at > desk.now) {
            Some(at) => filled_with(at, event),
            None => form,
        };
        Ok(Self {
            frame: desk.frame(format!("Check {name}"), Section::Mail).await?,
            test: None,
            subject: wave_subject(wave).to_owned(),
            is_reminder: wave.kind.is_reminder(),
            warned: plan.warnings.iter().any(|warning| matters(warning)),
            reminders: if wave.kind.is_reminder() {
                Vec::new()
            } else {
                planned_of(store, desk, wave).await?
            },
            zone: event.zone_name(),
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
            button: match &second {
                Some(second) if second.is_own => "Ask another member to release it".to_owned(),
                _ => format!("{verb} {}", people(count as u64)),
            },
            is_asked: second.as_ref().is_some_and(|second| second.is_own && second.is_asked),
            second,
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
        if opens_here_alone(&store.site().public_url) {
            looked.warns.push(format!(
                "Links begin with {}, which opens on this machine alone. Set server.public_url first.",
                store.site().public_url
            ));
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
            WaveKind::TopicReminder => "Nobody here has a topic or said that they bring none".to_owned(),
        });
        if wave.is_tested {
            looked.fine.push("A test of this text was sent".to_owned());
        } else {
            looked.warns.push("No test of this text was sent; the button is below.".to_owned());
        }
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
        let (mut without_link, mut left_over, mut wide) = (Vec::new(), Vec::new(), Vec::new());
        let looked_at: Vec<&Invitation> =
            plan.recipients.iter().map(|(person, _)| person).take(LOOKED_AT).collect();
        let mut mails = Vec::with_capacity(looked_at.len());
        for some in looked_at.chunks(500) {
            let ids: Vec<InvitationId> = some.iter().map(|person| person.id).collect();
            match rendered_for(store, templates, desk, wave.id, &draft, &ids).await? {
                Ok(some) => mails.extend(some),
                Err(refused) => {
                    self.stops.push(refused.clone());
                    return Ok(Some(refused));
                }
            }
        }
        if mails.is_empty() {
            return Ok(None);
        }
        for (person, mail) in looked_at.iter().zip(&mails) {
            if !mail.text.contains("/i/") {
                without_link.push(person.shown_name());
            }
            if NAMES.iter().any(|name| mail.text.contains(&format!("{{{name}}}"))) {
                left_over.push(person.shown_name());
            }
            let is_wide = |line: &str| !line.contains("://") && line.chars().count() > COLUMNS;
            if mail.text.lines().any(is_wide) {
                wide.push(person.shown_name());
            }
        }
        if without_link.is_empty() {
            self.fine.push("Every text has its own link".to_owned());
        } else {
            self.stops.push(format!("The personal link is missing for {}.", some_names(&without_link)));
        }
        if left_over.is_empty() && wide.is_empty() {
            self.fine.push(format!("No placeholder left over, no line over {COLUMNS} columns"));
        }
        if !left_over.is_empty() {
            self.warns.push(format!("A word in braces stays as it is for {}.", some_names(&left_over)));
        }
        if !wide.is_empty() {
            self.warns.push(format!(
                "A line is longer than {COLUMNS} letters for {}; mail programs may break it.",
                some_names(&wide)
            ));
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

fn some_names(names: &[&str]) -> String {
    match names.split_at_checked(3) {
        Some((first, rest)) if !rest.is_empty() => format!("{} and {} more", first.join(", "), rest.len()),
        _ => names.join(", "),
    }
}
