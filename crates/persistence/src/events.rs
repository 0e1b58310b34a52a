//! Events: facts, states, printed committee lines, seats.

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::committee::Role;
use conclave_core::event::{Event, EventMove, EventRefused, KeyError, Slug};
use conclave_core::ids::{AccountId, EventId};
use conclave_core::log_entry::Actor;
use conclave_core::seats::EventSeats;

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use conclave_core::answer::AnswerValue;
use conclave_core::invitation::{InvitationState, Mode};

use crate::entities::{account, committee_line, committee_seat, invitation};
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
    pub async fn event_for(
        &self,
        account: AccountId,
        slug: &str,
    ) -> Result<Option<(Event, Role)>, StoreError> {
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

/// Counts both modes in one query: whoever is invited, and whoever is in a confirmed wave that has
/// not left (decisions.md, "When an offer begins").
pub(crate) async fn count_seats<C: ConnectionTrait>(db: &C, event: &Event) -> Result<EventSeats, StoreError> {
    use invitation::Column;
    let groups: Vec<(String, Option<String>, Option<String>, i64)> = invitation::Entity::find()
        .select_only()
        .column(Column::Mode)
        .column(Column::Answer)
        .column(Column::AnswerMode)
        .column_as(Column::Id.count(), "people")
        .filter(Column::EventId.eq(event.id.0))
        .filter(
            Condition::any().add(Column::State.eq(InvitationState::Invited.as_str())).add(
                Condition::all()
                    .add(Column::State.eq(InvitationState::Listed.as_str()))
                    .add(Column::WaveId.is_not_null()),
            ),
        )
        .group_by(Column::Mode)
        .group_by(Column::Answer)
        .group_by(Column::AnswerMode)
        .into_tuple()
        .all(db)
        .await?;
    let mut seats = EventSeats::of(event);
    for (offered, answer, answered, people) in groups {
        let people = u32::try_from(people).unwrap_or(u32::MAX);
        let value = answer.as_deref().and_then(AnswerValue::parse);
        let mode = answered.filter(|_| value.is_some()).unwrap_or(offered);
        let Some(seats) = Mode::parse(&mode).and_then(|mode| seats.mode_mut(mode)) else {
            continue;
        };
        match value {
            None => seats.open += people,
            Some(AnswerValue::Accepted) => seats.accepted += people,
            Some(AnswerValue::Tentative) => seats.tentative += people,
            Some(AnswerValue::Waiting) => seats.waiting += people,
            Some(AnswerValue::Declined | AnswerValue::Cancelled | AnswerValue::Lapsed) => {}
        }
    }
    Ok(seats)
}

/// The committee as printed: its own lines, else the names of chairs and members.
pub(crate) async fn printed_committee<C: ConnectionTrait>(
    db: &C,
    event: EventId,
) -> Result<Vec<CommitteeLine>, StoreError> {
    let lines = committee_line::Entity::find()
        .filter(committee_line::Column::EventId.eq(event.0))
        .order_by_asc(committee_line::Column::Position)
        .all(db)
        .await?;
    if !lines.is_empty() {
        return Ok(lines.into_iter().map(|l| CommitteeLine { name: l.name, remark: l.remark }).collect());
    }
    let seats: Vec<uuid::Uuid> = committee_seat::Entity::find()
        .select_only()
        .column(committee_seat::Column::AccountId)
        .filter(committee_seat::Column::EventId.eq(event.0))
        .filter(committee_seat::Column::Role.ne(Role::Reader.as_str()))
        .order_by_asc(committee_seat::Column::CreatedAt)
        .into_tuple()
        .all(db)
        .await?;
    let mut names: Vec<(uuid::Uuid, String)> = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .column(account::Column::Name)
        .filter(account::Column::Id.is_in(seats.iter().copied()))
        .filter(account::Column::RemovedAt.is_null())
        .into_tuple()
        .all(db)
        .await?;
    names.sort_by_key(|(id, _)| seats.iter().position(|seat| seat == id));
    Ok(names.into_iter().map(|(_, name)| CommitteeLine { name, remark: String::new() }).collect())
}
