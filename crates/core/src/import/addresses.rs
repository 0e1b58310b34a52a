//! One address out of what stands where an address should be (rules 5 and 6). Wrapping is taken
//! off; what is wrong inside is never repaired, only offered.

use unicode_normalization::UnicodeNormalization;

use crate::address::{Address, AddressError};
use crate::text::is_hidden;

/// An address and whether a hidden character or a last dot was taken off it.
#[derive(Debug)]
pub(super) struct Good {
    pub address: Address,
    pub repaired: bool,
}

/// Why a text is no address, in words to the organiser, and the address it may have meant.
#[derive(Debug)]
pub(super) struct Bad {
    pub message: String,
    pub suggestion: Option<Address>,
}

/// Reads a single address. The text has one, or means to.
pub(super) fn read(text: &str) -> Result<Good, Bad> {
    if is_exchange_internal(text) {
        let message =
            "This is an internal name of a mail server: enter the person's address with an @".to_owned();
        return Err(Bad { message, suggestion: None });
    }
    let (bare, repaired) = unwrap(text);
    match Address::parse(&bare) {
        Ok(address) => Ok(Good { address, repaired }),
        Err(error) => Err(Bad { message: error.to_string(), suggestion: disguised(&bare, error) }),
    }
}

/// The texts that may be addresses in a cell that holds one or several.
pub(super) fn split(cell: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for piece in cell.split(":::").flat_map(|part| part.split([',', ';', '\n'])) {
        let words = || piece.split_whitespace();
        if words().all(|word| word.contains('@')) {
            found.extend(words());
        } else if !piece.trim().is_empty() {
            found.push(piece.trim());
        }
    }
    found
}

/// True for words that people write where they have no address.
pub(super) fn is_placeholder(cell: &str) -> bool {
    let bare = cell.trim().trim_matches(['.', '(', ')']).to_lowercase();
    matches!(bare.as_str(), "" | "n/a" | "na" | "none" | "no" | "nil" | "unknown" | "tbd" | "tba")
        || bare.chars().all(|c| "-–—?/".contains(c))
}

/// True when somebody meant an address although there is no @: disguised, full-width, or internal.
pub(super) fn is_disguised(text: &str) -> bool {
    is_exchange_internal(text) || disguised(&unwrap(text).0, AddressError::NoAt).is_some()
}

/// `/o=...` distinguished names, and the form in which Exchange wraps them.
fn is_exchange_internal(text: &str) -> bool {
    let start: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !"<\"'".contains(*c))
        .take(12)
        .collect::<String>()
        .to_ascii_lowercase();
    ["/o=", "ex:/o=", "exchange:/o=", "imceaex-", "mailto:imcea"]
        .iter()
        .any(|prefix| start.starts_with(prefix))
}

/// Takes off spaces, `mailto:`, angle brackets, quotes and trailing signs. True when something went
/// that a person would not see or expect.
fn unwrap(text: &str) -> (String, bool) {
    let mut bare = String::with_capacity(text.len());
    let mut repaired = false;
    for c in text.chars() {
        if c.is_whitespace() {
            bare.push(' ');
        } else if is_hidden(c) || matches!(c, '\u{200c}' | '\u{200d}' | '\u{34f}' | '\u{2800}' | '\u{3164}') {
            repaired = true;
        } else {
            bare.push(c);
        }
    }
    let mut rest = bare.as_str();
    let mut is_link = false;
    loop {
        let before = rest;
        rest = rest.trim_matches(|c: char| c == ' ' || "\"'`“”„‘’‚«»".contains(c));
        rest = rest.trim_start_matches('<').trim_end_matches(['>', ',', ';']);
        if !is_link && let Some(link) = strip_mailto(rest) {
            rest = link.split('?').next().unwrap_or(link);
            is_link = true;
        }
        let undotted = rest.trim_end_matches('.');
        repaired |= undotted.len() < rest.len();
        rest = undotted;
        if rest.len() == before.len() {
            return (rest.to_owned(), repaired);
        }
    }
}

fn strip_mailto(text: &str) -> Option<&str> {
    let prefix = text.get(..7)?;
    if prefix.eq_ignore_ascii_case("mailto:") { text.get(7..) } else { None }
}

