//! A person looks at the outbox and lays a hand on it.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::event::Event;
use conclave_core::facts::placeholder;
use conclave_core::ids::{EventId, InvitationId, MessageId};
use conclave_core::invitation::{InvitationState, Mode};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::{MESSAGE_STATES, MessageMove, MessageRefused, MessageState};
use conclave_core::purpose::Purpose;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
    Set,
};
use uuid::Uuid;

use super::{MessageRow, MessageStep, OutboxPage, OutboxQuery, new_boundary, show_delivery, step};
use crate::answers::move_waiting_list;
use crate::entities::{address, event, invitation, message, message_step, wave};
use crate::events::count_seats;
use crate::invitations::unsend_offer;
use crate::locks::lock_event;
use crate::rows::{corrupt, count};
use crate::{Store, StoreError, WriteError, log_entries};

impl Store {
    /// A page of messages, newest first, with the counts of every state in the same scope.
    pub async fn messages(&self, query: &OutboxQuery) -> Result<OutboxPage, StoreError> {
        let db = self.reader();
        let scope = scope(query);
        let counts: Vec<(String, i64)> = scope
            .clone()
            .select_only()
            .column(message::Column::State)
            .column_as(message::Column::Id.count(), "messages")
            .group_by(message::Column::State)
            .into_tuple()
            .all(db)
            .await?;
        let mut found = scope;
        if !query.states.is_empty() {
            found =
                found.filter(message::Column::State.is_in(query.states.iter().map(|state| state.as_str())));
        }
        let total = found.clone().count(db).await?;
        let size = if query.page_size == 0 { 200 } else { u64::from(query.page_size) };
        let pages = total.div_ceil(size).max(1);
        let page = u64::from(query.page.max(1)).min(pages);
        let rows = found
            .order_by_desc(message::Column::CreatedAt)
            .order_by_desc(message::Column::Id)
            .offset((page - 1) * size)
            .limit(size)
            .all(db)
            .await?;
        let of = |state: MessageState| {
            let found = counts.iter().find(|(word, _)| word == state.as_str());
            found.map(|(_, n)| (state, u64::try_from(*n).unwrap_or_default()))
        };
        Ok(OutboxPage {
            rows: views(db, rows).await?,
            total,
            counts: MESSAGE_STATES.into_iter().filter_map(of).collect(),
            page: u32::try_from(page).unwrap_or(u32::MAX),
            pages: u32::try_from(pages).unwrap_or(u32::MAX),
        })
    }

    /// How many messages of an event there are for each purpose and state.
    pub async fn message_counts(
        &self,
        event: EventId,
    ) -> Result<Vec<(Purpose, MessageState, u64)>, StoreError> {
        let counts: Vec<(String, String, i64)> = message::Entity::find()
            .select_only()
            .column(message::Column::Purpose)
            .column(message::Column::State)
            .column_as(message::Column::Id.count(), "messages")
            .filter(message::Column::EventId.eq(event.0))
            .group_by(message::Column::Purpose)
            .group_by(message::Column::State)
            .into_tuple()
            .all(self.reader())
            .await?;
        let known = |(purpose, state, n): (String, String, i64)| {
            let count = u64::try_from(n).unwrap_or_default();
            Some((Purpose::parse(&purpose)?, MessageState::parse(&state)?, count))
        };
        Ok(counts.into_iter().filter_map(known).collect())
    }

    /// One message with its steps, in the scope of an event if given.
    pub async fn message(
        &self,
        event: Option<EventId>,
        id: MessageId,
    ) -> Result<Option<MessageRow>, StoreError> {
        let db = self.reader();
        let mut query = message::Entity::find_by_id(id.0);
        if let Some(event) = event {
            query = query.filter(message::Column::EventId.eq(event.0));
        }
        let rows: Vec<_> = query.one(db).await?.into_iter().collect();
        with_steps(db, rows).await.map(|mut rows| rows.pop())
    }

