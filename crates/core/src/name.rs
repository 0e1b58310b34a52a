//! A person's name, kept as typed, with the keys it is sorted and searched by.
//!
//! Letter case, marks, particles, hyphens and order are never changed (domain.md F9, T32). Only the
//! composed Unicode form and single spaces are made, so that equal names are equal.

use std::fmt;
use std::str::FromStr;

use deunicode::deunicode_with_tofu;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use crate::text::is_hidden;

/// Longest name in characters. Longer ones break the line limits of mail (reliability.md 1, 4).
pub const NAME_MAX: usize = 200;

/// Why a name was refused, as an instruction to the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    #[error("Enter a name")]
    Empty,
    #[error("Shorten the name to {NAME_MAX} characters")]
    TooLong,
    #[error("Remove line breaks and hidden control characters from the name, or type it again")]
    ControlCharacter,
}

/// A name as typed: composed form, outer spaces gone, runs of spaces one space, 1 to 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonName(String);

impl PersonName {
    /// Refuses an empty name, one over 200 characters, and one with line breaks, control, direction
    /// or hidden characters.
    pub fn parse(typed: &str) -> Result<Self, NameError> {
        let words: Vec<&str> =
            typed.trim().split(|c| c == '\t' || is_space(c)).filter(|w| !w.is_empty()).collect();
        let name: String = words.join(" ").nfc().collect();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.chars().any(is_hidden) {
            return Err(NameError::ControlCharacter);
        }
        if name.chars().count() > NAME_MAX {
            return Err(NameError::TooLong);
        }
        Ok(Self(name))
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The proposed sort key: by the last word with the particles before it, suffixes skipped.
    #[must_use]
    pub fn sort_key(&self) -> SortKey {
        let (family, given) = split_family(&self.0);
        SortKey::from_parts(&family, &given, &self.0)
    }

    /// The sort key when the list gave the family name apart, as a column or as `Last, First`.
    #[must_use]
    pub fn sort_key_by_family(&self, family: &str) -> SortKey {
        let given = self.0.replacen(family.trim(), " ", 1);
        SortKey::from_parts(family, &given, &self.0)
    }

    /// The name folded for searching: "hoiland" finds "Høiland". Fold the query with [`fold`].
    #[must_use]
    pub fn search_key(&self) -> String {
        let folded = fold(&self.0);
        if folded.is_empty() { self.0.to_lowercase() } else { folded }
    }
}

/// The text a list is ordered by: folded, compared bytewise, the same on every database.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SortKey(String);

impl SortKey {
    /// A key typed by an organiser: `family, given`, or just the word to sort under. Refuses
    /// nothing but an empty key.
    pub fn parse(typed: &str) -> Result<Self, NameError> {
        let (family, given) = typed.split_once(',').unwrap_or((typed, ""));
        let key = Self::from_parts(family, given, typed);
        if key.0.is_empty() { Err(NameError::Empty) } else { Ok(key) }
    }

