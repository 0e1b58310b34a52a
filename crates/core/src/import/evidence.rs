//! Who does the work, counted out of what a project keeps anyway: `git shortlog -sne`, a MAINTAINERS
//! file, a mail archive. What is found becomes nominations with the count as the reason.
//!
//! A [`Reader`] is fed any pieces of a file, however large, and keeps only what it counts. It never
//! panics, its work grows linearly with the bytes, and lines and people beyond the limits are left out.

mod mbox;
mod sections;

use std::borrow::Cow;
use std::collections::HashMap;

use super::ROWS_MAX;
use super::bytes;
use super::mailbox::Mailbox;
use super::names::NameParts;
use crate::address::Address;
use crate::name::{PersonName, fold};
use mbox::Mbox;
use sections::Sections;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Output of `git shortlog -sne`: a count, a name, an address.
    Shortlog,
    /// A MAINTAINERS file: sections with `M:` and `R:` lines.
    Maintainers,
    /// A mail archive: messages one after the other, each counted for its author.
    Mbox,
}

/// Every source.
pub const SOURCES: [Source; 3] = [Source::Shortlog, Source::Maintainers, Source::Mbox];

impl Source {
    /// The word in options and forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shortlog => "shortlog",
            Self::Maintainers => "maintainers",
            Self::Mbox => "mbox",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        SOURCES.into_iter().find(|source| source.as_str() == word)
    }
}

/// Somebody whom the evidence names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub name: Option<PersonName>,
    pub email: Address,
    /// Commits, mails or sections.
    pub count: u32,
    /// `214 commits`, `maintains NETWORKING [GENERAL]`, `37 mails`.
    pub reason: String,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Most first, then by name.
    pub people: Vec<Found>,
    /// Entries without an address that can be written to.
    pub not_read: u32,
    /// The first of them, as written.
    pub examples: Vec<String>,
}

impl Evidence {
    /// Those with at least `min`, the first `top` of them.
    #[must_use]
    pub fn chosen(mut self, top: Option<usize>, min: u32) -> Vec<Found> {
        self.people.retain(|found| found.count >= min);
        self.people.truncate(top.unwrap_or(usize::MAX));
        self.people
    }
}

/// Longest line that is read whole, in octets; the rest of a longer one is skipped.
const LINE_MAX: usize = 16 * 1024;
/// Entries that could not be read and are shown.
const EXAMPLES: usize = 5;

/// Reads one file, piece by piece.
pub struct Reader {
    line: Vec<u8>,
    shape: Shape,
    counts: Counts,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("people", &self.counts.people.len()).finish_non_exhaustive()
    }
}

enum Shape {
    Shortlog,
    Maintainers(Sections),
    Mbox(Mbox),
}

impl Reader {
    /// For a file of this kind.
    #[must_use]
    pub fn of(source: Source) -> Self {
        let shape = match source {
            Source::Shortlog => Shape::Shortlog,
            Source::Maintainers => Shape::Maintainers(Sections::default()),
            Source::Mbox => Shape::Mbox(Mbox::default()),
        };
        Self { line: Vec::new(), shape, counts: Counts::default() }
    }

    /// The next piece; a line may begin in one and end in another.
    pub fn push(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (before, after) = rest.split_at(end);
            self.keep(before);
            self.end_line();
            rest = after.get(1..).unwrap_or_default();
        }
        self.keep(rest);
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = LINE_MAX.saturating_sub(self.line.len());
        self.line.extend_from_slice(piece.get(..piece.len().min(room)).unwrap_or_default());
    }

    fn end_line(&mut self) {
        let decoded = bytes::decode(&self.line);
        let line = decoded.text.trim_end_matches(['\n', '\0']);
        match &mut self.shape {
            Shape::Shortlog => shortlog(line, &mut self.counts),
            Shape::Maintainers(sections) => sections.line(line, &mut self.counts),
            Shape::Mbox(mbox) => mbox.line(line, &mut self.counts),
        }
        self.line.clear();
    }

    /// The end of the file.
    #[must_use]
    pub fn finish(mut self) -> Evidence {
        if !self.line.is_empty() {
            self.end_line();
        }
        if let Shape::Mbox(mbox) = &mut self.shape {
            mbox.end(&mut self.counts);
        }
        self.counts.evidence()
    }
}

/// A whole file at once.
#[must_use]
pub fn read(source: Source, file: &[u8]) -> Evidence {
    let mut reader = Reader::of(source);
    reader.push(file);
    reader.finish()
}

/// What is counted so far.
#[derive(Default)]
struct Counts {
    people: HashMap<String, Counted>,
    not_read: u32,
    examples: Vec<String>,
}

