//! Lists as files: CSV, XLSX, JSON, Markdown and plain text (interface.md 5).
//!
//! Each list says once what its columns are; the formats follow from that. CSV cells that a spreadsheet
//! would run are defused; XLSX cells are typed as text, so there they stay as they are. The same rows
//! give the same bytes in every format but XLSX, which carries the time of its making.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::json;

use super::{AttendeeRow, InviteeRow, LogRow, TopicRow};
use crate::page::escaped;
use crate::spreadsheet::defuse;

mod details;

pub use details::{with_named, write_details};

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Xlsx,
    Json,
    Md,
    Txt,
}

/// Every format of a list.
pub const FORMATS: [Format; 5] = [Format::Csv, Format::Xlsx, Format::Json, Format::Md, Format::Txt];

impl Format {
    /// The word in options and addresses, and the ending of the file's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
            Self::Md => "md",
            Self::Txt => "txt",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        FORMATS.into_iter().find(|format| format.as_str() == word)
    }

    /// For `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
            Self::Md => "text/markdown; charset=utf-8",
            Self::Txt => "text/plain; charset=utf-8",
        }
    }
}

/// The file could not be written; nobody typed anything wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {format} file could not be made: {reason}")]
pub struct ExportFailed {
    pub format: &'static str,
    pub reason: String,
}

/// What every list tells about itself.
pub trait List: Serialize {
    /// Key in JSON and name of the sheet: `attendees`.
    const PLURAL: &'static str;
    /// Columns of CSV and XLSX, in order.
    const COLUMNS: &'static [&'static str];
    /// Headings of the shorter table in Markdown.
    const HEADINGS: &'static [&'static str];

    /// One cell for each of `COLUMNS`.
    fn cells(&self) -> Vec<String>;
    /// One cell for each of `HEADINGS`; each line of a cell is an item.
    fn table_cells(&self) -> Vec<String>;
    /// One item of the plain text: its first line, then what is indented below it.
    fn text(&self) -> (String, Vec<String>);
}

/// Writes a list. `title` is printed above Markdown and text; `bom` begins CSV with a byte order mark,
/// for Excel. Fails only when a spreadsheet cannot be made.
pub fn write<L: List>(title: &str, rows: &[L], format: Format, bom: bool) -> Result<Vec<u8>, ExportFailed> {
    let table = || rows.iter().map(L::cells);
    match format {
        Format::Csv => csv(L::COLUMNS, table(), bom),
        Format::Xlsx => xlsx(L::PLURAL, L::COLUMNS, table()),
        Format::Json => {
            let rows = serde_json::to_value(rows).map_err(|e| not_json(&e))?;
            json(&json!({ "format": 1, L::PLURAL: rows }))
        }
        Format::Md => Ok(markdown(title, L::HEADINGS, rows.iter().map(L::table_cells)).into_bytes()),
        Format::Txt => Ok(text(title, rows.iter().map(L::text)).into_bytes()),
    }
}

impl List for AttendeeRow {
    const PLURAL: &'static str = "attendees";
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "email",
        "affiliation",
        "answer",
        "mode",
        "answered_at",
        "listed",
        "arrival",
        "departure",
        "topics",
        "tags",
        "note",
    ];
    const HEADINGS: &'static [&'static str] = &["Name", "Affiliation", "Topics"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.email.clone(),
            self.affiliation.clone(),
            self.answer.clone(),
            self.mode.clone(),
            instant(self.answered_at),
            yes_no(self.listed),
            self.arrival.clone(),
            self.departure.clone(),
            self.topics.join("; "),
            self.tags.join("; "),
            self.note.clone(),
        ]
    }

    fn table_cells(&self) -> Vec<String> {
        vec![self.name.clone(), self.affiliation.clone(), self.topics.join("\n")]
    }

    fn text(&self) -> (String, Vec<String>) {
        (person(&self.name, &self.email, &self.affiliation), self.topics.clone())
    }
}

