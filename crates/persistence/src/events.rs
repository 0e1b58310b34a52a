//! Events: facts, states, printed committee lines, seats.

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::committee::Role;
use conclave_core::event::{Event, EventMove, EventRefused, KeyError, Slug};
use conclave_core::ids::{AccountId, EventId};
use conclave_core::log_entry::Actor;
use conclave_core::seats::EventSeats;

use crate::{Store, StoreError, WriteError};

/// An event to add; everything else has the defaults of `decisions.md`.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub slug: Slug,
    pub title: String,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub place: String,
    pub zone: chrono_tz::Tz,
    /// Further keys of `Event::set`, applied in order.
    pub settings: Vec<(String, String)>,
    /// Becomes chair.
    pub chair: Option<AccountId>,
}

/// A line of the printed committee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitteeLine {
    pub name: String,
    /// Such as `netdev maintainer`; printed without bracket when empty.
    pub remark: String,
}

/// An event in a list.
#[derive(Clone, Debug)]
pub struct EventSummary {
    pub event: Event,
    /// The account's role; an operator without a seat has none.
    pub role: Option<Role>,
    pub invitees: u64,
    pub accepted: u64,
}

/// Why an event cannot be added or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventChangeRefused {
    #[error("There is an event with this short name already")]
    SlugTaken,
    #[error("{0}")]
    Key(KeyError),
    #[error("{0}")]
    Move(EventRefused),
    #[error("Type the event's short name, {0}, to cancel it")]
    NotConfirmed(String),
}

impl EventChangeRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SlugTaken => "slug-taken",
            Self::Key(_) => "setting",
            Self::Move(refused) => refused.code(),
            Self::NotConfirmed(_) => "not-confirmed",
        }
    }
}

impl Store {
    /// Adds an event as a draft; opens it when the required facts are there. Refuses a taken slug
    /// and settings that do not fit.
    pub async fn add_event(
        &self,
        new: &NewEvent,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Event, WriteError<EventChangeRefused>> {
        todo!()
    }

    /// Every event, newest first: for an operator at the command line, and for `/` (public ones).
    pub async fn events(&self) -> Result<Vec<EventSummary>, StoreError> {
        todo!()
    }

    /// The events in whose committee the account sits, newest first.
    pub async fn events_of(&self, account: AccountId) -> Result<Vec<EventSummary>, StoreError> {
        todo!()
    }

    /// An event by slug, for the public page and the command line.
    pub async fn event(&self, slug: &str) -> Result<Option<Event>, StoreError> {
        todo!()
    }

    /// An event in the account's scope, with its role. Absent and forbidden are the same answer.
    pub async fn event_for(&self, account: AccountId, slug: &str) -> Result<Option<(Event, Role)>, StoreError> {
        todo!()
    }

    /// Changes settings by key, all or none. `version` given: refuses a stale form. Lines of the
    /// record name each change.
    pub async fn set_event(
        &self,
        event: EventId,
        version: Option<u32>,
        settings: &[(String, String)],
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Event, WriteError<EventChangeRefused>> {
        todo!()
    }

    /// Opens, closes, reopens, cancels, revives. Cancelling drops waiting messages.
    pub async fn move_event(
        &self,
        event: EventId,
        wanted: EventMove,
        reason: Option<&str>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Event, WriteError<EventChangeRefused>> {
        todo!()
    }

    /// Finishes events whose last day is over. Returns how many.
    pub async fn finish_events(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        todo!()
    }

    /// The committee as printed, in order; falls back to the names of chairs and members.
    pub async fn committee_lines(&self, event: EventId) -> Result<Vec<CommitteeLine>, StoreError> {
        todo!()
    }

    /// Replaces the printed committee.
    pub async fn set_committee_lines(
        &self,
        event: EventId,
        lines: &[CommitteeLine],
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        todo!()
    }

    /// Both counters, counted now.
    pub async fn seats(&self, event: &Event) -> Result<EventSeats, StoreError> {
        todo!()
    }
}
