//! One logical line of an address list into its items. Separators are semicolons if there are any
//! outside quotes, else commas; quotes, comments and encoded words hide them.

use super::encoded_words::word_length;

/// A line whose quotes were checked.
pub(super) struct Scan<'a> {
    text: &'a str,
    /// Where quotes begin that close nothing, or close only at the next person's quote.
    unclosed: Vec<usize>,
    separator: char,
}

/// Unclosed quotes reported for one line; more would only be noise.
const UNCLOSED_MAX: usize = 20;
/// Longest comment, in octets, that hides separators.
const COMMENT_MAX: usize = 200;

impl<'a> Scan<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut tokens = Tokens::new(text);
        let (mut semicolons, mut commas) = (0_usize, 0_usize);
        for (at, c) in tokens.by_ref() {
            let last = text.get(at + 1..).is_some_and(|rest| rest.trim().is_empty());
            match c {
                ';' => semicolons += 1,
                ',' if !last => commas += 1,
                _ => {}
            }
        }
        let one_person = commas == 1 && semicolons == 0 && is_last_first(text);
        let separator = if semicolons > 0 || one_person { ';' } else { ',' };
        Self { text, unclosed: tokens.unclosed, separator }
    }

    pub fn unclosed(&self) -> &[usize] {
        &self.unclosed
    }

    /// Items with the offset of their first letter.
    pub fn items(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let text = self.text;
        hard_parts(text, 0, self.separator)
            .flat_map(move |(start, part)| {
                // "a <a@x>, b <b@x>; c <c@x>": commas part people where every part has an address.
                let by_comma = self.separator == ';' && {
                    let mut parts = hard_parts(part, start, ',');
                    parts.next().is_some_and(|(_, first)| first.contains('@'))
                        && parts.all(|(_, part)| part.contains('@') || part.trim().is_empty())
                };
                hard_parts(part, start, if by_comma { ',' } else { ';' })
            })
            .flat_map(|(start, part)| soft_parts(part, start))
            .map(|(start, part)| (start + (part.len() - part.trim_start().len()), part.trim()))
            .filter(|(_, part)| !part.is_empty())
    }
}

/// `Last, First <address>`: the only comma parts a name.
fn is_last_first(text: &str) -> bool {
    let Some((before, after)) = text.split_once(',') else { return false };
    !before.contains('@')
        && has_bracketed_address(after)
        && after.bytes().filter(|b| *b == b'@').nth(1).is_none()
        && !before.trim().is_empty()
}

/// Parts between separators that nothing hides.
fn hard_parts(text: &str, offset: usize, separator: char) -> impl Iterator<Item = (usize, &str)> {
    let mut tokens = Tokens::new(text);
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let from = start?;
        let end = tokens.find(|(_, c)| *c == separator).map(|(at, _)| at);
        start = end.map(|end| end + 1);
        Some((offset + from, text.get(from..end.unwrap_or(text.len()))?))
    })
}

/// Parts after each `<address>` that begin another one, and runs of bare addresses parted by spaces
/// alone.
fn soft_parts(text: &str, offset: usize) -> Vec<(usize, &str)> {
    let words = || text.split_whitespace();
    if !text.contains('<') && words().nth(1).is_some() && words().all(|word| word.contains('@')) {
        let mut read = 0;
        let at = |word: &str| {
            let start = read + text.get(read..).and_then(|rest| rest.find(word)).unwrap_or(0);
            read = start + word.len();
            offset + start
        };
        return words().map(at).zip(words()).collect();
    }
    let mut parts = Vec::new();
    let (mut start, mut looked_through, mut closed_at) = (0, 0, None);
    for (at, _) in Tokens::new(text).filter(|(_, c)| *c == '>') {
        let end = at + 1;
        if text.get(looked_through..end).is_some_and(has_bracketed_address) {
            if let Some(closed) = closed_at {
                parts.push((offset + start, text.get(start..closed).unwrap_or_default()));
                start = closed;
            }
            closed_at = Some(end);
        }
        looked_through = end;
    }
    parts.push((offset + start, text.get(start..).unwrap_or_default()));
    parts
}

