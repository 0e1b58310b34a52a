//! Changes that people are told of: moving the event, a small change, cancelling and taking that back,
//! asking everybody again. Each is asked on a page with its numbers and the mail as one person gets it;
//! afterwards [`told`] lists who was reached and who was not.

mod told;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use chrono::{NaiveDate, TimeDelta};
use conclave_core::answer::AnswerValue;
use conclave_core::change::{ChangeKind, Difference, gist};
use conclave_core::deadline;
use conclave_core::event::{Event, EventMove, EventState, KEYS, KeyError};
use conclave_core::facts::Recipient;
use conclave_core::purpose::Purpose;
use conclave_mail::preview::preview;
use conclave_mail::templates::{Rendered, Templates};
use conclave_persistence::{
    Announce, ChangePreview, EventChangeRefused, Mailing, Store, StoreError, WriteError,
};
use http::StatusCode;

use super::events::capital;
use super::moves::not_possible;
use crate::access::{Decide, Desk, Right, SendMail};
use crate::components::Field;
use crate::csrf::FORM_TOKEN;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::{DeskFrame, Link, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::{counted, people};

/// Routes of the changes.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/change", get(ask_change).post(change))
        .route("/c/{event}/reconfirm", get(ask_reconfirm).post(reconfirm))
        .route("/c/{event}/cancel", get(ask_cancel).post(cancel))
        .route("/c/{event}/revive", get(ask_revive).post(revive))
        .merge(told::routes())
}

/// Path of the page that asks about settings which people were invited to.
pub(super) fn path_for<R>(desk: &Desk<R>, settings: &[(String, String)], version: u32) -> String
where
    R: Right,
{
    let query = settings
        .iter()
        .fold(Query::default().with("version", &version.to_string()), |query, (key, value)| {
            query.with(key, value)
        });
    desk.path(&format!("/change{query}"))
}

/// What is asked about.
#[derive(Clone, Debug)]
enum Asked {
    Change(Vec<(String, String)>),
    Reconfirm,
    Cancel,
    Revive,
}

impl Asked {
    fn word(&self) -> &'static str {
        match self {
            Self::Change(_) => "change",
            Self::Reconfirm => "reconfirm",
            Self::Cancel => "cancel",
            Self::Revive => "revive",
        }
    }

    /// The field with the committee's words.
    fn words_field(&self) -> &'static str {
        match self {
            Self::Change(_) | Self::Reconfirm => "note",
            Self::Cancel | Self::Revive => "reason",
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Self::Change(_) | Self::Revive => Purpose::Change,
            Self::Reconfirm => Purpose::Reconfirm,
            Self::Cancel => Purpose::Cancellation,
        }
    }
}

/// What was typed on the page that asks.
struct Choice {
    /// None: not chosen yet.
    is_move: Option<bool>,
    words: String,
    by: Option<NaiveDate>,
    mailing: Mailing,
}

impl Choice {
    fn read(form: &mut Form, asked: &Asked, event: &Event) -> Self {
        let is_move = match form.value("kind") {
            "move" => Some(true),
            "small" => Some(false),
            _ => None,
        };
        let by = match form.value("by") {
            "" => None,
            typed => typed
                .parse()
                .map_err(|_| form.error("by", "Write the day as 2019-05-24 (year-month-day)"))
                .ok(),
        };
        let asks_again = matches!(asked, Asked::Reconfirm | Asked::Revive) || is_move == Some(true);
        Self {
            is_move,
            words: form.value(asked.words_field()).replace("\r\n", "\n"),
            by: by.filter(|_| asks_again),
            mailing: Mailing {
                mail: form.values().has("mail"),
                with_declined: form.values().has("declined"),
                hold: TimeDelta::minutes(i64::from(event.hold_minutes)),
            },
        }
    }

    fn announce(&self) -> Announce {
        Announce {
            is_move: self.is_move.unwrap_or(true),
            note: self.words.clone(),
            reconfirm_by: self.by,
            mailing: self.mailing.clone(),
        }
    }
}

async fn ask_change(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<SendMail>,
    query: Query,
) -> Result<Response, PageError> {
    let settings = settings(query.pairs());
    let mut form = Form::filled([
        ("version", query.text("version").to_owned()),
        ("mail", "yes".to_owned()),
        ("by", proposed(&desk).to_string()),
    ]);
    let asked = Asked::Change(settings);
    let page = AskPage::of(&store, &templates, &desk, &asked, &mut form).await?;
    if page.lines.is_empty() {
        return Ok(Redirect::to(&desk.path("/settings")).into_response());
    }
    Ok(forms::page(&page))
}

