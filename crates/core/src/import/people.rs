//! Rows to people: the first good address of each, its name, topics and the rest, with everything
//! worth a look as a warning. A bad row is put aside with its reason.

use super::address_list::mailboxes_in_cell;
use super::addresses::{self, Bad, Good};
use super::bytes::is_mojibake;
use super::clean::{is_markup_like, one_line, shortened};
use super::duplicates::Seen;
use super::report::{
    AFFILIATION_MAX, Code, Duplicate, ImportReport, ImportedPerson, NOTE_MAX, Reason, Rejected, TAG_MAX,
    Warning,
};
use super::rows::Row;
use super::topics;
use crate::address::Address;
use crate::name::PersonName;
use crate::spreadsheet::is_formula_like;
use crate::text::{Line, Text};

/// Fills a report row by row.
pub(super) struct People {
    pub report: ImportReport,
    pub seen: Seen,
}

/// What stands where the address should be.
#[derive(Default)]
struct Found {
    good: Option<Good>,
    /// Texts beside the one that is used.
    others: Vec<String>,
    bad: Option<Bad>,
    /// From `Name (Affiliation) <address>` in an address cell.
    name: String,
    affiliation: String,
}

impl People {
    pub fn warn(&mut self, line: usize, code: Code, message: impl Into<String>) {
        self.report.warnings.push(Warning { line, code, message: message.into() });
    }

    pub fn add(&mut self, mut row: Row) {
        let line = row.line;
        if row.is_list {
            let message = "This is a mailing list: an invitation is for one person".to_owned();
            return self.reject(row, Reason::LooksLikeAList, message, None);
        }
        if row.ragged {
            self.warn(
                line,
                Code::RaggedRow,
                "This row has more or fewer cells than the heading: check its columns",
            );
        }
        let mut found = find_address(&row.addresses);
        let Some(good) = found.good.take() else { return self.reject_row(row, found.bad) };
        let key = good.address.key();
        if let Some(first_line) = self.seen.first_line(&key) {
            self.report.duplicates.push(Duplicate { line, first_line });
            return;
        }
        self.warn_about_address(line, &good, &found.others);
        if row.name.is_empty() {
            row.name.full = std::mem::take(&mut found.name);
        }
        if row.affiliation.trim().is_empty() {
            row.affiliation = std::mem::take(&mut found.affiliation);
        }
        let (name, family) = self.name(line, &row);
        let affiliation = self.text_line::<AFFILIATION_MAX>(line, "affiliation", &row.affiliation);
        let read = row.topics.as_deref().map(topics::read);
        let topic_state = read.as_ref().and_then(|read| read.state);
        let topics = read.map(|read| {
            if read.shortened {
                self.warn(line, Code::TextShortened, "A topic was too long and was cut");
            }
            read.topics
        });
        for topic in topics.iter().flatten() {
            self.warn_about_text(line, "topic", topic.as_str());
        }
        let tags = self.tags(line, &row.tags);
        let note = self.note(line, &row.note);
        if is_mojibake(&row.name.all())
            || [&row.affiliation, &row.note].iter().any(|text| is_mojibake(text))
            || row.topics.as_deref().is_some_and(is_mojibake)
        {
            let message = "Letters look broken, as in \"JÃ¼rgen\": save the list as UTF-8 from where it came and import it again";
            self.warn(line, Code::MojibakeSuspected, message);
        }
        if !row.not_used.is_empty() {
            let (words, _) = shortened(&row.not_used, 100);
            self.warn(line, Code::TextNotUsed, format!("Not imported from this line: {}", one_line(words)));
        }
        self.seen.add(&key, name.as_ref(), line);
        self.report.people.push(ImportedPerson {
            line,
            name,
            email: good.address,
            key,
            affiliation,
            topics,
            topic_state,
            tags,
            note,
            family,
        });
    }

    fn reject_row(&mut self, row: Row, bad: Option<Bad>) {
        match bad {
            Some(Bad { message, suggestion }) => self.reject(row, Reason::BadAddress, message, suggestion),
            None => self.reject(row, Reason::NoAddress, "Add this person's e-mail address".to_owned(), None),
        }
    }

    fn reject(&mut self, row: Row, reason: Reason, message: String, suggestion: Option<Address>) {
        self.report.rejected.push(Rejected { line: row.line, reason, text: row.text, message, suggestion });
    }

    fn warn_about_address(&mut self, line: usize, good: &Good, others: &[String]) {
        if good.repaired {
            let message = format!("A dot at the end or hidden characters were taken off: {}", good.address);
            self.warn(line, Code::AddressRepaired, message);
        }
        if good.address.needs_smtputf8() {
            let message =
                "The part before the @ has letters outside ASCII: not every mail server takes such mail";
            self.warn(line, Code::AddressNotAscii, message);
        }
        if looks_like_a_list(&good.address) {
            let message = "This looks like a mailing list: an invitation is for one person";
            self.warn(line, Code::AddressLooksLikeAList, message);
        }
        if !others.is_empty() {
            let message = format!("Only {} is used; left out: {}", good.address, others.join(", "));
            self.warn(line, Code::ExtraAddresses, message);
        }
    }

