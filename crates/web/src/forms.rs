//! Forms: what was typed, what is wrong with it, and the page that shows both again.
//!
//! The pattern of a handler (ux.md 10):
//!
//! ```text
//! async fn save(.., typed: Typed) -> Result<Response, PageError> {
//!     let mut form = Form::typed(typed);
//!     let title = form.parse("title", TopicTitle::parse);        // Option<TopicTitle>
//!     let minutes = form.choice("minutes", &MINUTES, "Choose how long you need");
//!     let (Some(title), Some(minutes)) = (title, minutes) else {
//!         return Ok(invalid(&TopicPage { frame: frame.failed(true), form }));   // 422
//!     };
//!     store.propose_topic(..).await?; ...
//! }
//! ```
//!
//! `Form` keeps everything typed except secrets; a GET fills it from what is stored. Errors appear
//! in the order they were found, in the summary and at the field, in the same words.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::response::{Html, IntoResponse, Response};
use http::{StatusCode, header};

use crate::error::PageError;

/// Most bytes of a form without a file.
pub const FORM_LIMIT: usize = 256 * 1024;
/// Most bytes of a form with a file (decisions.md, "Import").
pub const UPLOAD_LIMIT: usize = 10 * 1024 * 1024;

/// A page: renders `page` with 200.
#[must_use]
pub fn page(page: &impl Template) -> Response {
    answer(StatusCode::OK, page)
}

/// The same page again, with everything typed and what to fix: 422.
#[must_use]
pub fn invalid(page: &impl Template) -> Response {
    answer(StatusCode::UNPROCESSABLE_ENTITY, page)
}

/// Renders `page` with `status`.
#[must_use]
pub fn answer(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => PageError::internal(error).into_response(),
    }
}

/// The pairs of a posted form as they were typed. An extractor: reads urlencoded forms and
/// multipart ones without a file; refuses others (415), and those above [`FORM_LIMIT`] (413).
#[derive(Clone, Default)]
pub struct Typed(Vec<(String, String)>);

/// Values may be secret; only the names are shown.
impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl Typed {
    /// The pairs themselves, for tests and for pages that fill a form.
    #[must_use]
    pub fn from_pairs(pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The first value of `name` without spaces around it; empty when there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first value of `name` exactly as sent, for passwords.
    #[must_use]
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// True when `name` was sent at all. A box that is not ticked is not sent.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Everything that was typed, in order, for a page that carries it on.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All values of `name`, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequest<S> for Typed {
    type Rejection = PageError;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, PageError> {
        DefaultBodyLimit::max(FORM_LIMIT).apply(&mut request);
        match content_type(&request).as_str() {
            "multipart/form-data" => Ok(read_multipart(request, state, FORM_LIMIT).await?.typed),
            "application/x-www-form-urlencoded" => urlencoded(request, state).await,
            // A button pressed on an empty form by a client that names no type.
            "" => urlencoded(request, state).await,
            _ => Err(unsupported()),
        }
    }
}

/// A form with one file, up to [`UPLOAD_LIMIT`]. Also reads plain forms, so that a pasted text and
/// a chosen file may share a page.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    pub typed: Typed,
    pub file: Option<File>,
}

/// A chosen file. Its name is for showing, never for opening.
#[derive(Clone)]
pub struct File {
    pub name: String,
    pub content: Bytes,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({} bytes)", self.content.len())
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = PageError;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, PageError> {
        DefaultBodyLimit::max(UPLOAD_LIMIT).apply(&mut request);
        match content_type(&request).as_str() {
            "multipart/form-data" => read_multipart(request, state, UPLOAD_LIMIT).await,
            "application/x-www-form-urlencoded" | "" => {
                Ok(Self { typed: urlencoded(request, state).await?, file: None })
            }
            _ => Err(unsupported()),
        }
    }
}

/// One thing to fix: the field's name and an instruction, such as `Give the topic a title`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

