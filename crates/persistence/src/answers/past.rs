//! What was said before, and what hangs on it: read once before an answer is recorded.

use chrono::{DateTime, Utc};
use conclave_core::answer::{AnswerValue, TentativeReason};
use conclave_core::invitation::InvitationState;
use conclave_core::log_chain::Head;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, DatabaseTransaction, QueryResult};

use crate::entities::{address, answer, change_request, event, invitation, topic};
use crate::events::{printed_lines, printed_query};
use crate::outbox::{Thread, thread, thread_query};
use crate::reads::{Queries, place};
use crate::rows::corrupt;
use crate::{CommitteeLine, StoreError};

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
    /// When the last one joined a waiting list of the event; `None` when nobody waits.
    pub last_joined: Option<DateTime<Utc>>,
    /// Newest entry of the event's record, which the answer's follows: nothing may be appended between.
    pub log_head: Head,
}

/// What a receipt needs besides; read in the same trip.
#[derive(Clone, Debug)]
pub(crate) struct ForReceipt {
    pub committee: Vec<CommitteeLine>,
    pub thread: Option<Thread>,
}

/// One query on SQLite, three on PostgreSQL, whatever they said.
pub(crate) async fn past(
    tx: &DatabaseTransaction,
    row: &invitation::Model,
) -> Result<(Past, ForReceipt), StoreError> {
    static QUERIES: Queries<3> = Queries::new();
    let queries = || [query(), printed_query(Expr::val(place(EVENT))), thread_query(place(INVITATION))];
    let values = [row.id.into(), row.event_id.into()];
    let [past, committee, messages] = QUERIES.ask(tx, &values, queries).await?;
    Ok((read(row, past)?, ForReceipt { committee: printed_lines(committee)?, thread: thread(messages)? }))
}

/// Places in the queries.
const INVITATION: usize = 0;
const EVENT: usize = 1;

/// An answer in each row, or none, and the questions, whose answers are the same in every row.
fn query() -> SelectStatement {
    Query::select()
        .column((answer::Entity, answer::Column::Value))
        .column((answer::Entity, answer::Column::Reason))
        .expr_as(Expr::exists(open_wish()), "has_open_wish")
        .expr_as(Expr::exists(unproven_address()), "has_unproven_address")
        .expr_as(Expr::exists(topics()), "has_topics")
        .expr_as(Expr::from(last_joined()), "last_joined")
        .expr_as(Expr::from(of_event(event::Column::LogNumber)), "log_number")
        .expr_as(Expr::from(of_event(event::Column::LogHash)), "log_hash")
        .from(invitation::Entity)
        .left_join(
            answer::Entity,
            Expr::col((answer::Entity, answer::Column::InvitationId))
                .equals((invitation::Entity, invitation::Column::Id)),
        )
        .and_where(invitation::Column::Id.eq(place(INVITATION)))
        .order_by((answer::Entity, answer::Column::Number), Order::Asc)
        .to_owned()
}

fn read(of: &invitation::Model, rows: Vec<QueryResult>) -> Result<Past, StoreError> {
    let mut past = Past::default();
    for row in rows {
        let value: Option<String> = row.try_get_by_index(0)?;
        let reason: Option<String> = row.try_get_by_index(1)?;
        if let Some(value) = value {
            let value = AnswerValue::parse(&value).ok_or_else(|| corrupt("answers", "value", of.id))?;
            past.values.push(value);
            past.reason = reason.as_deref().and_then(TentativeReason::parse);
        }
        past.has_open_wish = row.try_get_by_index(2)?;
        past.has_unproven_address = row.try_get_by_index(3)?;
        past.has_topics = row.try_get_by_index(4)?;
        past.last_joined = row.try_get_by_index(5)?;
        past.log_head = Head { number: row.try_get_by_index(6)?, hash: row.try_get_by_index(7)? };
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

fn of_event(column: event::Column) -> SelectStatement {
    Query::select()
        .column((event::Entity, column))
        .from(event::Entity)
        .and_where(Expr::col((event::Entity, event::Column::Id)).eq(place(EVENT)))
        .to_owned()
}

fn last_joined() -> SelectStatement {
    let others = Alias::new("others");
    let joined = (others.clone(), invitation::Column::WaitingSince);
    Query::select()
        .expr(Expr::col(joined.clone()).max())
        .from_as(invitation::Entity, others.clone())
        .and_where(Expr::col((others.clone(), invitation::Column::EventId)).eq(place(EVENT)))
        .and_where(Expr::col(joined).is_not_null())
        .and_where(Expr::col((others, invitation::Column::State)).eq(InvitationState::Invited.as_str()))
        .to_owned()
}
