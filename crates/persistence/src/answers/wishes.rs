//! Wishes that an answer cannot fulfil by itself: handed to the committee, and settled when the
//! invitee says something else. The committee's side is in `requests.rs`.

use chrono::{DateTime, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::event::Event;
use conclave_core::ids::{InvitationId, RequestId};
use conclave_core::log_entry::{Actor, LogEntry};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, Set,
};

use crate::entities::{change_request, invitation};
use crate::{StoreError, TurnedDown, log_entries};

/// Hands a wish to the committee; one that is open already gets the new words.
pub(crate) async fn request(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
    wanted: AnswerValue,
    mode: &str,
    note: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let open = change_request::Entity::find()
        .filter(change_request::Column::InvitationId.eq(row.id))
        .filter(change_request::Column::DecidedAt.is_null())
        .one(tx)
        .await?;
    if let Some(open) = open {
        if open.wanted == wanted.as_str() && open.mode == mode && (note.is_empty() || open.note == note) {
            return Ok(());
        }
        let mut changed = open.into_active_model();
        changed.wanted = Set(wanted.as_str().to_owned());
        changed.mode = Set(mode.to_owned());
        if !note.is_empty() {
            changed.note = Set(note.to_owned());
        }
        changed.update(tx).await?;
    } else {
        change_request::ActiveModel {
            id: Set(RequestId::generate().0),
            event_id: Set(event.id.0),
            invitation_id: Set(row.id),
            wanted: Set(wanted.as_str().to_owned()),
            mode: Set(mode.to_owned()),
            note: Set(note.to_owned()),
            created_at: Set(now),
            decided_at: Set(None),
            decided_by: Set(String::new()),
            decision: Set(String::new()),
        }
        .insert(tx)
        .await?;
    }
    let entry = LogEntry::new(Actor::Invitee, "request.made", row.name.clone())
        .of(event.id)
        .about(InvitationId(row.id))
        .change(
            row.answer.clone().unwrap_or_else(|| "no answer".to_owned()),
            format!("asks for {}", wanted.as_str()),
        );
    log_entries::append(tx, entry, now).await
}

/// What they asked the committee for last, decided or not.
pub(crate) async fn newest<C: ConnectionTrait>(
    db: &C,
    invitation: InvitationId,
) -> Result<Option<change_request::Model>, StoreError> {
    Ok(change_request::Entity::find()
        .filter(change_request::Column::InvitationId.eq(invitation.0))
        .order_by_asc(change_request::Column::CreatedAt)
        .order_by_asc(change_request::Column::Id)
        .all(db)
        .await?
        .pop())
}

/// A wish that was turned down after what they said last.
pub(crate) fn turned_down(
    wish: &change_request::Model,
    answered: Option<DateTime<Utc>>,
) -> Option<TurnedDown> {
    let at = wish
        .decided_at
        .filter(|at| wish.decision == TURNED_DOWN && answered.is_none_or(|said| *at > said))?;
    Some(TurnedDown { wanted: AnswerValue::parse(&wish.wanted)?, at })
}

/// What stands in the column of a wish that the committee did not grant.
pub(crate) const TURNED_DOWN: &str = "turned down";

/// A wish that waited for the committee is settled by what they said since.
pub(crate) async fn settle_wish(
    tx: &DatabaseTransaction,
    event: &Event,
    invitation: InvitationId,
    decision: &str,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let settled = change_request::Entity::update_many()
        .col_expr(change_request::Column::DecidedAt, Expr::value(now))
        .col_expr(change_request::Column::DecidedBy, Expr::value(by.name()))
        .col_expr(change_request::Column::Decision, Expr::value(decision))
        .filter(change_request::Column::InvitationId.eq(invitation.0))
        .filter(change_request::Column::DecidedAt.is_null())
        .exec(tx)
        .await?;
    if settled.rows_affected > 0 {
        let entry = LogEntry::new(by.clone(), "request.decided", decision)
            .of(event.id)
            .about(invitation)
            .change("asked the committee", decision);
        log_entries::append(tx, entry, now).await?;
    }
    Ok(())
}
