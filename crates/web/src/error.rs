//! What a page says when it cannot do what was asked, and where the cause goes.
//!
//! Handlers return `Result<_, PageError>` and use `?`. The error becomes a bare response carrying
//! itself; one layer ([`render`]) turns it into a page, text or problem details, because only there
//! the client's preference, the request's reference and the site's name are known. That layer also
//! dresses what axum refuses by itself (405, 413, 415, 400) and what panicked. The cause is logged
//! once, there, with the reference that the page shows; it is never shown.

use std::any::Any;
use std::sync::Arc;

use askama::Template;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use chrono::{DateTime, Utc};
use conclave_persistence::StoreError;
use http::{Method, StatusCode, header};

use crate::layout::{LetterFrame, Link, Site};
use crate::negotiate::{OwnText, Wants, text};
use crate::request::RequestId;
use crate::state::AppState;
use crate::views;

/// Why a request was not done. Everything shown is in the variant; nothing else is.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PageError {
    /// 404, nothing at this address, or nothing this person may know of.
    #[error("not found")]
    NotFound,
    /// 404, the one page for unknown, malformed, rotated and erased links.
    #[error("link not found")]
    LinkNotFound,
    /// 303 to the log-in page, which comes back to this path.
    #[error("signed out")]
    SignIn {
        /// Path and query to return to; only ever our own.
        next: String,
    },
    /// 403, signed in but without the right. The sentence says who has it.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// 403, the request comes from another site, or without this page's form token.
    #[error("cross-site request")]
    CrossSite,
    /// 421, addressed to another host.
    #[error("wrong host")]
    WrongHost,
    /// 400, or 413 or 415: the form itself cannot be read.
    #[error("unreadable request: {sentence}")]
    Unreadable {
        status: StatusCode,
        /// What to do, such as `Choose a file of up to 10 MiB`.
        sentence: String,
    },
    /// 409, a refusal of core. `code` is the refusal's name in kebab case.
    #[error("refused: {code}")]
    Refused {
        code: &'static str,
        sentence: String,
        /// Where to go on.
        back: Option<Link>,
    },
    /// 409, somebody saved the same thing in between.
    #[error("stale")]
    Stale(Box<Stale>),
    /// 410, it existed; the sentences say what happened and what is left.
    #[error("gone")]
    Gone { heading: String, sentence: String, actions: Vec<Link> },
    /// 429, limits on attempts.
    #[error("too many attempts")]
    TooMany {
        /// From when the next attempt is let through.
        until: DateTime<Utc>,
    },
    /// 503, too busy or the database is away for a moment.
    #[error("unavailable: {0}")]
    Unavailable(Arc<str>),
    /// 500, our fault. The cause is for the log alone.
    #[error("internal: {0}")]
    Internal(Arc<str>),
}

/// Both versions of what was saved twice.
#[derive(Clone, Debug, Default)]
pub struct Stale {
    /// `Daniel Borkmann saved this page 40 seconds ago.`
    pub sentence: String,
    /// What they saved and what was typed, line by line.
    pub diff: Vec<DiffLine>,
    /// The page as it is now.
    pub theirs: Option<Link>,
}

/// One line of a difference.
#[derive(Clone, Debug)]
pub enum DiffLine {
    /// As it is saved now.
    Theirs(String),
    /// As it was typed.
    Yours(String),
}

