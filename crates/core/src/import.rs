//! Reads pasted and uploaded lists of people (domain.md 4.3; the report is interface.md 4).
//!
//! [`read`] is a plain function from bytes to a report: nothing is stored or mailed before somebody
//! has seen it (rule 11). It never panics, and its work grows linearly with the bytes, whatever they
//! are. Order of work: bytes to text, text to a shape, shape to rows, rows to people.

mod address_list;
mod addresses;
mod bytes;
mod clean;
mod duplicates;
mod encoded_words;
pub mod evidence;
mod headings;
mod json;
mod mailbox;
mod names;
mod people;
mod report;
mod rows;
mod shape;
mod split;
mod table;
#[cfg(test)]
mod tests;
mod topics;

pub use bytes::Encoding;
pub use report::{
    AFFILIATION_MAX, Because, Code, Duplicate, ImportReport, ImportedPerson, NOTE_MAX, PossibleDuplicate,
    Reason, Rejected, Shape, TAG_MAX, TOPIC_MAX, TopicState, Warning,
};
use thiserror::Error;

use duplicates::Seen;
use people::People;
use rows::Row;
use table::Reader;

/// Longest list in octets: 10 MiB.
pub const BYTES_MAX: usize = 10 * 1024 * 1024;
/// Most rows of one list.
pub const ROWS_MAX: usize = 20_000;

/// Why nothing of a list was read, as an instruction to the organiser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ImportRefused {
    #[error("The list is larger than 10 MiB: split it and import the parts one after the other")]
    TooLarge,
    #[error("The list has more than 20,000 rows: split it and import the parts one after the other")]
    TooManyRows,
    #[error("The list is empty: paste names and addresses, or choose a file that holds some")]
    Empty,
    #[error("This is a {0}: save the list as CSV, or copy the cells and paste them")]
    NotText(&'static str),
    #[error(
        "No address was found: each line needs an e-mail address, such as \"Jane Doe <jane@example.org>\""
    )]
    NothingReadable,
    #[error(
        "This looks like JSON, and line {line}, column {column} breaks it: mend it there, or save the list as CSV"
    )]
    BrokenJson { line: usize, column: usize },
}

impl ImportRefused {
    /// The word for scripts and the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "list_too_large",
            Self::TooManyRows => "list_too_long",
            Self::Empty => "list_empty",
            Self::NotText(_) => "list_not_text",
            Self::NothingReadable => "list_unreadable",
            Self::BrokenJson { .. } => "list_broken_json",
        }
    }
}

/// Reads a list of any shape. Refuses only above the limits, and when nothing at all can be read;
/// bad rows are put aside in the report and never block the good ones.
pub fn read(bytes: &[u8]) -> Result<ImportReport, ImportRefused> {
    if bytes.len() > BYTES_MAX {
        return Err(ImportRefused::TooLarge);
    }
    if let Some(kind) = binary_kind(bytes) {
        return Err(ImportRefused::NotText(kind));
    }
    let decoded = bytes::decode(bytes);
    if decoded.text.trim().is_empty() {
        return Err(ImportRefused::Empty);
    }
    let list = List::read(&decoded.text);
    if list.rows.len() > ROWS_MAX {
        return Err(ImportRefused::TooManyRows);
    }
    let mut people = People { report: empty_report(decoded.encoding, list.shape), seen: Seen::default() };
    people.report.columns_not_used = list.columns_not_used;
    warn_about_bytes(&mut people, &decoded);
    for line in list.unclosed {
        people.warn(
            line,
            Code::UnclosedQuote,
            "The quote that begins here is never closed; it was read as if it were not there",
        );
    }
    for row in list.rows {
        people.add(row);
    }
    let People { mut report, seen } = people;
    report.possible_duplicates = seen.possible();
    report.warnings.sort_by_key(|warning| warning.line);
    let hopeless = report.rejected.iter().all(|rejected| rejected.reason == Reason::NoAddress);
    let recognised = matches!(list.shape, Shape::Table | Shape::Json);
    if report.people.is_empty() && hopeless && !recognised {
        return Err(json::broken(&decoded.text).unwrap_or(ImportRefused::NothingReadable));
    }
    Ok(report)
}

/// A text taken apart, whatever its shape.
struct List {
    shape: Shape,
    rows: Vec<Row>,
    unclosed: Vec<usize>,
    columns_not_used: Vec<String>,
}

impl List {
    fn read(text: &str) -> Self {
        // One more than allowed, to tell that there are too many.
        let limit = ROWS_MAX + 1;
        if let Some(rows) = json::read(text, limit) {
            return Self { shape: Shape::Json, rows, unclosed: Vec::new(), columns_not_used: Vec::new() };
        }
        let layout = shape::detect(text);
        let mut unclosed = layout.unclosed;
        let mut columns_not_used = Vec::new();
        let rows = match (layout.shape, layout.columns) {
            (Shape::Table, Some(columns)) => {
                let mut reader = Reader::new(layout.body, layout.line, layout.separator);
                let rows = rows::with_heading(&mut reader, &columns, layout.heading_cells, limit);
                unclosed.append(&mut reader.unclosed);
                columns_not_used = columns.not_used;
                rows
            }
            (Shape::TableWithoutHeading, _) => {
                let mut reader = Reader::new(layout.body, layout.line, layout.separator);
                let rows = rows::without_heading(&mut reader, limit);
                unclosed.append(&mut reader.unclosed);
                rows
            }
            (shape, _) => {
                let (rows, mut lines) = address_list::read(layout.body, layout.line, shape, limit);
                unclosed.append(&mut lines);
                rows
            }
        };
        Self { shape: layout.shape, rows, unclosed, columns_not_used }
    }
}

fn empty_report(encoding: Encoding, shape: Shape) -> ImportReport {
    ImportReport {
        format: 1,
        encoding,
        shape,
        imported: false,
        people: Vec::new(),
        duplicates: Vec::new(),
        possible_duplicates: Vec::new(),
        rejected: Vec::new(),
        warnings: Vec::new(),
        columns_not_used: Vec::new(),
    }
}

fn warn_about_bytes(people: &mut People, decoded: &bytes::Decoded) {
    if decoded.encoding == Encoding::Windows1252 {
        let message =
            "The file is not UTF-8; it was read as Windows-1252. Check letters outside A to Z in the names";
        people.warn(0, Code::EncodingGuessed, message);
    }
    if decoded.damaged {
        let message =
            "Some characters could not be read and are shown as \u{fffd}: save the list as UTF-8 again";
        people.warn(0, Code::EncodingDamaged, message);
    }
}

/// Files that people take for lists and that are no text. Known by their first bytes, because
/// reading them as text would find nonsense.
fn binary_kind(bytes: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 5] = [
        (b"PK\x03\x04", "spreadsheet or archive file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "spreadsheet of an old kind"),
        (b"%PDF-", "PDF file"),
        (b"BEGIN:VCARD", "vCard file"),
        (b"\x1f\x8b", "compressed file"),
    ];
    kinds.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind)
}
