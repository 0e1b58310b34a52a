//! Mail that was captured instead of sent, read in the browser: `/captured-mail`.
//!
//! The messages hold live links of everybody and every event. They are shown only while mail is
//! captured, and then to an operator, or to anybody when nobody but this machine can ask: the listener
//! and the public address are both on the loopback interface (decisions.md, "Set-up").

use askama::Template;
use axum::Router;
use axum::extract::{FromRef, FromRequestParts, Path};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use conclave_mail::transport::{CaptureDir, Captured, CapturedMail};
use http::request::Parts;
use http::{HeaderValue, header};

use crate::error::PageError;
use crate::forms;
use crate::layout::{LetterFrame, Site};
use crate::session::SignedIn;
use crate::state::AppState;
use crate::views::counted;

/// Routes of captured mail.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/captured-mail", get(list))
        .route("/captured-mail/{name}", get(read))
        .route("/captured-mail/{name}/raw", get(raw))
        .route("/captured-mail/{name}/html", get(html))
}

/// Messages on the list.
const NEWEST: usize = 500;

/// The directory, and the right to look into it. Refuses with [`PageError::NotFound`] while mail is
/// sent, with [`PageError::SignIn`], and with [`PageError::Forbidden`] who is no operator.
struct Directory(CaptureDir);

impl<S> FromRequestParts<S> for Directory
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let app = AppState::from_ref(state);
        let dir = app.config.capture_dir.clone().ok_or(PageError::NotFound)?;
        if !app.config.captured_mail_is_open() {
            SignedIn::from_request_parts(parts, state).await?.require_operator()?;
        }
        Ok(Self(dir))
    }
}

async fn list(Directory(dir): Directory, site: Site) -> Result<Response, PageError> {
    let mails = dir.list(NEWEST).await.map_err(PageError::internal)?;
    let lede = match mails.len() {
        0 => "Nothing would have been sent yet.".to_owned(),
        NEWEST => format!("The newest {NEWEST}. Nothing left this machine."),
        n => format!("{}. Nothing left this machine.", counted(n as u64, "message", "messages")),
    };
    Ok(forms::page(&ListPage { frame: LetterFrame::new(site, "Captured mail"), lede, mails }))
}

async fn read(
    Directory(dir): Directory,
    site: Site,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    let mail = find(&dir, &name).await?;
    let frame = LetterFrame::new(site, mail.subject.clone());
    let attachments = mail.attachments.iter().map(|file| file.name.clone()).collect();
    let lines = mail.text.split('\n').map(pieces).collect();
    Ok(forms::page(&MailPage { frame, name, attachments, lines, mail }))
}

async fn raw(Directory(dir): Directory, Path(name): Path<String>) -> Result<Response, PageError> {
    let mail = find(&dir, &name).await?;
    // The name passed the directory's own rule: letters, digits and hyphens.
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.map_err(PageError::internal)?;
    let kind = HeaderValue::from_static("message/rfc822");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], mail.raw).into_response())
}

async fn html(Directory(dir): Directory, Path(name): Path<String>) -> Result<Response, PageError> {
    Ok(alone(find(&dir, &name).await?.html.ok_or(PageError::NotFound)?))
}

async fn find(dir: &CaptureDir, name: &str) -> Result<CapturedMail, PageError> {
    dir.read(name).await.map_err(PageError::internal)?.ok_or(PageError::NotFound)
}

/// A mail's HTML as a page of its own, which may use its inline styles and nothing else: no script, no
/// form, no request, no cookie of ours.
pub(crate) fn alone(html: String) -> Response {
    const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                          form-action 'none'; frame-ancestors 'none'";
    ([(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))], Html(html)).into_response()
}

/// A line of text, its links apart, so that one can follow them.
fn pieces(line: &str) -> Vec<Piece> {
    line.split_inclusive(' ')
        .map(|word| Piece {
            is_link: word.starts_with("https://") || word.starts_with("http://"),
            text: word.to_owned(),
        })
        .collect()
}

#[derive(Template)]
#[template(path = "captured/list.html")]
struct ListPage {
    frame: LetterFrame,
    lede: String,
    mails: Vec<Captured>,
}

#[derive(Template)]
#[template(path = "captured/mail.html")]
struct MailPage {
    frame: LetterFrame,
    name: String,
    attachments: Vec<String>,
    lines: Vec<Vec<Piece>>,
    mail: CapturedMail,
}

struct Piece {
    text: String,
    is_link: bool,
}
