//! A list with its corrections: what the reader of core made of it, and what a member typed over it.
//!
//! The draft holds the bytes as they came, and behind them, as JSON after a mark, the corrections.
//! So a list can be checked again as often as needed without losing a line.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use conclave_core::address::Address;
use conclave_core::import::{
    self, Because, Code, Encoding, ImportRefused, ImportReport, ImportedPerson, Rejected, Shape, TopicState,
};
use conclave_core::name::PersonName;
use conclave_core::text::{Line, Text};
use conclave_persistence::ImportPerson;
use serde::{Deserialize, Serialize};

const MARK: &[u8] = b"\n\0\0conclave:corrections\0\0";

/// A kept list.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub original: Vec<u8>,
    pub corrections: Corrections,
}

/// What was typed over the list. Keys name a person (`p0`) or a rejected row (`r0`) of the report.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Corrections {
    pub typed: BTreeMap<String, TypedOver>,
    pub left_out: BTreeSet<String>,
    /// It was imported: how many people were added.
    pub imported: Option<u64>,
}

/// Name and address as typed; they may still be wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TypedOver {
    pub name: String,
    pub email: String,
}

impl Draft {
    pub(super) fn new(original: Vec<u8>) -> Self {
        Self { original, corrections: Corrections::default() }
    }

    /// What is kept of a list that was imported; the people are on the list now.
    pub(super) fn imported(people: u64) -> Self {
        let corrections = Corrections { imported: Some(people), ..Corrections::default() };
        Self { original: Vec::new(), corrections }
    }

    /// Unticks lines that name a mailing list by the looks of it: an invitation is for one person.
    pub(super) fn leave_lists_out(&mut self) -> Result<(), ImportRefused> {
        let report = import::read(&self.original)?;
        let lists: BTreeSet<usize> = report
            .warnings
            .iter()
            .filter(|warning| warning.code == Code::AddressLooksLikeAList)
            .map(|warning| warning.line)
            .collect();
        let keys = report.people.iter().enumerate().filter(|(_, person)| lists.contains(&person.line));
        self.corrections.left_out.extend(keys.map(|(index, _)| format!("p{index}")));
        Ok(())
    }

    /// Takes a stored draft apart.
    pub(super) fn of(content: &[u8]) -> Self {
        let mark = content.windows(MARK.len()).rposition(|bytes| bytes == MARK);
        let Some((original, rest)) = mark.and_then(|at| content.split_at_checked(at)) else {
            return Self::new(content.to_vec());
        };
        let corrections = rest.get(MARK.len()..).and_then(|json| serde_json::from_slice(json).ok());
        Self { original: original.to_vec(), corrections: corrections.unwrap_or_default() }
    }

    /// As it is stored.
    pub(super) fn content(&self) -> Vec<u8> {
        let mut content = self.original.clone();
        content.extend_from_slice(MARK);
        content.extend_from_slice(&serde_json::to_vec(&self.corrections).unwrap_or_default());
        content
    }
}

/// A list as read, with its corrections.
pub(super) struct Understood {
    /// In the order of the file.
    pub entries: Vec<Entry>,
    pub shape: Shape,
    pub encoding: Encoding,
    pub columns_not_used: Vec<String>,
    /// About the whole file.
    pub warnings: Vec<String>,
}

/// One line of the list.
pub(super) struct Entry {
    pub key: String,
    pub line: usize,
    pub name: String,
    pub email: String,
    pub tags: Vec<String>,
    pub topics: usize,
    pub verdict: Verdict,
}

