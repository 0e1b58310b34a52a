//! Mail that goes into a directory instead of out, for trying things out (`mail.capture` in the
//! configuration). Each message is one `.eml` file that any mail program opens. The files hold live
//! links, so only their owner may read them.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use chrono::DateTime;
use mail_parser::{Address, MessageParser, MimeHeaders as _, PartType};
use uuid::Uuid;

/// Enough of a file for its headers.
const HEADERS: u64 = 32 * 1024;

/// A directory of captured messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureDir {
    dir: PathBuf,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// Names the file in [`CaptureDir::read`].
    pub name: String,
    pub to: String,
    pub subject: String,
    /// The message's own date, RFC 3339; empty when there is none.
    pub date: String,
    pub octets: u64,
}

/// One message, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedMail {
    pub from: String,
    pub to: String,
    pub reply_to: String,
    pub subject: String,
    pub date: String,
    pub text: String,
    pub html: Option<String>,
    pub attachments: Vec<Attachment>,
    /// The message as it would have been sent.
    pub raw: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    pub content: Vec<u8>,
}

impl CaptureDir {
    /// A directory, made when the first message comes.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Writes a message and returns its name. Names sort by time; a file is complete as soon as it has
    /// its name.
    pub async fn store(&self, message: &[u8]) -> io::Result<String> {
        let (dir, message) = (self.dir.clone(), message.to_owned());
        off_the_reactor(move || {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
            let name = next_name();
            let unfinished = dir.join(format!(".{name}"));
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
            file.write_all(&message)?;
            drop(file);
            fs::rename(&unfinished, dir.join(&name))?;
            Ok(name)
        })
        .await
    }

    /// The newest messages first, at most `limit`. Empty when nothing was captured yet.
    pub async fn list(&self, limit: usize) -> io::Result<Vec<Captured>> {
        let dir = self.dir.clone();
        off_the_reactor(move || {
            let mut names = names(&dir)?;
            names.sort_unstable_by(|a, b| b.cmp(a));
            names.truncate(limit);
            names.into_iter().map(|name| heading(&dir, name)).collect()
        })
        .await
    }

    /// One message; `None` when there is none of that name.
    pub async fn read(&self, name: &str) -> io::Result<Option<CapturedMail>> {
        if !is_name(name) {
            return Ok(None);
        }
        let path = self.dir.join(name);
        let raw = match off_the_reactor(move || fs::read(path)).await {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        Ok(Some(taken_apart(raw)))
    }
}

async fn off_the_reactor<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Sorts by time, also within a second and between processes.
#[expect(clippy::disallowed_methods, reason = "the name of a file, not an id; nothing decides by it")]
fn next_name() -> String {
    let unique = Uuid::now_v7();
    let (seconds, _) = unique.get_timestamp().map(|t| t.to_unix()).unwrap_or_default();
    let when = i64::try_from(seconds).ok().and_then(|s| DateTime::from_timestamp(s, 0)).unwrap_or_default();
    format!("{}-{}.eml", when.format("%Y%m%dT%H%M%S"), unique.simple())
}

/// What we write ourselves; nothing that leads out of the directory.
fn is_name(name: &str) -> bool {
    name.strip_suffix(".eml")
        .is_some_and(|stem| !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

fn names(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if is_name(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn heading(dir: &Path, name: String) -> io::Result<Captured> {
    let file = fs::File::open(dir.join(&name))?;
    let octets = file.metadata()?.len();
    let mut start = Vec::new();
    file.take(HEADERS).read_to_end(&mut start)?;
    let message = MessageParser::default().parse_headers(&start).unwrap_or_default();
    Ok(Captured {
        name,
        to: addresses(message.to()),
        subject: message.subject().unwrap_or_default().to_owned(),
        date: message.date().map(mail_parser::DateTime::to_rfc3339).unwrap_or_default(),
        octets,
    })
}

fn taken_apart(raw: Vec<u8>) -> CapturedMail {
    let message = MessageParser::default().parse(&raw).unwrap_or_default();
    let html = message.html_part(0).and_then(|part| match &part.body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    });
    let attachments = message
        .attachments()
        .map(|part| Attachment {
            name: part.attachment_name().unwrap_or("attachment").to_owned(),
            content: part.contents().to_vec(),
        })
        .collect();
    let mail = CapturedMail {
        from: addresses(message.from()),
        to: addresses(message.to()),
        reply_to: addresses(message.reply_to()),
        subject: message.subject().unwrap_or_default().to_owned(),
        date: message.date().map(mail_parser::DateTime::to_rfc3339).unwrap_or_default(),
        text: message
            .body_text(0)
            .map(std::borrow::Cow::into_owned)
            .unwrap_or_default()
            .replace("\r\n", "\n"),
        html,
        attachments,
        raw: Vec::new(),
    };
    CapturedMail { raw, ..mail }
}

fn addresses(list: Option<&Address<'_>>) -> String {
    let all: Vec<String> = list
        .into_iter()
        .flat_map(Address::iter)
        .map(|one| match (one.name(), one.address()) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (None, Some(address)) => address.to_owned(),
            (name, None) => name.unwrap_or_default().to_owned(),
        })
        .collect();
    all.join(", ")
}
