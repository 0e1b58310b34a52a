//! The list of people: reading, filtering, editing, the offer's moves, the timeline.

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::address::Address;
use conclave_core::answer::AnswerValue;
use conclave_core::badge::Badge;
use conclave_core::ids::{EventId, InvitationId, PersonId, WaveId};
use conclave_core::invitation::{InvitationRefused, InvitationState, Mode};
use conclave_core::log_entry::Actor;
use conclave_core::message::MessageState;
use conclave_core::name::PersonName;
use conclave_core::seats::SeatsRefused;
use conclave_core::topic::Intent;

use crate::{LogLine, MessageRow, Store, StoreError, TopicView, WriteError};

/// Everything about one invitation that lists and the person's page show.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub id: InvitationId,
    /// Short name in URLs and commands.
    pub public_id: String,
    pub event: EventId,
    pub person: PersonId,
    /// Place on the list, from 1.
    pub position: u32,
    /// As typed; empty where the list had none.
    pub name: String,
    pub sort_key: String,
    pub first_name: String,
    /// Empty for a person without address.
    pub email: String,
    pub affiliation: String,
    pub tags: Vec<String>,
    /// The committee's private note.
    pub note: String,
    pub state: InvitationState,
    pub badge: Badge,
    /// Mode that was offered.
    pub mode: Mode,
    pub reserve_rank: Option<u32>,
    pub wave: Option<WaveId>,
    pub wave_number: Option<u32>,
    pub reply_by: Option<NaiveDate>,
    pub invited_at: Option<DateTime<Utc>>,
    pub invited_by_other_means: bool,
    pub withdrawn_reason: String,
    pub is_muted: bool,
    /// Agreed to be named on the page.
    pub is_listed: bool,
    pub intent: Intent,
    pub arrival: String,
    pub departure: String,
    /// The invitee's note to the committee.
    pub invitee_note: String,
    pub answer: Option<AnswerValue>,
    pub answer_mode: Option<Mode>,
    pub answered_at: Option<DateTime<Utc>>,
    pub held_until: Option<NaiveDate>,
    /// Place on the waiting list, from 1.
    pub place_in_line: Option<u32>,
    pub is_late: bool,
    /// Flagged: answered within seconds of the mail.
    pub was_this_you: bool,
    /// State of the newest message to them.
    pub delivery: Option<MessageState>,
    pub handed_over_at: Option<DateTime<Utc>>,
    pub reminded_at: Option<DateTime<Utc>>,
    /// Topics not withdrawn or merged.
    pub topic_count: u32,
    pub version: u32,
    pub created_at: DateTime<Utc>,
}

impl Invitation {
    /// The name, else the address: what a list shows when there was no name.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// What the list shows: every field is a part of the URL (`?state=&q=&wave=&tag=&sort=&page=`).
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Any of these; empty is all.
    pub states: Vec<Badge>,
    /// Part of name, address, domain, affiliation or tag, without case and marks.
    pub q: String,
    pub wave: Option<u32>,
    pub tag: String,
    /// `name`, `state`, `affiliation`, `sent`, `answered`, `position`, `topics`; a leading `-` turns it round.
    pub sort: String,
    /// From 1.
    pub page: u32,
    /// Rows a page; 0 is all.
    pub page_size: u32,
}

/// One page of the list.
#[derive(Clone, Debug)]
pub struct ListPage {
    pub rows: Vec<Invitation>,
    /// People per badge over the whole list, without the filter.
    pub counts: Vec<(Badge, u64)>,
    /// People on the list.
    pub total: u64,
    /// People that match.
    pub matching: u64,
    pub page: u32,
    pub pages: u32,
    /// Tags in use, by name.
    pub tags: Vec<String>,
    /// Numbers of waves.
    pub waves: Vec<u32>,
}

/// A person to add to the list.
#[derive(Clone, Debug, Default)]
pub struct NewInvitee {
    pub name: Option<PersonName>,
    /// None: may be listed and invited by other means (T16).
    pub email: Option<Address>,
    pub first_name: String,
    pub affiliation: String,
    pub tags: Vec<String>,
    pub note: String,
}

/// One line of a person's history, newest first.
#[derive(Clone, Debug)]
pub enum TimelineEntry {
    /// A change of state or data.
    Log(LogLine),
    /// A message and its steps.
    Message(Box<MessageRow>),
}