impl PageError {
    /// Our fault; `cause` is logged and never shown.
    #[must_use]
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string().into())
    }

    /// Not now; `cause` is logged and never shown.
    #[must_use]
    pub fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable(cause.to_string().into())
    }

    /// A refusal with its name in kebab case and a sentence a reader understands.
    #[must_use]
    pub fn refused(code: &'static str, sentence: impl Into<String>) -> Self {
        let mut sentence = sentence.into();
        if !sentence.ends_with(['.', '?', '!']) {
            // Core's reasons are parts of sentences.
            sentence.push('.');
        }
        Self::Refused { code, sentence, back: None }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::LinkNotFound => StatusCode::NOT_FOUND,
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::Forbidden(_) | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::Unreadable { status, .. } => *status,
            Self::Refused { .. } | Self::Stale(_) => StatusCode::CONFLICT,
            Self::Gone { .. } => StatusCode::GONE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::LinkNotFound => "link-not-found",
            Self::SignIn { .. } => "signed-out",
            Self::Forbidden(_) => "forbidden",
            Self::CrossSite => "cross-site",
            Self::WrongHost => "wrong-host",
            Self::Unreadable { .. } => "unreadable",
            Self::Refused { code, .. } => code,
            Self::Stale(_) => "stale",
            Self::Gone { .. } => "gone",
            Self::TooMany { .. } => "too-many",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// A refusal that axum or a layer made without our words.
    fn from_bare(status: StatusCode) -> Self {
        let sentence = match status {
            StatusCode::NOT_FOUND => return Self::NotFound,
            StatusCode::SERVICE_UNAVAILABLE => return Self::unavailable("a layer"),
            StatusCode::METHOD_NOT_ALLOWED => "This address does not take that kind of request.",
            StatusCode::PAYLOAD_TOO_LARGE => "What you sent is larger than this page takes.",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "Send this as a form.",
            StatusCode::REQUEST_TIMEOUT => "The request took too long to arrive. Send it again.",
            status if status.is_client_error() => "The request could not be read. Go back and try again.",
            status => return Self::internal(format!("bare status {status}")),
        };
        Self::Unreadable { status, sentence: sentence.to_owned() }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Stale => Self::Stale(Box::new(Stale {
                sentence: "Somebody saved this while you were writing.".to_owned(),
                ..Stale::default()
            })),
            StoreError::Unavailable(cause) => Self::unavailable(format!("the database is away: {cause}")),
            StoreError::Database(cause) => {
                Self::internal(format!("the database refused a statement: {cause}"))
            }
            StoreError::Corrupt { .. } => Self::internal(error),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Answer of [`tower_http::catch_panic`].
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub(crate) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without words".to_owned());
    PageError::internal(format!("panic: {words}")).into_response()
}

/// Layer: dresses every failure; see the head of this module.
pub(crate) async fn render(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let wants = Wants::of(request.headers());
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let reference = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
    let mut response = next.run(request).await;
    let error = match response.extensions_mut().remove::<PageError>() {
        Some(error) => error,
        None if is_bare(&response) => PageError::from_bare(response.status()),
        None => return response,
    };
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    match &error {
        PageError::Internal(cause) => tracing::error!(%reference, route, %cause, "request failed"),
        PageError::Unavailable(cause) => tracing::warn!(%reference, route, %cause, "request put off"),
        _ => tracing::debug!(%reference, route, code = error.code(), "request refused"),
    }
    let mut dressed =
        ErrorView { error: &error, site: Site::of(&state), safe, reference: &reference.0, state: &state }
            .answer(wants);
    // What a layer or handler already said, such as Allow or Set-Cookie, stays said.
    for (name, value) in response.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            dressed.headers_mut().append(name.clone(), value.clone());
        }
    }
    dressed
}

/// A failure with nothing, or axum's own line of text, in its body.
fn is_bare(response: &Response) -> bool {
    let status = response.status();
    let plain = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|value| value.as_bytes().starts_with(b"text/plain"));
    (status.is_client_error() || status.is_server_error())
        && plain
        && response.extensions().get::<OwnText>().is_none()
}

/// A failure and everything its answer needs.
struct ErrorView<'a> {
    error: &'a PageError,
    site: Site,
    safe: bool,
    reference: &'a str,
    state: &'a AppState,
}