async fn change(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<SendMail>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let settings = settings(typed.pairs());
    let version = typed.text("version").parse().ok();
    let asked = Asked::Change(settings.clone());
    let Some((mut form, choice)) = chosen(&desk, &asked, typed) else {
        return Err(PageError::NotFound);
    };
    if choice.is_move.is_none() {
        form.error("kind", "Choose whether the event moves or the change is small");
    }
    if form.has_errors() || is_preview(&form) {
        return again(&store, &templates, &desk, &asked, form).await;
    }
    let (actor, now) = (desk.actor(), desk.now);
    let changed =
        store.change_event(desk.event.id, version, &settings, &choice.announce(), &actor, now).await;
    finish(&store, &templates, &desk, &asked, form, &choice, changed, wants).await
}

async fn ask_reconfirm(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<SendMail>,
) -> Result<Response, PageError> {
    let takes_answers = matches!(desk.event.state, EventState::Open | EventState::Closed);
    if !takes_answers || desk.event.has_begun(desk.now) {
        let refused = EventChangeRefused::NothingToConfirm;
        return Err(PageError::refused(refused.code(), format!("{refused}.")));
    }
    let mut form = Form::filled([("mail", "yes".to_owned()), ("by", proposed(&desk).to_string())]);
    Ok(forms::page(&AskPage::of(&store, &templates, &desk, &Asked::Reconfirm, &mut form).await?))
}

async fn reconfirm(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<SendMail>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let asked = Asked::Reconfirm;
    let Some((mut form, choice)) = chosen(&desk, &asked, typed) else {
        return Err(PageError::NotFound);
    };
    let Some(by) = choice.by else {
        if form.error_of("by").is_none() {
            form.error("by", "Choose the day until which they say it again");
        }
        return again(&store, &templates, &desk, &asked, form).await;
    };
    if form.has_errors() || is_preview(&form) {
        return again(&store, &templates, &desk, &asked, form).await;
    }
    let (actor, now) = (desk.actor(), desk.now);
    let asked_again =
        store.ask_to_reconfirm(desk.event.id, by, &choice.words, &choice.mailing, &actor, now).await;
    finish(&store, &templates, &desk, &asked, form, &choice, asked_again, wants).await
}

async fn ask_cancel(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<Decide>,
) -> Result<Response, PageError> {
    refuse_impossible(&desk, EventMove::Cancel)?;
    let mut form = Form::filled([("mail", "yes")]);
    Ok(forms::page(&AskPage::of(&store, &templates, &desk, &Asked::Cancel, &mut form).await?))
}

async fn cancel(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<Decide>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    refuse_impossible(&desk, EventMove::Cancel)?;
    let asked = Asked::Cancel;
    let Some((mut form, choice)) = chosen(&desk, &asked, typed) else {
        return Err(PageError::NotFound);
    };
    if is_preview(&form) {
        return again(&store, &templates, &desk, &asked, form).await;
    }
    if choice.words.is_empty() {
        form.error("reason", "Say why");
    }
    if form.value("slug") != desk.event.slug.as_str() {
        form.error("slug", EventChangeRefused::NotConfirmed(desk.event.slug.to_string()).to_string());
    }
    if form.has_errors() {
        return again(&store, &templates, &desk, &asked, form).await;
    }
    let cancelled =
        store.cancel_event(desk.event.id, &choice.words, &choice.mailing, &desk.actor(), desk.now).await;
    finish(&store, &templates, &desk, &asked, form, &choice, cancelled, wants).await
}

async fn ask_revive(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<Decide>,
) -> Result<Response, PageError> {
    refuse_impossible(&desk, EventMove::Revive)?;
    let mut form = Form::filled([("mail", "yes".to_owned()), ("by", proposed(&desk).to_string())]);
    Ok(forms::page(&AskPage::of(&store, &templates, &desk, &Asked::Revive, &mut form).await?))
}

async fn revive(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<Decide>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    refuse_impossible(&desk, EventMove::Revive)?;
    let asked = Asked::Revive;
    let Some((mut form, choice)) = chosen(&desk, &asked, typed) else {
        return Err(PageError::NotFound);
    };
    if choice.words.is_empty() && !is_preview(&form) {
        form.error("reason", "Say why");
    }
    if form.has_errors() || is_preview(&form) {
        return again(&store, &templates, &desk, &asked, form).await;
    }
    let (actor, now) = (desk.actor(), desk.now);
    let revived =
        store.revive_event(desk.event.id, &choice.words, choice.by, &choice.mailing, &actor, now).await;
    finish(&store, &templates, &desk, &asked, form, &choice, revived, wants).await
}

