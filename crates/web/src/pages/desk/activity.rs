//! The record of an event: who did what, never edited (ux.md 7, Activity). Filtered by the address, taken
//! out as a file, checked from its first line to its last.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::export::LogRow;
use conclave_core::export::files::{Format, write};
use conclave_core::log_entry::KINDS;
use conclave_persistence::{LogCheck, LogFilter, LogLine, Store};
use http::{HeaderValue, header};

use super::record::{Line, own_case};
use crate::access::{Desk, ExportAll, See};
use crate::components::Pager;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::session::Signed;
use crate::state::AppState;
use crate::views::counted;

/// Routes of the record.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/activity", get(show))
        .route("/c/{event}/activity/check", get(check))
        .route("/c/{event}/activity/export", post(export))
}

/// What the address may narrow the record by.
const FIELDS: [&str; 6] = ["who", "what", "whom", "from", "to", "reasons"];

async fn show(State(store): State<Store>, desk: Desk<See>, query: Query) -> Result<Response, PageError> {
    let mut form = Form::filled(FIELDS.map(|field| (field, query.text(field).to_owned())));
    let filter = LogFilter { not_about: own_case(&store, &desk).await?, ..read(&mut form, &desk.event) };
    let matching = store.log_count(Some(desk.event.id), &filter).await?;
    let pager = Pager::of(&query, matching);
    let lines = store.log_lines(Some(desk.event.id), &filter, pager.offset(), Pager::ROWS).await?;
    let people = desk.path("/invitees");
    let mut who_choices = vec![(String::new(), "Everybody".to_owned())];
    let actors = store.log_actors(desk.event.id).await?;
    who_choices.extend(actors.into_iter().map(|name| (name.clone(), actor(&name).to_owned())));
    let mut what_choices = vec![("", "Everything")];
    what_choices.extend(KINDS.iter().map(|(word, label, _)| (*word, *label)));
    let is_invalid = form.has_errors();
    let page = ActivityPage {
        frame: desk.frame("Activity", Section::Overview).await?.failed(is_invalid),
        lines: lines.iter().map(|line| Line::of(&desk.event, &people, line)).collect(),
        shown: format!("{}, newest first.", counted(matching, "line", "lines")),
        is_filtered: FIELDS.iter().any(|field| !query.text(field).is_empty()),
        kept: FIELDS
            .iter()
            .filter(|field| !query.text(field).is_empty())
            .map(|field| (*field, query.text(field).to_owned()))
            .collect(),
        may_export: desk.may(Action::ExportAll),
        form,
        here: desk.path("/activity"),
        who_choices,
        what_choices,
        pager,
    };
    Ok(if is_invalid { forms::invalid(&page) } else { forms::page(&page) })
}

/// The filter in a form; what cannot be read is noted and narrows nothing.
fn read(form: &mut Form, event: &Event) -> LogFilter {
    let day = |form: &mut Form, field: &str| {
        let read = |typed: &str| typed.parse::<NaiveDate>().map_err(|_| "write the day as 2019-05-24");
        form.optional(field, read).flatten()
    };
    let (since, until) = (day(form, "from"), day(form, "to"));
    let typed = form.values();
    LogFilter {
        who: typed.text("who").to_owned(),
        account: None,
        what: typed.text("what").to_owned(),
        whom: typed.text("whom").to_owned(),
        since: since.map(|day| begins(day, event)),
        until: until.map(|day| deadline::end_of_day(day, event.zone)),
        with_reason: !typed.text("reasons").is_empty(),
        not_about: None,
    }
}

fn begins(day: NaiveDate, event: &Event) -> DateTime<Utc> {
    day.pred_opt().map_or(DateTime::UNIX_EPOCH, |before| deadline::end_of_day(before, event.zone))
}

/// Invitees are one choice: whoever looks for one of them names them.
fn actor(recorded: &str) -> &str {
    match recorded {
        "invitee" => "Invitees",
        "system" => "Conclave",
        "operator" => "The operator",
        name => name,
    }
}

/// The lines of the filter as a file, once the record says who took them.
async fn export(
    State(store): State<Store>,
    desk: Desk<ExportAll>,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let format = match typed.text("format") {
        "json" => Format::Json,
        "csv" => Format::Csv,
        _ => return Err(PageError::NotFound),
    };
    let not_about = own_case(&store, &desk).await?;
    let filter = read(&mut Form::typed(Typed::from_pairs(FIELDS.map(|f| (f, typed.text(f))))), &desk.event);
    let filter = LogFilter { not_about, ..filter };
    let lines = store.log_lines(Some(desk.event.id), &filter, 0, 0).await?;
    let rows: Vec<LogRow> = lines.iter().map(LogLine::to_row).collect();
    let title = format!("{}: log ({})", desk.event.short_name(), rows.len());
    let bytes = write(&title, &rows, format, false).map_err(PageError::internal)?;
    store.log_export(&desk.event, "log", format.as_str(), rows.len(), &desk.actor(), desk.now).await?;
    let name = format!("attachment; filename=\"{}-log.{}\"", desk.event.slug, format.as_str());
    let name = HeaderValue::from_str(&name).map_err(PageError::internal)?;
    let kind = HeaderValue::from_static(format.content_type());
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

async fn check(State(store): State<Store>, desk: Desk<See>) -> Result<Response, PageError> {
    let LogCheck { entries, head, erased, broken } = store.check_log(Some(desk.event.id)).await?;
    let broken = broken.map(|broken| {
        let words = |at| deadline::instant_words(at, desk.event.zone, &desk.event.zone_name());
        let at = broken.at.map(|at| format!(", written {},", words(at))).unwrap_or_default();
        format!("Entry {}{at} is broken: {}.", broken.number, broken.why)
    });
    Ok(forms::page(&CheckPage {
        frame: desk.frame("Is the record whole?", Section::Overview).await?,
        broken,
        entries: counted(entries, "entry", "entries"),
        number: head.number,
        hash: head.hash_words(),
        erased: (erased > 0).then(|| counted(erased, "text was", "texts were")),
        command: format!("conclave log verify {}", desk.event.slug),
        back: desk.path("/activity"),
    }))
}

#[derive(Template)]
#[template(path = "desk/activity.html")]
struct ActivityPage {
    frame: DeskFrame,
    lines: Vec<Line>,
    shown: String,
    is_filtered: bool,
    kept: Vec<(&'static str, String)>,
    may_export: bool,
    form: Form,
    here: String,
    who_choices: Vec<(String, String)>,
    what_choices: Vec<(&'static str, &'static str)>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "desk/log_check.html")]
struct CheckPage {
    frame: DeskFrame,
    broken: Option<String>,
    entries: String,
    number: i64,
    hash: String,
    erased: Option<String>,
    command: String,
    back: String,
}
