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
use conclave_core::export::files::{Format, List, write};
use conclave_core::page as renderings;
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
            page(&store, &desk, What::Attendees, format).await
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
    Topics,
    Page,
}

const EVERYTHING: [What; 4] = [What::Attendees, What::Invitees, What::Topics, What::Page];

impl What {
    fn as_str(self) -> &'static str {
        match self {
            Self::Attendees => "attendees",
            Self::Invitees => "invitees",
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
            Self::Topics => "Topics",
            Self::Page => "The public page",
        }
    }

    /// Only a member's, not a reader's.
    fn is_for_members(self) -> bool {
        matches!(self, Self::Invitees | Self::Topics)
    }

    /// Formats, the usual one first.
    fn formats(self) -> &'static [&'static str] {
        match self {
            Self::Attendees | Self::Invitees | Self::Topics => &["csv", "xlsx", "json", "md", "txt"],
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
    page(&store, &desk, what, query.text("format")).await
}

async fn choose_file(
    State(store): State<Store>,
    desk: Desk<ExportAttendees>,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (what, format) = named(&name)?;
    page(&store, &desk, what, format).await
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

/// The page with one choice made. A format that does not fit is the usual one.
async fn page(
    store: &Store,
    desk: &Desk<ExportAttendees>,
    what: What,
    format: &str,
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
    let made = made(store, &desk.event, what, shown_as, false).await?;
    let text = String::from_utf8_lossy(&made.bytes).into_owned();
    let count = made.count;
    let amount = match what {
        What::Topics => counted(count, "topic", "topics"),
        What::Attendees | What::Invitees | What::Page => people(count),
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
        command: format!("conclave export {} {} --format {format}", desk.event.slug, what.as_str()),
        here: desk.path("/export"),
    };
    Ok(forms::page(&page))
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
    let made = made(store, &desk.event, what, format, bom).await?;
    let rows = usize::try_from(made.count).unwrap_or(usize::MAX);
    store.log_export(&desk.event, what.as_str(), format, rows, &desk.actor(), desk.now).await?;
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

async fn made(store: &Store, event: &Event, what: What, format: &str, bom: bool) -> Result<Made, PageError> {
    match what {
        What::Attendees => list(event, what, &store.attendee_rows(event).await?, format, bom),
        What::Invitees => list(event, what, &store.invitee_rows(event).await?, format, bom),
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
    here: String,
}

struct FormatRow {
    word: &'static str,
    label: &'static str,
    hint: &'static str,
    chosen: bool,
}
