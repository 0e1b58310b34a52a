//! Rendered words become blocks, and blocks become the text part and the HTML part.
//!
//! Both parts are made from the same blocks, so they cannot say different words (`mail.md` 0.12).
//! Prose is filled to 72 columns; indented lines and the committee's own line ends are kept and only
//! a line that is too long is wrapped. A secret's placeholder stands alone on its line, because the
//! link must reach the reader of a raw mailbox in one piece.

use crate::clean::PLACEHOLDERS;
use unicode_width::UnicodeWidthStr;

/// Widest line of prose (`mail.md` 1.1).
pub(crate) const COLUMNS: usize = 72;
/// Starts a line that keeps its end. Put there by the filter `as_written`, never typed.
pub(crate) const AS_WRITTEN: char = '\u{2}';
/// Ends a line inside a paragraph.
pub(crate) const BREAK: char = '\u{3}';

const INDENT: &str = "    ";

/// A piece of a mail between blank lines.
struct Block {
    kind: Kind,
    /// A blank line stands before it.
    gap: bool,
}

enum Kind {
    /// Lines to be filled.
    Prose(Vec<String>),
    /// Lines that keep their ends.
    Lines(Vec<String>),
    /// Facts, lists, quotations.
    Indented(Vec<String>),
    /// A placeholder alone.
    Secret(&'static str),
    /// What follows says who we are.
    Signature,
}

/// A mail's words in order.
pub(crate) struct Layout(Vec<Block>);

impl Layout {
    /// Reads what a template rendered.
    pub(crate) fn read(rendered: &str) -> Self {
        let mut reader = Reader { blocks: Vec::new(), gap: true, joins: false };
        for line in rendered.lines() {
            reader.line(line);
        }
        Self(reader.blocks)
    }

