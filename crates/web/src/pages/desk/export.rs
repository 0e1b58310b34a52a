//! Lists as files: who, which format, the first lines, and a button that names the result (ux.md 7).
//!
//! A download writes a line of the record, so it is a POST; a GET of a file's address shows the page with
//! its button. A reader gets the attendee list and the public page, nothing else.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use conclave_core::committee::Action;
use conclave_core::event::Event;
use conclave_core::export::DetailSheet;
use conclave_core::export::files::{Format, List, with_named, write, write_details};
use conclave_core::page as renderings;
use conclave_core::question::columns;
use conclave_persistence::Store;
use http::{HeaderValue, header};

use crate::access::{Desk, ExportAll, ExportAttendees, Right};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::pages::public::public_page_html;
use crate::session::Signed;
use crate::state::AppState;
use crate::views::{counted, people};

/// Routes of the page and the files.
pub(super) fn routes() -> Router<AppState> {
    let mut routes = Router::new()
        .route("/c/{event}/export", get(choose))
        .route("/c/{event}/export/{file}", get(choose_file).post(download));
    for format in ["csv", "xlsx", "json", "md", "txt"] {
        let path = format!("/c/{{event}}/export.{format}");
        let show = async move |store: State<Store>, desk: Desk<ExportAttendees>| {
            page(&store, &desk, What::Attendees, format, &[]).await
        };
        let make = async move |store: State<Store>, desk: Desk<ExportAttendees>, signed: Signed| {
            file(&store, &desk, What::Attendees, format, &signed).await
        };
        routes = routes.route(&path, get(show).post(make));
    }
    routes
}

/// Lines of the file that the page shows.
const FIRST_LINES: usize = 6;

/// What a file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Attendees,
    Invitees,
    Details,
    Topics,
    Page,
}

const EVERYTHING: [What; 5] = [What::Attendees, What::Invitees, What::Details, What::Topics, What::Page];

impl What {
    fn as_str(self) -> &'static str {
        match self {
            Self::Attendees => "attendees",
            Self::Invitees => "invitees",
            Self::Details => "details",
            Self::Topics => "topics",
            Self::Page => "page",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        EVERYTHING.into_iter().find(|what| what.as_str() == word)
    }

    fn label(self) -> &'static str {
        match self {
            Self::Attendees => "Who is coming",
            Self::Invitees => "Everybody on the list, with state, mail and answers",
            Self::Details => "Details of those who come: what they were asked and answered",
            Self::Topics => "Topics",
            Self::Page => "The public page",
        }
    }

    /// Only a member's, not a reader's.
    fn is_for_members(self) -> bool {
        matches!(self, Self::Invitees | Self::Details | Self::Topics)
    }

    /// Formats, the usual one first.
    fn formats(self) -> &'static [&'static str] {
        match self {
            Self::Attendees | Self::Invitees | Self::Details | Self::Topics => {
                &["csv", "xlsx", "json", "md", "txt"]
            }
            Self::Page => &["html", "md", "txt", "json"],
        }
    }
}

/// Name and use of a format.
fn described(format: &str) -> (&'static str, &'static str) {
    match format {
        "csv" => ("CSV", "UTF-8, commas, one per line. For scripts and for LibreOffice."),
        "xlsx" => ("XLSX", "For hotels and event offices. Frozen header."),
        "json" => ("JSON", "Everything, with stable names. For programs."),
        "md" => ("Markdown", "A table. For wikis and repositories."),
        "html" => ("HTML", "One file with its style inside. For any web server."),
        _ => ("Plain text", "For the announcement mail."),
    }
}

async fn choose(
    State(store): State<Store>,
    desk: Desk<ExportAttendees>,
    query: Query,
) -> Result<Response, PageError> {
    let what = What::parse(query.text("what")).unwrap_or(What::Attendees);
    page(&store, &desk, what, query.text("format"), &numbers(query.list("with"))).await
}

async fn choose_file(
    State(store): State<Store>,
    desk: Desk<ExportAttendees>,
    Path((_, name)): Path<(String, String)>,
    query: Query,
) -> Result<Response, PageError> {
    let (what, format) = named(&name)?;
    page(&store, &desk, what, format, &numbers(query.list("with"))).await
}

async fn download(
    State(store): State<Store>,
    desk: Desk<ExportAttendees>,
    Path((_, name)): Path<(String, String)>,
    signed: Signed,
) -> Result<Response, PageError> {
    let (what, format) = named(&name)?;
    file(&store, &desk, what, format, &signed).await
}