    /// A person sends a failed, dropped or uncertain message again. An uncertain one keeps its
    /// Message-ID, so that a second copy folds into the first; the others become a new message
    /// that refers to the old one (mail.md 7.3), to the person's present address, which counts as
    /// alive again. An invitation to somebody who was only listed needs a seat to offer.
    pub async fn retry_message(
        &self,
        id: MessageId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<MessageRefused>> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_message(&tx, id).await?;
        let state = state_of(&row)?;
        let next = state.after(MessageMove::Retry).map_err(WriteError::Refused)?;
        let invitee = match row.invitation_id {
            Some(id) => invitation::Entity::find_by_id(id).one(&tx).await?,
            None => None,
        };
        if let (Some(event), Some(invitee)) = (&event, &invitee) {
            hold_seat_again(&tx, event, &row, invitee).await?;
            revive_address(&tx, invitee).await?;
        }
        let address = invitee.map(|row| row.email);
        let (purpose, old) = (row.purpose.clone(), row.message_id.clone());
        let tries = message_step::Entity::find()
            .filter(message_step::Column::MessageId.eq(row.id))
            .count(&tx)
            .await?;
        let mut changed = row.clone().into_active_model();
        changed.state = Set(next.as_str().to_owned());
        changed.attempts = Set(0);
        changed.not_before = Set(None);
        changed.first_tried_at = Set(None);
        changed.drop_reason = Set(String::new());
        changed.updated_at = Set(now);
        if state != MessageState::Uncertain {
            let domain = self.site().mail_domain.clone();
            changed.message_id = Set(format!("<{purpose}.{}.{tries}@{domain}>", row.id.simple()));
            changed.parent_message_id = Set(Some(row.parent_message_id.clone().unwrap_or(old)));
            changed.dated_at = Set(now);
            changed.boundary = Set(new_boundary());
            if let Some(address) = address.filter(|address| !address.is_empty()) {
                changed.to_address = Set(address);
            }
        }
        changed.update(&tx).await?;
        settle(&tx, event.as_ref(), &row, next, "mail.retried", by, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A person drops a message that has not left, or settles an uncertain one: it is not sent
    /// again. Somebody who has nothing of us is listed again, and holds no seat.
    pub async fn drop_message(
        &self,
        id: MessageId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<MessageRefused>> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_message(&tx, id).await?;
        let state = state_of(&row)?;
        if state == MessageState::Dropped {
            return Ok(());
        }
        if state == MessageState::Sending {
            return Err(WriteError::Refused(MessageRefused::NotFrom(state)));
        }
        let next = state.after(MessageMove::Drop).map_err(WriteError::Refused)?;
        let mut changed = row.clone().into_active_model();
        changed.state = Set(next.as_str().to_owned());
        changed.not_before = Set(None);
        changed.drop_reason = Set("dropped by hand".to_owned());
        changed.updated_at = Set(now);
        changed.update(&tx).await?;
        settle(&tx, event.as_ref(), &row, next, "mail.dropped", by, now).await?;
        if let (Some(event), Some(invitee)) = (&event, row.invitation_id) {
            let invitee =
                invitation::Entity::find_by_id(invitee).one(&tx).await?.ok_or(StoreError::NotFound)?;
            if unsend_offer(&tx, event, &row, &invitee, by, now).await? {
                move_waiting_list(&tx, self.site(), event, now).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }
}

fn scope(query: &OutboxQuery) -> Select<message::Entity> {
    let mut scope = message::Entity::find();
    if let Some(event) = query.event {
        scope = scope.filter(message::Column::EventId.eq(event.0));
    }
    if let Some(wave) = query.wave {
        scope = scope.filter(message::Column::WaveId.eq(wave.0));
    }
    if let Some(purpose) = query.purpose {
        scope = scope.filter(message::Column::Purpose.eq(purpose.as_str()));
    }
    scope
}

/// Event first, then the message: the order of every other write.
async fn lock_message(
    tx: &DatabaseTransaction,
    id: MessageId,
) -> Result<(Option<Event>, message::Model), StoreError> {
    let event: Option<Uuid> = message::Entity::find_by_id(id.0)
        .select_only()
        .column(message::Column::EventId)
        .into_tuple()
        .one(tx)
        .await?
        .ok_or(StoreError::NotFound)?;
    let event = match event {
        Some(id) => Some(lock_event(tx, EventId(id)).await?),
        None => None,
    };
    let row =
        message::Entity::find_by_id(id.0).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)?;
    Ok((event, row))
}

/// The letter of somebody who was only listed leaves again, so they hold a seat and have a date.
async fn hold_seat_again(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &message::Model,
    invitee: &invitation::Model,
) -> Result<(), WriteError<MessageRefused>> {
    let is_offer = row.purpose == Purpose::Invitation.as_str()
        && invitee.state == InvitationState::Listed.as_str()
        && invitee.wave_id != row.wave_id;
    let (true, Some(wave)) = (is_offer, row.wave_id) else { return Ok(()) };
    if invitee.wave_id.is_some() {
        return Err(WriteError::Refused(MessageRefused::InAnotherWave));
    }
    let mode = Mode::parse(&invitee.mode).ok_or_else(|| corrupt("invitations", "mode", invitee.id))?;
    if count_seats(tx, event).await?.mode(mode).is_some_and(|seats| seats.may_offer(1).is_err()) {
        return Err(WriteError::Refused(MessageRefused::NoSeat));
    }
    let reply_by: Option<Option<NaiveDate>> = wave::Entity::find_by_id(wave)
        .select_only()
        .column(wave::Column::ReplyBy)
        .into_tuple()
        .one(tx)
        .await?;
    invitation::Entity::update_many()
        .col_expr(invitation::Column::WaveId, Expr::value(wave))
        .col_expr(invitation::Column::ReplyBy, Expr::value(reply_by.flatten()))
        .filter(invitation::Column::Id.eq(invitee.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// A person says that the address works after all; a refusal can have been the server's mistake.
async fn revive_address(tx: &DatabaseTransaction, invitee: &invitation::Model) -> Result<(), StoreError> {
    if let Some(key) = &invitee.email_key {
        address::Entity::update_many()
            .col_expr(address::Column::State, Expr::value("unproven"))
            .filter(address::Column::AddressKey.eq(key.as_str()))
            .filter(address::Column::State.eq("dead"))
            .exec(tx)
            .await?;
    }
    Ok(())
}

async fn settle(
    tx: &DatabaseTransaction,
    event: Option<&Event>,
    row: &message::Model,
    next: MessageState,
    action: &'static str,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    step(tx, row.id, next, "", &format!("by {}", by.name()), now).await?;
    if let Some(invitation) = row.invitation_id {
        show_delivery(tx, invitation, row.id, next).await?;
    }
    let mut entry =
        LogEntry::new(by.clone(), action, row.purpose.clone()).change(row.state.clone(), next.as_str());
    entry.event = event.map(|event| event.id);
    entry.invitation = row.invitation_id.map(InvitationId);
    log_entries::append(tx, entry, now).await
}

/// Messages with everything that happened to them, for one message or one person's history.
pub(crate) async fn with_steps<C: ConnectionTrait>(
    db: &C,
    rows: Vec<message::Model>,
) -> Result<Vec<MessageRow>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut messages = views(db, rows).await?;
    let steps = message_step::Entity::find()
        .filter(message_step::Column::MessageId.is_in(ids))
        .order_by_asc(message_step::Column::At)
        .order_by_asc(message_step::Column::Id)
        .all(db)
        .await?;
    for row in steps {
        let state =
            MessageState::parse(&row.state).ok_or_else(|| corrupt("message_steps", "state", row.id))?;
        if let Some(message) = messages.iter_mut().find(|message| message.id.0 == row.message_id) {
            message.steps.push(MessageStep { at: row.at, state, code: row.code, words: row.words });
        }
    }
    Ok(messages)
}

async fn views<C: ConnectionTrait>(db: &C, rows: Vec<message::Model>) -> Result<Vec<MessageRow>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let slugs: Vec<(Uuid, String)> = event::Entity::find()
        .select_only()
        .column(event::Column::Id)
        .column(event::Column::Slug)
        .filter(event::Column::Id.is_in(rows.iter().filter_map(|row| row.event_id)))
        .into_tuple()
        .all(db)
        .await?;
    let people: Vec<(Uuid, String)> = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::Id)
        .column(invitation::Column::PublicId)
        .filter(invitation::Column::Id.is_in(rows.iter().filter_map(|row| row.invitation_id)))
        .into_tuple()
        .all(db)
        .await?;
    let slugs: HashMap<_, _> = slugs.into_iter().collect();
    let people: HashMap<_, _> = people.into_iter().collect();
    let of = |names: &HashMap<Uuid, String>, id: Option<Uuid>| {
        id.and_then(|id| names.get(&id)).cloned().unwrap_or_default()
    };
    rows.into_iter()
        .map(|row| {
            Ok(MessageRow {
                id: MessageId(row.id),
                event_slug: of(&slugs, row.event_id),
                invitee_id: of(&people, row.invitation_id),
                purpose: Purpose::parse(&row.purpose)
                    .ok_or_else(|| corrupt("messages", "purpose", row.id))?,
                state: state_of(&row)?,
                attempts: count(row.attempts),
                text: shown(&row.body_text),
                subject: shown(&row.subject),
                to_name: row.to_name,
                to_address: row.to_address,
                not_before: row.not_before,
                handed_over_at: row.handed_over_at,
                last_code: row.last_code,
                last_words: row.last_text,
                drop_reason: row.drop_reason,
                message_id: row.message_id,
                created_at: row.created_at,
                steps: Vec::new(),
            })
        })
        .collect()
}

/// Stored words with a word in place of each secret.
fn shown(text: &str) -> String {
    text.replace(placeholder::LINK, "(personal link)")
        .replace(placeholder::UNSUBSCRIBE, "(mute link)")
        .replace(placeholder::SIGN_IN_LINK, "(sign-in link)")
        .replace(placeholder::SIGN_IN_CODE, "(code)")
}

fn state_of(row: &message::Model) -> Result<MessageState, StoreError> {
    MessageState::parse(&row.state).ok_or_else(|| corrupt("messages", "state", row.id))
}
