//! The offer's moves: invited by other means, withdrawn, invited again. `core::invitation`
//! knows which are possible; what a move does to seats and mail is written here.

use chrono::{DateTime, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::deadline;
use conclave_core::event::{Event, EventState};
use conclave_core::ids::InvitationId;
use conclave_core::invitation::{InvitationMove, InvitationRefused, InvitationState, Mode};
use conclave_core::link_token::LinkKind;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use conclave_core::text::Line;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, Set,
    Unchanged,
};

use super::change::{log_name, refused};
use super::complete;
use crate::answers::{move_waiting_list, settle_wish};
use crate::entities::{invitation, message, topic};
use crate::events::count_seats;
use crate::links::{ensure_link, revoke_links};
use crate::locks::lock_invitation;
use crate::log_entries::append;
use crate::rows::corrupt;
use crate::{Invitation, InviteeRefused, Site, Store, StoreError, WriteError};

type Refusable<T> = Result<T, WriteError<InviteeRefused>>;

impl Store {
    /// Records an invitation by other means (spoken, paper). Refuses without a seat to offer.
    pub async fn invite_by_other_means(
        &self,
        invitation: InvitationId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Invitation> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let row = offer_by_other_means(&tx, self.site(), &event, row, by, now).await?;
        let invited = complete(&tx, vec![row]).await?.pop().ok_or(StoreError::NotFound)?;
        tx.commit().await?;
        Ok(invited)
    }