    fn name(&mut self, line: usize, row: &Row) -> (Option<PersonName>, Option<String>) {
        let read = row.name.read();
        if read.had_hidden {
            let message = "Invisible control characters were taken out of the name";
            self.warn(line, Code::NameControlCharactersRemoved, message);
        }
        if read.shortened {
            self.warn(line, Code::TextShortened, "The name was too long and was cut");
        }
        match &read.name {
            None => {
                self.warn(line, Code::NoName, "No name: mails greet with the address until you enter one");
            }
            Some(name) => {
                if read.turned_round {
                    let message = format!("Read as \"{name}\", given name first");
                    self.warn(line, Code::NameTurnedRound, message);
                }
                self.warn_about_text(line, "name", name.as_str());
            }
        }
        (read.name, read.family)
    }

    fn text_line<const N: usize>(&mut self, line: usize, what: &str, cell: &str) -> Option<Line<N>> {
        let clean = one_line(cell);
        let (text, cut) = shortened(&clean, N);
        if cut {
            self.warn(line, Code::TextShortened, format!("The {what} was too long and was cut"));
        }
        let text = Line::parse(text).ok()?;
        self.warn_about_text(line, what, text.as_str());
        Some(text)
    }

    fn tags(&mut self, line: usize, cell: &str) -> Vec<Line<TAG_MAX>> {
        let mut tags: Vec<Line<TAG_MAX>> = Vec::new();
        for word in cell.split([',', ';', '\n']).take(100) {
            if let Some(tag) = self.text_line(line, "tag", word)
                && !tags.contains(&tag)
            {
                tags.push(tag);
            }
        }
        tags
    }

    fn note(&mut self, line: usize, cell: &str) -> Text<NOTE_MAX> {
        let (text, cut) = shortened(cell, NOTE_MAX);
        if cut {
            self.warn(line, Code::TextShortened, "The note was too long and was cut");
        }
        let note = Text::parse(text).unwrap_or_default();
        self.warn_about_text(line, "note", note.as_str());
        note
    }

    /// Text is text: kept as it is, escaped on every way out, and pointed out here.
    fn warn_about_text(&mut self, line: usize, what: &str, text: &str) {
        if is_formula_like(text) {
            let message = format!("The {what} begins like a formula; it is kept as text");
            self.warn(line, Code::FormulaLikeText, message);
        }
        if is_markup_like(text) {
            self.warn(
                line,
                Code::MarkupLikeText,
                format!("The {what} looks like markup; it is kept as text"),
            );
        }
    }
}

/// The first good address in the cells, and what else stands there.
fn find_address(cells: &[String]) -> Found {
    let mut found = Found::default();
    for cell in cells {
        match mailboxes_in_cell(cell) {
            Some(mailboxes) => {
                for mailbox in mailboxes {
                    let before = found.good.is_some();
                    found.look_at(if mailbox.address.is_empty() { &mailbox.name } else { &mailbox.address });
                    if !before && found.good.is_some() {
                        (found.name, found.affiliation) = (mailbox.name, mailbox.affiliation);
                    }
                }
            }
            None => {
                for text in addresses::split(cell) {
                    found.look_at(text);
                }
            }
        }
    }
    found
}

impl Found {
    fn look_at(&mut self, text: &str) {
        if addresses::is_placeholder(text) {
            return;
        }
        match (addresses::read(text), &self.good) {
            (Ok(good), None) => {
                // Bad ones before it are shown like the ones after it.
                self.good = Some(good);
            }
            (Ok(good), Some(first)) if good.address.key() == first.address.key() => {}
            (Ok(_), Some(_)) => self.other(text),
            (Err(bad), _) => {
                self.other(text);
                self.bad.get_or_insert(bad);
            }
        }
    }

    fn other(&mut self, text: &str) {
        if self.others.len() < 10 {
            self.others.push(one_line(shortened(text, 100).0));
        }
    }
}

/// Mailing lists by the looks of their address.
fn looks_like_a_list(address: &Address) -> bool {
    let local = address.local().to_lowercase();
    let domain = address.domain();
    let list_host = ["lists", "list", "groups", "listserv", "mailman", "mailinglist"]
        .iter()
        .any(|label| domain.strip_prefix(label).is_some_and(|rest| rest.starts_with('.')))
        || ["googlegroups.com", "vger.kernel.org", "freelists.org", "groups.io"]
            .iter()
            .any(|host| domain == *host || domain.strip_suffix(host).is_some_and(|rest| rest.ends_with('.')));
    let list_name =
        ["-list", "-devel", "-users", "-announce", "-discuss", "-all"].iter().any(|end| local.ends_with(end))
            || matches!(local.as_str(), "all" | "everyone" | "everybody" | "list" | "noreply" | "no-reply");
    list_host || list_name
}
