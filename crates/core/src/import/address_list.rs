//! Address lists as people copy them: To: fields, MAINTAINERS lines, shortlogs, bullet lists
//! (rule 7). One physical line may hold many people, and one person several physical lines.

use super::addresses;
use super::clean::excerpt;
use super::mailbox::Mailbox;
use super::names::NameParts;
use super::report::Shape;
use super::rows::{ADDRESSES_MAX, Row};
use super::split::{Scan, has_bracketed_address};

/// Reads people until there are `limit`; `shape` says whether a line holds one person or many.
/// Also gives the lines of quotes that were never closed.
pub(super) fn read(body: &str, first_line: usize, shape: Shape, limit: usize) -> (Vec<Row>, Vec<usize>) {
    let mut reader = Reader { rows: Vec::new(), unclosed: Vec::new(), limit };
    for line in logical_lines(body, first_line, shape) {
        if reader.rows.len() >= limit {
            break;
        }
        reader.line(&line, shape);
    }
    (reader.rows, reader.unclosed)
}

struct Reader {
    rows: Vec<Row>,
    unclosed: Vec<usize>,
    limit: usize,
}

impl Reader {
    fn line(&mut self, line: &Logical, shape: Shape) {
        if !line.text.chars().any(char::is_alphanumeric) {
            return;
        }
        if line.marker == Marker::List {
            let text = excerpt(&line.text);
            self.rows.push(Row { line: line.number(0), text, is_list: true, ..Row::default() });
            return;
        }
        if shape == Shape::Lines {
            self.item(&line.text, line.number(0));
            return;
        }
        let scan = Scan::new(&line.text);
        self.unclosed.extend(scan.unclosed().iter().map(|at| line.number(*at)));
        for (start, item) in scan.items() {
            if self.rows.len() >= self.limit {
                return;
            }
            self.item(item, line.number(start));
        }
    }

    fn item(&mut self, item: &str, line: usize) {
        if !item.chars().any(char::is_alphanumeric) {
            return;
        }
        let mailbox = Mailbox::read(item);
        let text = excerpt(item);
        if mailbox.is_list {
            self.rows.push(Row { line, text, is_list: true, ..Row::default() });
            return;
        }
        let addresses =
            addresses::split(&mailbox.address).into_iter().take(ADDRESSES_MAX).map(str::to_owned).collect();
        self.rows.push(Row {
            line,
            text,
            name: NameParts::full(mailbox.name),
            affiliation: mailbox.affiliation,
            addresses,
            not_used: mailbox.not_used,
            ..Row::default()
        });
    }
}

/// A line with its folded continuations, and without what stands before the first person.
struct Logical {
    text: String,
    /// Where in `text` each physical line begins.
    starts: Vec<(usize, usize)>,
    marker: Marker,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Marker {
    None,
    /// `To:` and the like: folded lines may follow.
    Header,
    /// `L:`, a mailing list.
    List,
}

impl Logical {
    /// The physical line of the text at `offset`.
    fn number(&self, offset: usize) -> usize {
        let after = self.starts.partition_point(|(start, _)| *start <= offset);
        after.checked_sub(1).and_then(|index| self.starts.get(index)).map_or(0, |(_, line)| *line)
    }
}

fn logical_lines(body: &str, first_line: usize, shape: Shape) -> impl Iterator<Item = Logical> {
    let mut lines = body.split('\n').zip(first_line..).peekable();
    std::iter::from_fn(move || {
        let (line, number) = lines.next()?;
        let (text, marker) = without_marks(line);
        let mut logical = Logical { text: text.to_owned(), starts: vec![(0, number)], marker };
        while shape == Shape::AddressList && logical.marker != Marker::List {
            let Some((next, number)) = lines.next_if(|(next, _)| continues(&logical, next)) else { break };
            logical.text.push(' ');
            logical.starts.push((logical.text.len(), number));
            logical.text.push_str(next.trim());
        }
        Some(logical)
    })
}

/// Folded lines begin with space. So do indented lists, which must not be joined: there, the line
/// before is complete and no header.
fn continues(before: &Logical, line: &str) -> bool {
    let folded = line.starts_with([' ', '\t']) && !line.trim().is_empty();
    folded
        && (before.marker == Marker::Header
            || before.starts.len() > 1
            || before.text.trim_end().ends_with([',', ';'])
            || before.text.ends_with("?="))
        && without_marks(line).0.len() == line.trim_start().len()
}

/// Takes off quotation marks of mail, bullets, numbers, counts and header names.
fn without_marks(line: &str) -> (&str, Marker) {
    let mut rest = line.trim_start();
    let mut marker = Marker::None;
    let mut numbered = false;
    // Bounded, because nobody nests more and each number looks through the rest of the line.
    for _ in 0..8 {
        if let Some(next) = without_bullet(rest) {
            rest = next;
        } else if !numbered && let Some(next) = without_number(rest) {
            rest = next;
            numbered = true;
        } else if marker == Marker::None
            && let Some((next, found)) = without_tag(rest)
        {
            (rest, marker) = (next, found);
        } else {
            break;
        }
    }
    (rest.trim_end(), marker)
}

fn without_bullet(line: &str) -> Option<&str> {
    let round = ['•', '·', '‣', '▪', '◦', '●', '■'];
    let next = line.strip_prefix(round).or_else(|| {
        let next = line.strip_prefix(['-', '*', '+', '–', '—', '>'])?;
        next.starts_with([' ', '\t', '>', '-', '*']).then_some(next)
    })?;
    Some(next.trim_start())
}

/// `12.`, `3)` or the bare count of a shortlog, before something with an @.
fn without_number(line: &str) -> Option<&str> {
    let after = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - after.len();
    if !(1..=7).contains(&digits) {
        return None;
    }
    let after = after.strip_prefix(['.', ')', ':', ']']).unwrap_or(after);
    let rest = after.trim_start();
    (rest.len() < after.len() && rest.contains('@')).then_some(rest)
}

/// `To:`, `Reviewed-by:`, and `M:`, `R:`, `L:` of MAINTAINERS.
fn without_tag(line: &str) -> Option<(&str, Marker)> {
    let head = line.get(..line.floor_char_boundary(24))?;
    let (tag, _) = head.split_once(':')?;
    let marker = match tag {
        "M" | "R" => Marker::None,
        "L" => Marker::List,
        _ => match tag.to_ascii_lowercase().as_str() {
            "to" | "cc" | "bcc" | "from" | "reply-to" | "sender" => Marker::Header,
            "email" | "e-mail" | "mail" => Marker::None,
            other if other.ends_with("-by") => Marker::None,
            _ => return None,
        },
    };
    Some((line.get(tag.len() + 1..)?.trim_start(), marker))
}

/// The mailboxes in an address cell of a table that holds more than bare addresses.
pub(super) fn mailboxes_in_cell(cell: &str) -> Option<Vec<Mailbox>> {
    let has_comment = cell.contains('(') && cell.contains('@');
    if !has_comment && !has_bracketed_address(cell) {
        return None;
    }
    let line = cell.replace('\n', ", ");
    let scan = Scan::new(&line);
    Some(scan.items().map(|(_, item)| Mailbox::read(item)).take(ADDRESSES_MAX).collect())
}
