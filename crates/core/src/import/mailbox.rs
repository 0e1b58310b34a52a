//! One item of an address list into name, affiliation and address: `Name <address>`, `address
//! (Name)`, `address Name`, with quotes, comments and encoded words as mail programs write them.

use super::addresses::is_disguised;
use super::encoded_words;
use crate::address::Address;

/// An item taken apart; every text is as written, decoded and unquoted but not yet cleaned.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub name: String,
    pub affiliation: String,
    /// Empty when the item has none; possibly several in one.
    pub address: String,
    /// Words that are none of these.
    pub not_used: String,
    /// The item says that it is a mailing list.
    pub is_list: bool,
}

/// What `scripts/get_maintainer.pl` and its kin say about people in brackets; no affiliation.
const ROLES: [&str; 9] = [
    "maintainer",
    "reviewer",
    "supporter",
    "commit_signer",
    "authored",
    "added_lines",
    "removed_lines",
    "odd fixer",
    "blamed_fixes",
];

impl Mailbox {
    pub fn read(item: &str) -> Self {
        let Some((before, address, after, bracketed)) = parts(item) else {
            return Self { name: item.to_owned(), ..Self::default() };
        };
        let mut mailbox = Self { address: address.to_owned(), ..Self::default() };
        (mailbox.name, mailbox.affiliation) = display_name(before);
        mailbox.trailing(after, bracketed);
        // A mail program that knew no name wrote the address twice.
        if mailbox.name.contains('@') && Address::parse(mailbox.name.trim_matches('\'')).is_ok() {
            mailbox.name.clear();
        }
        mailbox
    }

    /// What follows the address.
    fn trailing(&mut self, after: &str, bracketed: bool) {
        let after = encoded_words::decode(after.trim_matches(is_joint));
        let (text, remark) = match whole_bracket(&after) {
            Some(inner) => ("", inner),
            None => (after.as_str(), ""),
        };
        let lower = remark.to_lowercase();
        if lower.contains("list:") || matches!(lower.as_str(), "list" | "mailing list" | "open list") {
            self.is_list = true;
        } else if !remark.is_empty() && !is_role(&lower) {
            if self.name.is_empty() {
                self.name = unquoted(remark);
            } else if self.affiliation.is_empty() {
                self.affiliation = remark.to_owned();
            } else {
                self.not_used = remark.to_owned();
            }
        } else if text.chars().any(char::is_alphanumeric) {
            if self.name.is_empty() && !bracketed {
                (self.name, self.affiliation) = display_name(text);
            } else {
                self.not_used = text.to_owned();
            }
        }
    }
}

/// Counts and roles say nothing about the person.
fn is_role(remark: &str) -> bool {
    ROLES.iter().any(|role| remark.starts_with(role))
        || remark.chars().all(|c| c.is_ascii_digit() || c == '%')
}

/// Before the address, the address, after it, and whether it stood in angle brackets.
fn parts(item: &str) -> Option<(&str, &str, &str, bool)> {
    if let Some((open, close)) = last_brackets(item) {
        let inside = item.get(open + 1..close)?;
        if inside.contains('@') || is_disguised(inside) {
            return Some((item.get(..open)?, inside, item.get(close + 1..)?, true));
        }
    }
    if item.contains('@') {
        // Without brackets: from the first to the last word with an @.
        let is_break = |c: char| c.is_whitespace() || c == '(';
        let first_at = item.find('@')?;
        let start = item.get(..first_at)?.rfind(is_break).map_or(0, |at| at + 1);
        let start = start + item.get(start..)?.find(|c| !is_break(c))?;
        let last_at = item.rfind('@')?;
        let end = item.get(last_at..)?.find(is_break).map_or(item.len(), |at| last_at + at);
        return Some((item.get(..start)?, item.get(start..end)?, item.get(end..)?, false));
    }
    is_disguised(item).then_some(("", item, "", false))
}

/// The last `<...>` with an @ inside, else the last one at all.
fn last_brackets(item: &str) -> Option<(usize, usize)> {
    let (mut open, mut last, mut with_at) = (None, None, None);
    for (at, byte) in item.bytes().enumerate() {
        match (byte, open) {
            (b'<', _) => open = Some(at),
            (b'>', Some(from)) => {
                last = Some((from, at));
                if item.get(from..at).is_some_and(|inside| inside.contains('@')) {
                    with_at = last;
                }
                open = None;
            }
            _ => {}
        }
    }
    with_at.or(last)
}

/// Name and, in a bracket at its end, affiliation.
fn display_name(text: &str) -> (String, String) {
    let text = encoded_words::decode(text.trim_matches(is_joint));
    let whole = unquoted(text.trim());
    if let Some((name, affiliation)) = trailing_bracket(&whole) {
        return (unquoted(name), affiliation.trim().to_owned());
    }
    match whole_bracket(&whole) {
        Some(inner) => (unquoted(inner), String::new()),
        None => (whole, String::new()),
    }
}

/// Signs that only join a name and its address.
fn is_joint(c: char) -> bool {
    c.is_whitespace() || "-–—:,;|#".contains(c)
}

fn trailing_bracket(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_end();
    let (open, inner) = match text.strip_suffix(')') {
        Some(inner) => ('(', inner),
        None => ('[', text.strip_suffix(']')?),
    };
    let at = matching(inner, open)?;
    let name = inner.get(..at)?.trim();
    (!name.is_empty()).then_some((name, inner.get(at + 1..)?))
}