/// What becomes of it, as far as the list alone tells.
pub(super) enum Verdict {
    /// Can be imported; with what to look at first.
    Person { person: Box<ImportPerson>, doubts: Vec<String>, is_left_out: bool },
    /// The address of an earlier line.
    Duplicate { first_line: usize },
    /// Cannot be imported: which field is wrong, and what to do.
    ToFix { field: &'static str, message: String },
}

/// Reads a list and lays its corrections over it. Refuses what core refuses.
pub(super) fn read(draft: &Draft) -> Result<Understood, ImportRefused> {
    let report = import::read(&draft.original)?;
    let doubts = doubts(&report);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut entries = Vec::new();
    for (index, person) in report.people.iter().enumerate() {
        let key = format!("p{index}");
        let over = draft.corrections.typed.get(&key);
        let found = doubts.get(&person.line).cloned().unwrap_or_default();
        let mut entry = of_person(key, person, over);
        if let Verdict::Person { person: ready, doubts, .. } = &mut entry.verdict {
            *doubts = match over {
                None => found.into_iter().map(|doubt| doubt.message).collect(),
                Some(_) => found
                    .into_iter()
                    .filter(|doubt| !doubt.about.is_settled(person, ready))
                    .map(|doubt| doubt.message)
                    .chain(doubts_of_typed(ready))
                    .collect(),
            };
        }
        entries.push(entry);
    }
    for (index, rejected) in report.rejected.iter().enumerate() {
        let key = format!("r{index}");
        let over = draft.corrections.typed.get(&key);
        entries.push(of_rejected(key, rejected, over));
    }
    entries.sort_by_key(|entry| entry.line);
    for entry in &mut entries {
        let Verdict::Person { is_left_out, .. } = &mut entry.verdict else { continue };
        *is_left_out = draft.corrections.left_out.contains(&entry.key);
        let Ok(address) = Address::parse(&entry.email) else { continue };
        match seen.get(address.key().as_str()) {
            Some(first) => entry.verdict = Verdict::Duplicate { first_line: *first },
            None if *is_left_out => {}
            None => drop(seen.insert(address.key().as_str().to_owned(), entry.line)),
        }
    }
    for duplicate in &report.duplicates {
        entries.push(Entry {
            key: String::new(),
            line: duplicate.line,
            name: String::new(),
            email: String::new(),
            tags: Vec::new(),
            topics: 0,
            verdict: Verdict::Duplicate { first_line: duplicate.first_line },
        });
    }
    entries.sort_by_key(|entry| entry.line);
    Ok(Understood {
        entries,
        shape: report.shape,
        encoding: report.encoding,
        warnings: report
            .warnings
            .iter()
            .filter(|warning| warning.line == 0)
            .map(|warning| warning.message.clone())
            .collect(),
        columns_not_used: report.columns_not_used,
    })
}

/// Something to look at.
#[derive(Clone)]
struct Doubt {
    about: About,
    message: String,
}

/// What it was read from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Name,
    Address,
    /// The name beside that of another line.
    SameName,
    Rest,
}

impl About {
    fn of(code: Code) -> Self {
        match code {
            Code::NoName | Code::NameTurnedRound | Code::NameControlCharactersRemoved => Self::Name,
            Code::AddressRepaired
            | Code::AddressNotAscii
            | Code::AddressLooksLikeAList
            | Code::ExtraAddresses => Self::Address,
            _ => Self::Rest,
        }
    }

    /// What was typed over the line may have settled it; it is looked at again then.
    fn is_settled(self, read: &ImportedPerson, typed: &ImportPerson) -> bool {
        match self {
            Self::Name | Self::Address => true,
            Self::SameName => read.name.as_ref().is_none_or(|name| name.as_str() != typed.name),
            Self::Rest => false,
        }
    }
}

/// What to look at, by line.
fn doubts(report: &ImportReport) -> HashMap<usize, Vec<Doubt>> {
    let mut doubts: HashMap<usize, Vec<Doubt>> = HashMap::new();
    for warning in report.warnings.iter().filter(|warning| warning.line > 0) {
        let doubt = Doubt { about: About::of(warning.code), message: warning.message.clone() };
        doubts.entry(warning.line).or_default().push(doubt);
    }
    for possible in &report.possible_duplicates {
        let (about, what) = match possible.because {
            Because::SameName => (About::SameName, "The same name is on"),
            Because::PlusTag => (About::Address, "Nearly the same address is on"),
        };
        for line in &possible.lines {
            let others: Vec<String> =
                possible.lines.iter().filter(|other| *other != line).map(ToString::to_string).collect();
            let noun = if others.len() == 1 { "line" } else { "lines" };
            let message = format!("{what} {noun} {}", others.join(", "));
            doubts.entry(*line).or_default().push(Doubt { about, message });
        }
    }
    doubts
}

