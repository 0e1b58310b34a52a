//! The chain that binds each entry of the record to the one before it, so that a change, a gap or a
//! cut end is found (invariant 10).
//!
//! One chain for each event, and one for the installation, which holds the entries of no event. Who
//! knows the newest number and hash of a chain, knows everything before them: two lines on paper are
//! enough to prove later that nothing was rewritten. Whoever can write to the database can also write
//! a whole chain anew; only a head noted elsewhere shows that.
//!
//! The hash does not cover the words of an entry but a digest of each of its five texts, and the entry
//! keeps salt and digest. When a person has to be forgotten, a text is replaced by [`ERASED`] and its
//! salt by zeros: the digest stays, the chain stays whole, and without the salt nobody can find out
//! which name it was by trying names. What was erased is counted and shown, so that erasing hides
//! nothing but the words.

use chrono::{DateTime, Utc};
use rand::RngExt as _;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// Stands where a text was erased.
pub const ERASED: &str = "\u{2588}";

/// Texts of an entry: who, what it is about, before, after, why.
pub const TEXTS: usize = 5;

const SALT: usize = 16;
const DIGEST: usize = 32;
const SEAL: usize = SALT + DIGEST;

/// The newest number and hash of a chain. A chain without entries has number 0 and no hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub number: i64,
    pub hash: Vec<u8>,
}

impl Head {
    /// The hash as people note it down: 64 hexadecimal digits, none for an empty chain.
    #[must_use]
    pub fn hash_words(&self) -> String {
        self.hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What the chain covers of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    pub id: Uuid,
    /// `None` in the installation's chain.
    pub event: Option<Uuid>,
    pub invitation: Option<Uuid>,
    pub account: Option<Uuid>,
    /// In UTC, whole microseconds.
    pub at: DateTime<Utc>,
    pub actor_kind: &'a str,
    pub action: &'a str,
    /// Actor's name, subject, before, after, reason.
    pub texts: [&'a str; TEXTS],
}

/// Salt and digest of each text, as the entry keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seals(Vec<u8>);

/// Why an entry does not belong where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("an entry is missing before it")]
    Gap,
    #[error("its words were changed")]
    Words,
    #[error("it was changed, or does not follow the entry before it")]
    Hash,
}

impl Seals {
    /// Seals texts with fresh salts.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "salts are secrets until they are erased")]
    pub fn of(texts: [&str; TEXTS]) -> Self {
        let mut salts = [0_u8; SALT * TEXTS];
        rand::rng().fill(&mut salts);
        let mut seals = Vec::with_capacity(SEAL * TEXTS);
        for ((number, text), salt) in (0_u8..).zip(texts).zip(salts.chunks_exact(SALT)) {
            seals.extend_from_slice(salt);
            seals.extend_from_slice(&digest(number, salt, text));
        }
        Self(seals)
    }

    /// Seals as they were stored. What is no seals at all fits no text.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// For the column.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Forgets the salt of the text with this number, from 0. The text becomes [`ERASED`].
    pub fn erase(&mut self, number: usize) {
        if let Some(salt) = self.0.chunks_exact_mut(SEAL).nth(number).and_then(|seal| seal.get_mut(..SALT)) {
            salt.fill(0);
        }
    }

    /// How many of the texts were erased; `None` when a text is not the one that was sealed.
    fn erased(&self, texts: [&str; TEXTS]) -> Option<u64> {
        if self.0.len() != SEAL * TEXTS {
            return None;
        }
        let mut erased = 0;
        for ((number, text), seal) in (0_u8..).zip(texts).zip(self.0.chunks_exact(SEAL)) {
            let (salt, sealed) = seal.split_at_checked(SALT)?;
            if salt.iter().all(|byte| *byte == 0) {
                if text != ERASED {
                    return None;
                }
                erased += 1;
            } else if digest(number, salt, text) != sealed {
                return None;
            }
        }
        Some(erased)
    }

    fn digests(&self) -> impl Iterator<Item = &[u8]> {
        self.0.chunks_exact(SEAL).filter_map(|seal| seal.get(SALT..))
    }
}

/// The head after one more entry.
#[must_use]
pub fn next(head: &Head, link: &Link<'_>, seals: &Seals) -> Head {
    let number = head.number + 1;
    let mut hash = Sha256::new_with_prefix(b"conclave log entry 1\0");
    // Each part says how long it is, so that no two entries are spelled alike.
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    let id = |id: &Option<Uuid>| id.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
    part(&head.hash);
    part(&number.to_be_bytes());
    part(link.id.as_bytes());
    part(&id(&link.event));
    part(&id(&link.invitation));
    part(&id(&link.account));
    part(&link.at.timestamp_micros().to_be_bytes());
    part(link.actor_kind.as_bytes());
    part(link.action.as_bytes());
    for digest in seals.digests() {
        part(digest);
    }
    Head { number, hash: hash.finalize().to_vec() }
}

/// Checks the entry that stands after `head`. Returns the head with it, and how many of its texts were
/// erased. Refuses whatever was not appended there as it is.
pub fn follow(head: &Head, link: &Link<'_>, seals: &Seals, stored: &Head) -> Result<(Head, u64), Broken> {
    if stored.number != head.number + 1 {
        return Err(Broken::Gap);
    }
    let erased = seals.erased(link.texts).ok_or(Broken::Words)?;
    let next = next(head, link, seals);
    if next.hash == stored.hash { Ok((next, erased)) } else { Err(Broken::Hash) }
}

fn digest(number: u8, salt: &[u8], text: &str) -> [u8; DIGEST] {
    Sha256::new_with_prefix(b"conclave log text 1\0")
        .chain_update([number])
        .chain_update(salt)
        .chain_update(text.as_bytes())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: [&str; TEXTS] = ["omar", "Toke", "invited", "accepted", "the chair said so"];

    fn link(texts: [&str; TEXTS]) -> Link<'_> {
        Link {
            id: Uuid::from_u128(1),
            event: Some(Uuid::from_u128(2)),
            invitation: Some(Uuid::from_u128(3)),
            account: None,
            at: DateTime::UNIX_EPOCH,
            actor_kind: "committee",
            action: "answer.recorded",
            texts,
        }
    }

