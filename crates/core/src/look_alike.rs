//! Two entries that may be one person (domain.md F7, T14, T33). Pointed out, never joined unasked:
//! two people may share a name.

use std::collections::HashMap;
use std::hash::Hash;

use crate::address::Address;
use crate::name::{fold, is_suffix};

/// Why two entries look like one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LookAlike {
    /// The same first and last word, whatever is between: `David S. Miller`, `David Miller`.
    SameName,
    /// Addresses that differ in what follows a plus: `ada+net@`, `ada@`.
    PlusTag,
    /// The same letters before the @, at another domain.
    SameLocalPart,
}

impl LookAlike {
    /// For `Perhaps the same person as X: ...`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SameName => "the same name",
            Self::PlusTag => "the same address but for what follows the plus",
            Self::SameLocalPart => "the same letters before the @",
        }
    }

    /// Stable word for reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SameName => "same_name",
            Self::PlusTag => "plus_tag",
            Self::SameLocalPart => "same_local_part",
        }
    }
}

/// What one entry is compared by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Likeness(LookAlike, String);

/// Letters before the @ that say nothing about who it is.
const ANYBODY: [&str; 9] =
    ["admin", "contact", "email", "hello", "info", "linux", "mail", "office", "webmaster"];

/// Everything an entry of this name and these addresses is compared by.
#[must_use]
pub fn likenesses<'a>(name: &str, emails: impl IntoIterator<Item = &'a str>) -> Vec<Likeness> {
    let mut found = Vec::new();
    found.extend(name_key(name).map(|key| Likeness(LookAlike::SameName, key)));
    for email in emails {
        let Ok(address) = Address::parse(email) else { continue };
        let key = address.key().without_tag();
        let local = key.as_str().split('@').next().unwrap_or_default().to_owned();
        found.push(Likeness(LookAlike::PlusTag, key.as_str().to_owned()));
        if local.chars().count() >= 4 && !ANYBODY.contains(&local.as_str()) {
            found.push(Likeness(LookAlike::SameLocalPart, local));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// First and last word, folded; a name of one word is that word. Suffixes are no words of it.
fn name_key(name: &str) -> Option<String> {
    let words: Vec<&str> = name.split_whitespace().filter(|word| !is_suffix(word)).collect();
    let (first, last) = (words.first()?, words.last()?);
    let key = if words.len() == 1 { fold(first) } else { format!("{} {}", fold(first), fold(last)) };
    (!key.trim().is_empty()).then_some(key)
}

/// Which other entries each entry looks like, with the best reason once. The work grows with the number
/// of entries and of pairs found; an entry names at most eight others.
#[must_use]
pub fn look_alikes<K: Copy + Eq + Hash + Ord>(
    entries: &[(K, Vec<Likeness>)],
) -> HashMap<K, Vec<(K, LookAlike)>> {
    const MOST: usize = 8;
    let mut by_likeness: HashMap<&Likeness, Vec<K>> = HashMap::new();
    for (id, keys) in entries {
        for key in keys {
            by_likeness.entry(key).or_default().push(*id);
        }
    }
    let mut found: HashMap<K, Vec<(K, LookAlike)>> = HashMap::new();
    for (id, keys) in entries {
        let mut others: Vec<(K, LookAlike)> = Vec::new();
        for key in keys {
            let same = by_likeness.get(key).into_iter().flatten().filter(|other| *other != id);
            for other in same.take(MOST) {
                if others.len() < MOST && !others.iter().any(|(known, _)| known == other) {
                    others.push((*other, key.0));
                }
            }
        }
        if !others.is_empty() {
            found.insert(*id, others);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn because(a: (&str, &str), b: (&str, &str)) -> Option<LookAlike> {
        let entries = [(1, likenesses(a.0, [a.1])), (2, likenesses(b.0, [b.1]))];
        look_alikes(&entries).get(&1).map(|others| others[0].1)
    }

    #[test]
    fn one_person_under_two_spellings_is_noticed() {
        let at = "x@example.org";
        for (a, b) in [
            ("David S. Miller", "David Miller"),
            ("Toke Høiland-Jørgensen", "toke hoiland-jorgensen"),
            ("Peter Waskiewicz Jr.", "Peter Waskiewicz"),
        ] {
            assert_eq!(because((a, at), (b, "y@example.com")), Some(LookAlike::SameName), "{a} {b}");
        }
    }

    #[test]
    fn addresses_of_one_mailbox_and_of_one_login_are_noticed() {
        assert_eq!(
            because(("", "ada+net@example.org"), ("A. L.", "ADA@example.org")),
            Some(LookAlike::PlusTag)
        );
        assert_eq!(
            because(("", "davem@example.org"), ("", "davem@example.com")),
            Some(LookAlike::SameLocalPart)
        );
    }

    #[test]
    fn what_many_share_is_no_likeness() {
        assert_eq!(because(("Ann Lee", "info@example.org"), ("Bob Lee", "info@example.com")), None);
        assert_eq!(because(("", "me@example.org"), ("", "me@example.com")), None);
        assert_eq!(because(("", ""), ("", "")), None);
    }

    #[test]
    fn a_crowd_of_one_name_does_not_take_for_ever() {
        let crowd: Vec<(usize, Vec<Likeness>)> = (0..20_000)
            .map(|n| (n, likenesses("Wei Wang", [format!("w{n}@example.org").as_str()])))
            .collect();

        let found = look_alikes(&crowd);

        assert_eq!((found.len(), found[&7].len()), (20_000, 8));
    }
}
