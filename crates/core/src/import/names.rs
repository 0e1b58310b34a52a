//! Names out of cells (rule 4): parts are joined, spaces tidied, `Last, First` turned round. Letter
//! case never changes, and nothing is made up.

use unicode_normalization::UnicodeNormalization;

use super::clean::{has_hidden, one_line, shortened};
use crate::name::{NAME_MAX, PersonName, is_suffix};

/// What the columns of a row say about the name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NameParts {
    pub full: String,
    pub given: String,
    pub middle: String,
    pub family: String,
    pub suffix: String,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ReadName {
    pub name: Option<PersonName>,
    /// The family name where it was given apart.
    pub family: Option<String>,
    pub had_hidden: bool,
    pub turned_round: bool,
    pub shortened: bool,
}

impl NameParts {
    pub fn full(name: impl Into<String>) -> Self {
        Self { full: name.into(), ..Self::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.all().trim().is_empty()
    }

    /// Everything that was said, for looking at its letters.
    pub fn all(&self) -> String {
        [self.full.as_str(), &self.given, &self.middle, &self.family, &self.suffix].join(" ")
    }

    /// A full name wins over parts. German sheets head the family name "Name" beside "Vorname": one
    /// word beside a given name, with no column for the family name, is the family name.
    pub fn read(&self) -> ReadName {
        let parts = [&self.given, &self.middle, &self.family, &self.suffix, &self.full];
        let had_hidden = parts.iter().any(|part| has_hidden(part));
        let [given, middle, family, suffix, full] = parts.map(|part| one_line(part));
        let full_is_family = !full.is_empty()
            && !given.is_empty()
            && family.is_empty()
            && !full.contains([' ', ','])
            && full != given;

        let mut read = if !full.is_empty() && !full_is_family {
            turned(&full).unwrap_or_else(|| ReadName { name: parse(&full), ..ReadName::default() })
        } else {
            let family = if full_is_family { full } else { family };
            let joined = [&given, &middle, &family, &suffix].map(String::as_str);
            let joined: Vec<&str> = joined.into_iter().filter(|part| !part.is_empty()).collect();
            ReadName {
                name: parse(&joined.join(" ")),
                family: Some(family).filter(|family| !family.is_empty()),
                ..ReadName::default()
            }
        };
        read.had_hidden = had_hidden;
        read.shortened = parts.iter().map(|part| part.chars().count()).sum::<usize>() > NAME_MAX
            && read.name.as_ref().is_some_and(|name| name.as_str().chars().count() >= NAME_MAX - 1);
        read
    }
}

fn parse(clean: &str) -> Option<PersonName> {
    // Composing can change the length, so it comes first.
    let composed: String = clean.nfc().collect();
    PersonName::parse(shortened(&composed, NAME_MAX).0).ok()
}

/// `Last, First` as `First Last`, if it is one beyond doubt.
fn turned(full: &str) -> Option<ReadName> {
    let (last, first) = full.split_once(',')?;
    let (last, first) = (last.trim(), first.trim());
    let looks_like_a_name = |words: &str| {
        let count = words.split(' ').count();
        count <= 4 && words.split(' ').all(is_name_word)
    };
    let beyond_doubt = !first.contains(',')
        && looks_like_a_name(last)
        && looks_like_a_name(first)
        && !first.split(' ').any(|word| is_suffix(word) || is_organisation(word))
        && !last.split(' ').any(is_organisation);
    if !beyond_doubt {
        return None;
    }
    let family: Vec<&str> = last.split(' ').filter(|word| !is_suffix(word)).collect();
    Some(ReadName {
        name: parse(&format!("{first} {last}")),
        family: Some(family.join(" ")).filter(|family| !family.is_empty()),
        turned_round: true,
        ..ReadName::default()
    })
}

/// Letters of any script, with the signs that names have inside.
fn is_name_word(word: &str) -> bool {
    let letters = word.chars().all(|c| {
        c.is_alphabetic()
            || unicode_normalization::char::is_combining_mark(c)
            || "'’.-\u{2010}\u{2011}\u{200c}\u{200d}".contains(c)
    });
    letters && word.chars().any(char::is_alphabetic)
}

/// Words that make the part after a comma an employer.
fn is_organisation(word: &str) -> bool {
    let bare = word.trim_matches('.').to_lowercase();
    matches!(
        bare.as_str(),
        "inc"
            | "ltd"
            | "llc"
            | "llp"
            | "plc"
            | "corp"
            | "corporation"
            | "co"
            | "company"
            | "gmbh"
            | "ag"
            | "kg"
            | "se"
            | "sa"
            | "srl"
            | "bv"
            | "ab"
            | "oy"
            | "oyj"
            | "foundation"
            | "university"
            | "universität"
            | "université"
            | "institute"
            | "institut"
            | "labs"
            | "laboratories"
            | "college"
            | "technologies"
            | "systems"
            | "software"
            | "group"
            | "of"
            | "and"
            | "the"
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn full(name: &str) -> ReadName {
        NameParts::full(name).read()
    }

    fn name(read: &ReadName) -> &str {
        read.name.as_ref().map_or("", PersonName::as_str)
    }

    #[test]
    fn a_full_name_wins_over_parts() {
        let parts = NameParts {
            full: "J. R. Doe".into(),
            given: "Jane".into(),
            family: "Doe".into(),
            ..NameParts::default()
        };

        assert_eq!(name(&parts.read()), "J. R. Doe");
    }

    #[test]
    fn parts_are_joined_given_middle_family_suffix() {
        let parts = NameParts {
            given: " Peter ".into(),
            middle: "P.".into(),
            family: "de  Waskiewicz".into(),
            suffix: "Jr.".into(),
            full: " ".into(),
        };
        let read = parts.read();

        assert_eq!(name(&read), "Peter P. de Waskiewicz Jr.");
        assert_eq!(read.family.unwrap(), "de Waskiewicz");
    }

    #[test]
    fn a_single_word_beside_a_given_name_is_the_family_name() {
        let parts = NameParts { full: "Müller".into(), given: "Jürgen".into(), ..NameParts::default() };
        assert_eq!(name(&parts.read()), "Jürgen Müller");

        let parts =
            NameParts { full: "Jürgen Müller".into(), given: "Jürgen".into(), ..NameParts::default() };
        assert_eq!(name(&parts.read()), "Jürgen Müller");

        let parts = NameParts { full: "Madonna".into(), given: "Madonna".into(), ..NameParts::default() };
        assert_eq!(name(&parts.read()), "Madonna");
    }

    #[test]
    fn spaces_become_one_and_the_form_is_composed_without_a_warning() {
        let read = full(" Jo\u{308}rg \u{a0}\n Mu\u{308}ller\t");

        assert_eq!(name(&read), "Jörg Müller");
        assert!(!read.had_hidden);
    }

    #[test]
    fn control_and_direction_characters_go_with_a_warning() {
        for typed in ["Jane\0 Doe", "\u{202e}Jane Doe", "Ja\u{200b}ne Doe", "Jane\u{1b} Doe\u{feff}"] {
            let read = full(typed);
            assert_eq!((name(&read), read.had_hidden), ("Jane Doe", true), "{typed:?}");
        }
    }

    #[test]
    fn letter_case_never_changes() {
        for typed in ["DECICCO, no", "willem de bruijn", "O'BRIANT", "McGowan"] {
            assert_eq!(name(&full(&typed.replace(", no", ""))), typed.replace(", no", ""));
        }
    }

    #[test]
    fn last_first_is_turned_round() {
        for (typed, turned) in [
            ("Doe, Jane", "Jane Doe"),
            ("de Bruijn, Willem", "Willem de Bruijn"),
            ("Høiland-Jørgensen,Toke", "Toke Høiland-Jørgensen"),
            ("D'Agostino McGowan, Lucy A.", "Lucy A. D'Agostino McGowan"),
            ("MÜLLER, Jürgen", "Jürgen MÜLLER"),
            ("山田, 太郎", "太郎 山田"),
            ("Waskiewicz Jr., Peter", "Peter Waskiewicz Jr."),
        ] {
            let read = full(typed);
            assert_eq!((name(&read), read.turned_round), (turned, true));
        }
        assert_eq!(full("García Lorca, Federico").family.unwrap(), "García Lorca");
    }

    #[test]
    fn commas_that_part_something_else_stay() {
        for typed in [
            "Waskiewicz, Jr.",
            "John Linville, III",
            "Jane Doe, PhD",
            "Jane Doe, Ph.D.",
            "Doe, Jane, Jr.",
            "Doe, Jane 2",
            "Jane Doe, Acme Inc.",
            "Jane, <b>",
            ", Jane",
            "Jane,",
            "=1, Jane",
            "Jane Doe, University of Oslo",
        ] {
            let read = full(typed);
            assert_eq!((name(&read), read.turned_round), (typed, false));
        }
    }

    #[test]
    fn no_name_stays_no_name() {
        assert_eq!(NameParts::default().read(), ReadName::default());
        assert_eq!(full(" \t ").name, None);
    }

    #[test]
    fn endless_names_are_cut_and_told() {
        let read = full(&"ab ".repeat(1000));

        assert!(read.shortened);
        assert!(name(&read).chars().count() <= NAME_MAX);
        assert!(!full(&"x".repeat(NAME_MAX)).shortened);
    }
}