    #[test]
    fn an_entry_follows_the_one_it_was_appended_to_and_no_other() {
        let (start, seals) = (Head::default(), Seals::of(TOLD));
        let first = next(&start, &link(TOLD), &seals);
        let second = next(&first, &link(TOLD), &seals);

        assert_eq!(follow(&start, &link(TOLD), &seals, &first), Ok((first.clone(), 0)));
        assert_eq!(follow(&first, &link(TOLD), &seals, &second), Ok((second.clone(), 0)));
        assert_eq!(follow(&start, &link(TOLD), &seals, &second), Err(Broken::Gap));
        let elsewhere = Head { number: 1, hash: vec![7; 32] };
        assert_eq!(follow(&elsewhere, &link(TOLD), &seals, &second), Err(Broken::Hash));
        assert_eq!((first.number, first.hash_words().len(), start.hash_words().len()), (1, 64, 0));
    }

    #[test]
    fn whatever_is_changed_in_an_entry_is_found() {
        let seals = Seals::of(TOLD);
        let stored = next(&Head::default(), &link(TOLD), &seals);
        let check = |link: Link<'_>, seals: &Seals| follow(&Head::default(), &link, seals, &stored).err();
        let other = Uuid::from_u128(9);

        assert_eq!(check(Link { id: other, ..link(TOLD) }, &seals), Some(Broken::Hash));
        assert_eq!(check(Link { event: None, ..link(TOLD) }, &seals), Some(Broken::Hash));
        assert_eq!(check(Link { invitation: None, ..link(TOLD) }, &seals), Some(Broken::Hash));
        assert_eq!(check(Link { account: Some(other), ..link(TOLD) }, &seals), Some(Broken::Hash));
        assert_eq!(check(Link { actor_kind: "operator", ..link(TOLD) }, &seals), Some(Broken::Hash));
        assert_eq!(check(Link { action: "answer.lapsed", ..link(TOLD) }, &seals), Some(Broken::Hash));
        let at = DateTime::UNIX_EPOCH + chrono::TimeDelta::microseconds(1);
        assert_eq!(check(Link { at, ..link(TOLD) }, &seals), Some(Broken::Hash));
        for number in 0..TEXTS {
            let mut texts = TOLD;
            texts.iter_mut().skip(number).take(1).for_each(|text| *text = "other words");
            assert_eq!(check(link(texts), &seals), Some(Broken::Words), "{number}");
        }
        for byte in 0..SEAL * TEXTS {
            let mut bytes = seals.as_bytes().to_vec();
            bytes.iter_mut().skip(byte).take(1).for_each(|byte| *byte ^= 1);
            assert!(check(link(TOLD), &Seals::from_bytes(bytes)).is_some(), "{byte}");
        }
        assert_eq!(check(link(TOLD), &Seals::from_bytes(Vec::new())), Some(Broken::Words));
        // Whoever seals other words anew has another digest.
        let declined = ["omar", "Toke", "invited", "declined", "the chair said so"];
        assert_eq!(check(link(declined), &Seals::of(declined)), Some(Broken::Hash));
    }

    #[test]
    fn an_erased_name_is_counted_and_breaks_nothing() {
        let mut seals = Seals::of(TOLD);
        let stored = next(&Head::default(), &link(TOLD), &seals);

        seals.erase(1);

        let without_name = ["omar", ERASED, "invited", "accepted", "the chair said so"];
        let erased = follow(&Head::default(), &link(without_name), &seals, &stored).map(|(_, erased)| erased);
        assert_eq!(erased, Ok(1));
        assert_eq!(follow(&Head::default(), &link(TOLD), &seals, &stored), Err(Broken::Words));
        let other_name = ["omar", "Tokyo", "invited", "accepted", "the chair said so"];
        assert_eq!(follow(&Head::default(), &link(other_name), &seals, &stored), Err(Broken::Words));
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        let one = link(TOLD);
        let seals = Seals::of(TOLD);
        let kinds =
            |actor_kind, action| next(&Head::default(), &Link { actor_kind, action, ..one.clone() }, &seals);

        assert_ne!(kinds("system", "wave.saved"), kinds("systemw", "ave.saved"));
    }
}
