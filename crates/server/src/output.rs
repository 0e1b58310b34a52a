//! What commands print: results on standard output, everything else on standard error.
//!
//! With `--json` a list is `{"format":1,"<plural>":[...]}` and nothing else reaches standard output.
//! Text from the database is printed without control characters, so that a name cannot drive a terminal.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};

use crate::error::Usage;

/// Where and how to print.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    pub json: bool,
    pub quiet: bool,
}

impl Output {
    /// One line of result. Line breaks and tabs inside it stay, other control characters do not.
    pub fn line(self, text: &str) -> Result<()> {
        write_out(format!("{}\n", printable(text)).as_bytes())
    }

    /// Bytes as they are: exports.
    pub fn bytes(self, bytes: &[u8]) -> Result<()> {
        write_out(bytes)
    }

    /// One JSON document.
    pub fn document(self, value: &Value) -> Result<()> {
        write_out(format!("{}\n", serde_json::to_string_pretty(value)?).as_bytes())
    }

    /// A JSON document with the format number in front of its members.
    pub fn report(self, members: Value) -> Result<()> {
        let mut report = Map::new();
        report.insert("format".to_owned(), json!(1));
        if let Value::Object(members) = members {
            report.extend(members);
        }
        self.document(&Value::Object(report))
    }

    /// A list: JSON under its plural, else a table with these headings.
    pub fn list(self, plural: &str, items: &[Value], headings: &[&str], rows: &[Vec<String>]) -> Result<()> {
        if self.json {
            return self.report(json!({ plural: items }));
        }
        if rows.is_empty() {
            return self.note(&format!("No {plural}."));
        }
        write_out(table(headings, rows).as_bytes())
    }

    /// Advice beside the result; not with `--quiet`.
    pub fn note(self, text: &str) -> Result<()> {
        if !self.quiet {
            writeln!(io::stderr(), "{}", printable(text)).context("standard error")?;
        }
        Ok(())
    }

    /// Asks for a yes, unless it was given. Without a terminal there is nobody to ask.
    pub fn confirm(self, question: &str, yes: bool) -> Result<bool> {
        if yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            bail!(Usage("This needs --yes, as there is no terminal to ask at.".to_owned()));
        }
        write!(io::stderr(), "{} [y/N] ", printable(question))?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}

/// A reader such as `head` may leave early; that is not a failure.
fn write_out(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("standard output"),
        _ => Ok(()),
    }
}

fn printable(text: &str) -> Cow<'_, str> {
    let keeps = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if text.chars().all(keeps) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if keeps(c) { c } else { '\u{fffd}' }).collect())
}

fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let one_line = |cell: &str| printable(cell).replace(['\n', '\t'], " ");
    let heading: Vec<String> = headings.iter().map(|h| (*h).to_owned()).collect();
    let cells: Vec<Vec<String>> =
        std::iter::once(&heading).chain(rows).map(|row| row.iter().map(|c| one_line(c)).collect()).collect();
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| {
            cells.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_line_up_and_cells_stay_on_their_line() {
        let rows =
            [vec!["Toke Høiland".to_owned(), "accepted".to_owned()], vec!["a\nb".to_owned(), String::new()]];

        assert_eq!(table(&["Name", "State"], &rows), "Name          State\nToke Høiland  accepted\na b\n");
    }

    #[test]
    fn a_name_cannot_drive_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb"), "a\u{fffd}[2Jb");
        assert_eq!(printable("two\nlines\tand a tab"), "two\nlines\tand a tab");
    }
}