    /// The text part: `\n` ends every line, no line starts with `From `.
    pub(crate) fn text(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for block in &self.0 {
            if block.gap && !lines.is_empty() {
                lines.push(String::new());
            }
            match &block.kind {
                Kind::Prose(prose) => prose.iter().for_each(|l| wrap(l, &mut lines)),
                Kind::Lines(kept) | Kind::Indented(kept) => {
                    kept.iter().for_each(|l| keep_or_wrap(l, &mut lines));
                }
                Kind::Secret(secret) => lines.push(format!("{INDENT}{secret}")),
                Kind::Signature => lines.push("-- ".to_owned()),
            }
        }
        let mut text = String::new();
        for line in lines {
            // Mailbox writers would put a ">" there and break the DKIM signature.
            if line.starts_with("From ") {
                text.push(' ');
            }
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    /// The same words as paragraphs, for the frame `base.html`.
    pub(crate) fn html(&self) -> String {
        let mut html = String::new();
        let mut small = false;
        let mut blocks = self.0.iter().peekable();
        while let Some(block) = blocks.next() {
            let style = if small { SMALL } else { PARAGRAPH };
            match &block.kind {
                Kind::Prose(lines) | Kind::Lines(lines) => paragraph(&mut html, style, lines),
                Kind::Indented(lines) => {
                    html.push_str(&format!("<pre style=\"{PRE}\">{}</pre>\n", escape(&lines.join("\n"))));
                }
                Kind::Secret(secret) => {
                    html.push_str(&format!("<p style=\"{LINK}\">{}</p>\n", secret_html(secret)));
                }
                Kind::Signature => {
                    small = true;
                    let mut lines = vec!["-- ".to_owned()];
                    if let Some(Kind::Prose(next)) = blocks.peek().map(|b| &b.kind) {
                        lines.extend(next.iter().cloned());
                        blocks.next();
                    }
                    paragraph(&mut html, SMALL, &lines);
                }
            }
        }
        html
    }
}

const PARAGRAPH: &str = "margin:0 0 18px;";
const SMALL: &str =
    "margin:26px 0 0;font-family:Arial,sans-serif;font-size:13px;line-height:20px;color:#667079;";
const PRE: &str = "margin:0 0 18px;font-family:Menlo,Consolas,monospace;font-size:14px;line-height:22px;white-space:pre-wrap;";
const LINK: &str = "margin:0 0 18px;padding:0 0 0 20px;font-family:Arial,sans-serif;font-size:16px;font-weight:bold;word-break:break-all;";

struct Reader {
    blocks: Vec<Block>,
    gap: bool,
    /// The next line of prose belongs to the paragraph's last line.
    joins: bool,
}

impl Reader {
    fn line(&mut self, line: &str) {
        let (kept, line) = match line.strip_prefix(AS_WRITTEN) {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let breaks = line.contains(BREAK);
        let line = line.replace([AS_WRITTEN, BREAK], "");
        let line = line.trim_end();
        if line.trim().is_empty() {
            self.gap = true;
            return;
        }
        if let Some((at, secret)) = standing_alone(line) {
            let (before, after) =
                (line.get(..at).unwrap_or_default(), line.get(at + secret.len()..).unwrap_or_default());
            if !before.trim().is_empty() {
                self.words(before.trim_end(), kept, false);
            }
            self.gap = true;
            self.push(Kind::Secret(secret));
            self.gap = true;
            // The comma or full stop that stood behind the link has nothing to hold on to.
            let after = after.trim_start_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
            if kept {
                self.line(&format!("{AS_WRITTEN}{after}"));
            } else {
                self.line(after);
            }
        } else if !kept && line.trim() == "--" {
            self.gap = true;
            self.push(Kind::Signature);
        } else {
            self.words(line, kept, breaks);
        }
    }

    fn words(&mut self, line: &str, kept: bool, breaks: bool) {
        let line = line.to_owned();
        let gap = self.gap;
        match self.blocks.last_mut().map(|b| &mut b.kind) {
            Some(Kind::Indented(lines)) if !gap && line.starts_with("  ") => lines.push(line),
            _ if line.starts_with("  ") => self.push(Kind::Indented(vec![line])),
            Some(Kind::Lines(lines)) if !gap && kept => lines.push(line),
            _ if kept => self.push(Kind::Lines(vec![line])),
            Some(Kind::Prose(lines)) if !gap => match lines.last_mut() {
                Some(last) if self.joins => {
                    last.push(' ');
                    last.push_str(line.trim());
                }
                _ => lines.push(line.trim().to_owned()),
            },
            _ => self.push(Kind::Prose(vec![line.trim().to_owned()])),
        }
        self.joins = !breaks;
    }

    fn push(&mut self, kind: Kind) {
        let gap = self.gap && !matches!(self.blocks.last().map(|b| &b.kind), Some(Kind::Signature));
        self.blocks.push(Block { kind, gap });
        self.gap = false;
    }
}

/// A letter whose facts made lines too long: a paragraph with such a line is filled again, an indented
/// line is wrapped, and everything else keeps the line ends of its author.
pub(crate) fn filled(letter: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut paragraph: Vec<&str> = Vec::new();
    for line in letter.lines() {
        if line.trim().is_empty() || line.starts_with(' ') {
            fill(&mut paragraph, &mut out);
            keep_or_wrap(line.trim_end(), &mut out);
        } else {
            paragraph.push(line);
        }
    }
    fill(&mut paragraph, &mut out);
    out.join("\n") + "\n"
}

fn fill(paragraph: &mut Vec<&str>, out: &mut Vec<String>) {
    if paragraph.iter().any(|line| line.width() > COLUMNS) {
        wrap(&paragraph.join(" "), out);
    } else {
        out.extend(paragraph.iter().map(|line| (*line).to_owned()));
    }
    paragraph.clear();
}

/// A link, or a code with nothing but blanks around it.
fn standing_alone(line: &str) -> Option<(usize, &'static str)> {
    PLACEHOLDERS.into_iter().find_map(|p| line.find(p).map(|at| (at, p)))
}

/// A line that fits stays as it is, inner blanks included.
fn keep_or_wrap(line: &str, out: &mut Vec<String>) {
    if line.width() <= COLUMNS {
        out.push(line.to_owned());
    } else {
        wrap(line, out);
    }
}

/// Fills lines. Later lines start below the value of a fact, the words of a list item, or the indent.
fn wrap(line: &str, out: &mut Vec<String>) {
    let words = line.trim_start();
    let indent = line.len() - words.len();
    let hang = hanging(words, indent);
    let mut current = " ".repeat(indent);
    let mut label = words.get(..hang - indent).unwrap_or_default();
    if label.trim().is_empty() {
        label = "";
    }
    current.push_str(label);
    let mut empty = true;
    for word in words.get(label.len()..).unwrap_or_default().split_whitespace() {
        if !empty && current.width() + 1 + word.width() > COLUMNS {
            out.push(std::mem::replace(&mut current, " ".repeat(hang)));
            empty = true;
        }
        if !empty {
            current.push(' ');
        }
        current.push_str(word);
        empty = false;
    }
    if !empty || !current.trim().is_empty() {
        out.push(current.trim_end().to_owned());
    }
}

/// Column where the second and later lines start.
fn hanging(words: &str, indent: usize) -> usize {
    if words.starts_with("- ") || words.starts_with("* ") {
        return indent + 2;
    }
    // "Where     4th floor": label, at least two blanks, value. Labels are short and ASCII.
    match words.find("  ") {
        Some(end) if indent > 0 && end <= 20 && words.is_char_boundary(end) => {
            let value = words.get(end..).unwrap_or_default();
            let column = indent + end + (value.len() - value.trim_start().len());
            if column <= COLUMNS / 2 { column } else { indent }
        }
        _ => indent,
    }
}

fn paragraph(html: &mut String, style: &str, lines: &[String]) {
    let lines: Vec<String> = lines.iter().map(|l| with_links(l)).collect();
    html.push_str(&format!("<p style=\"{style}\">{}</p>\n", lines.join("<br>")));
}

/// Web addresses that were typed become links; their text stays the address.
fn with_links(line: &str) -> String {
    let mut out = String::new();
    for word in line.split_inclusive(' ') {
        let trimmed = word.trim_end();
        let address = trimmed.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '>']);
        if address.starts_with("https://") || address.starts_with("http://") {
            let address_html = escape(address);
            let rest = escape(word.strip_prefix(address).unwrap_or_default());
            out.push_str(&format!("<a href=\"{address_html}\">{address_html}</a>{rest}"));
        } else {
            out.push_str(&escape(word));
        }
    }
    out
}

fn secret_html(secret: &str) -> String {
    if secret == conclave_core::facts::placeholder::SIGN_IN_CODE {
        secret.to_owned()
    } else {
        format!("<a href=\"{secret}\">{secret}</a>")
    }
}

/// Text for between tags and inside double quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use conclave_core::facts::placeholder;