impl ErrorView<'_> {
    fn answer(self, wants: Wants) -> Response {
        let status = self.error.status();
        if let PageError::SignIn { next } = self.error
            && wants == Wants::Html
        {
            let query = crate::links::Query::default().with("next", next);
            return axum::response::Redirect::to(&format!("/login{query}")).into_response();
        }
        let status = if status == StatusCode::SEE_OTHER { StatusCode::UNAUTHORIZED } else { status };
        let (heading, sentences, actions) = self.words();
        let mut response = match wants {
            Wants::Html => self.page(status, heading, sentences, actions),
            Wants::Text => {
                let mut lines = vec![format!("{} {heading}", status.as_u16())];
                lines.extend(sentences);
                if matches!(self.error, PageError::Internal(_)) {
                    lines.push(format!("Reference: {}", self.reference));
                }
                text(status, lines.join("\n"))
            }
            Wants::Json => {
                let body = serde_json::json!({
                    "type": "about:blank",
                    "title": heading,
                    "status": status.as_u16(),
                    "detail": sentences.join(" "),
                    "code": self.error.code(),
                    "reference": self.reference,
                });
                (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string())
                    .into_response()
            }
        };
        let retry_after = match self.error {
            PageError::TooMany { until } => Some((*until - self.state.clock.now()).num_seconds().max(0) + 1),
            PageError::Unavailable(_) => Some(5),
            _ => None,
        };
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    fn page(
        &self,
        status: StatusCode,
        heading: String,
        sentences: Vec<String>,
        actions: Vec<Link>,
    ) -> Response {
        let frame = LetterFrame::new(self.site.clone(), heading.clone());
        let code =
            format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default().to_lowercase());
        let html = match self.error {
            PageError::LinkNotFound => LinkNotFoundPage { frame, code, heading, sentences }.render(),
            error => {
                let diff = match error {
                    PageError::Stale(stale) => stale.diff.as_slice(),
                    _ => &[],
                };
                let reference = matches!(error, PageError::Internal(_)).then_some(self.reference);
                ErrorPage { frame, code, heading, sentences, actions, diff, reference }.render()
            }
        };
        match html {
            Ok(html) => (status, Html(html)).into_response(),
            // Rendering into memory does not fail; a page of one line is better than none.
            Err(_) => text(status, "The page could not be shown.".to_owned()),
        }
    }

    fn words(&self) -> (String, Vec<String>, Vec<Link>) {
        let home = || Link::new("/", "Start page");
        let (heading, sentence, actions) = match self.error {
            PageError::NotFound => (
                "No route to page",
                "There is nothing at this address. Perhaps the link was cut in two on its way to you."
                    .to_owned(),
                vec![home(), Link::new("/i", "I have an invitation link that does not work")],
            ),
            PageError::LinkNotFound => (
                "This invitation link does not work",
                "Either it lost a piece in transit, or a newer one replaced it. Both are easy to fix."
                    .to_owned(),
                vec![],
            ),
            PageError::SignIn { .. } => (
                "Log in first",
                "This page is for the committee.".to_owned(),
                vec![Link::new("/login", "Log in")],
            ),
            PageError::Forbidden(sentence) => {
                ("Not yours to do", (*sentence).to_owned(), vec![Link::new("/c", "Events")])
            }
            PageError::CrossSite => (
                "That did not come from our page",
                "Nothing was changed. Open the page here, and press the button on it.".to_owned(),
                vec![home()],
            ),
            PageError::WrongHost => (
                "Another name, please",
                format!("This server answers as {}. Nothing was changed.", self.state.config.public_url),
                vec![],
            ),
            PageError::Unreadable { sentence, .. } => {
                ("That could not be read", format!("{sentence} Nothing was saved."), vec![])
            }
            PageError::Refused { sentence, back, .. } => {
                ("Not possible", sentence.clone(), back.iter().cloned().collect())
            }
            PageError::Stale(stale) => (
                "Someone was faster",
                format!("{} Your text was not saved.", stale.sentence),
                stale.theirs.iter().cloned().collect(),
            ),
            PageError::Gone { heading, sentence, actions } => {
                return (heading.clone(), vec![sentence.clone()], actions.clone());
            }
            PageError::TooMany { until } => (
                "Slow down, please",
                format!(
                    "Too many tries came from your network. Wait until {}, {}, and try again. \
                     Answers you already gave are safe.",
                    views::utc_seconds(*until),
                    views::about_seconds(*until - self.state.clock.now()),
                ),
                vec![],
            ),
            PageError::Unavailable(_) => (
                "Back in a moment",
                if self.safe {
                    "The server is busy. Reload in a few seconds.".to_owned()
                } else {
                    "The server is busy. What you sent was not saved; send it again in a few seconds."
                        .to_owned()
                },
                vec![],
            ),
            PageError::Internal(_) => (
                "That was us, not you",
                if self.safe {
                    "Something broke on our side. Nothing was changed. Reload the page; if it fails twice, \
                     write to us and name the reference."
                        .to_owned()
                } else {
                    "Something broke on our side. Take it that what you sent was not saved. Go back and press \
                     the button again; if it fails twice, reply to the mail you had from us, name the reference, \
                     and a person will enter it."
                        .to_owned()
                },
                vec![],
            ),
        };
        (heading.to_owned(), vec![sentence], actions)
    }
}

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage<'a> {
    frame: LetterFrame,
    code: String,
    heading: String,
    sentences: Vec<String>,
    actions: Vec<Link>,
    diff: &'a [DiffLine],
    reference: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "errors/link_not_found.html")]
struct LinkNotFoundPage {
    frame: LetterFrame,
    code: String,
    heading: String,
    sentences: Vec<String>,
}