    /// The key of somebody whose list line had no name: their address.
    #[must_use]
    pub fn of_address(address: &str) -> Self {
        Self::from_parts(address, "", address)
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Two spaces part family from given, so that "de" comes before "de bruijn".
    fn from_parts(family: &str, given: &str, whole: &str) -> Self {
        let (family, given) = (fold(family), fold(given));
        match (family.is_empty(), given.is_empty()) {
            (false, false) => Self(format!("{family}  {given}")),
            (false, true) => Self(family),
            (true, false) => Self(given),
            // Nothing that folds to ASCII: an emoji, or a script we have no table for.
            (true, true) => Self(whole.trim().to_lowercase()),
        }
    }
}

/// Lower-case ASCII words for sorting and searching: marks off, ø to o, ß to ss, other scripts
/// transcribed, punctuation to spaces, apostrophes gone.
#[must_use]
pub fn fold(text: &str) -> String {
    let ascii = deunicode_with_tofu(&text.nfc().collect::<String>(), "");
    let mut folded = String::with_capacity(ascii.len());
    for c in ascii.chars() {
        if c.is_ascii_alphanumeric() {
            folded.push(c.to_ascii_lowercase());
        } else if !matches!(c, '\'' | '`') && !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// True for `Jr.`, `III`, `PhD` and the like, which follow a name and are not part of the family name.
#[must_use]
pub fn is_suffix(word: &str) -> bool {
    let bare: String =
        word.chars().filter(|c| !matches!(c, '.' | ',' | ' ')).collect::<String>().to_lowercase();
    SUFFIXES.contains(&bare.as_str())
}

// Degrees that are also family names (Ma, Ba) are left out.
const SUFFIXES: [&str; 19] = [
    "jr", "jnr", "junior", "sr", "snr", "senior", "ii", "iii", "iv", "phd", "dphil", "md", "dds", "esq",
    "msc", "bsc", "mba", "llm", "cpa",
];

const PARTICLES: [&str; 47] = [
    "a", "af", "al", "am", "auf", "av", "bin", "bint", "da", "dal", "dalla", "das", "de", "degli", "dei",
    "del", "della", "dem", "den", "der", "des", "di", "do", "dos", "du", "e", "el", "ibn", "im", "la", "las",
    "le", "les", "lo", "los", "op", "te", "ten", "ter", "van", "vom", "von", "y", "zu", "zum", "zur", "'t",
];

/// Family name (with its particles) and the rest.
fn split_family(name: &str) -> (String, String) {
    let mut words: Vec<&str> = name.split(' ').collect();
    while words.len() > 1 && words.last().is_some_and(|w| is_suffix(w) || is_aside(w)) {
        words.pop();
    }
    let mut start = words.len().saturating_sub(1);
    // The first word is a given name even when it looks like a particle ("Al Viro").
    while start > 1 && words.get(start - 1).is_some_and(|w| PARTICLES.contains(w)) {
        start -= 1;
    }
    let family = words.split_off(start);
    (family.join(" "), words.join(" "))
}

/// A nickname or remark in brackets after the name.
fn is_aside(word: &str) -> bool {
    word.starts_with(['(', '[']) || word.ends_with([')', ']'])
}

/// Spaces of any width, but no line breaks: those are refused in a typed name.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !is_hidden(c)
}

impl TryFrom<String> for PersonName {
    type Error = NameError;

    fn try_from(typed: String) -> Result<Self, NameError> {
        Self::parse(&typed)
    }
}

impl FromStr for PersonName {
    type Err = NameError;

    fn from_str(typed: &str) -> Result<Self, NameError> {
        Self::parse(typed)
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn name(typed: &str) -> PersonName {
        PersonName::parse(typed).unwrap()
    }

    fn key(typed: &str) -> String {
        name(typed).sort_key().to_string()
    }

    #[test]
    fn names_are_kept_as_typed() {
        for typed in [
            "Toke Høiland-Jørgensen",
            "Willem de Bruijn",
            "P.J. Waskiewicz Jr.",
            "D'Agostino McGowan",
            "DeCicco",
            "O'Briant",
            "Madonna",
            "山田 太郎",
            "محمد بن سلمان",
            "ALL CAPS",
            "lower case",
            "=1+1",
            "<script>",
        ] {
            assert_eq!(name(typed).as_str(), typed);
        }
    }

    #[test]
    fn spaces_of_any_kind_become_one_and_the_form_is_composed() {
        assert_eq!(name(" Jo\u{308}rg\u{a0}\u{2009} \tMu\u{308}ller ").as_str(), "Jörg Müller");
    }

    #[test]
    fn names_with_line_breaks_control_or_direction_characters_are_refused() {
        for typed in
            ["A\nB", "A\r\nBcc: x@example.org", "A\0", "A\u{202e}B", "A\u{200b}B", "A\u{2028}B", "\u{1b}[1mA"]
        {
            assert_eq!(PersonName::parse(typed), Err(NameError::ControlCharacter), "{typed:?}");
        }
    }

    #[test]
    fn empty_and_endless_names_are_refused() {
        assert_eq!(PersonName::parse(" \u{3000}"), Err(NameError::Empty));
        assert!(PersonName::parse(&"ø".repeat(200)).is_ok());
        assert_eq!(PersonName::parse(&"ø".repeat(201)), Err(NameError::TooLong));
    }

    #[test]
    fn the_sort_key_is_the_last_word_folded_then_the_rest() {
        assert_eq!(key("Toke Høiland-Jørgensen"), "hoiland jorgensen  toke");
        assert_eq!(key("Jesper Dangaard Brouer"), "brouer  jesper dangaard");
        assert_eq!(key("Madonna"), "madonna");
        assert_eq!(key("Sinéad O'Connor"), "oconnor  sinead");
    }

    #[test]
    fn particles_stay_with_the_family_name() {
        assert_eq!(key("Willem de Bruijn"), "de bruijn  willem");
        assert_eq!(key("Ludwig van der Rohe"), "van der rohe  ludwig");
        assert_eq!(key("al Viro"), "viro  al");
    }

    #[test]
    fn suffixes_and_asides_are_skipped() {
        assert_eq!(key("Peter Waskiewicz Jr."), "waskiewicz  peter");
        assert_eq!(key("John Linville, III, Ph.D."), "linville  john");
        assert_eq!(key("Arnaldo de Melo (acme)"), "de melo  arnaldo");
    }

    #[test]
    fn a_given_family_name_decides() {
        assert_eq!(name("Yamada Taro").sort_key_by_family("Yamada").as_str(), "yamada  taro");
        assert_eq!(name("Ana García Lorca").sort_key_by_family("García Lorca").as_str(), "garcia lorca  ana");
    }

    #[test]
    fn names_that_do_not_fold_still_have_a_key() {
        assert!(!key("\u{1f980}").is_empty());
        assert!(!name("\u{10fffd}").sort_key().as_str().is_empty());
        assert!(!name("\u{10fffd}").search_key().is_empty());
    }

    #[test]
    fn shorter_family_names_sort_first() {
        let mut names = [name("Bo Den Haag"), name("Al Deng"), name("Cy Den"), name("Di Dén")];
        names.sort_by_key(PersonName::sort_key);

        let order: Vec<&str> = names.iter().map(PersonName::as_str).collect();
        assert_eq!(order, ["Cy Den", "Di Dén", "Al Deng", "Bo Den Haag"]);
    }

    #[test]
    fn a_typed_key_is_folded_and_may_hold_a_comma() {
        assert_eq!(SortKey::parse("Bruijn, Willem de").unwrap().as_str(), "bruijn  willem de");
        assert_eq!(SortKey::parse("  "), Err(NameError::Empty));
    }

    #[test]
    fn plain_letters_find_marked_ones() {
        assert!(name("Toke Høiland-Jørgensen").search_key().contains(&fold("hoiland")));
        assert!(name("Toke Høiland-Jørgensen").search_key().contains(&fold("Høiland-Jør")));
        assert!(name("Jürgen Groß").search_key().contains("gross"));
        assert!(name("Łukasz Żółw").search_key().contains("lukasz zolw"));
    }
}