/// The form with what is wrong in it, and what was chosen; none where nothing is to be changed.
fn chosen<R: Right>(desk: &Desk<R>, asked: &Asked, typed: Typed) -> Option<(Form, Choice)> {
    if matches!(asked, Asked::Change(settings) if settings.is_empty()) {
        return None;
    }
    let mut form = Form::typed(typed);
    let choice = Choice::read(&mut form, asked, &desk.event);
    Some((form, choice))
}

/// "See the mail" was pressed: nothing is done.
fn is_preview(form: &Form) -> bool {
    form.value("do") == "preview"
}

/// What cannot be done is not asked about.
fn refuse_impossible<R: Right>(desk: &Desk<R>, wanted: EventMove) -> Result<(), PageError> {
    match desk.event.after(wanted, Some("asked"), 1, desk.now) {
        Ok(_) => Ok(()),
        Err(refused) => Err(not_possible(desk, &refused)),
    }
}

/// The page again, with what was typed: 422 where something is wrong.
async fn again<R: Right>(
    store: &Store,
    templates: &Templates,
    desk: &Desk<R>,
    asked: &Asked,
    mut form: Form,
) -> Result<Response, PageError> {
    let page = AskPage::of(store, templates, desk, asked, &mut form).await?;
    Ok(if page.form.has_errors() { forms::invalid(&page) } else { forms::page(&page) })
}