/// `attendees.csv` as what and format.
fn named(name: &str) -> Result<(What, &'static str), PageError> {
    let found = name.split_once('.').and_then(|(what, ending)| {
        let what = What::parse(what)?;
        let format = what.formats().iter().find(|format| **format == ending)?;
        Some((what, *format))
    });
    found.ok_or(PageError::NotFound)
}

fn require(desk: &Desk<ExportAttendees>, what: What) -> Result<(), PageError> {
    if what.is_for_members() && !desk.may(Action::ExportAll) {
        return Err(PageError::Forbidden(ExportAll::REFUSAL));
    }
    Ok(())
}

/// Numbers of questions, as typed; what is none is left out.
fn numbers<'a>(typed: impl Iterator<Item = &'a str>) -> Vec<u32> {
    let mut numbers: Vec<u32> = typed.filter_map(|number| number.parse().ok()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// The page with one choice made. A format that does not fit is the usual one; answers that only some
/// of the committee see are in the file alone, since that is in the record.
async fn page(
    store: &Store,
    desk: &Desk<ExportAttendees>,
    what: What,
    format: &str,
    with: &[u32],
) -> Result<Response, PageError> {
    require(desk, what)?;
    let usual = what.formats().first().copied().unwrap_or("csv");
    let format = what.formats().iter().copied().find(|known| *known == format).unwrap_or(usual);
    // A spreadsheet and a page of its own are shown as the text they are made of.
    let shown_as = match format {
        "xlsx" => "csv",
        "html" => "txt",
        other => other,
    };
    let some_see = if what == What::Details { some_see(store, desk, with).await? } else { Vec::new() };
    let with: Vec<u32> = some_see.iter().filter(|row| row.chosen).map(|row| row.number).collect();
    let made = made(store, desk, what, shown_as, false, &with, Shown::Page).await?;
    let text = String::from_utf8_lossy(&made.bytes).into_owned();
    let count = made.count;
    let amount = match what {
        What::Topics => counted(count, "topic", "topics"),
        What::Attendees | What::Invitees | What::Details | What::Page => people(count),
    };
    let (name, _) = described(format);
    let whats = EVERYTHING
        .into_iter()
        .filter(|what| !what.is_for_members() || desk.may(Action::ExportAll))
        .map(|what| (what.as_str(), what.label()))
        .collect();
    let form = Form::filled([("what", what.as_str()), ("format", format)]);
    let page = ExportPage {
        frame: desk.frame("Export", Section::Export).await?,
        whats,
        formats: what
            .formats()
            .iter()
            .map(|word| {
                let (label, hint) = described(word);
                FormatRow { word, label, hint, chosen: *word == format }
            })
            .collect(),
        form,
        lede: match count {
            0 => "There is nobody in this file yet.".to_owned(),
            _ => "The file is made when you press; nothing is kept.".to_owned(),
        },
        first_lines: text.lines().take(FIRST_LINES).collect::<Vec<_>>().join("\n"),
        is_csv: format == "csv",
        button: format!("Download {name}, {amount}"),
        action: desk.path(&format!("/export/{}.{format}", what.as_str())),
        command: format!(
            "conclave export {} {} --format {format}{}",
            desk.event.slug,
            what.as_str(),
            if with.is_empty() { String::new() } else { format!(" --with {}", joined(&with)) }
        ),
        with: joined(&with),
        some_see,
        here: desk.path("/export"),
    };
    Ok(forms::page(&page))
}

fn joined(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// Questions that only some of the committee see, as far as the reader is one of them.
async fn some_see(
    store: &Store,
    desk: &Desk<ExportAttendees>,
    with: &[u32],
) -> Result<Vec<SomeSee>, PageError> {
    let needs = store.needs(desk.event.id, desk.signed_in.account().id).await?;
    let questions = store.questions(desk.event.id).await?;
    Ok(questions
        .into_iter()
        .filter(|question| {
            let audience = &question.words.audience;
            audience.is_sensitive() && audience.includes(desk.role, &needs)
        })
        .map(|question| SomeSee {
            number: question.number,
            chosen: with.contains(&question.number),
            audience: question.words.audience.as_str().to_owned(),
            prompt: question.words.prompt,
        })
        .collect())
}

/// The file itself, once the record says who took it.
async fn file(
    store: &Store,
    desk: &Desk<ExportAttendees>,
    what: What,
    format: &str,
    Signed(typed): &Signed,
) -> Result<Response, PageError> {
    require(desk, what)?;
    let bom = matches!(typed.text("bom"), "1" | "yes");
    let with = if what == What::Details { numbers(typed.text("with").split(',')) } else { Vec::new() };
    let made = made(store, desk, what, format, bom, &with, Shown::File).await?;
    let rows = usize::try_from(made.count).unwrap_or(usize::MAX);
    let said = with_named(what.as_str(), &with);
    store.log_export(&desk.event, &said, format, rows, &desk.actor(), desk.now).await?;
    let name = format!("attachment; filename=\"{}-{}.{format}\"", desk.event.slug, what.as_str());
    let name = HeaderValue::from_str(&name).map_err(PageError::internal)?;
    let kind = HeaderValue::from_static(made.kind);
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], made.bytes).into_response())
}

