//! Records of separated cells, quoted as in RFC 4180, out of text that may break those rules.
//!
//! A quote that is never closed is reported and read as if it were not there, so that it swallows
//! no other row. Re-reading is paid from a budget, which keeps the whole linear.

/// Cells kept of one record; more are only counted.
const CELLS_MAX: usize = 500;

/// One record: a row of the table, possibly several physical lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// Physical line where it begins, from 1.
    pub line: usize,
    pub cells: Vec<String>,
    /// Cells there were, also those not kept.
    pub count: usize,
}

impl Record {
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }

    pub fn cell(&self, index: Option<usize>) -> &str {
        index.and_then(|index| self.cells.get(index)).map_or("", String::as_str)
    }
}

/// Reads records one by one; blank ones are given too.
pub(super) struct Reader<'a> {
    rest: &'a str,
    line: usize,
    separator: char,
    /// Octets that may still be read twice; at 0 a quoted cell must end on its line.
    budget: usize,
    /// Lines where a quote began that was never closed.
    pub unclosed: Vec<usize>,
}

enum End {
    Cell,
    Record,
}

impl<'a> Reader<'a> {
    /// `text` begins at physical line `line`.
    pub fn new(text: &'a str, line: usize, separator: char) -> Self {
        Self { rest: text, line, separator, budget: text.len() * 2, unclosed: Vec::new() }
    }

    /// The text after the records read so far, and its physical line.
    pub fn into_rest(self) -> (&'a str, usize) {
        (self.rest, self.line)
    }

    fn cell(&mut self) -> (String, End) {
        if let Some(quoted) = self.opening_quote() {
            match self.quoted(quoted) {
                Ok(cell) => return cell,
                Err(read) => {
                    self.budget = self.budget.saturating_sub(read);
                    // `"Bob" Roe` is odd, but nothing in it is open: it stays as it is.
                    if self.plain_end().0.matches('"').count() % 2 == 1 {
                        self.unclosed.push(self.line);
                        self.rest = quoted;
                    }
                }
            }
        }
        self.plain()
    }

    /// What follows the quote if the cell begins with one, spaces aside.
    fn opening_quote(&self) -> Option<&'a str> {
        let start = if self.separator == ' ' { self.rest } else { self.rest.trim_start_matches(' ') };
        start.strip_prefix('"')
    }

    fn plain(&mut self) -> (String, End) {
        let (cell, rest) = self.plain_end();
        (cell.to_owned(), self.step_over(rest))
    }

    /// The text up to the next separator, whatever its quotes, and the text from there.
    fn plain_end(&self) -> (&'a str, &'a str) {
        self.rest.split_at(self.rest.find([self.separator, '\n']).unwrap_or(self.rest.len()))
    }

    /// The cell up to its closing quote, or how far was read in vain.
    fn quoted(&mut self, text: &'a str) -> Result<(String, End), usize> {
        let mut cell = String::new();
        let (mut lines, mut stray, mut at) = (0, false, 0);
        loop {
            let unread = text.get(at..).unwrap_or_default();
            let Some(stop) = unread.find(['"', '\n']) else { return Err(text.len()) };
            cell.push_str(unread.get(..stop).unwrap_or_default());
            at += stop + 1;
            let after = unread.get(stop + 1..).unwrap_or_default();
            if unread.as_bytes().get(stop) == Some(&b'\n') {
                // After a stray quote nobody knows whether the cell is still open.
                if self.budget == 0 || stray {
                    return Err(at);
                }
                cell.push('\n');
                lines += 1;
            } else if after.starts_with('"') {
                cell.push('"');
                at += 1;
            } else if let Some(rest) = self.after_closing_quote(after) {
                self.line += lines;
                let end = self.step_over(rest);
                return Ok((cell, end));
            } else if lines > 0 {
                // A quote in the middle of a later line: the first one was meant as a plain sign.
                return Err(at);
            } else {
                cell.push('"');
                stray = true;
            }
        }
    }

    /// The text from the separator on, if the quote before `after` closes a cell.
    fn after_closing_quote(&self, after: &'a str) -> Option<&'a str> {
        let rest = if self.separator == ' ' { after } else { after.trim_start_matches(' ') };
        (rest.is_empty() || rest.starts_with([self.separator, '\n'])).then_some(rest)
    }

    fn step_over(&mut self, rest: &'a str) -> End {
        if let Some(next) = rest.strip_prefix(self.separator) {
            self.rest = next;
            return End::Cell;
        }
        if let Some(next) = rest.strip_prefix('\n') {
            self.rest = next;
            self.line += 1;
        } else {
            self.rest = "";
        }
        End::Record
    }
}