#[expect(clippy::too_many_arguments, reason = "what was asked, what was typed and what came of it")]
async fn finish<R: Right>(
    store: &Store,
    templates: &Templates,
    desk: &Desk<R>,
    asked: &Asked,
    mut form: Form,
    choice: &Choice,
    outcome: Result<Event, WriteError<EventChangeRefused>>,
    wants: Wants,
) -> Result<Response, PageError> {
    match outcome {
        Ok(event) => {
            let number = event.changes.last().map(|change| change.number);
            let was_told = event.changes.len() > desk.event.changes.len();
            // Asked twice is asked once, and the round is there to look at.
            let is_shown = was_told || matches!(asked, Asked::Reconfirm);
            let next = match number.filter(|_| is_shown) {
                Some(number) => format!("/c/{}/changes/{number}", event.slug),
                None if matches!(asked, Asked::Cancel | Asked::Revive) => format!("/c/{}", event.slug),
                None => format!("/c/{}/settings", event.slug),
            };
            let sentence = if choice.mailing.mail { "Done; the mail is prepared." } else { "Done." };
            Ok(done(wants, &next, sentence))
        }
        Err(WriteError::Refused(EventChangeRefused::Key(KeyError::Value { key, problem }))) => {
            form.error(field_of(&key, asked), capital(&problem));
            again(store, templates, desk, asked, form).await
        }
        Err(WriteError::Refused(EventChangeRefused::Move(refused))) => Err(not_possible(desk, &refused)),
        Err(WriteError::Refused(refused)) => Err(refusal(desk, &refused)),
        Err(WriteError::Store(StoreError::Stale)) => {
            // What would happen is shown anew, from what is saved now, with everything that was typed.
            let version = desk.event.version.to_string();
            let kept = form.values().pairs().filter(|(name, _)| *name != "version" && *name != FORM_TOKEN);
            let mut renewed = Form::filled(kept.chain([("version", version.as_str())]));
            renewed.error(
                "kind",
                "Somebody changed the settings while you were writing, and nothing was saved. Look at what \
                 would change now, and press again",
            );
            let page = AskPage::of(store, templates, desk, asked, &mut renewed).await?;
            Ok(forms::answer(StatusCode::CONFLICT, &page))
        }
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// A refusal as a page that leads to where it can be mended.
fn refusal<R: Right>(desk: &Desk<R>, refused: &EventChangeRefused) -> PageError {
    let back = match refused {
        EventChangeRefused::LetterWaits(_) => Link::new(desk.path("/mail"), "Mail"),
        _ => Link::new(desk.path("/settings"), "Settings"),
    };
    let sentence = format!("{}.", capital(&refused.to_string()));
    PageError::Refused { code: refused.code(), sentence, back: Some(back) }
}

/// Where a refused value was typed; settings were typed on the page before.
fn field_of(key: &str, asked: &Asked) -> &'static str {
    match key {
        "reconfirm_by" => "by",
        "note" => asked.words_field(),
        _ => "kind",
    }
}

/// The keys of `event set` among the pairs.
fn settings<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    pairs
        .filter(|(key, _)| KEYS.contains(key) || *key == "slug")
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn proposed<R: Right>(desk: &Desk<R>) -> NaiveDate {
    let today = deadline::today(desk.now, desk.event.zone);
    deadline::propose_reply_by(today, desk.event.first_day).min(desk.event.last_day).max(today)
}

#[derive(Template)]
#[template(path = "desk/changes/ask.html")]
struct AskPage {
    frame: DeskFrame,
    form: Form,
    heading: String,
    consequence: Vec<String>,
    lines: Vec<Difference>,
    /// Settings to be saved with it.
    kept: Vec<(String, String)>,
    chooses_kind: bool,
    has_seat: u64,
    asks_day: bool,
    words_field: &'static str,
    words_label: &'static str,
    words_hint: &'static str,
    confirm: Option<String>,
    /// People who would be written to, without and with those who declined.
    told: u64,
    declined: u64,
    may_mail: bool,
    offers_declined: bool,
    hold: String,
    sample: Option<(Recipient, Rendered)>,
    reply_to: String,
    button: String,
    is_bad: bool,
    here: String,
    back: String,
}

impl AskPage {
    async fn of<R: Right>(
        store: &Store,
        templates: &Templates,
        desk: &Desk<R>,
        asked: &Asked,
        form: &mut Form,
    ) -> Result<Self, PageError> {
        let event = &desk.event;
        let choice = Choice::read(&mut form.clone(), asked, event);
        let found = looked(store, desk, asked, &choice, form).await?;
        let count = |answers: &[Option<AnswerValue>]| found.count(answers);
        let has_seat = count(&[Some(AnswerValue::Accepted), Some(AnswerValue::Tentative)]);
        let declined =
            count(&[Some(AnswerValue::Declined), Some(AnswerValue::Cancelled), Some(AnswerValue::Lapsed)]);
        let sample = match &found.sample {
            None => None,
            Some(facts) => {
                let shown = preview(templates, asked.purpose(), facts, &store.site().public_url)
                    .map_err(PageError::internal)?;
                Some((facts.to.clone(), shown))
            }
        };
        let told = found.mails;
        let name = event.short_name();
        let (heading, button) = match asked {
            Asked::Change(_) => ("Does the event move?".to_owned(), "Change it".to_owned()),
            Asked::Reconfirm => ("Ask everybody to say again that they come".to_owned(), "Ask".to_owned()),
            Asked::Cancel => (format!("Cancel {name}?"), "Cancel the event".to_owned()),
            Asked::Revive => {
                (format!("{name} takes place after all?"), "Take the cancellation back".to_owned())
            }
        };
        let button = match (asked, choice.mailing.mail && told > 0) {
            (_, false) => button,
            (Asked::Reconfirm, true) => format!("Ask {}", people(told)),
            (_, true) => format!("{button} and tell {}", people(told)),
        };
        let is_change = matches!(asked, Asked::Change(_));
        Ok(Self {
            frame: desk.frame(heading.clone(), Section::Settings).await?.failed(form.has_errors()),
            consequence: consequence(asked, event, &found),
            kept: match asked {
                Asked::Change(settings) => settings.clone(),
                Asked::Reconfirm | Asked::Cancel | Asked::Revive => Vec::new(),
            },
            chooses_kind: is_change,
            asks_day: is_change || matches!(asked, Asked::Reconfirm | Asked::Revive),
            words_field: asked.words_field(),
            words_label: match asked {
                Asked::Cancel => "What should the mail and the pages say?",
                Asked::Revive => "Why?",
                Asked::Change(_) | Asked::Reconfirm => "What do you want to say about it?",
            },
            words_hint: match asked {
                Asked::Cancel => "Everybody who opens their link reads it.",
                Asked::Revive => "Stands in the mail and in the record.",
                Asked::Change(_) | Asked::Reconfirm => "Optional; stands in the mail and on their pages.",
            },
            confirm: matches!(asked, Asked::Cancel).then(|| format!("Type {} to confirm", event.slug)),
            may_mail: event.state != EventState::Draft,
            offers_declined: !matches!(asked, Asked::Reconfirm),
            hold: match event.hold_minutes {
                0 => "It leaves at once.".to_owned(),
                minutes => format!(
                    "It waits {}; until then you can stop it.",
                    counted(minutes.into(), "minute", "minutes")
                ),
            },
            lines: found.lines,
            here: desk.path(&format!("/{}", asked.word())),
            back: desk.path("/settings"),
            is_bad: matches!(asked, Asked::Cancel),
            reply_to: event.reply_to.clone(),
            form: form.clone(),
            heading,
            has_seat,
            told,
            declined,
            sample,
            button,
        })
    }

    fn words(&self) -> Field {
        self.form.area(self.words_field, self.words_label).hint(self.words_hint).rows(4)
    }

    fn kinds(&self) -> Vec<(&'static str, String)> {
        let again = if self.has_seat == 1 {
            "the one person with a seat says again that they come".to_owned()
        } else {
            format!("all {} with a seat say again that they come, and keep it meanwhile", self.has_seat)
        };
        vec![
            ("move", format!("It moves: {again}")),
            ("small", "It is small, such as another room: nobody is asked again".to_owned()),
        ]
    }
}

/// What would happen, with what was typed; without what cannot be, and the form says what that is.
async fn looked<R: Right>(
    store: &Store,
    desk: &Desk<R>,
    asked: &Asked,
    choice: &Choice,
    form: &mut Form,
) -> Result<ChangePreview, PageError> {
    let (event, actor) = (&desk.event, desk.actor());
    let mut by = choice.by;
    let mut words = choice.words.clone();
    // Twice at most: the second time without what was refused.
    for _ in 0..3 {
        let found = match asked {
            Asked::Change(settings) => {
                let announce = Announce { reconfirm_by: by, note: words.clone(), ..choice.announce() };
                store.preview_change(event, settings, &announce, &actor, desk.now).await
            }
            Asked::Reconfirm | Asked::Cancel | Asked::Revive => {
                let kind = match asked {
                    Asked::Cancel => ChangeKind::Cancelled,
                    Asked::Revive => ChangeKind::Revived,
                    Asked::Reconfirm | Asked::Change(_) => ChangeKind::Reconfirm,
                };
                store.preview_move(event, kind, by, &words, &choice.mailing, &actor, desk.now).await
            }
        };
        match found {
            Ok(found) => return Ok(found),
            Err(WriteError::Refused(EventChangeRefused::Key(KeyError::Value { key, problem })))
                if key == "reconfirm_by" || key == "note" =>
            {
                let field = field_of(&key, asked);
                if form.error_of(field).is_none() {
                    form.error(field, capital(&problem));
                }
                if key == "note" {
                    words.clear();
                } else {
                    by = None;
                }
            }
            Err(WriteError::Refused(refused)) => return Err(refusal(desk, &refused)),
            Err(WriteError::Store(fault)) => return Err(fault.into()),
        }
    }
    Err(PageError::NotFound)
}

/// What follows, in numbers.
fn consequence(asked: &Asked, event: &Event, found: &ChangePreview) -> Vec<String> {
    use AnswerValue as A;
    let count = |answers: &[Option<A>]| found.count(answers);
    let standing = format!(
        "{} accepted, {} cannot say yet, {} on the waiting list, {} without an answer.",
        people(count(&[Some(A::Accepted)])),
        count(&[Some(A::Tentative)]),
        count(&[Some(A::Waiting)]),
        count(&[None]),
    );
    let mut said = Vec::new();
    match asked {
        Asked::Change(_) => {
            said.push(format!("{}. {standing}", capital(&gist(&found.lines))));
            let after = &found.after;
            if after.answers_close != event.answers_close || after.topics_by != event.topics_by {
                said.push(format!(
                    "If it moves, answers close {} and topics {}.",
                    event.deadline_words(after.answers_close),
                    event.deadline_words(after.topics_by)
                ));
            }
            if event.state == EventState::Closed {
                said.push("If it moves, the closed list opens again.".to_owned());
            }
        }
        Asked::Reconfirm => {
            said.push(standing);
            said.push(
                "Seats are kept meanwhile, and nothing lapses by itself: those who do not say it again are \
                 listed for you."
                    .to_owned(),
            );
        }
        Asked::Cancel => {
            said.push(standing);
            said.push(
                "Mail that has not left is dropped. Links stop taking answers and say that it is cancelled, so \
                 does the public page; calendars are told. The data stays."
                    .to_owned(),
            );
        }
        Asked::Revive => {
            said.push(standing);
            said.push(
                "Links take answers again, and everybody with a seat says again that they come.".to_owned(),
            );
        }
    }
    said
}
