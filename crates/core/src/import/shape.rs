//! What kind of list a text is (rule 2): table, address list, or one address a line.

use super::headings::Columns;
use super::report::Shape;
use super::split::has_bracketed_address;
use super::table::{Reader, Record};
use crate::address::Address;
use crate::spreadsheet::undefuse;

/// The decision, and where the people begin.
pub(super) struct Layout<'a> {
    pub shape: Shape,
    pub separator: char,
    /// Only for a table with a heading.
    pub columns: Option<Columns>,
    pub heading_cells: usize,
    /// Lines of quotes in the heading that were never closed.
    pub unclosed: Vec<usize>,
    pub body: &'a str,
    /// Physical line of the body's first line.
    pub line: usize,
}

/// In the order in which they win a tie. The tab comes first because it is never part of a name,
/// so a table of one column keeps the commas in its cells.
const SEPARATORS: [char; 3] = ['\t', ';', ','];

pub(super) fn detect(text: &str) -> Layout<'_> {
    let (named, body, line) = match named_separator(text) {
        Some((separator, body)) => (Some(separator), body, 2),
        None => (None, text, 1),
    };
    let candidates = named.as_ref().map_or(&SEPARATORS[..], std::slice::from_ref);
    let (body, line) = skip_blank_lines(body, line);
    if let Some(layout) = with_heading(body, line, candidates) {
        return layout;
    }
    let layout = |shape, separator| Layout {
        shape,
        separator,
        columns: None,
        heading_cells: 0,
        unclosed: vec![],
        body,
        line,
    };
    if let Some(separator) = named {
        return layout(Shape::TableWithoutHeading, separator);
    }
    if body.lines().any(|line| has_bracketed_address(line) || has_several_addresses(line)) {
        return layout(Shape::AddressList, ',');
    }
    match common_separator(body) {
        Some(separator) => layout(Shape::TableWithoutHeading, separator),
        None => layout(Shape::Lines, '\n'),
    }
}

/// `sep=X` as the first line, as Excel writes and reads it.
fn named_separator(text: &str) -> Option<(char, &str)> {
    let (first, body) = text.split_once('\n').unwrap_or((text, ""));
    let first = first.trim_matches([' ', '"']);
    let (word, separator) = (first.get(..4)?, first.get(4..)?);
    let mut characters = separator.chars();
    match (characters.next(), characters.next()) {
        (Some(c), None) if word.eq_ignore_ascii_case("sep=") && c != '"' => Some((c, body)),
        _ => None,
    }
}

fn skip_blank_lines(text: &str, mut line: usize) -> (&str, usize) {
    let mut rest = text;
    while let Some((first, next)) = rest.split_once('\n') {
        if !first.trim_matches(|c: char| c.is_whitespace() || c == ',' || c == ';').is_empty() {
            break;
        }
        rest = next;
        line += 1;
    }
    (rest, line)
}

fn with_heading<'a>(body: &'a str, line: usize, separators: &[char]) -> Option<Layout<'a>> {
    let mut best: Option<Layout<'a>> = None;
    for separator in separators {
        let mut reader = Reader::new(body, line, *separator);
        let Some(Record { cells, count, .. }) = reader.next() else { continue };
        let cells: Vec<String> = cells.iter().map(|cell| undefuse(cell).to_owned()).collect();
        let wider = best.as_ref().is_none_or(|best| count > best.heading_cells);
        if wider && let Some(columns) = Columns::read(&cells) {
            let unclosed = std::mem::take(&mut reader.unclosed);
            let (body, line) = reader.into_rest();
            best = Some(Layout {
                shape: Shape::Table,
                separator: *separator,
                columns: Some(columns),
                heading_cells: count,
                unclosed,
                body,
                line,
            });
        }
    }
    best
}

fn has_several_addresses(line: &str) -> bool {
    if line.bytes().filter(|b| *b == b'@').nth(1).is_none() {
        return false;
    }
    addresses_in(line).nth(1).is_some()
}

/// The words of a line that are addresses.
fn addresses_in(line: &str) -> impl Iterator<Item = Address> {
    line.split(|c: char| c.is_whitespace() || ",;:<>()[]\"|".contains(c))
        .filter(|word| word.contains('@'))
        .filter_map(|word| Address::parse(word.trim_matches(['.', '\''])).ok())
}