fn whole_bracket(text: &str) -> Option<&str> {
    let text = text.trim();
    let (open, inner) = match text.strip_suffix(')') {
        Some(inner) => ('(', inner),
        None => ('[', text.strip_suffix(']')?),
    };
    (matching(inner, open)? == 0).then(|| inner.get(1..)).flatten().map(str::trim)
}

/// Where the bracket opens that closes at the end of `inner`.
fn matching(inner: &str, open: char) -> Option<usize> {
    let close = if open == '(' { ')' } else { ']' };
    let mut depth = 1;
    for (at, c) in inner.char_indices().rev() {
        if c == close {
            depth += 1;
        } else if c == open {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// Without outer quotes and the backslashes that they need; a quote without its partner goes too.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(inner) = inner('"') {
        let mut plain = String::with_capacity(inner.len());
        let mut escaped = false;
        for c in inner.chars() {
            escaped = c == '\\' && !escaped;
            if !escaped {
                plain.push(c);
            }
        }
        return plain;
    }
    if let Some(inner) = inner('\'') {
        return inner.to_owned();
    }
    if text.matches('"').count() == 1 { text.trim_matches('"').to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(item: &str) -> (String, String, String) {
        let mailbox = Mailbox::read(item);
        (mailbox.name, mailbox.affiliation, mailbox.address)
    }

    #[test]
    fn every_usual_form_gives_name_and_address() {
        for item in [
            "Jane Doe <jane@x.org>",
            "\"Jane Doe\" <jane@x.org>",
            "'Jane Doe' <jane@x.org>",
            "Jane Doe<jane@x.org>",
            "jane@x.org (Jane Doe)",
            "<jane@x.org> (Jane Doe)",
            "jane@x.org(Jane Doe)",
            "jane@x.org (\"Jane Doe\")",
            "Jane Doe jane@x.org",
            "jane@x.org Jane Doe",
            "Jane Doe - jane@x.org",
            "Jane Doe: jane@x.org",
            "=?utf-8?Q?Jane_Doe?= <jane@x.org>",
            "\"=?utf-8?B?SmFuZSBEb2U=?=\" <jane@x.org>",
            "jane@x.org (=?utf-8?Q?Jane_Doe?=)",
            "Jane Doe <jane@x.org> (12):",
            "Jane Doe <jane@x.org> (maintainer:NET)",
            "\"Jane Doe <jane@x.org>",
            "(Jane Doe) jane@x.org",
        ] {
            assert_eq!(read(item), ("Jane Doe".into(), String::new(), "jane@x.org".into()), "{item}");
        }
    }

    #[test]
    fn a_bracket_at_the_end_of_the_name_is_the_affiliation() {
        for item in [
            "Jane Doe (Acme) <jane@x.org>",
            "Jane Doe [Acme] <jane@x.org>",
            "\"Jane Doe (Acme)\" <jane@x.org>",
            "\"Jane Doe\" (Acme) <jane@x.org>",
            "Jane Doe <jane@x.org> (Acme)",
            "Jane Doe (Acme) jane@x.org",
        ] {
            assert_eq!(read(item), ("Jane Doe".into(), "Acme".into(), "jane@x.org".into()), "{item}");
        }
        assert_eq!(read("Jane (Acme (UK)) <j@x.org>").1, "Acme (UK)");
        assert_eq!(read("Jane (JJ) Doe <j@x.org>").0, "Jane (JJ) Doe");
    }

    #[test]
    fn an_address_alone_has_no_name() {
        for item in [
            "jane@x.org",
            "<jane@x.org>",
            "\"jane@x.org\" <jane@x.org>",
            "'jane@x.org' <jane@x.org>",
            "jane@x.org (5)",
        ] {
            let (name, _, address) = read(item);
            assert_eq!((name.as_str(), address.as_str()), ("", "jane@x.org"), "{item}");
        }
    }

    #[test]
    fn quotes_inside_a_name_stay() {
        assert_eq!(read("Jane \"JJ\" Doe <j@x.org>").0, "Jane \"JJ\" Doe");
        assert_eq!(read("\"Jane \\\"JJ\\\" Doe\" <j@x.org>").0, "Jane \"JJ\" Doe");
        assert_eq!(read("O'Brien <j@x.org>").0, "O'Brien");
    }

    #[test]
    fn an_item_without_an_address_is_all_name() {
        assert_eq!(read("Jane Doe"), ("Jane Doe".into(), String::new(), String::new()));
        assert_eq!(read("Jane <3"), ("Jane <3".into(), String::new(), String::new()));
    }

    #[test]
    fn a_disguised_or_internal_address_is_found() {
        assert_eq!(read("Jane <jane at x.org>").2, "jane at x.org");
        assert_eq!(read("jane at example dot org").2, "jane at example dot org");
        assert_eq!(read("Jane </o=Org/cn=jane>").2, "/o=Org/cn=jane");
    }

    #[test]
    fn an_item_that_says_it_is_a_list_is_one() {
        assert!(Mailbox::read("netdev@vger.kernel.org (open list:NETWORKING)").is_list);
        assert!(Mailbox::read("x@y.org (mailing list)").is_list);
        assert_eq!(read("x@y.org (Jane List)").0, "Jane List");
    }

    #[test]
    fn other_words_are_kept_apart() {
        assert_eq!(Mailbox::read("Jane <j@x.org> # asked").not_used, "asked");
    }
}
