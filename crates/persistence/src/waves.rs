//! Waves and reminders: who gets it, the text, confirming, holding, stopping, progress.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use conclave_core::facts::Facts;
use conclave_core::ids::{EventId, InvitationId, WaveId};
use conclave_core::log_entry::Actor;
use conclave_core::message::MessageState;
use conclave_core::placeholders::TextRefused;
use conclave_core::seats::SeatsRefused;

use crate::{Invitation, Store, StoreError, WriteError};

/// Invitation or reminder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaveKind {
    Invitation,
    Reminder,
}

impl WaveKind {
    /// The word in columns and pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reminder => "reminder",
        }
    }
}

/// Where a wave stands; computed from its row and its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaveState {
    Draft,
    /// Confirmed; leaves at `hold_until`, can be stopped.
    Held,
    Sending,
    Sent,
    Stopped,
}

impl WaveState {
    /// The word in reports and badges.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Held => "held",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Stopped => "stopped",
        }
    }
}

/// A wave with its counts.
#[derive(Clone, Debug)]
pub struct Wave {
    pub id: WaveId,
    /// Number within its kind, from 1; names it in URLs together with the kind: `1`, `r1`.
    pub number: u32,
    pub kind: WaveKind,
    pub state: WaveState,
    pub subject: String,
    pub body: String,
    pub reply_by: Option<NaiveDate>,
    pub hold_until: Option<DateTime<Utc>>,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub confirmed_at: Option<DateTime<Utc>>,
    /// People in it.
    pub people: u64,
    /// Messages per state.
    pub messages: Vec<(MessageState, u64)>,
    /// Of its people: how many answered, how many accepted.
    pub answered: u64,
    pub accepted: u64,
    pub version: u32,
}

impl Wave {
    /// `1` or `r1`: how URLs and commands name it.
    #[must_use]
    pub fn label(&self) -> String {
        match self.kind {
            WaveKind::Invitation => self.number.to_string(),
            WaveKind::Reminder => format!("r{}", self.number),
        }
    }

    /// Messages in a state.
    #[must_use]
    pub fn in_state(&self, state: MessageState) -> u64 {
        self.messages.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n)
    }
}

/// A wave to write or its new text.
#[derive(Clone, Debug)]
pub struct WaveDraft {
    pub kind: WaveKind,
    pub subject: String,
    /// Committee text (`core::placeholders`).
    pub body: String,
    /// Needed for invitations.
    pub reply_by: Option<NaiveDate>,
    /// In this order.
    pub invitations: Vec<InvitationId>,
    /// One true sentence for some of them.
    pub personal_lines: Vec<(InvitationId, String)>,
}

/// Who gets it and who does not, and what has to be looked at first.
#[derive(Clone, Debug)]
pub struct WavePlan {
    /// In sending order, with the personal line.
    pub recipients: Vec<(Invitation, String)>,
    /// With the reason in words.
    pub left_out: Vec<(Invitation, String)>,
    /// Seats: refused unless fewer people or over-inviting.
    pub seats: Result<(), SeatsRefused>,
    /// Sentences to look at before it goes; none stops it.
    pub warnings: Vec<String>,
}

/// Why a wave cannot be saved or sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaveRefused {
    #[error("{0}")]
    Text(TextRefused),
    #[error("Write a subject of at most 150 letters on one line")]
    Subject,
    #[error("Write the text; at most 20,000 letters")]
    Body,
    #[error("Choose the day by which you ask for an answer, from today to the last day before the event")]
    ReplyBy,
    #[error("{0}")]
    Seats(SeatsRefused),
    #[error("Nobody on this selection can be written to")]
    Nobody,
    #[error("The event is not open; open it first")]
    EventNotOpen,
    #[error("This wave was confirmed already")]
    NotDraft,
    #[error("It has left; it cannot be stopped any more")]
    HasLeft,
}

impl WaveRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Text(refused) => refused.code(),
            Self::Subject => "subject",
            Self::Body => "body",
            Self::ReplyBy => "reply-by",
            Self::Seats(refused) => refused.code(),
            Self::Nobody => "nobody",
            Self::EventNotOpen => "event-not-open",
            Self::NotDraft => "not-a-draft",
            Self::HasLeft => "has-left",
        }
    }
}

impl Store {
    /// Waves and reminders of an event, newest first.
    pub async fn waves(&self, event: EventId) -> Result<Vec<Wave>, StoreError> {
        todo!()
    }

    /// One wave by label (`1`, `r1`).
    pub async fn wave(&self, event: EventId, label: &str) -> Result<Option<Wave>, StoreError> {
        todo!()
    }

    /// Saves a new draft. Refuses texts without the link and unknown placeholders.
    pub async fn add_wave(
        &self,
        event: EventId,
        draft: &WaveDraft,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Wave, WriteError<WaveRefused>> {
        todo!()
    }

    /// Changes a draft; refuses one that was confirmed, and a stale version.
    pub async fn set_wave(
        &self,
        wave: WaveId,
        version: Option<u32>,
        draft: &WaveDraft,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Wave, WriteError<WaveRefused>> {
        todo!()
    }

    /// Throws a draft away.
    pub async fn remove_wave(
        &self,
        wave: WaveId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<WaveRefused>> {
        todo!()
    }

    /// Looks at a set of people as recipients of an invitation or a reminder, without writing.
    pub async fn plan(
        &self,
        event: EventId,
        kind: WaveKind,
        invitations: &[InvitationId],
        now: DateTime<Utc>,
    ) -> Result<WavePlan, StoreError> {
        todo!()
    }

    /// Plan of a saved draft.
    pub async fn plan_of(&self, wave: WaveId, now: DateTime<Utc>) -> Result<WavePlan, StoreError> {
        todo!()
    }

    /// Everybody an invitation could go to (all listed), or a reminder (all silent).
    pub async fn candidates_for(
        &self,
        event: EventId,
        kind: WaveKind,
    ) -> Result<Vec<InvitationId>, StoreError> {
        todo!()
    }

    /// What the message to one recipient would say, for a preview with a masked link.
    pub async fn preview_facts(
        &self,
        event: EventId,
        draft: &WaveDraft,
        to: InvitationId,
        now: DateTime<Utc>,
    ) -> Result<Facts, WriteError<WaveRefused>> {
        todo!()
    }

    /// Confirms a draft: messages are held for `hold`, then leave; people count as held at once.
    /// Everything is checked again under the lock. Confirming twice is refused and sends nothing.
    pub async fn confirm_wave(
        &self,
        wave: WaveId,
        hold: TimeDelta,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Wave, WriteError<WaveRefused>> {
        todo!()
    }

    /// Stops what has not left: a held wave goes back to a draft; of one that is leaving, the
    /// rest stays behind. Listed people return to listed. Refuses when nothing is left to stop.
    pub async fn stop_wave(
        &self,
        wave: WaveId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Wave, WriteError<WaveRefused>> {
        todo!()
    }

    /// Queues the one planned reminder of events that have one, when its day has come.
    pub async fn send_planned_reminders(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        todo!()
    }
}
