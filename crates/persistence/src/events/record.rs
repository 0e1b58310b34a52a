//! What the record says about changes of an event, and what a cancelled one takes back.

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::event::{Event, EventMove, EventState};
use conclave_core::ids::{EventId, LogEntryId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::{DropReason, MessageState};
use conclave_core::purpose::Purpose;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::StoreError;
use crate::entities::{invitation, message, message_step};
use crate::log_entries::append;

pub(super) async fn log_move(
    tx: &DatabaseTransaction,
    event: &Event,
    from: EventState,
    wanted: EventMove,
    reason: &str,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let action = match wanted {
        EventMove::Open => "event.opened",
        EventMove::Close => "event.closed",
        EventMove::Reopen => "event.reopened",
        EventMove::Cancel => "event.cancelled",
        EventMove::Revive => "event.revived",
        EventMove::Finish => "event.finished",
    };
    let entry = LogEntry::new(by.clone(), action, event.slug.as_str())
        .of(event.id)
        .change(from.as_str(), event.state.as_str())
        .because(reason);
    append(tx, entry, now).await
}

/// One line of the record for each key that changed. Addresses stay out of it.
pub(super) async fn log_changes(
    tx: &DatabaseTransaction,
    before: &Event,
    after: &Event,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let slug = |event: &Event| ("slug", event.slug.as_str().to_owned());
    let old = std::iter::once(slug(before)).chain(before.settings());
    let new = std::iter::once(slug(after)).chain(after.settings());
    for ((key, old), (_, new)) in old.zip(new).filter(|((_, old), (_, new))| old != new) {
        let mut entry = LogEntry::new(by.clone(), "event.changed", key).of(after.id);
        if key != "reply_to" {
            entry = entry.change(shortened(&old), shortened(&new));
        }
        append(tx, entry, now).await?;
    }
    Ok(())
}

/// Long texts are named in the record, not copied.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Drops what has not left and is no longer true of a cancelled event. Links and records that
/// invitees asked for still go.
pub(super) async fn drop_messages(
    tx: &DatabaseTransaction,
    event: EventId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let waiting = [MessageState::Prepared, MessageState::Held, MessageState::Queued, MessageState::Waiting];
    let ids: Vec<Uuid> = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .filter(message::Column::EventId.eq(event.0))
        .filter(message::Column::State.is_in(waiting.map(MessageState::as_str)))
        .filter(message::Column::Purpose.is_not_in([Purpose::Link.as_str(), Purpose::Record.as_str()]))
        .into_tuple()
        .all(tx)
        .await?;
    let reason = DropReason::EventNotOpen(EventState::Cancelled).to_string();
    let dropped = MessageState::Dropped.as_str();
    for ids in ids.chunks(500) {
        message::Entity::update_many()
            .col_expr(message::Column::State, Expr::value(dropped))
            .col_expr(message::Column::DropReason, Expr::value(reason.as_str()))
            .col_expr(message::Column::UpdatedAt, Expr::value(now))
            .filter(message::Column::Id.is_in(ids.iter().copied()))
            .exec(tx)
            .await?;
        let steps = ids.iter().map(|id| message_step::ActiveModel {
            id: Set(LogEntryId::generate().0),
            message_id: Set(*id),
            at: Set(now),
            state: Set(dropped.to_owned()),
            code: Set(String::new()),
            words: Set(reason.clone()),
        });
        message_step::Entity::insert_many(steps).exec_without_returning(tx).await?;
        invitation::Entity::update_many()
            .col_expr(invitation::Column::LastMessageState, Expr::value(dropped))
            .filter(invitation::Column::LastMessageId.is_in(ids.iter().copied()))
            .exec(tx)
            .await?;
    }
    // People of a wave that did not leave were never written to.
    invitation::Entity::update_many()
        .col_expr(invitation::Column::WaveId, Expr::value(None::<Uuid>))
        .col_expr(invitation::Column::ReplyBy, Expr::value(None::<NaiveDate>))
        .filter(invitation::Column::EventId.eq(event.0))
        .filter(invitation::Column::State.eq(InvitationState::Listed.as_str()))
        .exec(tx)
        .await?;
    Ok(())
}
