//! Import a list: paste or choose a file, look at what was understood, then add the people.
//!
//! Nothing is stored on the list before somebody has seen the result, and nobody is written to by
//! an import. Between the pages the list waits as a draft, with what was corrected in it.

mod check;
mod list;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use conclave_core::ids::ImportId;
use conclave_persistence::{ImportDraft, Store, TopicsMode};

use self::list::Draft;
use crate::access::{Desk, Edit};
use crate::error::PageError;
use crate::forms::{self, FORM_LIMIT, Form};
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::SignedUpload;
use crate::state::AppState;

/// Routes of the import.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/import", get(show).post(keep))
        .route("/c/{event}/import/{draft}", get(check::show).post(check::go_on))
        .route("/c/{event}/import/{draft}/remove", post(check::remove))
}

const MODES: &[(&str, &str)] = &[
    ("propose", "Propose them in the invitee's name"),
    ("note", "Put them into the committee's note"),
    ("ignore", "Leave them out"),
];

async fn show(State(store): State<Store>, desk: Desk<Edit>, query: Query) -> Result<Response, PageError> {
    let mut form = Form::filled([("topics", TopicsMode::Propose.as_str())]);
    if let Some(kept) = draft(&store, &desk, query.text("from")).await? {
        let original = Draft::of(&kept.content).original;
        if let Ok(text) = String::from_utf8(original)
            && text.len() < FORM_LIMIT
        {
            let from = kept.id.to_string();
            form = Form::filled([("text", text.as_str()), ("topics", kept.topics.as_str()), ("from", &from)]);
        }
    }
    Ok(forms::page(&ImportPage::new(&desk, form).await?))
}

async fn keep(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    SignedUpload(upload): SignedUpload,
) -> Result<Response, PageError> {
    let (file_name, content) = match upload.file {
        Some(file) => (file.name, file.content.to_vec()),
        None => (String::new(), Vec::new()),
    };
    let mut form = Form::typed(upload.typed);
    let topics = TopicsMode::parse(form.value("topics"));
    if topics.is_none() {
        form.error("topics", "Choose what happens to topics");
    }
    let is_pasted = !form.value("text").is_empty();
    if is_pasted && !content.is_empty() {
        form.error("file", "Paste the list or choose a file, not both");
    }
    let content = if is_pasted { form.values().raw("text").as_bytes().to_vec() } else { content };
    let mut list = Draft::new(content);
    let list = match blocking(move || (list.leave_lists_out(), list)).await? {
        (Ok(()), list) => list,
        (Err(refused), list) => {
            let field = if is_pasted || file_name.is_empty() { "text" } else { "file" };
            form.error(field, refused.to_string());
            list
        }
    };
    let (Some(topics), false) = (topics, form.has_errors()) else {
        let page = ImportPage::new(&desk, form).await?;
        return Ok(forms::invalid(&page));
    };
    let account = Some(desk.signed_in.account().id);
    let kept =
        store.keep_import(desk.event.id, account, &list.content(), &file_name, topics, desk.now).await?;
    if let Some(older) = draft(&store, &desk, form.value("from")).await? {
        store.remove_import(desk.event.id, older.id).await?;
    }
    Ok(done(wants, &desk.path(&format!("/import/{kept}")), "Kept; look at it before it is imported."))
}

/// The draft of this event behind an id that was typed or linked, unless it was imported.
async fn draft(store: &Store, desk: &Desk<Edit>, id: &str) -> Result<Option<ImportDraft>, PageError> {
    let kept = kept(store, desk, id).await?;
    Ok(kept.filter(|kept| Draft::of(&kept.content).corrections.imported.is_none()))
}

/// The same, also of a list that was imported.
async fn kept(store: &Store, desk: &Desk<Edit>, id: &str) -> Result<Option<ImportDraft>, PageError> {
    match uuid::Uuid::parse_str(id) {
        Ok(id) => Ok(store.import_draft(desk.event.id, ImportId(id)).await?),
        Err(_) => Ok(None),
    }
}

/// Reading ten megabytes takes a while; other requests go on meanwhile.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PageError> {
    tokio::task::spawn_blocking(work).await.map_err(PageError::internal)
}

#[derive(Template)]
#[template(path = "desk/import/paste.html")]
struct ImportPage {
    frame: DeskFrame,
    form: Form,
    here: String,
}

impl ImportPage {
    async fn new(desk: &Desk<Edit>, form: Form) -> Result<Self, PageError> {
        let frame = desk.frame("Import a list", Section::Invitees).await?.failed(form.has_errors());
        Ok(Self { frame, form, here: desk.path("") })
    }
}
