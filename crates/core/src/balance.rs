//! Balance: how many of the list, the invited and the accepted carry a tag, share an affiliation, or
//! come for the first time, against soft caps that the committee set. A cap warns; it stops nothing.

use std::collections::BTreeMap;

/// What a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CapKind {
    /// People with one tag.
    Tag,
    /// People of one affiliation; without a word, of any one.
    Affiliation,
    /// People who accepted no earlier event that is known.
    FirstTimers,
}

/// Every kind, in the order of the page.
pub const CAP_KINDS: [CapKind; 3] = [CapKind::Tag, CapKind::Affiliation, CapKind::FirstTimers];

impl CapKind {
    /// The word in columns, forms and options.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Affiliation => "affiliation",
            Self::FirstTimers => "first_timers",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        CAP_KINDS.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// At most so many, in the committee's wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    pub kind: CapKind,
    /// The tag or the affiliation; empty for any affiliation and for first-timers.
    pub word: String,
    pub most: u32,
}

/// Why a cap or a quota cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BalanceRefused {
    #[error("Name the tag that is counted")]
    NoTag,
    #[error("Write a whole number of people from 0 to 10000")]
    Number,
    #[error("Write {0} on one line of at most 100 letters")]
    Line(&'static str),
    #[error("There is a quota called {0} already; take it away first, or choose another name")]
    NameTaken(String),
}

impl BalanceRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoTag => "no-tag",
            Self::Number => "number",
            Self::Line(_) => "line",
            Self::NameTaken(_) => "name-taken",
        }
    }
}

/// One person, as far as balance goes.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub tags: Vec<String>,
    pub affiliation: String,
    pub is_first_timer: bool,
    /// Offered a seat, or in a wave that has not left, and did not say no.
    pub is_invited: bool,
    pub has_accepted: bool,
}

/// One line of the balance: of everybody, who is of this kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The tag or the affiliation, as it was written first.
    pub word: String,
    /// Not written to yet included; without those who said no or were taken back.
    pub list: u32,
    pub invited: u32,
    pub accepted: u32,
    pub cap: Option<u32>,
}

impl Line {
    /// By how many the invited are beyond the cap.
    #[must_use]
    pub fn over(&self) -> u32 {
        self.cap.map_or(0, |cap| self.invited.saturating_sub(cap))
    }
}

/// The whole list, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// By number, then by word.
    pub tags: Vec<Line>,
    pub affiliations: Vec<Line>,
    pub first_timers: Line,
    /// Everybody.
    pub all: Line,
}

impl Balance {
    /// Counts `people`, who are those on the list without the ones who said no or were taken back.
    #[must_use]
    pub fn of(people: &[Counted], caps: &[Cap]) -> Self {
        let mut balance = Self::default();
        let (mut tags, mut affiliations) = (BTreeMap::new(), BTreeMap::new());
        for person in people {
            balance.all.add(person);
            if person.is_first_timer {
                balance.first_timers.add(person);
            }
            for tag in &person.tags {
                line(&mut tags, tag).add(person);
            }
            if !person.affiliation.trim().is_empty() {
                line(&mut affiliations, &person.affiliation).add(person);
            }
        }
        for cap in caps {
            match cap.kind {
                CapKind::Tag => line(&mut tags, &cap.word).cap = Some(cap.most),
                CapKind::Affiliation if cap.word.is_empty() => {}
                CapKind::Affiliation => line(&mut affiliations, &cap.word).cap = Some(cap.most),
                CapKind::FirstTimers => balance.first_timers.cap = Some(cap.most),
            }
        }
        let any = caps.iter().find(|cap| cap.kind == CapKind::Affiliation && cap.word.is_empty());
        for line in affiliations.values_mut().filter(|line| line.cap.is_none()) {
            line.cap = any.map(|cap| cap.most);
        }
        balance.tags = sorted(tags);
        balance.affiliations = sorted(affiliations);
        balance
    }