/// The address behind "jane at example dot org" or full-width letters, if it makes one.
fn disguised(bare: &str, error: AddressError) -> Option<Address> {
    // Longer texts are prose; this also bounds the work.
    let may_be_one = bare.len() <= 400
        && matches!(error, AddressError::NoAt | AddressError::FullWidth | AddressError::BadLocalPart)
        && (!bare.is_ascii() || bare.contains("at") || bare.contains("AT"));
    if !may_be_one {
        return None;
    }
    let mut plain: String = bare.nfkc().collect::<String>().replace('\u{3002}', ".");
    for (word, sign) in [("at", "@"), ("AT", "@"), ("dot", "."), ("DOT", "."), ("punkt", ".")] {
        if plain.contains(word) {
            plain = without_word(&plain, word, sign);
        }
    }
    Address::parse(&plain).ok()
}

/// Puts the sign where the word stands, in brackets or between spaces.
fn without_word(text: &str, word: &str, sign: &str) -> String {
    let brackets = [("(", ")"), ("[", "]"), ("{", "}"), ("<", ">")];
    let mut plain = text.to_owned();
    for (open, close) in brackets {
        plain = plain.replace(&format!("{open}{word}{close}"), sign);
    }
    plain = plain.replace(&format!(" {word} "), sign);
    plain.replace(&format!(" {sign} "), sign)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn wrapping_is_taken_off_without_a_warning() {
        for text in [
            "jane@example.org",
            "  jane@example.org\u{a0}",
            "<jane@example.org>",
            "mailto:jane@example.org",
            "MAILTO:jane@example.org?subject=Hi",
            "<mailto:jane@example.org>",
            "'jane@example.org'",
            "\"jane@example.org\"",
            "“jane@example.org”",
            "jane@example.org,",
            "jane@example.org;",
            " <jane@example.org>; ",
            "jane@Example.ORG",
        ] {
            let good = read(text).unwrap();
            assert_eq!((good.address.as_str(), good.repaired), ("jane@example.org", false), "{text:?}");
        }
    }

    #[test]
    fn a_dropped_dot_or_hidden_character_is_told() {
        for text in [
            "jane@example.org.",
            "<jane@example.org>.",
            "jane@example.org.,",
            "ja\u{200b}ne@example.org",
            "\u{202a}jane@example.org\u{202c}",
            "\u{feff}jane@example.org",
            "jane@exam\u{ad}ple.org",
            "jane\0@example.org",
        ] {
            let good = read(text).unwrap();
            assert_eq!((good.address.as_str(), good.repaired), ("jane@example.org", true), "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_inside_is_refused() {
        for text in [
            "",
            "jane",
            "jane@",
            "@example.org",
            "jane@example",
            "ja ne@example.org",
            "jane@@example.org",
            "jane@example..org",
            "jane.@example.org",
            ".jane@example.org",
            "jane@exa_mple.org",
            "jane@[192.0.2.1]",
            "jane@exam ple.org",
            "jane@example,org",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_disguised_address_is_offered_and_not_used() {
        for text in [
            "jane at example.org",
            "jane (at) example (dot) org",
            "jane[at]example[dot]org",
            "jane AT example DOT org",
            "ｊane@example.org",
            "jane＠example.org",
            "jane@example。org",
            "jane {at} example.org",
        ] {
            let suggestion = read(text).unwrap_err().suggestion;
            assert_eq!(suggestion.unwrap().as_str(), "jane@example.org", "{text:?}");
        }
        assert!(is_disguised("jane at example dot org"));
        assert!(!is_disguised("We meet at the station"));
    }

    #[test]
    fn names_inside_an_exchange_server_are_not_addresses() {
        for text in [
            "/O=EXCHANGELABS/OU=EXCHANGE ADMINISTRATIVE GROUP/CN=RECIPIENTS/CN=JANE",
            "</o=Org/cn=jane>",
            "IMCEAEX-_O=ORG_CN=JANE@example.org",
            "EX:/O=ORG/CN=jane@example.org",
        ] {
            assert!(read(text).unwrap_err().message.contains("internal name"), "{text}");
            assert!(is_disguised(text));
        }
    }

    #[test]
    fn several_in_one_cell_are_taken_apart() {
        assert_eq!(split("a@x.org ::: b@x.org,c@x.org; d@x.org\ne@x.org f@x.org").len(), 6);
        assert_eq!(split("jane doe@x.org"), ["jane doe@x.org"]);
        assert_eq!(split(" ,; "), [""; 0]);
    }

    #[test]
    fn words_for_no_address_are_known() {
        for cell in ["", " ", "N/A", "none", "-", "--", "?", "(unknown)", "TBD"] {
            assert!(is_placeholder(cell), "{cell}");
        }
        assert!(!is_placeholder("jane"));
    }
}
