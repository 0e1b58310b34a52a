//! Reminders planned for a wave: a list beside it, and a page for each with its day and text.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use chrono::NaiveDate;
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::purpose::Purpose;
use conclave_core::reminder::ReminderRefused;
use conclave_mail::templates::Templates;
use conclave_persistence::{PlannedReminder, ReminderDraft, Store, Wave, WaveDraft, WaveKind, WriteError};

use super::letter::rendered;
use super::{find, path_of};
use crate::access::{Desk, Right, SendMail};
use crate::components::Badge;
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Link, Section};
use crate::negotiate::{Wants, done};
use crate::pages::desk::mail::wave_name;
use crate::session::Signed;
use crate::state::AppState;

/// Routes of the planned reminders of a wave.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/mail/{wave}/reminders/{number}", get(show).post(save))
        .route("/c/{event}/mail/{wave}/reminders/{number}/cancel", post(cancel))
}

/// A planned reminder in a list.
pub(super) struct PlannedLine {
    pub words: String,
    pub badge: Badge,
    /// Where it is changed; none once it has left, or for who may not.
    pub href: Option<String>,
}

/// Every reminder planned for a wave, in words.
pub(super) async fn planned_of<R: Right>(
    store: &Store,
    desk: &Desk<R>,
    wave: &Wave,
) -> Result<Vec<PlannedLine>, PageError> {
    let planned = store.planned_reminders(&desk.event).await?;
    Ok(planned
        .iter()
        .filter(|one| one.wave == wave.id && (one.is_planned() || one.is_cancelled || one.has_left))
        .map(|one| {
            let day = one.day.map(deadline::day_words).unwrap_or_default();
            let (words, badge) = if one.has_left {
                (format!("Reminder of {day}"), Badge::message("sent").saying("Sent"))
            } else if one.is_cancelled {
                ("A reminder".to_owned(), Badge::message("stopped").saying("Cancelled"))
            } else {
                let words = format!("Reminder on {day}, to whoever is silent then");
                (words, Badge::message("held").saying("Planned"))
            };
            let href = (desk.may(Action::Send) && !one.has_left)
                .then(|| path_of(desk, wave, &format!("/reminders/{}", one.number)));
            PlannedLine { words, badge, href }
        })
        .collect())
}

/// The reminder named in the address; none for a new one.
async fn named(
    store: &Store,
    desk: &Desk<SendMail>,
    wave: &Wave,
    number: &str,
) -> Result<Option<PlannedReminder>, PageError> {
    if wave.kind != WaveKind::Invitation {
        return Err(PageError::NotFound);
    }
    if number == "new" {
        return Ok(None);
    }
    let planned = store.planned_reminders(&desk.event).await?;
    let found = planned.into_iter().find(|one| one.wave == wave.id && one.number.to_string() == number);
    found.map(Some).ok_or(PageError::NotFound)
}

