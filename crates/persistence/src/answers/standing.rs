//! What a decision about an answer looks at, read under the event's lock.

use conclave_core::answer::{AnswerValue, Current, Standing};
use conclave_core::event::Event;
use conclave_core::seats::EventSeats;
use sea_orm::DatabaseTransaction;

use super::past::{ForReceipt, Past, past};
use crate::entities::invitation;
use crate::events::count_seats;
use crate::invitations::{from_row, waiting_line};
use crate::{Invitation, StoreError};

/// What a decision looks at, owned; read under the event's lock.
pub(crate) struct OwnStanding {
    pub invitation: Invitation,
    pub current: Option<Current>,
    pub past: Past,
    pub for_receipt: ForReceipt,
    seats: EventSeats,
}

impl OwnStanding {
    /// As core's `decide` takes it.
    pub fn view<'a>(&self, event: &'a Event) -> Standing<'a> {
        view(event, &self.invitation, self.current, self.seats)
    }
}

/// What core's `decide` takes of an invitation.
pub(crate) fn view<'a>(
    event: &'a Event,
    invitation: &Invitation,
    current: Option<Current>,
    seats: EventSeats,
) -> Standing<'a> {
    Standing {
        event,
        invitation: invitation.state,
        offered: invitation.mode,
        reply_by: invitation.reply_by,
        current,
        seats,
        handed_over_at: invitation.handed_over_at,
    }
}

/// Reads what a decision looks at, and what a receipt of it needs. Seats are counted where the
/// decision may depend on them.
pub(crate) async fn standing(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
) -> Result<OwnStanding, StoreError> {
    let mut own = standing_counted(tx, event, row, EventSeats::of(event)).await?;
    if own.view(event).depends_on_seats() {
        own.seats = count_seats(tx, event).await?;
    }
    Ok(own)
}

/// The same for many people of one event, whose seats were counted once.
pub(crate) async fn standing_counted(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
    seats: EventSeats,
) -> Result<OwnStanding, StoreError> {
    let (past, for_receipt) = past(tx, row).await?;
    let place = if row.waiting_since.is_some() {
        waiting_line(tx, event.id.0).await?.get(&row.id).copied()
    } else {
        None
    };
    let invitation = from_row(row.clone(), None, 0, place)?;
    let mut current = current(&invitation);
    if let Some(current) = current.as_mut().filter(|current| current.value == AnswerValue::Tentative) {
        current.reason = past.reason;
    }
    Ok(OwnStanding { invitation, current, past, for_receipt, seats })
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
        must_reconfirm: invitation.reconfirm_since.is_some(),
    })
}
