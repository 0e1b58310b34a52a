//! What was said before, and what hangs on it: read once before an answer is recorded.

use conclave_core::answer::{AnswerValue, TentativeReason};
use conclave_core::invitation::InvitationState;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use crate::StoreError;
use crate::entities::{address, answer, change_request, invitation, topic};
use crate::rows::corrupt;

/// What other tables know of somebody whose answer is recorded, so that nothing is written where
/// nothing changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// Everything they said, oldest first.
    pub values: Vec<AnswerValue>,
    /// What the newest answer depends on, if it could not be said yet.
    pub reason: Option<TentativeReason>,
    /// They asked the committee for something that is not decided.
    pub has_open_wish: bool,
    /// Nobody has answered from their address yet.
    pub has_unproven_address: bool,
    /// They proposed a topic once, withdrawn or not.
    pub has_topics: bool,
    /// Somebody is on a waiting list of the event.
    pub somebody_waits: bool,
}

/// Value and reason of an answer, and the questions, whose answers are the same in every row.
type Row = (Option<String>, Option<String>, bool, bool, bool, bool);

/// One query, whatever they said.
pub(crate) async fn past(tx: &DatabaseTransaction, row: &invitation::Model) -> Result<Past, StoreError> {
    let rows: Vec<Row> = invitation::Entity::find()
        .select_only()
        .column(answer::Column::Value)
        .column(answer::Column::Reason)
        .expr_as(Expr::exists(open_wish()), "has_open_wish")
        .expr_as(Expr::exists(unproven_address()), "has_unproven_address")
        .expr_as(Expr::exists(topics()), "has_topics")
        .expr_as(Expr::exists(waiting(row.event_id)), "somebody_waits")
        .join(
            JoinType::LeftJoin,
            invitation::Entity::belongs_to(answer::Entity)
                .from(invitation::Column::Id)
                .to(answer::Column::InvitationId)
                .into(),
        )
        .filter(invitation::Column::Id.eq(row.id))
        .order_by_asc(answer::Column::Number)
        .into_tuple()
        .all(tx)
        .await?;
    let mut past = Past::default();
    for (value, reason, has_open_wish, has_unproven_address, has_topics, somebody_waits) in rows {
        past = Past { has_open_wish, has_unproven_address, has_topics, somebody_waits, ..past };
        if let Some(value) = value {
            let value = AnswerValue::parse(&value).ok_or_else(|| corrupt("answers", "value", row.id))?;
            past.values.push(value);
            past.reason = reason.as_deref().and_then(TentativeReason::parse);
        }
    }
    Ok(past)
}

fn open_wish() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(change_request::Entity)
        .and_where(
            Expr::col((change_request::Entity, change_request::Column::InvitationId))
                .equals((invitation::Entity, invitation::Column::Id)),
        )
        .and_where(change_request::Column::DecidedAt.is_null())
        .to_owned()
}

fn unproven_address() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(address::Entity)
        .and_where(
            Expr::col((address::Entity, address::Column::AddressKey))
                .equals((invitation::Entity, invitation::Column::EmailKey)),
        )
        .and_where(address::Column::State.eq("unproven"))
        .to_owned()
}

fn topics() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(topic::Entity)
        .and_where(
            Expr::col((topic::Entity, topic::Column::InvitationId))
                .equals((invitation::Entity, invitation::Column::Id)),
        )
        .to_owned()
}

fn waiting(event: Uuid) -> SelectStatement {
    let others = Alias::new("others");
    Query::select()
        .expr(Expr::val(1))
        .from_as(invitation::Entity, others.clone())
        .and_where(Expr::col((others.clone(), invitation::Column::EventId)).eq(event))
        .and_where(Expr::col((others.clone(), invitation::Column::WaitingSince)).is_not_null())
        .and_where(Expr::col((others, invitation::Column::State)).eq(InvitationState::Invited.as_str()))
        .to_owned()
}