impl List for InviteeRow {
    const PLURAL: &'static str = "invitees";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "email",
        "affiliation",
        "state",
        "mode",
        "wave",
        "reply_by",
        "sent_at",
        "reminded_at",
        "answered_at",
        "delivery",
        "delivery_words",
        "listed",
        "topic_intent",
        "topics",
        "tags",
        "note",
    ];
    const HEADINGS: &'static [&'static str] = &["Name", "Affiliation", "State", "Topics"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.public_id.clone(),
            self.name.clone(),
            self.email.clone(),
            self.affiliation.clone(),
            self.state.clone(),
            self.mode.clone(),
            number(self.wave),
            self.reply_by.map(|day| day.to_string()).unwrap_or_default(),
            instant(self.sent_at),
            instant(self.reminded_at),
            instant(self.answered_at),
            self.delivery.clone(),
            self.delivery_words.clone(),
            yes_no(self.listed),
            self.topic_intent.clone(),
            self.topics.join("; "),
            self.tags.join("; "),
            self.note.clone(),
        ]
    }

    fn table_cells(&self) -> Vec<String> {
        vec![self.name.clone(), self.affiliation.clone(), self.state.clone(), self.topics.join("\n")]
    }

    fn text(&self) -> (String, Vec<String>) {
        let first = person(&self.name, &self.email, &self.affiliation);
        (format!("{first}: {}", self.state), self.topics.clone())
    }
}

impl List for TopicRow {
    const PLURAL: &'static str = "topics";
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "title",
        "proposed_title",
        "text",
        "minutes",
        "state",
        "proposer",
        "presenters",
        "late",
        "note",
    ];
    const HEADINGS: &'static [&'static str] = &["No.", "Topic", "Presenters", "Minutes", "State"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            self.title.clone(),
            self.proposed_title.clone(),
            self.text.clone(),
            number(self.minutes),
            self.state.clone(),
            self.proposer.clone(),
            self.presenters.join("; "),
            yes_no(self.late),
            self.note.clone(),
        ]
    }

    fn table_cells(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            self.title.clone(),
            self.presenters.join("\n"),
            number(self.minutes),
            self.state.clone(),
        ]
    }

    fn text(&self) -> (String, Vec<String>) {
        let minutes = self.minutes.map(|n| format!(", {n} minutes")).unwrap_or_default();
        let mut below = vec![format!("{}{minutes}: {}", self.state, self.presenters.join(", "))];
        below.extend(self.text.lines().map(str::to_owned));
        (format!("{}. {}", self.number, self.title), below)
    }
}

impl List for LogRow {
    const PLURAL: &'static str = "log";
    const COLUMNS: &'static [&'static str] =
        &["number", "at", "who", "action", "subject", "invitee", "before", "after", "reason", "hash"];
    const HEADINGS: &'static [&'static str] = &["No.", "Time", "Who", "What", "Change", "Reason"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.number.to_string(),
            instant(Some(self.at)),
            self.who.clone(),
            self.action.clone(),
            self.subject.clone(),
            self.invitee.clone(),
            self.before.clone(),
            self.after.clone(),
            self.reason.clone(),
            self.hash.clone(),
        ]
    }

    fn table_cells(&self) -> Vec<String> {
        let what = format!("{} {}", self.action, self.subject);
        let at = instant(Some(self.at));
        vec![self.number.to_string(), at, self.who.clone(), what, self.change(), self.reason.clone()]
    }

    fn text(&self) -> (String, Vec<String>) {
        let first = format!(
            "{}. {} {}: {} {}",
            self.number,
            instant(Some(self.at)),
            self.who,
            self.action,
            self.subject
        );
        let reason = if self.reason.is_empty() { String::new() } else { format!("Reason: {}", self.reason) };
        (first, [self.change(), reason].into_iter().filter(|line| !line.is_empty()).collect())
    }
}

