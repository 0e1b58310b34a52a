//! Text of a cell without what must not be stored: hidden characters and odd spaces. Letters and
//! their case are never touched.

use crate::text::is_hidden;

/// Characters of the row that a rejection shows.
const EXCERPT: usize = 200;

/// One line: runs of any kind of space become one space, hidden characters go.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else if !is_hidden(c) {
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// True when [`one_line`] would drop a character that is no space.
pub(super) fn has_hidden(text: &str) -> bool {
    text.chars().any(|c| is_hidden(c) && !c.is_whitespace())
}

/// The first `max` characters, and whether something was cut.
pub(super) fn shortened(text: &str, max: usize) -> (&str, bool) {
    match text.char_indices().nth(max) {
        Some((end, _)) => (text.get(..end).unwrap_or(text), true),
        None => (text, false),
    }
}

/// The row as shown beside a rejection.
pub(super) fn excerpt(text: &str) -> String {
    // Cut first: the row may be megabytes long.
    let (start, _) = shortened(text, EXCERPT * 4);
    let line = one_line(start);
    match shortened(&line, EXCERPT) {
        (cut, true) => format!("{cut}…"),
        (whole, false) => whole.to_owned(),
    }
}

/// True for text that looks like markup; it is kept as text.
pub(super) fn is_markup_like(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        text.get(at + 1..)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_become_one_and_hidden_characters_go() {
        assert_eq!(one_line(" a\u{a0}\t\n b\u{202e}c\0 "), "a bc");
        assert_eq!(one_line("\0 a"), "a");
    }

    #[test]
    fn an_excerpt_is_bounded() {
        let shown = excerpt(&"é ".repeat(1_000_000));

        assert_eq!(shown.chars().count(), EXCERPT + 1);
        assert!(shown.ends_with('…'));
    }

    #[test]
    fn tags_look_like_markup_and_comparisons_do_not() {
        assert!(is_markup_like("<script>alert(1)</script>"));
        assert!(is_markup_like("a</b"));
        assert!(!is_markup_like("1 < 2 <3"));
    }
}