async fn show(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<SendMail>,
    Path((_, label, number)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    let planned = named(&store, &desk, &wave, &number).await?;
    if planned.as_ref().is_some_and(|one| one.has_left) {
        return Err(refused(&desk, &wave, &ReminderRefused::HasLeft));
    }
    let letter = default_letter(&store, &templates, &desk).await?;
    let body = planned.as_ref().map(|one| one.body.clone()).filter(|body| !body.is_empty());
    let own_day = planned.as_ref().is_none_or(|one| one.days_before.is_some());
    let day = planned.as_ref().and_then(|one| one.day).map(|day| day.to_string()).unwrap_or_default();
    let form = Form::filled([
        ("when", if own_day { "day" } else { "setting" }.to_owned()),
        ("on", day),
        ("body", body.unwrap_or(letter)),
    ]);
    let page = ReminderPage::of(&store, &templates, &desk, &wave, planned.as_ref(), form).await?;
    Ok(forms::page(&page))
}

async fn save(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<SendMail>,
    Path((_, label, number)): Path<(String, String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    let planned = named(&store, &desk, &wave, &number).await?;
    let mut form = Form::typed(typed);
    let on = match form.value("when") {
        "setting" => Some(None),
        _ => form
            .parse("on", |text| text.parse::<NaiveDate>().map_err(|_| "Choose the day on which it leaves"))
            .map(Some),
    };
    let body = form.values().raw("body").trim_end().to_owned();
    let letter = default_letter(&store, &templates, &desk).await?;
    if let Some(on) = on.filter(|_| !form.has_errors()) {
        let draft = ReminderDraft {
            on,
            // The default text follows the event; only another one is kept.
            body: if body.trim() == letter.trim() { String::new() } else { body },
            third: form.values().has("third"),
        };
        let number = planned.as_ref().map(|one| one.number);
        match store.set_reminder(wave.id, number, &draft, &desk.actor(), desk.now).await {
            Ok(_) => return Ok(done(wants, &back(&desk, &wave), "Planned.")),
            Err(WriteError::Refused(why)) => {
                let field = match why {
                    ReminderRefused::Day(..) | ReminderRefused::TooLate => "on",
                    ReminderRefused::ThirdMail | ReminderRefused::TooMany => "third",
                    ReminderRefused::Text(_) => "body",
                    ReminderRefused::HasLeft | ReminderRefused::NotAnInvitation => {
                        return Err(refused(&desk, &wave, &why));
                    }
                };
                form.error(field, why.to_string());
            }
            Err(WriteError::Store(fault)) => return Err(fault.into()),
        }
    }
    let mut page = ReminderPage::of(&store, &templates, &desk, &wave, planned.as_ref(), form).await?;
    page.frame.failed = true;
    Ok(forms::invalid(&page))
}

async fn cancel(
    State(store): State<Store>,
    desk: Desk<SendMail>,
    Path((_, label, number)): Path<(String, String, String)>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    let number = number.parse().map_err(|_| PageError::NotFound)?;
    match store.cancel_reminder(wave.id, number, &desk.actor(), desk.now).await {
        Ok(_) => Ok(done(wants, &back(&desk, &wave), "Cancelled.")),
        Err(WriteError::Refused(why)) => Err(refused(&desk, &wave, &why)),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// The page of the wave that lists its reminders.
fn back<R: Right>(desk: &Desk<R>, wave: &Wave) -> String {
    path_of(desk, wave, if wave.is_draft() { "/check" } else { "/status#reminders" })
}

fn refused<R: Right>(desk: &Desk<R>, wave: &Wave, why: &ReminderRefused) -> PageError {
    PageError::Refused {
        code: why.code(),
        sentence: format!("{why}."),
        back: Some(Link::new(back(desk, wave), format!("Back to {}", wave_name(wave).to_lowercase()))),
    }
}

async fn default_letter<R: Right>(
    store: &Store,
    templates: &Templates,
    desk: &Desk<R>,
) -> Result<String, PageError> {
    let facts = store.event_facts(&desk.event).await?;
    templates.default_letter(Purpose::Reminder, &facts).map_err(PageError::internal)
}

#[derive(Template)]
#[template(path = "desk/mail/reminder.html")]
struct ReminderPage {
    frame: DeskFrame,
    form: Form,
    heading: String,
    lede: String,
    /// What the setting says, where it says anything.
    choices: Vec<(&'static str, String)>,
    /// It would be the third mail.
    is_third: bool,
    is_cancelled: bool,
    may_cancel: bool,
    /// Name and text of the mail as one of the wave gets it.
    shown: Option<(String, String)>,
    wave: String,
    here: String,
    back: String,
}

impl ReminderPage {
    async fn of(
        store: &Store,
        templates: &Templates,
        desk: &Desk<SendMail>,
        wave: &Wave,
        planned: Option<&PlannedReminder>,
        form: Form,
    ) -> Result<Self, PageError> {
        let event = &desk.event;
        let others = store
            .planned_reminders(event)
            .await?
            .iter()
            .filter(|one| one.wave == wave.id && one.is_planned() && Some(one.id) != planned.map(|p| p.id))
            .count();
        let by = wave.reply_by.map(|day| event.deadline_words(day)).unwrap_or_default();
        let mut choices = vec![("day", "On this day".to_owned())];
        if let (Some(days), true) = (event.reminder_days, others == 0) {
            let before = crate::views::counted(u64::from(days), "day", "days");
            choices.push(("setting", format!("{before} before the day to answer by, as the settings say")));
        }
        let number = planned.map_or_else(|| "new".to_owned(), |one| one.number.to_string());
        let heading = match planned {
            Some(_) => format!("Reminder to {}", wave_name(wave).to_lowercase()),
            None => format!("A reminder to {}", wave_name(wave).to_lowercase()),
        };
        Ok(Self {
            frame: desk.frame(heading.clone(), Section::Mail).await?,
            heading,
            lede: format!("Goes by itself to whoever has not answered then. They answer by {by}."),
            choices,
            is_third: others > 0,
            is_cancelled: planned.is_some_and(|one| one.is_cancelled),
            may_cancel: planned.is_some_and(|one| !one.is_cancelled),
            shown: shown(store, templates, desk, wave, form.values().raw("body")).await?,
            wave: wave_name(wave),
            here: path_of(desk, wave, &format!("/reminders/{number}")),
            back: back(desk, wave),
            form,
        })
    }
}

/// The mail as the first of the wave would get it.
async fn shown(
    store: &Store,
    templates: &Templates,
    desk: &Desk<SendMail>,
    wave: &Wave,
    body: &str,
) -> Result<Option<(String, String)>, PageError> {
    let people = store.wave_people(wave.id).await?;
    let Some((first, _)) = people.first() else { return Ok(None) };
    let draft = WaveDraft {
        kind: WaveKind::Reminder,
        subject: String::new(),
        body: body.to_owned(),
        reply_by: None,
        invitations: vec![*first],
        personal_lines: Vec::new(),
    };
    let plan = store.plan(desk.event.id, WaveKind::Reminder, &[*first], desk.now).await?;
    let person = plan.recipients.into_iter().chain(plan.left_out).next();
    let name = person.map(|(person, _)| person.shown_name().to_owned()).unwrap_or_default();
    let mail = rendered(store, templates, desk, None, &draft, *first).await?;
    Ok(mail.ok().map(|mail| (name, mail.text)))
}
