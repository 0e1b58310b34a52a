//! Topics: proposing, editing, deciding.

use chrono::{DateTime, Utc};
use conclave_core::ids::{EventId, InvitationId, TopicId};
use conclave_core::log_entry::Actor;
use conclave_core::topic::{TopicMove, TopicRefused, TopicState};

use crate::{Store, StoreError, WriteError};

/// A topic as lists and pages show it.
#[derive(Clone, Debug)]
pub struct TopicView {
    pub id: TopicId,
    /// Number within the event, from 1; names it in URLs and commands.
    pub number: u32,
    pub invitation: Option<InvitationId>,
    /// Public id of the proposer; empty for the committee's own.
    pub proposer_id: String,
    pub proposer: String,
    /// As printed.
    pub title: String,
    /// As proposed.
    pub proposed_title: String,
    pub body: String,
    pub minutes: Option<u32>,
    pub state: TopicState,
    pub via: String,
    pub is_late: bool,
    /// Changed by the proposer after it was accepted.
    pub is_edited: bool,
    /// The proposer gave the seat back or declined.
    pub presenter_left: bool,
    pub note: String,
    pub version: u32,
    pub created_at: DateTime<Utc>,
}

/// A topic to propose or the new text of one.
#[derive(Clone, Debug, Default)]
pub struct TopicText {
    /// 1 to 200 letters.
    pub title: String,
    /// At most 5,000 letters.
    pub body: String,
    pub minutes: Option<u32>,
}

/// Why a topic cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicChangeRefused {
    #[error("{0}")]
    Rule(TopicRefused),
    #[error("Give the topic a title")]
    NoTitle,
    #[error("{field}: {problem}")]
    Text { field: &'static str, problem: String },
}

impl TopicChangeRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rule(refused) => refused.code(),
            Self::NoTitle => "no-title",
            Self::Text { .. } => "text",
        }
    }
}

impl Store {
    /// Proposes a topic through a personal link. `N/A` and the like state "no topic", `TBD` "to be
    /// decided", and make none. Refuses somebody who is not coming, and after answers closed.
    pub async fn propose_topic(
        &self,
        invitation: InvitationId,
        text: &TopicText,
        now: DateTime<Utc>,
    ) -> Result<Option<TopicView>, WriteError<TopicChangeRefused>> {
        todo!()
    }

    /// The proposer changes their topic. An accepted one keeps its state and is flagged.
    pub async fn edit_topic(
        &self,
        invitation: InvitationId,
        number: u32,
        version: Option<u32>,
        text: &TopicText,
        now: DateTime<Utc>,
    ) -> Result<TopicView, WriteError<TopicChangeRefused>> {
        todo!()
    }

    /// The proposer takes their topic back, or (with `again`) proposes it again.
    pub async fn withdraw_topic(
        &self,
        invitation: InvitationId,
        number: u32,
        again: bool,
        now: DateTime<Utc>,
    ) -> Result<TopicView, WriteError<TopicChangeRefused>> {
        todo!()
    }

    /// Adds a topic of the committee's own, or for an invitee.
    pub async fn add_topic(
        &self,
        event: EventId,
        presenter: Option<InvitationId>,
        text: &TopicText,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<TopicView, WriteError<TopicChangeRefused>> {
        todo!()
    }

    /// The committee decides. Silent: nobody is told by this.
    pub async fn decide_topic(
        &self,
        event: EventId,
        number: u32,
        wanted: TopicMove,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<TopicView, WriteError<TopicChangeRefused>> {
        todo!()
    }

    /// The committee edits the printed title, the minutes and its note; the proposed title stays.
    pub async fn set_topic(
        &self,
        event: EventId,
        number: u32,
        version: Option<u32>,
        title: &str,
        minutes: Option<u32>,
        note: &str,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<TopicView, WriteError<TopicChangeRefused>> {
        todo!()
    }

    /// Topics of an event by number; `states` empty is all.
    pub async fn topics(&self, event: EventId, states: &[TopicState]) -> Result<Vec<TopicView>, StoreError> {
        todo!()
    }

    /// One topic.
    pub async fn topic(&self, event: EventId, number: u32) -> Result<Option<TopicView>, StoreError> {
        todo!()
    }
}
