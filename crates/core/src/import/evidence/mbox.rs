//! A mail archive: messages one after the other, each beginning with a `From ` line after an empty one
//! (RFC 4155). Of each only the author is read: the `From:` header, unfolded (RFC 5322 2.2.3).

use super::{Counts, Noun};

/// Longest header that is put together from its folded lines, in octets.
const HEADER_MAX: usize = 4 * 1024;

/// Where in the archive we are.
#[derive(Default)]
pub(super) struct Mbox {
    part: Part,
    after_empty_line: bool,
    /// The author's header, while its lines go on.
    author: Option<String>,
    /// The header that is read now is the author's.
    in_author: bool,
}

#[derive(Default, PartialEq, Eq)]
enum Part {
    #[default]
    Before,
    Headers,
    Body,
}

impl Mbox {
    pub fn line(&mut self, line: &str, counts: &mut Counts) {
        let begins = self.part == Part::Before || self.after_empty_line;
        self.after_empty_line = line.is_empty();
        if begins && is_separator(line) {
            self.end(counts);
            self.part = Part::Headers;
            return;
        }
        // A single message without its `From ` line is an archive of one.
        if self.part == Part::Before && is_header(line) {
            self.part = Part::Headers;
        }
        if self.part != Part::Headers {
            return;
        }
        if line.is_empty() {
            self.end(counts);
            self.part = Part::Body;
        } else if line.starts_with([' ', '\t']) {
            if let Some(author) = self.author.as_mut().filter(|_| self.in_author)
                && author.len() + line.len() < HEADER_MAX
            {
                author.push(' ');
                author.push_str(line.trim());
            }
        } else {
            self.in_author = false;
            if let Some(value) = header(line, "from").filter(|_| self.author.is_none()) {
                self.author = Some(value.trim().to_owned());
                self.in_author = true;
            }
        }
    }

    /// The headers, or the file, are over.
    pub fn end(&mut self, counts: &mut Counts) {
        self.in_author = false;
        if let Some(author) = self.author.take() {
            // Several authors are one message; the first wrote it.
            let first = if author.matches('@').count() > 1 { first_of(&author) } else { &author };
            counts.add(first, 1, Noun::Mails);
        }
    }
}

/// `From ada@example.org Mon Nov 23 05:04:40 2026`: not a sentence that begins with "From".
fn is_separator(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("From ") else { return false };
    let mut words = rest.split_whitespace();
    words.next().is_some()
        && words.any(|word| {
            let mut parts = word.split(':');
            parts.clone().count() >= 2
                && parts.all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        })
}

fn is_header(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

fn header<'a>(line: &'a str, wanted: &str) -> Option<&'a str> {
    let (name, value) = line.split_once(':')?;
    name.trim_end().eq_ignore_ascii_case(wanted).then_some(value)
}

/// Up to the comma after the first address.
fn first_of(authors: &str) -> &str {
    let Some(at) = authors.find('@') else { return authors };
    let end = authors.get(at..).and_then(|rest| rest.find(',')).map_or(authors.len(), |comma| at + comma);
    authors.get(..end).unwrap_or(authors)
}
