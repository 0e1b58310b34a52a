//! A row of any kind of list, before its texts are read: what the shapes have in common.

use super::addresses;
use super::clean::excerpt;
use super::headings::Columns;
use super::names::NameParts;
use super::table::{Reader, Record};
use crate::spreadsheet::undefuse;

/// Addresses of one row that are looked at.
pub(super) const ADDRESSES_MAX: usize = 50;

#[derive(Debug, Default)]
pub(super) struct Row {
    pub line: usize,
    /// The row as shown when it is rejected.
    pub text: String,
    pub name: NameParts,
    /// In order; the first good one is used.
    pub addresses: Vec<String>,
    pub affiliation: String,
    /// Absent where the list has no topics at all.
    pub topics: Option<String>,
    pub tags: String,
    pub note: String,
    /// Words of the row that are nothing of these.
    pub not_used: String,
    /// The line names a mailing list, not a person.
    pub is_list: bool,
    /// The row has more or fewer cells than the heading.
    pub ragged: bool,
}

/// Rows of a table with a heading, until there are `limit`.
pub(super) fn with_heading(
    reader: &mut Reader<'_>,
    columns: &Columns,
    width: usize,
    limit: usize,
) -> Vec<Row> {
    let row = |record: Record| {
        let cell = |index: Option<usize>| record.cell(index).to_owned();
        let topics: Vec<&str> = columns.topics.iter().map(|index| record.cell(Some(*index))).collect();
        Row {
            line: record.line,
            text: text(&record),
            name: NameParts {
                full: cell(columns.full_name),
                given: cell(columns.given),
                middle: cell(columns.middle),
                family: cell(columns.family),
                suffix: cell(columns.suffix),
            },
            addresses: columns
                .addresses
                .iter()
                .map(|index| cell(Some(*index)))
                .filter(|cell| !cell.trim().is_empty())
                .take(ADDRESSES_MAX)
                .collect(),
            affiliation: cell(columns.affiliation),
            topics: (!columns.topics.is_empty()).then(|| topics.join("\n")),
            tags: cell(columns.tags),
            note: cell(columns.note),
            ragged: record.count != width,
            ..Row::default()
        }
    };
    records(reader, limit).map(row).collect()
}

/// Rows of a table without a heading: the cell with the @ is the address, the first other cell the
/// name, the next the affiliation. Running numbers are not taken for names.
pub(super) fn without_heading(reader: &mut Reader<'_>, limit: usize) -> Vec<Row> {
    let row = |record: Record| {
        let position = record.cells.iter().position(|cell| cell.contains('@'));
        let position =
            position.or_else(|| record.cells.iter().position(|cell| addresses::is_disguised(cell)));
        let mut others = record.cells.iter().enumerate().filter(|(index, cell)| {
            let running_number = !cell.is_empty() && cell.trim().bytes().all(|b| b.is_ascii_digit());
            Some(*index) != position && !running_number
        });
        let name = others.next().map_or("", |(_, cell)| cell);
        let affiliation = others.next().map_or("", |(_, cell)| cell);
        let address = record.cell(position);
        Row {
            line: record.line,
            text: text(&record),
            name: NameParts::full(without_bullet(name)),
            addresses: Some(address.to_owned()).filter(|address| !address.is_empty()).into_iter().collect(),
            affiliation: affiliation.to_owned(),
            ..Row::default()
        }
    };
    records(reader, limit).map(row).collect()
}

fn records(reader: &mut Reader<'_>, limit: usize) -> impl Iterator<Item = Record> {
    reader.by_ref().filter(|record| !record.is_blank()).take(limit).map(|mut record| {
        for cell in &mut record.cells {
            if undefuse(cell).len() < cell.len() {
                cell.remove(0);
            }
        }
        record
    })
}

fn text(record: &Record) -> String {
    let mut joined = String::new();
    for cell in record.cells.iter().filter(|cell| !cell.trim().is_empty()) {
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        joined.push_str(cell.get(..cell.floor_char_boundary(1000)).unwrap_or_default());
        if joined.len() > 1000 {
            break;
        }
    }
    excerpt(&joined)
}

fn without_bullet(name: &str) -> &str {
    let name = name.trim_start();
    name.strip_prefix(['-', '*', '•', '·', '–', '—']).filter(|rest| rest.starts_with(' ')).unwrap_or(name)
}
