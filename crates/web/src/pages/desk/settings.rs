//! Settings of an event: a summary with a Change link each, and a page with one form for each part.
//!
//! The fields are the keys of `event set` (core), so the command line and the page refuse the same
//! things in the same words. Every form carries the version it was made from.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::{Event, EventState, KeyError, PageMode, PageOrder, Remote, SeatPolicy};
use conclave_persistence::{CommitteeLine, EventChangeRefused, LogFilter, Store, StoreError, WriteError};
use http::StatusCode;

use super::events::capital;
use crate::access::{Desk, Edit, See};
use crate::components::{Field, Hidden};
use crate::conflict::Conflict;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::{DeskFrame, Section};
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::counted;

mod parts;

use parts::{Control, Key, PARTS, Part};

/// Routes of the settings.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/settings", get(show))
        .route("/c/{event}/settings/printed", get(show_printed).post(save_printed))
        .route("/c/{event}/settings/{part}", get(edit).post(save))
}

async fn show(State(store): State<Store>, desk: Desk<See>) -> Result<Response, PageError> {
    let event = &desk.event;
    let printed = store.committee_lines(event.id).await?;
    let committee = store.committee(event.id).await?;
    let here = desk.path("/settings");
    let mut rows: Vec<Row> = PARTS
        .iter()
        .map(|part| Row {
            name: part.name,
            fact: summary(event, part.word),
            href: format!("{here}/{}", part.word),
        })
        .collect();
    let questions = store.questions(event.id).await?;
    let asked = questions.iter().filter(|question| !question.is_retired).count() as u64;
    rows.push(Row {
        name: "Questions after a yes",
        fact: match asked {
            0 => "None; days of travel and a note are always asked".to_owned(),
            asked => counted(asked, "question", "questions"),
        },
        href: format!("{here}/questions"),
    });
    rows.push(Row {
        name: "Printed committee",
        fact: printed.iter().map(|line| line.name.as_str()).collect::<Vec<_>>().join(", "),
        href: format!("{here}/printed"),
    });
    Ok(forms::page(&SettingsPage {
        frame: desk.frame("Settings", Section::Settings).await?,
        rows,
        members: committee
            .into_iter()
            .map(|(account, role)| Member { name: account.name, email: account.email, role: role.as_str() })
            .collect(),
        may_edit: desk.may(Action::Edit),
        may_manage: desk.may(Action::ManageMembers),
        may_decide: desk.may(Action::Decide),
        asks_again: matches!(event.state, EventState::Open | EventState::Closed)
            && !event.has_begun(desk.now),
        state: event.state,
        name: event.short_name().to_owned(),
        here,
        base: desk.path(""),
    }))
}

async fn edit(desk: Desk<Edit>, Path((_, word)): Path<(String, String)>) -> Result<Response, PageError> {
    let part = find(&word)?;
    let mut pairs = desk.event.settings();
    pairs.push(("slug", desk.event.slug.to_string()));
    let page = PartPage::new(&desk, part, Form::filled(pairs), desk.event.version).await?;
    Ok(forms::page(&page))
}

async fn save(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, word)): Path<(String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let part = find(&word)?;
    let version: u32 = typed.text("version").parse().unwrap_or_default();
    let settings = wanted(part, &typed);
    let mut form = Form::typed(typed);
    match store.set_event(desk.event.id, Some(version), &settings, &desk.actor(), desk.now).await {
        Ok(event) => return Ok(done(wants, &format!("/c/{}/settings", event.slug), "Saved.")),
        Err(WriteError::Store(StoreError::Stale)) => {
            return stale(&store, &desk, part, form.values(), &settings).await;
        }
        Err(WriteError::Store(fault)) => return Err(fault.into()),
        Err(WriteError::Refused(EventChangeRefused::Key(KeyError::Value { key, problem }))) => {
            form.error(key, capital(&problem));
        }
        // People were invited to what is there now: what it means for them is asked on a page of its own.
        Err(WriteError::Refused(EventChangeRefused::MoveOrSmall(_))) => {
            return Ok(Redirect::to(&super::changes::path_for(&desk, &settings, version)).into_response());
        }
        Err(WriteError::Refused(EventChangeRefused::SlugTaken)) => {
            form.error("slug", EventChangeRefused::SlugTaken.to_string());
        }
        Err(WriteError::Refused(refused @ EventChangeRefused::LetterWaits(_))) => {
            form.error(part.keys.first().map_or("", |key| key.key), refused.to_string());
            let page = PartPage::new(&desk, part, form, version).await?;
            return Ok(forms::answer(StatusCode::CONFLICT, &page));
        }
        Err(WriteError::Refused(refused)) => {
            return Err(PageError::refused(refused.code(), refused.to_string()));
        }
    }
    Ok(forms::invalid(&PartPage::new(&desk, part, form, version).await?))
}