    /// Takes the offer back, with a reason; `confirmed` for somebody who accepted. Frees the seat,
    /// and the waiting list moves. Their letters that wait are dropped when their turn comes.
    pub async fn withdraw(
        &self,
        invitation: InvitationId,
        reason: &str,
        confirmed: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Invitation> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        if !matches!(event.state, EventState::Open | EventState::Closed) {
            return Err(refused(InvitationRefused::EventNotOpen));
        }
        let from = state_of(&row)?;
        let to = from.after(InvitationMove::Withdraw).map_err(refused)?;
        let reason = Line::<500>::parse(reason).map_err(|_| refused(InvitationRefused::NoReason))?;
        let has_seat = row.answer.as_deref() == Some(AnswerValue::Accepted.as_str());
        if has_seat && !confirmed {
            return Err(refused(InvitationRefused::ConfirmTakingSeat));
        }
        if has_seat {
            topic::Entity::update_many()
                .col_expr(topic::Column::PresenterLeft, Expr::value(true))
                .filter(topic::Column::InvitationId.eq(row.id))
                .exec(&tx)
                .await?;
        }
        let withdrawn = invitation::ActiveModel {
            id: Unchanged(row.id),
            state: Set(to.as_str().to_owned()),
            withdrawn_reason: Set(reason.as_str().to_owned()),
            waiting_since: Set(None),
            version: Set(row.version + 1),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        let before = row.answer.as_deref().unwrap_or_else(|| from.as_str());
        let entry = LogEntry::new(by.clone(), "invitation.withdrawn", log_name(&row))
            .of(event.id)
            .about(invitation)
            .change(before, to.as_str())
            .because(reason.as_str());
        append(&tx, entry, now).await?;
        settle_wish(&tx, &event, invitation, "withdrawn", by, now).await?;
        move_waiting_list(&tx, self.site(), &event, now).await?;
        let withdrawn = complete(&tx, vec![withdrawn]).await?.pop().ok_or(StoreError::NotFound)?;
        tx.commit().await?;
        Ok(withdrawn)
    }

    /// Opens a withdrawn offer again: same invitation, new link, no answer. Refuses without a
    /// seat. A reply-by day that is over becomes the one proposed today.
    pub async fn reinvite(
        &self,
        invitation: InvitationId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Invitation> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        if event.state != EventState::Open {
            return Err(refused(InvitationRefused::EventNotOpen));
        }
        let from = state_of(&row)?;
        let to = from.after(InvitationMove::Reinvite).map_err(refused)?;
        refuse_without_seat(&tx, &event, &row).await?;
        revoke_links(&tx, row.id, "invited again", now).await?;
        ensure_link(&tx, self.site(), row.id, LinkKind::Web, now).await?;
        let today = deadline::today(now, event.zone);
        let reply_by = row
            .reply_by
            .map(|day| if day >= today { day } else { deadline::propose_reply_by(today, event.first_day) })
            .map(|day| day.min(event.answers_close.max(today)));
        topic::Entity::update_many()
            .col_expr(topic::Column::PresenterLeft, Expr::value(false))
            .filter(topic::Column::InvitationId.eq(row.id))
            .exec(&tx)
            .await?;
        let invited = invitation::ActiveModel {
            id: Unchanged(row.id),
            state: Set(to.as_str().to_owned()),
            withdrawn_reason: Set(String::new()),
            invited_at: Set(Some(now)),
            reply_by: Set(reply_by),
            answer_id: Set(None),
            answer: Set(None),
            answer_mode: Set(None),
            answered_at: Set(None),
            held_until: Set(None),
            waiting_since: Set(None),
            is_late: Set(false),
            was_this_you: Set(false),
            reminded_at: Set(None),
            reconfirm_since: Set(None),
            version: Set(row.version + 1),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        let entry = LogEntry::new(by.clone(), "invitation.reinvited", log_name(&row))
            .of(event.id)
            .about(invitation)
            .change(from.as_str(), to.as_str());
        append(&tx, entry, now).await?;
        let invited = complete(&tx, vec![invited]).await?.pop().ok_or(StoreError::NotFound)?;
        tx.commit().await?;
        Ok(invited)
    }
}

/// Makes the offer to a listed person who was asked in another way, under the seat rule.
async fn offer_by_other_means(
    tx: &DatabaseTransaction,
    site: &Site,
    event: &Event,
    row: invitation::Model,
    by: &Actor,
    now: DateTime<Utc>,
) -> Refusable<invitation::Model> {
    if event.state != EventState::Open {
        return Err(refused(InvitationRefused::EventNotOpen));
    }
    state_of(&row)?.after(InvitationMove::Invite).map_err(refused)?;
    // Whoever is in a wave that has not left holds a seat already.
    if row.wave_id.is_none() {
        refuse_without_seat(tx, event, &row).await?;
    }
    Ok(make_offer(tx, site, event, &row, by, now).await?)
}

/// Writes that a listed person was asked in another way; the caller has looked at state and seats.
/// A letter of a wave that has not left is dropped.
pub(crate) async fn make_offer(
    tx: &DatabaseTransaction,
    site: &Site,
    event: &Event,
    row: &invitation::Model,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<invitation::Model, StoreError> {
    if row.wave_id.is_some() {
        message::Entity::update_many()
            .col_expr(message::Column::State, Expr::value(MessageState::Dropped.as_str()))
            .col_expr(message::Column::DropReason, Expr::value("invited by other means"))
            .col_expr(message::Column::UpdatedAt, Expr::value(now))
            .filter(message::Column::InvitationId.eq(row.id))
            .filter(message::Column::Purpose.eq(Purpose::Invitation.as_str()))
            .filter(
                message::Column::State.is_in([MessageState::Held.as_str(), MessageState::Queued.as_str()]),
            )
            .exec(tx)
            .await?;
    }
    ensure_link(tx, site, row.id, LinkKind::Web, now).await?;
    let invited = invitation::ActiveModel {
        id: Unchanged(row.id),
        state: Set(InvitationState::Invited.as_str().to_owned()),
        invited_at: Set(Some(now)),
        invited_by_other_means: Set(true),
        wave_id: Set(None),
        reply_by: Set(None),
        last_message_id: Set(None),
        last_message_state: Set(String::new()),
        version: Set(row.version + 1),
        ..Default::default()
    }
    .update(tx)
    .await?;
    let entry = LogEntry::new(by.clone(), "invitation.invited", log_name(row))
        .of(event.id)
        .about(InvitationId(row.id))
        .change(row.state.as_str(), "invited by other means");
    append(tx, entry, now).await?;
    Ok(invited)
}

pub(crate) fn state_of(row: &invitation::Model) -> Result<InvitationState, StoreError> {
    InvitationState::parse(&row.state).ok_or_else(|| corrupt("invitations", "state", row.id))
}

/// Refuses when no seat of their mode can be offered.
pub(super) async fn refuse_without_seat(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
) -> Refusable<()> {
    let mode = Mode::parse(&row.mode).ok_or_else(|| corrupt("invitations", "mode", row.id))?;
    match count_seats(tx, event).await?.mode(mode) {
        Some(seats) => {
            seats.may_offer(1).map_err(|refused| WriteError::Refused(InviteeRefused::Seats(refused)))
        }
        None => Ok(()),
    }
}

/// After an invitation's letter was stopped or dropped: somebody who has nothing of us is listed
/// again and holds no seat. Whoever has answered, was asked in another way, or may have got the
/// letter keeps the offer. Returns whether they were put back.
pub(crate) async fn unsend_offer(
    tx: &DatabaseTransaction,
    event: &Event,
    letter: &message::Model,
    row: &invitation::Model,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let is_their_letter = letter.purpose == Purpose::Invitation.as_str()
        && letter.wave_id.is_some()
        && letter.wave_id == row.wave_id;
    let may_have_arrived =
        letter.losses > 0 || letter.handed_over_at.is_some() || row.handed_over_at.is_some();
    let state = state_of(row)?;
    let is_offer = matches!(state, InvitationState::Listed | InvitationState::Invited);
    if !is_their_letter || may_have_arrived || row.answer_id.is_some() || !is_offer {
        return Ok(false);
    }
    invitation::ActiveModel {
        id: Unchanged(row.id),
        state: Set(InvitationState::Listed.as_str().to_owned()),
        wave_id: Set(None),
        reply_by: Set(None),
        invited_at: Set(None),
        ..Default::default()
    }
    .update(tx)
    .await?;
    if state == InvitationState::Invited {
        let entry = LogEntry::new(by.clone(), "invitation.unsent", log_name(row))
            .of(event.id)
            .about(InvitationId(row.id))
            .change(state.as_str(), "listed, the letter never left");
        append(tx, entry, now).await?;
    }
    Ok(true)
}