    fn text(rendered: &str) -> String {
        Layout::read(rendered).text()
    }

    #[test]
    fn prose_is_joined_and_filled() {
        let words = "word ".repeat(30);
        let out = text(&format!("Short.\n{words}\n"));

        assert!(out.starts_with("Short. word word"));
        assert!(out.lines().all(|l| l.width() <= COLUMNS));
        assert_eq!(out.lines().count(), 3);
    }

    #[test]
    fn the_authors_line_ends_stay_and_a_long_line_is_wrapped() {
        let long = "ä".repeat(40) + " " + &"b".repeat(40);
        let out = text(&format!("{AS_WRITTEN}one\n{AS_WRITTEN}two\n{AS_WRITTEN}{long}"));

        assert_eq!(out, format!("one\ntwo\n{}\n{}\n", "ä".repeat(40), "b".repeat(40)));
    }

    #[test]
    fn a_link_inside_a_sentence_gets_a_line_of_its_own() {
        let out = text(&format!("{AS_WRITTEN}Answer at {}, please.", placeholder::LINK));

        assert_eq!(out, format!("Answer at\n\n    {}\n\nplease.\n", placeholder::LINK));
    }

    #[test]
    fn a_fact_that_is_too_long_continues_below_its_value() {
        let out = text(&format!("    Where     {}", "room ".repeat(20)));

        assert!(out.lines().nth(1).is_some_and(|l| l.starts_with("              room")));
        assert!(out.lines().all(|l| l.width() <= COLUMNS));
    }

    #[test]
    fn no_line_starts_like_a_mailbox_separator() {
        assert_eq!(text("From here on\n\n--\nFrom us"), " From here on\n\n-- \n From us\n");
    }
}