/// What the form asks for, as settings. A box that is not ticked is not sent, and means no.
fn wanted(part: &Part, typed: &Typed) -> Vec<(String, String)> {
    let holds = typed.text("policy") == "hold";
    part.keys
        .iter()
        // The number belongs to the other policy.
        .filter(|key| !(key.key == "over_invite" && holds))
        .filter(|key| matches!(key.control, Control::Tick) || typed.has(key.key))
        .map(|key| {
            let value = match key.control {
                Control::Tick if typed.has(key.key) => "yes",
                Control::Tick => "no",
                _ => typed.raw(key.key),
            };
            (key.key.to_owned(), value.to_owned())
        })
        .collect()
}

fn find(word: &str) -> Result<&'static Part, PageError> {
    PARTS.iter().find(|part| part.word == word).ok_or(PageError::NotFound)
}

/// Both versions of what differs.
async fn stale(
    store: &Store,
    desk: &Desk<Edit>,
    part: &Part,
    typed: &Typed,
    wanted: &[(String, String)],
) -> Result<Response, PageError> {
    let event = store.event(desk.event.slug.as_str()).await?.ok_or(PageError::NotFound)?;
    let stored = event.settings();
    let row = |(key, yours): &(String, String)| {
        let (_, theirs) = stored.iter().find(|(known, _)| known == key)?;
        let label = part.keys.iter().find(|known| known.key == key).map_or(key.as_str(), |key| key.label);
        Some((label.to_owned(), theirs.trim().to_owned(), yours.trim().to_owned()))
    };
    let here = desk.path(&format!("/settings/{}", part.word));
    let conflict = Conflict {
        what: part.name.to_owned(),
        keep: here.clone(),
        action: here,
        rows: wanted.iter().filter_map(row).collect(),
        typed,
        renewed: ("version", event.version.to_string()),
        newest: LogFilter { what: "event".to_owned(), ..LogFilter::default() },
    };
    conflict.answer(store, desk, Section::Settings).await
}

async fn show_printed(State(store): State<Store>, desk: Desk<Edit>) -> Result<Response, PageError> {
    let lines = store.committee_lines(desk.event.id).await?;
    let text = printed(&lines);
    let form = Form::filled([("lines", text.as_str()), ("seen", text.as_str())]);
    Ok(forms::page(&PrintedPage::new(&desk, form).await?))
}