struct Counted {
    name: Option<PersonName>,
    email: Address,
    count: u32,
    noun: Noun,
    /// Sections, in the order of the file.
    maintains: Vec<String>,
    reviews: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Noun {
    Commits,
    Mails,
    Sections,
}

impl Counts {
    /// Counts for whoever `item` names, such as `Ada Lovelace <ada@example.org>`.
    fn add(&mut self, item: &str, count: u32, noun: Noun) -> Option<&mut Counted> {
        let mailbox = Mailbox::read(&disclosed(item));
        if mailbox.is_list || is_machine(&mailbox) {
            return None;
        }
        let Ok(email) = Address::parse(mailbox.address.trim()) else {
            self.not_read = self.not_read.saturating_add(1);
            if self.examples.len() < EXAMPLES {
                self.examples.push(item.chars().filter(|c| !c.is_control()).take(120).collect());
            }
            return None;
        };
        let key = email.key().as_str().to_owned();
        if self.people.len() >= ROWS_MAX && !self.people.contains_key(&key) {
            return None;
        }
        let name = NameParts::full(mailbox.name).read().name;
        let counted = self.people.entry(key).or_insert_with(|| Counted {
            name: None,
            email,
            count: 0,
            noun,
            maintains: Vec::new(),
            reviews: Vec::new(),
        });
        counted.count = counted.count.saturating_add(count);
        if counted.name.is_none() {
            counted.name = name;
        }
        Some(counted)
    }

    fn evidence(self) -> Evidence {
        let mut people: Vec<Found> = self
            .people
            .into_values()
            .map(|counted| Found {
                reason: counted.reason(),
                name: counted.name,
                email: counted.email,
                count: counted.count,
            })
            .collect();
        people.sort_by_cached_key(|found| {
            let name = found.name.as_ref().map(|name| fold(name.as_str())).unwrap_or_default();
            (std::cmp::Reverse(found.count), name, found.email.as_str().to_owned())
        });
        Evidence { people, not_read: self.not_read, examples: self.examples }
    }
}

impl Counted {
    fn reason(&self) -> String {
        let counted = |one: &str, many: &str| match self.count {
            1 => format!("1 {one}"),
            n => format!("{n} {many}"),
        };
        match self.noun {
            Noun::Commits => counted("commit", "commits"),
            Noun::Mails => counted("mail", "mails"),
            Noun::Sections => {
                let mut words = Vec::new();
                if !self.maintains.is_empty() {
                    words.push(format!("maintains {}", some(&self.maintains)));
                }
                if !self.reviews.is_empty() {
                    words.push(format!("reviews {}", some(&self.reviews)));
                }
                if words.is_empty() { "named among the maintainers".to_owned() } else { words.join("; ") }
            }
        }
    }
}

/// The first five names of a list, and how many more.
fn some(names: &[String]) -> String {
    const MOST: usize = 5;
    let mut words = names.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        words.push_str(&format!(" and {} more", names.len() - MOST));
    }
    words
}

/// `   214\tDavid S. Miller <davem@example.org>`; a line without a count is one commit.
fn shortlog(line: &str, counts: &mut Counts) {
    let line = line.trim();
    if line.is_empty() {
        return;
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let (count, item) = line.split_at(digits);
    let has_count = digits > 0 && item.starts_with(char::is_whitespace);
    let (count, item) = if has_count { (count.parse().unwrap_or(u32::MAX), item) } else { (1, line) };
    counts.add(item.trim(), count, Noun::Commits);
}

/// Senders that are programs.
fn is_machine(mailbox: &Mailbox) -> bool {
    const MACHINES: [&str; 8] = [
        "noreply",
        "no-reply",
        "donotreply",
        "mailer-daemon",
        "postmaster",
        "bugzilla-daemon",
        "notifications",
        "github-actions",
    ];
    let lower = mailbox.address.to_ascii_lowercase();
    let local = lower.split('@').next().unwrap_or_default();
    // `Ada via netdev` is written by the list.
    MACHINES.iter().any(|machine| local.starts_with(machine))
        || local.ends_with("[bot]")
        || mailbox.name.to_lowercase().contains(" via ")
}

/// Archives hide addresses: `ada at example.org (Ada)`, `ada at example dot org`.
fn disclosed(item: &str) -> Cow<'_, str> {
    if item.contains('@') {
        return Cow::Borrowed(item);
    }
    for (at, sign) in item.match_indices(" at ") {
        let (before, rest) = (item.get(..at), item.get(at + sign.len()..));
        let (Some(before), Some(rest)) = (before, rest) else { continue };
        let end = rest.find(['(', '>', ')']).unwrap_or(rest.len());
        let (domain, after) = rest.split_at(end);
        let domain = domain.trim().replace(" dot ", ".");
        if domain.contains('.') && !domain.contains(' ') {
            let gap = if after.starts_with('(') { " " } else { "" };
            return Cow::Owned(format!("{before}@{domain}{gap}{after}"));
        }
    }
    Cow::Borrowed(item)
}

#[cfg(test)]
mod tests;