/// What to look at in a name and an address as typed: they are read as a list of one line.
fn doubts_of_typed(typed: &ImportPerson) -> Vec<String> {
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let list = format!("name,email\n{},{}\n", cell(&typed.name), cell(&typed.email));
    let report = import::read(list.as_bytes());
    report
        .map(|report| report.warnings)
        .unwrap_or_default()
        .into_iter()
        .filter(|warning| warning.line > 0 && About::of(warning.code) != About::Rest)
        .map(|warning| warning.message)
        .collect()
}

fn of_person(key: String, person: &ImportedPerson, over: Option<&TypedOver>) -> Entry {
    let mut ready = ImportPerson {
        line: person.line,
        name: person.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default(),
        email: person.email.as_str().to_owned(),
        affiliation: person.affiliation.as_ref().map(Line::as_str).unwrap_or_default().to_owned(),
        family: person.family.clone().unwrap_or_default(),
        first_name: String::new(),
        tags: person.tags.iter().map(|tag| tag.as_str().to_owned()).collect(),
        note: Text::as_str(&person.note).to_owned(),
        topics: person.topics.iter().flatten().map(|topic| topic.as_str().to_owned()).collect(),
        intent: match person.topic_state {
            Some(TopicState::None) => "none".to_owned(),
            Some(TopicState::Undecided) => "undecided".to_owned(),
            None => String::new(),
        },
    };
    let wrong = over.and_then(|over| correct(&mut ready, over).err());
    entry(key, ready, wrong, over)
}

fn of_rejected(key: String, rejected: &Rejected, over: Option<&TypedOver>) -> Entry {
    let guessed = guess(rejected);
    let mut ready = ImportPerson {
        line: rejected.line,
        name: String::new(),
        email: String::new(),
        affiliation: String::new(),
        family: String::new(),
        first_name: String::new(),
        tags: Vec::new(),
        // Whatever else the line said is not lost.
        note: format!("On the imported list: {}", rejected.text),
        topics: Vec::new(),
        intent: String::new(),
    };
    let wrong = match over {
        Some(over) => correct(&mut ready, over).err(),
        None => Some(("email", to_do(rejected))),
    };
    entry(key, ready, wrong, Some(over.unwrap_or(&guessed)))
}

fn entry(
    key: String,
    ready: ImportPerson,
    wrong: Option<(&'static str, String)>,
    over: Option<&TypedOver>,
) -> Entry {
    let (name, email) = match (&wrong, over) {
        (Some(_), Some(over)) => (over.name.clone(), over.email.clone()),
        _ => (ready.name.clone(), ready.email.clone()),
    };
    Entry {
        key,
        line: ready.line,
        name,
        email,
        tags: ready.tags.clone(),
        topics: ready.topics.len(),
        verdict: match wrong {
            Some((field, message)) => Verdict::ToFix { field, message },
            None => Verdict::Person { person: Box::new(ready), doubts: Vec::new(), is_left_out: false },
        },
    }
}

/// Puts what was typed into the person, or says which field to fix.
fn correct(ready: &mut ImportPerson, over: &TypedOver) -> Result<(), (&'static str, String)> {
    let email = Address::parse(&over.email).map_err(|wrong| ("email", sentence(&wrong.to_string())))?;
    let name = match over.name.trim() {
        "" => String::new(),
        typed => {
            let name = PersonName::parse(typed).map_err(|wrong| ("name", sentence(&wrong.to_string())))?;
            name.as_str().to_owned()
        }
    };
    if name != ready.name {
        ready.family = String::new();
    }
    ready.name = name;
    ready.email = email.as_str().to_owned();
    Ok(())
}

/// What to do about a row, with the repair that the reader offers; it is never applied unasked.
fn to_do(rejected: &Rejected) -> String {
    match &rejected.suggestion {
        Some(address) => format!("{}, perhaps {address}", rejected.message.trim_end_matches('.')),
        None => rejected.message.clone(),
    }
}

/// Name and address out of a row that could not be read, to begin with.
fn guess(rejected: &Rejected) -> TypedOver {
    let looks_like_address = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["@", "(at)", "[at]"].iter().any(|sign| text.contains(sign))
    };
    let mut guessed = TypedOver::default();
    for cell in rejected.text.split([',', ';', '\t', '|']).map(|cell| cell.trim_matches([' ', '"'])) {
        let (name, email) = match cell.split_once('<') {
            Some((name, rest)) if looks_like_address(rest) => (name.trim(), rest.trim_end_matches('>')),
            _ if looks_like_address(cell) => ("", cell),
            _ => (cell, ""),
        };
        if guessed.name.is_empty() && name.chars().any(char::is_alphabetic) {
            name.clone_into(&mut guessed.name);
        }
        if guessed.email.is_empty() {
            email.clone_into(&mut guessed.email);
        }
    }
    guessed
}

fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;

    const LIST: &str = "name,email,topics\nAiko Mori,aiko@can.example.net,CAN\nOla Nordmann,ola(at)example.net,\n\
                        Aiko Mori,AIKO@can.example.net,\n";

    fn entry<'a>(read: &'a Understood, key: &str) -> &'a Entry {
        read.entries.iter().find(|entry| entry.key == key).unwrap()
    }

    #[test]
    fn a_draft_comes_back_as_it_was_kept() {
        let mut draft = Draft::new(b"\xff\xfea\0b\0".to_vec());
        draft.corrections.left_out.insert("p3".to_owned());

        let back = Draft::of(&draft.content());

        assert_eq!(back.original, draft.original);
        assert!(back.corrections.left_out.contains("p3"));
        assert_eq!(Draft::of(b"no mark").original, b"no mark");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_guessed_at_and_keeps_its_words() {
        let mut draft = Draft::new(LIST.as_bytes().to_vec());

        let first = read(&draft).unwrap();
        let ola = entry(&first, "r0");
        assert_eq!((ola.name.as_str(), ola.line), ("Ola Nordmann", 3));
        assert!(matches!(ola.verdict, Verdict::ToFix { field: "email", .. }));

        let typed = TypedOver { name: "Ola Nordmann".to_owned(), email: "ola@example.net".to_owned() };
        draft.corrections.typed.insert("r0".to_owned(), typed);
        let second = read(&draft).unwrap();
        let Verdict::Person { person, .. } = &entry(&second, "r0").verdict else { panic!("not fixed") };
        assert_eq!(person.email, "ola@example.net");
        assert!(person.note.contains("Ola Nordmann"), "{}", person.note);
    }

    #[test]
    fn a_correction_that_is_wrong_is_kept_as_typed() {
        let mut draft = Draft::new(LIST.as_bytes().to_vec());
        let typed = TypedOver { name: "Aiko M.".to_owned(), email: "aiko".to_owned() };
        draft.corrections.typed.insert("p0".to_owned(), typed);

        let read = read(&draft).unwrap();

        let aiko = entry(&read, "p0");
        assert_eq!((aiko.name.as_str(), aiko.email.as_str()), ("Aiko M.", "aiko"));
        assert!(matches!(aiko.verdict, Verdict::ToFix { field: "email", .. }));
    }

    #[test]
    fn a_corrected_line_with_the_address_of_another_is_the_same_person() {
        let mut draft = Draft::new(LIST.as_bytes().to_vec());
        let typed = TypedOver { name: "Ola".to_owned(), email: "aiko@can.example.net".to_owned() };
        draft.corrections.typed.insert("r0".to_owned(), typed);

        let read = read(&draft).unwrap();

        assert!(matches!(entry(&read, "r0").verdict, Verdict::Duplicate { first_line: 2 }));
        assert_eq!(read.entries.len(), 3);
    }
}