async fn save_printed(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let text = form.values().raw("lines").to_owned();
    let lines: Vec<CommitteeLine> = text
        .lines()
        .map(|line| line.split_once(',').unwrap_or((line, "")))
        .map(|(name, remark)| CommitteeLine {
            name: name.trim().to_owned(),
            remark: remark.trim().to_owned(),
        })
        .filter(|line| !line.name.is_empty())
        .collect();
    if lines.len() > 50 || text.chars().any(|c| c.is_control() && c != '\n') {
        form.error("lines", "Write up to 50 lines of plain text");
    }
    if lines.iter().any(|line| line.name.chars().count() > 200 || line.remark.chars().count() > 200) {
        form.error("lines", "Shorten the names and remarks to 200 characters");
    }
    if form.has_errors() {
        return Ok(forms::invalid(&PrintedPage::new(&desk, form).await?));
    }
    let seen = form.values().has("seen").then(|| form.values().raw("seen").to_owned());
    let by = desk.actor();
    match store.change_committee_lines(desk.event.id, seen.as_deref(), &lines, &by, desk.now).await {
        Ok(()) => Ok(done(wants, &desk.path("/settings"), "Saved.")),
        Err(StoreError::Stale) => {
            let theirs = printed(&store.committee_lines(desk.event.id).await?);
            let here = desk.path("/settings/printed");
            let conflict = Conflict {
                what: "Printed committee".to_owned(),
                keep: here.clone(),
                action: here,
                rows: vec![("Lines".to_owned(), theirs.clone(), printed(&lines))],
                typed: form.values(),
                renewed: ("seen", theirs),
                newest: LogFilter { what: "event".to_owned(), ..LogFilter::default() },
            };
            conflict.answer(&store, &desk, Section::Settings).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Lines as they are typed.
fn printed(lines: &[CommitteeLine]) -> String {
    lines.iter().map(CommitteeLine::text).collect::<Vec<_>>().join("\n")
}

/// One row of the summary.
fn summary(event: &Event, part: &str) -> String {
    let day = |day| event.deadline_words(day);
    match part {
        "name" => format!("{} ({})", event.title, event.slug),
        "dates" => {
            let hours = match (event.starts, event.ends) {
                (Some(starts), Some(ends)) => {
                    format!(", {} to {}", starts.format("%H:%M"), ends.format("%H:%M"))
                }
                _ => String::new(),
            };
            let place = if event.place.is_empty() { "no place yet" } else { &event.place };
            let days = deadline::date_range(event.first_day, event.last_day);
            format!("{days}{hours}; {place} ({})", event.zone.name())
        }
        "seats" => {
            let seats = event.seats.map_or_else(|| "Not set".to_owned(), |seats| seats.to_string());
            let policy = match event.policy {
                SeatPolicy::Hold => "An open invitation holds a seat".to_owned(),
                SeatPolicy::OverInvite(more) => format!("Up to {more} more are invited than there are seats"),
            };
            let remote = match event.remote {
                Remote::Off => String::new(),
                Remote::Limited(seats) => format!(" {seats} by video."),
                Remote::Unlimited => " By video without limit.".to_owned(),
            };
            format!("{seats}. {policy}.{remote}")
        }
        "reserve" if event.backfill.automatic => {
            let until = event.backfill.until.unwrap_or(event.answers_close).min(event.answers_close);
            format!("The next is written to by itself, until {}", day(until))
        }
        "reserve" => "The next is proposed to you".to_owned(),
        "answers" => {
            let silence = if event.lapse { "silence lapses by itself" } else { "silence waits for you" };
            format!(
                "Answers close {}; {silence}. Topics by {}.",
                day(event.answers_close),
                deadline::day_short(event.topics_by)
            )
        }
        "mail" => {
            let reminder = event.reminder_days.map_or_else(
                || "no reminder by itself".to_owned(),
                |days| {
                    format!("one reminder {} before the reply-by date", counted(days.into(), "day", "days"))
                },
            );
            let reply_to = if event.reply_to.is_empty() { "nobody yet" } else { &event.reply_to };
            let hold = counted(event.hold_minutes.into(), "minute", "minutes");
            format!("Replies go to {reply_to}; waves wait {hold}; {reminder}")
        }
        _ => {
            let page = match event.page {
                PageMode::Off => "Off",
                PageMode::Facts => "Facts only, no names",
                PageMode::Full => "With topics and the names of those who agreed",
            };
            let order = match event.page_order {
                PageOrder::List => "in the order of the list",
                PageOrder::Name => "by name",
            };
            format!("{page}, {order}")
        }
    }
}

/// One row of the summary list.
struct Row {
    name: &'static str,
    fact: String,
    href: String,
}

struct Member {
    name: String,
    email: String,
    role: &'static str,
}

#[derive(Template)]
#[template(path = "desk/settings/list.html")]
struct SettingsPage {
    frame: DeskFrame,
    rows: Vec<Row>,
    members: Vec<Member>,
    may_edit: bool,
    may_manage: bool,
    may_decide: bool,
    /// Everybody with a seat can be asked to say again that they come.
    asks_again: bool,
    state: EventState,
    name: String,
    here: String,
    base: String,
}

#[derive(Template)]
#[template(path = "desk/settings/part.html")]
struct PartPage {
    frame: DeskFrame,
    heading: &'static str,
    lede: &'static str,
    form: Form,
    keys: &'static [Key],
    version: Hidden,
    here: String,
    back: String,
}

impl PartPage {
    async fn new(
        desk: &Desk<Edit>,
        part: &'static Part,
        form: Form,
        version: u32,
    ) -> Result<Self, PageError> {
        Ok(Self {
            frame: desk.frame(part.name, Section::Settings).await?.failed(form.has_errors()),
            heading: part.name,
            lede: part.lede,
            form,
            keys: part.keys,
            version: Hidden { name: "version", value: version.to_string() },
            here: desk.path(&format!("/settings/{}", part.word)),
            back: desk.path("/settings"),
        })
    }

    fn field(&self, key: &Key) -> Field {
        key.field(&self.form)
    }
}

#[derive(Template)]
#[template(path = "desk/settings/printed.html")]
struct PrintedPage {
    frame: DeskFrame,
    form: Form,
    here: String,
    back: String,
}

impl PrintedPage {
    async fn new(desk: &Desk<Edit>, form: Form) -> Result<Self, PageError> {
        Ok(Self {
            frame: desk.frame("Printed committee", Section::Settings).await?.failed(form.has_errors()),
            form,
            here: desk.path("/settings/printed"),
            back: desk.path("/settings"),
        })
    }
}