struct Made {
    bytes: Vec<u8>,
    kind: &'static str,
    /// People, or topics.
    count: u64,
}

/// Where the bytes go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Page,
    File,
}

async fn made(
    store: &Store,
    desk: &Desk<ExportAttendees>,
    what: What,
    format: &str,
    bom: bool,
    with: &[u32],
    shown: Shown,
) -> Result<Made, PageError> {
    let event = &desk.event;
    match what {
        What::Details => {
            let format = Format::parse(format).ok_or(PageError::NotFound)?;
            let needs = store.needs(event.id, desk.signed_in.account().id).await?;
            let asked = store.questions(event.id).await?;
            let columns = columns(asked, desk.role, &needs, with)
                .map_err(|why| PageError::refused(why.code(), why.to_string()))?;
            let mut sheet = store.detail_sheet(event.id, &columns).await?;
            if shown == Shown::Page {
                hide(&mut sheet, with);
            }
            let count = sheet.people.len() as u64;
            let title = format!("{}: details ({count})", event.short_name());
            let bytes = write_details(&title, &sheet, format, bom).map_err(PageError::internal)?;
            Ok(Made { bytes, kind: format.content_type(), count })
        }
        What::Attendees => list(event, what, &store.attendee_rows(event).await?, format, bom),
        What::Invitees => {
            let taken_by = Some(desk.signed_in.account().id);
            list(event, what, &store.invitee_rows(event, taken_by).await?, format, bom)
        }
        What::Topics => list(event, what, &store.topic_rows(event).await?, format, bom),
        What::Page => {
            let page = store.public_page(event, true).await?;
            let (text, kind) = match format {
                "html" => (public_page_html(&page), "text/html; charset=utf-8"),
                "md" => (renderings::markdown(&page), "text/markdown; charset=utf-8"),
                "json" => (renderings::json(&page), "application/json"),
                _ => (renderings::text(&page), "text/plain; charset=utf-8"),
            };
            Ok(Made { bytes: text.into_bytes(), kind, count: page.people.len() as u64 })
        }
    }
}

/// Answers to these questions are in the file alone.
fn hide(sheet: &mut DetailSheet, with: &[u32]) {
    for (column, (number, _)) in sheet.questions.iter().enumerate() {
        if !with.contains(number) {
            continue;
        }
        for answer in sheet.people.iter_mut().filter_map(|row| row.answers.get_mut(column)) {
            if !answer.is_empty() {
                "(in the file)".clone_into(answer);
            }
        }
    }
}

fn list<L: List>(event: &Event, what: What, rows: &[L], format: &str, bom: bool) -> Result<Made, PageError> {
    let format = Format::parse(format).ok_or(PageError::NotFound)?;
    let title = format!("{}: {} ({})", event.short_name(), what.as_str(), rows.len());
    let bytes = write(&title, rows, format, bom).map_err(PageError::internal)?;
    Ok(Made { bytes, kind: format.content_type(), count: rows.len() as u64 })
}

#[derive(Template)]
#[template(path = "desk/export/page.html")]
struct ExportPage {
    frame: DeskFrame,
    form: Form,
    whats: Vec<(&'static str, &'static str)>,
    formats: Vec<FormatRow>,
    lede: String,
    first_lines: String,
    is_csv: bool,
    button: String,
    action: String,
    command: String,
    /// Chosen numbers, `1,3`.
    with: String,
    some_see: Vec<SomeSee>,
    here: String,
}

/// A question that only some of the committee see.
struct SomeSee {
    number: u32,
    prompt: String,
    audience: String,
    chosen: bool,
}

struct FormatRow {
    word: &'static str,
    label: &'static str,
    hint: &'static str,
    chosen: bool,
}
