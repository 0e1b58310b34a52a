//! What a decision about an answer looks at, read under the event's lock.

use conclave_core::answer::{AnswerValue, Current, Standing, TentativeReason};
use conclave_core::event::Event;
use conclave_core::invitation::Mode;
use conclave_core::seats::EventSeats;
use sea_orm::{DatabaseTransaction, EntityTrait as _};

use crate::entities::{answer, invitation};
use crate::events::count_seats;
use crate::invitations::{from_row, waiting_line};
use crate::{Invitation, StoreError};

/// What a decision looks at, owned; read under the event's lock.
pub(crate) struct OwnStanding {
    pub invitation: Invitation,
    pub current: Option<Current>,
    seats: EventSeats,
}

impl OwnStanding {
    /// Somebody is on a waiting list of the event.
    pub fn has_people_waiting(&self) -> bool {
        let seats = [Mode::InPerson, Mode::Remote].map(|mode| self.seats.mode(mode));
        seats.into_iter().flatten().any(|seats| seats.waiting > 0)
    }

    /// As core's `decide` takes it.
    pub fn view<'a>(&self, event: &'a Event) -> Standing<'a> {
        Standing {
            event,
            invitation: self.invitation.state,
            offered: self.invitation.mode,
            reply_by: self.invitation.reply_by,
            current: self.current,
            seats: self.seats,
            handed_over_at: self.invitation.handed_over_at,
        }
    }
}

/// Reads what a decision looks at.
pub(crate) async fn standing(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
) -> Result<OwnStanding, StoreError> {
    let seats = count_seats(tx, event).await?;
    standing_counted(tx, event, row, seats).await
}

/// The same for many people of one event, whose seats were counted once.
pub(crate) async fn standing_counted(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
    seats: EventSeats,
) -> Result<OwnStanding, StoreError> {
    let place = if row.waiting_since.is_some() {
        waiting_line(tx, event.id.0).await?.get(&row.id).copied()
    } else {
        None
    };
    let invitation = from_row(row.clone(), None, 0, place)?;
    let mut current = current(&invitation);
    if let Some(current) = current.as_mut().filter(|current| current.value == AnswerValue::Tentative) {
        current.reason = newest_reason(tx, row).await?;
    }
    Ok(OwnStanding { invitation, current, seats })
}

async fn newest_reason(
    tx: &DatabaseTransaction,
    row: &invitation::Model,
) -> Result<Option<TentativeReason>, StoreError> {
    let Some(newest) = row.answer_id else { return Ok(None) };
    let newest = answer::Entity::find_by_id(newest).one(tx).await?;
    Ok(newest.and_then(|newest| TentativeReason::parse(&newest.reason)))
}

/// The newest answer of an invitation, without its reason.
pub(crate) fn current(invitation: &Invitation) -> Option<Current> {
    Some(Current {
        value: invitation.answer?,
        mode: invitation.answer_mode.unwrap_or(invitation.mode),
        at: invitation.answered_at.unwrap_or_default(),
        held_until: invitation.held_until,
        reason: None,
        place: invitation.place_in_line,
    })
}