/// A person's page at the desk.
#[derive(Clone, Debug)]
pub struct PersonPage {
    pub invitation: Invitation,
    pub topics: Vec<TopicView>,
    pub timeline: Vec<TimelineEntry>,
    /// Undecided wishes after answers closed.
    pub requests: Vec<crate::ChangeRequest>,
    /// Words of the mail server, if the newest message was refused.
    pub delivery_words: String,
}

/// Why a person cannot be added or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InviteeRefused {
    #[error("This address is on the list already, as {0}")]
    AddressTaken(String),
    #[error("{0}")]
    State(InvitationRefused),
    #[error("{0}")]
    Seats(SeatsRefused),
    #[error("There is no setting called {0}; use name, sort_key, first_name, affiliation, email, tags, note, mode, listed, arrival, departure")]
    UnknownKey(String),
    #[error("{key}: {problem}")]
    Value { key: String, problem: String },
    #[error("Somebody who was written to stays on the list; withdraw the invitation instead")]
    AlreadyInvited,
    #[error("There is no address to write to; enter one first")]
    NoAddress,
}

impl InviteeRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AddressTaken(_) => "address-taken",
            Self::State(refused) => refused.code(),
            Self::Seats(refused) => refused.code(),
            Self::UnknownKey(_) => "unknown-key",
            Self::Value { .. } => "value",
            Self::AlreadyInvited => "already-invited",
            Self::NoAddress => "no-address",
        }
    }
}

impl Store {
    /// One page of the list, with the counts of the tabs. A fixed number of queries, whatever the
    /// size of the list.
    pub async fn list(&self, event: EventId, query: &ListQuery) -> Result<ListPage, StoreError> {
        todo!()
    }

    /// One invitation of an event, by public id or address. Ids of other events are not found.
    pub async fn invitation(&self, event: EventId, who: &str) -> Result<Option<Invitation>, StoreError> {
        todo!()
    }

    /// Several invitations of an event by public id, in list order; unknown ids are left out.
    pub async fn invitations(&self, event: EventId, public_ids: &[String]) -> Result<Vec<Invitation>, StoreError> {
        todo!()
    }

    /// Everything the person's page shows.
    pub async fn person_page(&self, event: EventId, public_id: &str) -> Result<Option<PersonPage>, StoreError> {
        todo!()
    }

    /// Adds one person to the list. Refuses an address that is on the list already.
    pub async fn add_invitee(
        &self,
        event: EventId,
        new: &NewInvitee,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Invitation, WriteError<InviteeRefused>> {
        todo!()
    }

    /// Changes fields by key (`name`, `sort_key`, `first_name`, `affiliation`, `email`, `tags`,
    /// `note`, `mode`, `listed`, `arrival`, `departure`), all or none. A new address revokes the
    /// links sent to the old one (T8). `version` given: refuses a stale form.
    pub async fn set_invitee(
        &self,
        invitation: InvitationId,
        version: Option<u32>,
        fields: &[(String, String)],
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Invitation, WriteError<InviteeRefused>> {
        todo!()
    }

    /// Takes somebody off the list who was never written to. Refuses anybody else.
    pub async fn remove_listed(
        &self,
        invitation: InvitationId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<InviteeRefused>> {
        todo!()
    }

    /// Takes the offer back, with a reason; `confirmed` for somebody who accepted. Frees the seat,
    /// and the waiting list moves.
    pub async fn withdraw(
        &self,
        invitation: InvitationId,
        reason: &str,
        confirmed: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Invitation, WriteError<InviteeRefused>> {
        todo!()
    }

    /// Opens a withdrawn offer again: same invitation, new link, no answer. Refuses without a seat.
    pub async fn reinvite(
        &self,
        invitation: InvitationId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Invitation, WriteError<InviteeRefused>> {
        todo!()
    }

    /// Records an invitation by other means (spoken, paper). Refuses without a seat to offer.
    pub async fn invite_by_other_means(
        &self,
        invitation: InvitationId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Invitation, WriteError<InviteeRefused>> {
        todo!()
    }

    /// Moves listed people to the reserve, in this order behind those there, or back.
    pub async fn set_reserve(
        &self,
        event: EventId,
        invitations: &[InvitationId],
        reserve: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<InviteeRefused>> {
        todo!()
    }

    /// Adds or takes away a tag from several people. Returns how many changed.
    pub async fn tag(
        &self,
        event: EventId,
        invitations: &[InvitationId],
        tag: &str,
        add: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<u64, WriteError<InviteeRefused>> {
        todo!()
    }
}