/// A form on a page: values and what is wrong with them. Its methods in [`crate::components`] make
/// the fields, so that a template writes `{{ form.text("title", "Title") }}`.
#[derive(Clone, Debug, Default)]
pub struct Form {
    typed: Typed,
    errors: Vec<FieldError>,
}

impl Form {
    /// The form of a GET, filled with what is stored.
    #[must_use]
    pub fn filled(pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        Self { typed: Typed::from_pairs(pairs), errors: Vec::new() }
    }

    /// The form of a POST, with what was typed.
    #[must_use]
    pub fn typed(typed: Typed) -> Self {
        Self { typed, errors: Vec::new() }
    }

    /// What was typed, or stored.
    #[must_use]
    pub fn values(&self) -> &Typed {
        &self.typed
    }

    /// The first value of `name` without spaces around it.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.typed.text(name)
    }

    /// Notes that `field` needs `message` done to it.
    pub fn error(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.into(), message: message.into() });
    }

    /// Reads `field` through the parser of a domain type. Notes its refusal, and goes on.
    pub fn parse<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let read = parse(self.typed.text(field));
        read.map_err(|refused| self.error(field, sentence(&refused.to_string()))).ok()
    }

    /// Like [`Form::parse`], but an empty field is `Some(None)`.
    pub fn optional<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        if self.typed.text(field).is_empty() { Some(None) } else { self.parse(field, parse).map(Some) }
    }

    /// Reads one of a fixed set of words. Notes `message` for anything else.
    pub fn choice<T: Copy>(&mut self, field: &str, choices: &[(&str, T)], message: &str) -> Option<T> {
        let found = choices.iter().find(|(word, _)| *word == self.typed.text(field)).map(|(_, value)| *value);
        if found.is_none() {
            self.error(field, message);
        }
        found
    }

    /// True when something has to be fixed.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// What has to be fixed, in the order it was found.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The first thing to fix about `field`.
    #[must_use]
    pub fn error_of(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }
}

/// Messages of parsers start in lower case; on a page they are sentences.
pub(crate) fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

async fn urlencoded<S: Send + Sync>(request: Request, state: &S) -> Result<Typed, PageError> {
    let body = Bytes::from_request(request, state).await.map_err(|refused| {
        use axum::response::IntoResponse as _;
        too_large_or_broken(refused.into_response().status(), FORM_LIMIT)
    })?;
    // Browsers send CR LF for a line break in a text area; text is kept with LF alone.
    Ok(Typed(
        form_urlencoded::parse(&body)
            .map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n")))
            .collect(),
    ))
}

async fn read_multipart<S: Send + Sync>(
    request: Request,
    state: &S,
    limit: usize,
) -> Result<Upload, PageError> {
    let mut parts = Multipart::from_request(request, state)
        .await
        .map_err(|_| too_large_or_broken(StatusCode::BAD_REQUEST, limit))?;
    let mut upload = Upload::default();
    loop {
        let part = match parts.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(upload),
            Err(refused) => return Err(too_large_or_broken(refused.status(), limit)),
        };
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let content = part.bytes().await.map_err(|refused| too_large_or_broken(refused.status(), limit))?;
        match file_name {
            // No file was chosen: browsers send an empty one.
            Some(file_name) if file_name.is_empty() && content.is_empty() => {}
            Some(file_name) if upload.file.is_none() => upload.file = Some(File { name: file_name, content }),
            Some(_) => {
                return Err(PageError::Unreadable {
                    status: StatusCode::BAD_REQUEST,
                    sentence: "Choose one file at a time.".to_owned(),
                });
            }
            None => upload.typed.0.push((name, String::from_utf8_lossy(&content).replace("\r\n", "\n"))),
        }
    }
}

fn content_type(request: &Request) -> String {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase())
        .unwrap_or_default()
}

