//! What leaves the program as files: rows for lists, and the public page as data.
//!
//! Each renderer is a pure function over these rows (interface.md 5); persistence fills them.

pub mod files;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

/// One confirmed seat. Columns and their order are fixed by interface.md 5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttendeeRow {
    pub name: String,
    pub email: String,
    pub affiliation: String,
    pub answer: String,
    pub mode: String,
    pub answered_at: Option<DateTime<Utc>>,
    pub listed: bool,
    pub arrival: String,
    pub departure: String,
    /// Titles of accepted topics, in order.
    pub topics: Vec<String>,
    pub tags: Vec<String>,
    /// The invitee's own note.
    pub note: String,
}

/// Everybody on the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InviteeRow {
    pub public_id: String,
    pub name: String,
    pub email: String,
    pub affiliation: String,
    /// The badge's word.
    pub state: String,
    pub mode: String,
    /// Number of the wave they were invited in.
    pub wave: Option<u32>,
    pub reply_by: Option<NaiveDate>,
    pub sent_at: Option<DateTime<Utc>>,
    pub reminded_at: Option<DateTime<Utc>>,
    pub answered_at: Option<DateTime<Utc>>,
    /// State of the newest message to them; empty when none was written.
    pub delivery: String,
    /// The mail server's words about it, if it was refused.
    pub delivery_words: String,
    pub listed: bool,
    /// `none`, `undecided` or empty.
    pub topic_intent: String,
    pub topics: Vec<String>,
    pub tags: Vec<String>,
    /// The committee's private note.
    pub note: String,
}

/// What those who come answered to some questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailSheet {
    /// Number and words, in the order of the columns.
    pub questions: Vec<(u32, String)>,
    /// By sort key.
    pub people: Vec<DetailRow>,
}

/// One person's answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailRow {
    pub public_id: String,
    pub name: String,
    pub email: String,
    pub affiliation: String,
    /// One for each question; empty where nothing was said.
    pub answers: Vec<String>,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TopicRow {
    pub number: u32,
    pub title: String,
    pub proposed_title: String,
    pub text: String,
    pub minutes: Option<u32>,
    pub state: String,
    pub proposer: String,
    pub presenters: Vec<String>,
    pub late: bool,
    pub note: String,
}

/// A line of the record, with its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogRow {
    pub number: i64,
    pub at: DateTime<Utc>,
    /// A member's name, `invitee`, `operator` or `system`.
    pub who: String,
    pub action: String,
    pub subject: String,
    /// Public id of the invitee it is about.
    pub invitee: String,
    pub before: String,
    pub after: String,
    pub reason: String,
    pub hash: String,
}

/// The public page as data (domain.md 3.8), already reduced to who may appear (invariant 13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicPage {
    pub slug: String,
    pub title: String,
    pub short_title: String,
    /// Lines above the description.
    pub epigraph: Vec<String>,
    /// Paragraphs.
    pub intro: Vec<String>,
    pub place: String,
    /// `June 20 - June 21, 2019`.
    pub dates: String,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub zone: String,
    pub sponsors: Vec<String>,
    pub committee: Vec<PageMember>,
    /// Empty while the page shows facts alone.
    pub people: Vec<PagePerson>,
    /// The reason, once the event is cancelled.
    pub cancelled: Option<String>,
    /// Only the facts are published yet.
    pub facts_only: bool,
}

/// A printed committee line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageMember {
    pub name: String,
    pub remark: String,
}

impl PagePerson {
    /// The name as the page prints it, with the part they attend.
    #[must_use]
    pub fn printed(&self) -> String {
        if self.part.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, self.part) }
    }
}

/// A row of the table Name / Topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PagePerson {
    pub name: String,
    /// Which part they attend, if not the whole.
    pub part: String,
    /// Accepted topics as printed, in order.
    pub topics: Vec<String>,
    /// They stated that they bring none: printed `N/A`.
    pub no_topic: bool,
}