impl Iterator for Reader<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.rest.is_empty() {
            return None;
        }
        let mut record = Record { line: self.line, ..Record::default() };
        loop {
            let (cell, end) = self.cell();
            record.count += 1;
            if record.cells.len() < CELLS_MAX {
                record.cells.push(cell);
            }
            if matches!(end, End::Record) {
                return Some(record);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<(usize, Vec<String>)> {
        Reader::new(text, 1, ',').map(|r| (r.line, r.cells)).collect()
    }

    fn unclosed(text: &str) -> (Vec<Vec<String>>, Vec<usize>) {
        let mut reader = Reader::new(text, 1, ',');
        let records = reader.by_ref().map(|r| r.cells).collect();
        (records, reader.unclosed)
    }

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|c| (*c).to_owned()).collect()
    }

    #[test]
    fn cells_are_separated_and_lines_counted() {
        assert_eq!(
            records("a,b\n\n,c,\nd"),
            [(1, row(&["a", "b"])), (2, row(&[""])), (3, row(&["", "c", ""])), (4, row(&["d"]))]
        );
        assert_eq!(records(""), []);
    }

    #[test]
    fn quoted_cells_hold_separators_line_ends_and_doubled_quotes() {
        assert_eq!(
            records("\"a,\"\"b\"\"\nc\",d\n\"\",\"e\""),
            [(1, row(&["a,\"b\"\nc", "d"])), (3, row(&["", "e"]))]
        );
    }

    #[test]
    fn spaces_around_a_quoted_cell_do_not_matter() {
        assert_eq!(records("a, \"b, c\" ,d"), [(1, row(&["a", "b, c", "d"]))]);
    }

    #[test]
    fn a_quote_inside_a_plain_cell_is_text() {
        assert_eq!(records("Jane \"JJ\" Doe,6\" disk"), [(1, row(&["Jane \"JJ\" Doe", "6\" disk"]))]);
    }

    #[test]
    fn a_single_quote_inside_a_quoted_cell_is_text() {
        assert_eq!(records("\"Jane \"JJ\" Doe\",x"), [(1, row(&["Jane \"JJ\" Doe", "x"]))]);
    }

    #[test]
    fn a_word_in_quotes_at_the_start_of_a_cell_is_text() {
        let (records, lines) = unclosed("\"Bob\" Roe,b\n\"Zed\" \"Z\" X,z\n\"A\"\n");

        assert_eq!(records, [row(&["\"Bob\" Roe", "b"]), row(&["\"Zed\" \"Z\" X", "z"]), row(&["A"])]);
        assert_eq!(lines, [0; 0]);
    }

    #[test]
    fn a_quote_that_is_never_closed_swallows_nothing_and_is_reported() {
        let (records, lines) = unclosed("a,b\n\"c,d\ne,f\n");

        assert_eq!(records, [row(&["a", "b"]), row(&["c", "d"]), row(&["e", "f"])]);
        assert_eq!(lines, [2]);
    }

    #[test]
    fn a_quote_closed_only_by_the_next_rows_quote_swallows_nothing() {
        let (records, lines) = unclosed("\"Jane,jane@x\n\"Bob, B\",bob@x\n");

        assert_eq!(records, [row(&["Jane", "jane@x"]), row(&["Bob, B", "bob@x"])]);
        assert_eq!(lines, [1]);
    }

    #[test]
    fn cells_beyond_the_limit_are_counted_and_dropped() {
        let records: Vec<Record> = Reader::new(&",".repeat(100_000), 1, ',').collect();

        assert_eq!(records.len(), 1);
        assert!(records.iter().all(|r| r.count == 100_001 && r.cells.len() == CELLS_MAX));
    }

    #[test]
    fn re_reading_is_bounded() {
        // Each line would be read to the end in vain if the budget did not stop it.
        let text = format!("\"a\n{}", "\"\"x\n".repeat(100_000));

        let (records, lines) = unclosed(&text);

        assert_eq!(records.len(), 100_001);
        assert!(!lines.is_empty());
    }
}