/// `<...@...>` somewhere in the text.
pub(super) fn has_bracketed_address(text: &str) -> bool {
    let (mut open, mut at) = (false, false);
    for byte in text.bytes() {
        match byte {
            b'<' => (open, at) = (true, false),
            b'@' => at = open,
            b'>' if at => return true,
            b'>' => open = false,
            _ => {}
        }
    }
    false
}

/// The signs `;`, `,` and `>` that are not inside quotes, comments or encoded words.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// No quote after this closes, so quotes are plain signs.
    quotes_are_plain: bool,
    /// No bracket before this closes, so brackets are plain signs.
    brackets_are_plain_until: usize,
    /// The same for single quotes.
    single_quotes_are_plain_until: usize,
    unclosed: Vec<usize>,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            quotes_are_plain: false,
            brackets_are_plain_until: 0,
            single_quotes_are_plain_until: 0,
            unclosed: Vec::new(),
        }
    }

    /// Where reading goes on after the quote at `at`: behind the closing one, or right behind it when
    /// it closes nothing. A quoted text with a whole `<address>` inside was closed by somebody else's
    /// quote. What was looked through is looked through once more at most, so the whole is linear.
    fn after_quote(&mut self, at: usize) -> usize {
        if self.quotes_are_plain {
            return at + 1;
        }
        let inside = self.text.get(at + 1..).unwrap_or_default();
        let mut escaped = false;
        let close = inside.bytes().position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        match close {
            Some(close) if !inside.get(..close).is_some_and(has_bracketed_address) => at + 1 + close + 1,
            _ => {
                self.quotes_are_plain = close.is_none();
                if self.unclosed.len() < UNCLOSED_MAX {
                    self.unclosed.push(at);
                }
                at + 1
            }
        }
    }

    /// `'Doe, Jane' <address>`: only at the start of an item, and only right before the address,
    /// because an apostrophe is mostly just one.
    fn after_single_quote(&mut self, at: usize) -> usize {
        let starts_item = self.text.get(..at).is_some_and(|before| {
            let before = before.trim_end_matches(' ');
            before.is_empty() || before.ends_with([',', ';', '>'])
        });
        if !starts_item || at < self.single_quotes_are_plain_until {
            return at + 1;
        }
        let end = self.text.floor_char_boundary(at + COMMENT_MAX);
        let window = self.text.get(at..end).unwrap_or_default();
        let name = window.find(['@', '<']).and_then(|stop| window.get(..stop)).unwrap_or(window);
        let closed =
            name.trim_end().len() > 2 && name.trim_end().ends_with('\'') && name.len() < window.len();
        if closed {
            return at + name.len();
        }
        self.single_quotes_are_plain_until = at + name.len();
        at + 1
    }

    fn after_comment(&mut self, at: usize) -> usize {
        if at < self.brackets_are_plain_until {
            return at + 1;
        }
        let end = self.text.floor_char_boundary(at + COMMENT_MAX);
        let window = self.text.get(at..end).unwrap_or_default();
        match window.find([')', '@', '<']) {
            Some(close) if window.as_bytes().get(close) == Some(&b')') => at + close + 1,
            stop => {
                self.brackets_are_plain_until = stop.map_or(end, |stop| at + stop);
                at + 1
            }
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = (usize, char);

    fn next(&mut self) -> Option<(usize, char)> {
        loop {
            let rest = self.text.get(self.at..)?;
            let found = self.at + rest.find(['"', '\'', '\\', '(', '=', ';', ',', '>'])?;
            self.at = found + 1;
            match self.text.as_bytes().get(found)? {
                b'"' => self.at = self.after_quote(found),
                b'\\' => {
                    let escaped = self.text.get(found + 1..).and_then(|rest| rest.chars().next());
                    self.at += escaped.map_or(0, char::len_utf8);
                }
                b'\'' => self.at = self.after_single_quote(found),
                b'(' => self.at = self.after_comment(found),
                b'=' => {
                    if let Some(length) = self.text.get(found..).and_then(word_length) {
                        self.at = found + length;
                    }
                }
                byte => return Some((found, char::from(*byte))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<&str> {
        Scan::new(text).items().map(|(_, item)| item).collect()
    }

    #[test]
    fn commas_separate_unless_there_are_semicolons() {
        assert_eq!(items("a@x.org, B <b@x.org>,, c@x.org,"), ["a@x.org", "B <b@x.org>", "c@x.org"]);
        assert_eq!(
            items("Doe, Jane <j@x.org>; Roe, R <r@x.org>;"),
            ["Doe, Jane <j@x.org>", "Roe, R <r@x.org>"]
        );
    }

    #[test]
    fn quotes_comments_and_encoded_words_hide_separators() {
        assert_eq!(
            items("\"Doe; Jane, Jr.\" <j@x.org>, b@x.org"),
            ["\"Doe; Jane, Jr.\" <j@x.org>", "b@x.org"]
        );
        assert_eq!(items("\"a\\\",b\" <j@x.org>, b@x.org"), ["\"a\\\",b\" <j@x.org>", "b@x.org"]);
        assert_eq!(items("j@x.org (Doe, Jane), b@x.org"), ["j@x.org (Doe, Jane)", "b@x.org"]);
        assert_eq!(
            items("=?utf-8?Q?Doe,_J;?= <j@x.org>, b@x.org"),
            ["=?utf-8?Q?Doe,_J;?= <j@x.org>", "b@x.org"]
        );
    }

    #[test]
    fn single_quotes_around_a_name_hide_separators_and_apostrophes_do_not() {
        assert_eq!(items("'Doe, Jane' <j@x.org>, b@x.org"), ["'Doe, Jane' <j@x.org>", "b@x.org"]);
        assert_eq!(
            items("'t Hooft <h@x.org>, O'Brien <o@x.org>"),
            ["'t Hooft <h@x.org>", "O'Brien <o@x.org>"]
        );
        assert_eq!(items("b@x.org, 'c@x.org' <c@x.org>"), ["b@x.org", "'c@x.org' <c@x.org>"]);
    }

    #[test]
    fn commas_part_people_also_beside_semicolons() {
        assert_eq!(
            items("A <a@x.org>, b@x.org; Roe, C <c@x.org>"),
            ["A <a@x.org>", "b@x.org", "Roe, C <c@x.org>"]
        );
    }

    #[test]
    fn the_only_comma_before_the_only_address_parts_a_name() {
        assert_eq!(items("Doe, Jane <j@x.org>"), ["Doe, Jane <j@x.org>"]);
        assert_eq!(items("Doe, Jane <j@x.org>,"), ["Doe, Jane <j@x.org>,"]);
        assert_eq!(items("Doe, Jane <j@x.org>, b@x.org"), ["Doe", "Jane <j@x.org>", "b@x.org"]);
        assert_eq!(items("a@x.org, Jane <j@x.org>"), ["a@x.org", "Jane <j@x.org>"]);
    }

    #[test]
    fn people_without_a_separator_between_them_are_parted() {
        assert_eq!(
            items("A <a@x.org> B <b@x.org> (Acme) <c@x.org>"),
            ["A <a@x.org>", "B <b@x.org>", "(Acme) <c@x.org>"]
        );
        assert_eq!(items("A <a@x.org> (Acme)"), ["A <a@x.org> (Acme)"]);
        assert_eq!(items("a@x.org b@x.org\tc@x.org"), ["a@x.org", "b@x.org", "c@x.org"]);
    }

    #[test]
    fn a_quote_that_is_never_closed_swallows_nobody() {
        let scan = Scan::new("A <a@x.org>, \"B <b@x.org>, C <c@x.org>");

        assert_eq!(scan.items().count(), 3);
        assert_eq!(scan.unclosed(), [13]);
        assert_eq!(items("\"A <a@x.org>, \"B, b\" <b@x.org>"), ["\"A <a@x.org>", "\"B, b\" <b@x.org>"]);
    }

    #[test]
    fn offsets_point_at_the_item() {
        let text = "a@x.org,  B <b@x.org> C <c@x.org>; d@x.org e@x.org";

        for (start, item) in Scan::new(text).items() {
            assert_eq!(text.get(start..start + item.len()), Some(item));
        }
    }

    #[test]
    fn hostile_lines_stay_linear() {
        for unit in [
            ",", ";", "\"", "\\\"", "<", ">", "(", "=?", "@", "<@>", "\"<@>", "<@>\",", "a@b.c ", "=?a?Q? ",
            "(((,",
        ] {
            let text = unit.repeat(20_000);
            let _ = Scan::new(&text).items().count();
        }
    }
}