impl LogRow {
    /// `invited -> accepted`; empty when nothing is said of it.
    #[must_use]
    pub fn change(&self) -> String {
        match (self.before.as_str(), self.after.as_str()) {
            ("", after) => after.to_owned(),
            (before, "") => format!("was {before}"),
            (before, after) => format!("{before} -> {after}"),
        }
    }
}

fn csv<H: AsRef<str>>(
    columns: &[H],
    rows: impl Iterator<Item = Vec<String>>,
    bom: bool,
) -> Result<Vec<u8>, ExportFailed> {
    let failed = |reason: String| ExportFailed { format: "CSV", reason };
    let start = if bom { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(start);
    let headings = columns.iter().map(|heading| defuse(heading.as_ref()).into_owned());
    writer.write_record(headings).map_err(|e| failed(e.to_string()))?;
    for cells in rows {
        writer
            .write_record(cells.iter().map(|cell| defuse(cell).into_owned()))
            .map_err(|e| failed(e.to_string()))?;
    }
    writer.into_inner().map_err(|e| failed(e.to_string()))
}

fn xlsx<H: AsRef<str>>(
    plural: &str,
    columns: &[H],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, ExportFailed> {
    let failed = |e: rust_xlsxwriter::XlsxError| ExportFailed { format: "XLSX", reason: e.to_string() };
    let mut book = rust_xlsxwriter::Workbook::new();
    let bold = rust_xlsxwriter::Format::new().set_bold();
    let sheet = book.add_worksheet_with_constant_memory().map_err(failed)?;
    sheet.set_name(plural).map_err(failed)?;
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    for (column, heading) in (0_u16..).zip(columns) {
        sheet.write_string_with_format(0, column, heading.as_ref(), &bold).map_err(failed)?;
    }
    for (line, cells) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            // The format's own limit for one cell.
            let cell: String = cell.chars().take(32_000).collect();
            sheet.write_string(line, column, cell).map_err(failed)?;
        }
    }
    book.save_to_buffer().map_err(failed)
}

fn json(value: &serde_json::Value) -> Result<Vec<u8>, ExportFailed> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| not_json(&e))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn not_json(e: &serde_json::Error) -> ExportFailed {
    ExportFailed { format: "JSON", reason: e.to_string() }
}

fn markdown<H: AsRef<str>>(title: &str, headings: &[H], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut out = format!("# {}\n\n", escaped(title));
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let cell = |cell: &str| cell.lines().map(escaped).collect::<Vec<_>>().join("<br>");
    out.push_str(&line(headings.iter().map(|heading| cell(heading.as_ref())).collect()));
    out.push_str(&line(headings.iter().map(|_| "---".to_owned()).collect()));
    for row in rows {
        out.push_str(&line(row.iter().map(|text| cell(text)).collect()));
    }
    out
}

fn text(title: &str, rows: impl Iterator<Item = (String, Vec<String>)>) -> String {
    let mut out = format!("{title}\n");
    for (first, below) in rows {
        out.push_str(&format!("\n{first}\n"));
        for line in below {
            out.push_str(format!("    {line}").trim_end());
            out.push('\n');
        }
    }
    out
}

fn person(name: &str, email: &str, affiliation: &str) -> String {
    let affiliation = if affiliation.is_empty() { String::new() } else { format!(", {affiliation}") };
    match (name, email) {
        ("", email) => format!("{email}{affiliation}"),
        (name, "") => format!("{name}{affiliation}"),
        (name, email) => format!("{name} <{email}>{affiliation}"),
    }
}

fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}

fn number(n: Option<u32>) -> String {
    n.map(|n| n.to_string()).unwrap_or_default()
}

fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn row(name: &str, topics: &[&str]) -> AttendeeRow {
        AttendeeRow {
            name: name.to_owned(),
            email: "ada@example.org".to_owned(),
            affiliation: "Straßenbau & Söhne".to_owned(),
            answer: "accepted".to_owned(),
            mode: "in_person".to_owned(),
            answered_at: Some("2019-05-14T09:12:44.123456Z".parse().unwrap()),
            listed: true,
            arrival: String::new(),
            departure: String::new(),
            topics: topics.iter().map(|t| (*t).to_owned()).collect(),
            tags: vec!["a".to_owned(), "b".to_owned()],
            note: "two\nlines".to_owned(),
        }
    }

    fn written(rows: &[AttendeeRow], format: Format, bom: bool) -> String {
        String::from_utf8(write("Netconf 2019", rows, format, bom).unwrap()).unwrap()
    }

    #[test]
    fn csv_has_the_fixed_columns_and_defused_cells() {
        let csv = written(&[row("=HYPERLINK(\"x\")", &["One, two", "Three"])], Format::Csv, false);

        assert_eq!(
            csv,
            "name,email,affiliation,answer,mode,answered_at,listed,arrival,departure,topics,tags,note\r\n\
             \"'=HYPERLINK(\"\"x\"\")\",ada@example.org,Straßenbau & Söhne,accepted,in_person,2019-05-14T09:12:44Z,\
             yes,,,\"One, two; Three\",a; b,\"two\nlines\"\r\n"
        );
        assert!(written(&[], Format::Csv, true).starts_with("\u{feff}name,"));
    }

    #[test]
    fn json_is_the_list_under_its_plural() {
        let json: serde_json::Value =
            serde_json::from_str(&written(&[row("Ada", &["One"])], Format::Json, false)).unwrap();

        assert_eq!(json.pointer("/format").unwrap(), 1);
        assert_eq!(json.pointer("/attendees/0/topics/0").unwrap(), "One");
    }

    #[test]
    fn markdown_escapes_what_people_typed() {
        let md = written(&[row("A|da <b>", &["One", "*Two*"])], Format::Md, false);

        assert!(md.contains("| A\\|da \\<b\\> | Straßenbau \\& Söhne | One<br>\\*Two\\* |\n"), "{md}");
    }

    #[test]
    fn text_names_people_and_indents_their_topics() {
        let text = written(&[row("Ada", &["One", "Two"]), row("", &[])], Format::Txt, false);

        assert_eq!(
            text,
            "Netconf 2019\n\nAda <ada@example.org>, Straßenbau & Söhne\n    One\n    Two\n\n\
             ada@example.org, Straßenbau & Söhne\n"
        );
    }

    #[test]
    fn xlsx_is_a_workbook() {
        let bytes = write("x", &[row("=1+1", &[])], Format::Xlsx, false).unwrap();

        assert!(bytes.starts_with(b"PK"));
    }

    #[test]
    fn every_list_has_a_cell_for_each_column() {
        let attendee = row("Ada", &[]);
        assert_eq!(attendee.cells().len(), AttendeeRow::COLUMNS.len());
        assert_eq!(attendee.table_cells().len(), AttendeeRow::HEADINGS.len());
        let topic = TopicRow {
            number: 1,
            title: "One".to_owned(),
            proposed_title: "One".to_owned(),
            text: String::new(),
            minutes: Some(20),
            state: "accepted".to_owned(),
            proposer: "Ada".to_owned(),
            presenters: vec!["Ada".to_owned()],
            late: false,
            note: String::new(),
        };
        assert_eq!(topic.cells().len(), TopicRow::COLUMNS.len());
        assert_eq!(topic.table_cells().len(), TopicRow::HEADINGS.len());
        let invitee = InviteeRow {
            public_id: "x".to_owned(),
            name: String::new(),
            email: String::new(),
            affiliation: String::new(),
            state: "listed".to_owned(),
            mode: "in_person".to_owned(),
            wave: None,
            reply_by: None,
            sent_at: None,
            reminded_at: None,
            answered_at: None,
            delivery: String::new(),
            delivery_words: String::new(),
            listed: false,
            topic_intent: String::new(),
            topics: Vec::new(),
            tags: Vec::new(),
            note: String::new(),
        };
        assert_eq!(invitee.cells().len(), InviteeRow::COLUMNS.len());
        assert_eq!(invitee.table_cells().len(), InviteeRow::HEADINGS.len());
    }
}
