//! Lists of people: waiting to be checked, and imported whole or not at all.

use chrono::{DateTime, Utc};
use conclave_core::ids::{AccountId, EventId, ImportId};
use conclave_core::log_entry::Actor;

use crate::{Store, StoreError};

/// What to do with the topics of a list (decisions.md, "Import").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicsMode {
    /// Proposed by the invitee, by import.
    Propose,
    /// Appended to the committee's private note.
    Note,
    Ignore,
}

impl TopicsMode {
    /// The word in options and forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Note => "note",
            Self::Ignore => "ignore",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Propose, Self::Note, Self::Ignore].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// A person of a list, read and ready to store.
#[derive(Clone, Debug)]
pub struct ImportPerson {
    /// Line in the file.
    pub line: usize,
    pub name: String,
    pub email: String,
    pub affiliation: String,
    /// For the sort key, where the file had it.
    pub family: String,
    pub first_name: String,
    pub tags: Vec<String>,
    pub note: String,
    pub topics: Vec<String>,
    /// `none`, `undecided` or empty.
    pub intent: String,
}

/// What an import would do with one person, or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportResult {
    New,
    /// On the list already; nothing changes.
    SamePerson,
    /// On the list, and declined before.
    DeclinedBefore,
}

/// What an import did or would do.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Per line of the file.
    pub results: Vec<(usize, ImportResult)>,
    pub added: u64,
    pub topics_added: u64,
    pub no_topic: u64,
}

/// A list waiting to be checked.
#[derive(Clone, Debug)]
pub struct ImportDraft {
    pub id: ImportId,
    pub content: Vec<u8>,
    pub file_name: String,
    pub topics: TopicsMode,
    pub created_at: DateTime<Utc>,
}

impl Store {
    /// What an import would do, without writing.
    pub async fn plan_import(&self, event: EventId, people: &[ImportPerson]) -> Result<Imported, StoreError> {
        todo!()
    }

    /// Imports people in one transaction. Importing the same list twice adds nobody.
    pub async fn import(
        &self,
        event: EventId,
        people: &[ImportPerson],
        topics: TopicsMode,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Imported, StoreError> {
        todo!()
    }

    /// Keeps a pasted or uploaded list for its check page; older drafts of the event than a week go.
    pub async fn keep_import(
        &self,
        event: EventId,
        account: Option<AccountId>,
        content: &[u8],
        file_name: &str,
        topics: TopicsMode,
        now: DateTime<Utc>,
    ) -> Result<ImportId, StoreError> {
        todo!()
    }

    /// A kept list.
    pub async fn import_draft(
        &self,
        event: EventId,
        id: ImportId,
    ) -> Result<Option<ImportDraft>, StoreError> {
        todo!()
    }

    /// Replaces a kept list's content (fixed lines) .
    pub async fn set_import(&self, event: EventId, id: ImportId, content: &[u8]) -> Result<(), StoreError> {
        todo!()
    }

    /// Throws a kept list away.
    pub async fn remove_import(&self, event: EventId, id: ImportId) -> Result<(), StoreError> {
        todo!()
    }
}