/// The separator that most lines hold outside quotes.
fn common_separator(text: &str) -> Option<char> {
    let mut lines = 0_usize;
    let mut counts = [0_usize; SEPARATORS.len()];
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        lines += 1;
        let mut found = [false; SEPARATORS.len()];
        let mut quoted = false;
        for c in line.chars() {
            if c == '"' {
                quoted = !quoted;
            } else if !quoted {
                for (found, separator) in found.iter_mut().zip(SEPARATORS) {
                    *found |= c == separator;
                }
            }
        }
        for (count, found) in counts.iter_mut().zip(found) {
            *count += usize::from(found);
        }
    }
    let most = counts.into_iter().max().filter(|most| most * 2 > lines)?;
    counts.into_iter().zip(SEPARATORS).find(|(count, _)| *count == most).map(|(_, separator)| separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> (Shape, char) {
        let layout = detect(text);
        (layout.shape, layout.separator)
    }

    #[test]
    fn a_known_heading_makes_a_table_whatever_the_separator() {
        assert_eq!(shape("Name,Email\nJane,jane@example.org"), (Shape::Table, ','));
        assert_eq!(shape("Name;E-Mail\nJane;jane@example.org"), (Shape::Table, ';'));
        assert_eq!(shape("Name\tMail\nJane\tjane@example.org"), (Shape::Table, '\t'));
        assert_eq!(shape("\n , \n\"Name, full\";Email\nx;y"), (Shape::Table, ';'));
    }

    #[test]
    fn a_table_stays_one_when_cells_hold_bracketed_or_several_addresses() {
        assert_eq!(shape("Name,Email\nJane,<a@example.org>;b@example.org"), (Shape::Table, ','));
    }

    #[test]
    fn a_single_column_keeps_the_commas_in_its_cells() {
        assert_eq!(shape("Email\na@example.org, b@example.org"), (Shape::Table, '\t'));
    }

    #[test]
    fn sep_sets_the_separator_and_is_no_record() {
        let layout = detect("sep=|\nName|Email\nJane|jane@example.org");
        assert_eq!((layout.shape, layout.separator, layout.line), (Shape::Table, '|', 3));

        let layout = detect("SEP=;\nJane, J;jane@example.org");
        assert_eq!((layout.shape, layout.separator, layout.line), (Shape::TableWithoutHeading, ';', 2));
        assert_eq!(layout.body, "Jane, J;jane@example.org");
    }

    #[test]
    fn sep_wins_over_a_separator_that_would_find_a_heading() {
        let layout = detect("sep=;\nName,Email\nJane,jane@example.org");

        assert_eq!((layout.shape, layout.separator), (Shape::TableWithoutHeading, ';'));
    }

    #[test]
    fn one_bracketed_address_or_two_addresses_on_a_line_make_an_address_list() {
        assert_eq!(shape("Jane, x\nBob <bob@example.org>\nZoe, y").0, Shape::AddressList);
        assert_eq!(shape("a@example.org b@example.org").0, Shape::AddressList);
        assert_eq!(shape("a@example.org\nb@example.org, c@example.org").0, Shape::AddressList);
    }

    #[test]
    fn one_bad_address_does_not_make_an_address_list() {
        assert_eq!(
            shape("Jane,jane@@example.org\nBob,b@c@example.org\nZoe,zoe@example.org").0,
            Shape::TableWithoutHeading
        );
    }

    #[test]
    fn lines_with_one_same_separator_are_a_table_without_a_heading() {
        assert_eq!(
            shape("Jane,jane@example.org\nbob@example.org\nZoe,zoe@example.org"),
            (Shape::TableWithoutHeading, ',')
        );
        assert_eq!(shape("Doe, J;jane@example.org\nRoe, R;r@example.org"), (Shape::TableWithoutHeading, ';'));
    }

    #[test]
    fn anything_else_is_one_address_a_line() {
        assert_eq!(shape("jane@example.org\nbob@example.org").0, Shape::Lines);
        assert_eq!(shape("Jane jane@example.org\nBob, bob@example.org").0, Shape::Lines);
        assert_eq!(shape("").0, Shape::Lines);
    }

    #[test]
    fn angle_brackets_count_only_around_an_at() {
        assert!(has_bracketed_address("<<a@b>"));
        assert!(!has_bracketed_address("<a> @ <b>"));
        assert!(!has_bracketed_address("a@b> <"));
    }
}