    /// Sentences about caps that the invited are beyond.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let tags = self.tags.iter().map(|line| (format!("tagged {}", line.word), line));
        let affiliations = self.affiliations.iter().map(|line| (format!("of {}", line.word), line));
        let first = [("here for the first time".to_owned(), &self.first_timers)];
        tags.chain(affiliations)
            .chain(first)
            .filter(|(_, line)| line.over() > 0)
            .map(|(who, line)| {
                let cap = line.cap.unwrap_or_default();
                format!("{} {who} would be invited; at most {cap} are wished for.", people(line.invited))
            })
            .collect()
    }
}

impl Line {
    fn add(&mut self, person: &Counted) {
        self.list += 1;
        self.invited += u32::from(person.is_invited);
        self.accepted += u32::from(person.has_accepted);
    }
}

/// The line of a word; letter case and outer spaces make no other word.
fn line<'a>(lines: &'a mut BTreeMap<String, Line>, word: &str) -> &'a mut Line {
    let word = word.trim();
    lines.entry(word.to_lowercase()).or_insert_with(|| Line { word: word.to_owned(), ..Line::default() })
}

fn sorted(lines: BTreeMap<String, Line>) -> Vec<Line> {
    let mut lines: Vec<Line> = lines.into_values().collect();
    // Stable, so that equal numbers stay by word.
    lines.sort_by_key(|line| std::cmp::Reverse(line.list));
    lines
}

fn people(count: u32) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(tag: &str, affiliation: &str, stage: u8) -> Counted {
        Counted {
            tags: if tag.is_empty() { Vec::new() } else { vec![tag.to_owned()] },
            affiliation: affiliation.to_owned(),
            is_first_timer: tag == "new",
            is_invited: stage > 0,
            has_accepted: stage > 1,
        }
    }

    fn cap(kind: CapKind, word: &str, most: u32) -> Cap {
        Cap { kind, word: word.to_owned(), most }
    }

    #[test]
    fn people_are_counted_on_the_list_among_the_invited_and_the_accepted() {
        let people = [
            person("vendor", "ACME", 2),
            person("vendor", " acme", 1),
            person("new", "Beta", 0),
            person("", "", 1),
        ];

        let balance = Balance::of(&people, &[]);

        let shown = |line: &Line| (line.word.clone(), line.list, line.invited, line.accepted);
        assert_eq!(
            balance.tags.iter().map(shown).collect::<Vec<_>>(),
            [("vendor".to_owned(), 2, 2, 1), ("new".to_owned(), 1, 0, 0)]
        );
        assert_eq!(
            balance.affiliations.iter().map(shown).collect::<Vec<_>>(),
            [("ACME".to_owned(), 2, 2, 1), ("Beta".to_owned(), 1, 0, 0)]
        );
        assert_eq!((balance.first_timers.list, balance.all.list, balance.all.invited), (1, 4, 3));
        assert_eq!(balance.warnings(), Vec::<String>::new());
    }

    #[test]
    fn a_cap_warns_about_the_invited_alone_and_its_own_word_goes_before_any() {
        let people = [person("vendor", "ACME", 1), person("vendor", "ACME", 1), person("vendor", "Beta", 0)];
        let caps = [
            cap(CapKind::Tag, "Vendor", 1),
            cap(CapKind::Affiliation, "", 1),
            cap(CapKind::Affiliation, "beta", 5),
        ];

        let balance = Balance::of(&people, &caps);

        assert_eq!(
            balance.warnings(),
            [
                "2 people tagged vendor would be invited; at most 1 are wished for.",
                "2 people of ACME would be invited; at most 1 are wished for."
            ]
        );
        assert_eq!(balance.affiliations.iter().map(|line| line.cap).collect::<Vec<_>>(), [Some(1), Some(5)]);
    }

    #[test]
    fn a_cap_of_nobody_yet_has_its_line() {
        let balance = Balance::of(&[], &[cap(CapKind::Tag, "vendor", 3), cap(CapKind::FirstTimers, "", 4)]);

        assert_eq!(balance.tags.len(), 1);
        assert_eq!(
            (balance.tags.first().map(|line| line.cap), balance.first_timers.cap),
            (Some(Some(3)), Some(4))
        );
    }

    #[test]
    fn words_read_back() {
        for kind in CAP_KINDS {
            assert_eq!(CapKind::parse(kind.as_str()), Some(kind));
        }
    }
}