fn too_large_or_broken(status: StatusCode, limit: usize) -> PageError {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        let limit = if limit == UPLOAD_LIMIT { "10 MiB" } else { "256 KiB" };
        PageError::Unreadable { status, sentence: format!("This page takes up to {limit} at a time.") }
    } else {
        PageError::Unreadable {
            status: StatusCode::BAD_REQUEST,
            sentence: "The form arrived incomplete. Send it again.".to_owned(),
        }
    }
}

fn unsupported() -> PageError {
    PageError::Unreadable {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        sentence: "Send this as a form (application/x-www-form-urlencoded or multipart/form-data)."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use axum::body::Body;

    use super::*;

    async fn read<T: FromRequest<(), Rejection = PageError>>(
        kind: &str,
        body: impl Into<Body>,
    ) -> Result<T, PageError> {
        let request = Request::post("/").header(header::CONTENT_TYPE, kind).body(body.into()).unwrap();
        T::from_request(request, &()).await
    }

    const MULTIPART: &str = "multipart/form-data; boundary=xx";

    #[tokio::test]
    async fn both_kinds_of_forms_are_read_with_every_value() {
        let plain: Typed =
            read("application/x-www-form-urlencoded", "id=a&id=b&title=+T%C3%B8ke+&text=1%0D%0A2")
                .await
                .unwrap();
        let multipart: Typed = read(
            MULTIPART,
            "--xx\r\ncontent-disposition: form-data; name=title\r\n\r\n T\u{f8}ke \r\n--xx--\r\n",
        )
        .await
        .unwrap();

        assert_eq!(plain.all("id").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((plain.text("title"), plain.text("text")), ("T\u{f8}ke", "1\n2"));
        assert!(plain.has("id") && !plain.has("listed"));
        assert_eq!(multipart.text("title"), "T\u{f8}ke");
    }

    #[tokio::test]
    async fn an_upload_has_text_and_one_file() {
        let body = "--xx\r\ncontent-disposition: form-data; name=mode\r\n\r\nkeep\r\n\
                    --xx\r\ncontent-disposition: form-data; name=file; filename=\"list.csv\"\r\n\
                    content-type: text/csv\r\n\r\nname,email\r\n\r\n--xx--\r\n";
        let upload: Upload = read(MULTIPART, body).await.unwrap();
        let nothing: Upload = read(
            MULTIPART,
            "--xx\r\ncontent-disposition: form-data; name=file; filename=\"\"\r\n\r\n\r\n--xx--\r\n",
        )
        .await
        .unwrap();

        assert_eq!(upload.typed.text("mode"), "keep");
        let file = upload.file.unwrap();
        assert_eq!((file.name.as_str(), &file.content[..]), ("list.csv", &b"name,email\r\n"[..]));
        assert!(nothing.file.is_none());
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_refused_with_its_reason() {
        let status = |refused: PageError| refused.status().as_u16();
        let long = "a=".to_owned() + &"x".repeat(FORM_LIMIT);

        assert_eq!(status(read::<Typed>("application/json", "{}").await.unwrap_err()), 415);
        assert_eq!(status(read::<Typed>("application/x-www-form-urlencoded", long).await.unwrap_err()), 413);
        assert_eq!(status(read::<Upload>(MULTIPART, "--xx\r\nbroken").await.unwrap_err()), 400);
        assert_eq!(status(read::<Upload>("multipart/form-data", "").await.unwrap_err()), 400);
    }

    #[test]
    fn errors_keep_their_order_and_become_sentences() {
        let mut form = Form::typed(Typed::from_pairs([("title", " "), ("minutes", "17")]));
        let title: Option<String> = form.parse("title", |text| {
            if text.is_empty() { Err("give the topic a title") } else { Ok(text.to_owned()) }
        });
        let minutes = form.choice("minutes", &[("15", 15), ("30", 30)], "Choose how long you need");
        let note: Option<Option<u8>> = form.optional("note", str::parse::<u8>);

        assert_eq!((title, minutes, note), (None, None, Some(None)));
        assert_eq!(form.error_of("title"), Some("Give the topic a title"));
        assert_eq!(form.errors().iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["title", "minutes"]);
    }
}
