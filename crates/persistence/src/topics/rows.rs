//! Topics as rows: a new one, and rows read back with the names of their proposers.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use conclave_core::ids::{EventId, InvitationId, TopicId};
use conclave_core::topic::{TopicState, title_key};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use super::TopicView;
use crate::StoreError;
use crate::entities::{invitation, topic};
use crate::rows::{column, corrupt, count};

/// A topic to write, its text already checked.
pub(crate) struct NewTopic<'a> {
    pub invitation: Option<Uuid>,
    pub title: &'a str,
    pub body: &'a str,
    pub minutes: Option<u32>,
    /// How it reached us.
    pub via: &'static str,
    pub is_late: bool,
    pub is_hidden_from_others: bool,
}

impl NewTopic<'_> {
    /// The row of a proposed topic with this number.
    pub(crate) fn row(&self, event: EventId, number: i32, now: DateTime<Utc>) -> topic::ActiveModel {
        topic::ActiveModel {
            id: Set(TopicId::generate().0),
            event_id: Set(event.0),
            number: Set(number),
            invitation_id: Set(self.invitation),
            proposed_title: Set(self.title.to_owned()),
            title: Set(self.title.to_owned()),
            title_key: Set(title_key(self.title)),
            body: Set(self.body.to_owned()),
            minutes: Set(self.minutes.map(column)),
            state: Set(TopicState::Proposed.as_str().to_owned()),
            via: Set(self.via.to_owned()),
            is_late: Set(self.is_late),
            is_edited: Set(false),
            presenter_left: Set(false),
            is_hidden_from_others: Set(self.is_hidden_from_others),
            merged_into: Set(None),
            committee_note: Set(String::new()),
            version: Set(0),
            created_at: Set(now),
            updated_at: Set(now),
        }
    }
}

/// The next number of the event, whose lock the caller holds.
pub(crate) async fn next_number(tx: &DatabaseTransaction, event: EventId) -> Result<i32, StoreError> {
    let last: Option<i32> = topic::Entity::find()
        .select_only()
        .column_as(topic::Column::Number.max(), "last")
        .filter(topic::Column::EventId.eq(event.0))
        .into_tuple::<Option<i32>>()
        .one(tx)
        .await?
        .flatten();
    Ok(last.unwrap_or_default() + 1)
}

/// Rows with the names of their proposers, in one more query.
pub(super) async fn views<C: ConnectionTrait>(
    db: &C,
    rows: Vec<topic::Model>,
) -> Result<Vec<TopicView>, StoreError> {
    let Some(event) = rows.first().map(|row| row.event_id) else {
        return Ok(Vec::new());
    };
    let proposers: Vec<(Uuid, String, String, String)> = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::Id)
        .column(invitation::Column::PublicId)
        .column(invitation::Column::Name)
        .column(invitation::Column::Email)
        .filter(invitation::Column::EventId.eq(event))
        .filter(
            invitation::Column::Id.in_subquery(
                sea_orm::sea_query::Query::select()
                    .column(topic::Column::InvitationId)
                    .from(topic::Entity)
                    .and_where(topic::Column::EventId.eq(event))
                    .and_where(topic::Column::InvitationId.is_not_null())
                    .to_owned(),
            ),
        )
        .into_tuple()
        .all(db)
        .await?;
    let names: HashMap<Uuid, (String, String)> = proposers
        .into_iter()
        .map(|(id, public_id, name, email)| (id, (public_id, if name.is_empty() { email } else { name })))
        .collect();
    rows.into_iter()
        .map(|row| {
            let (public_id, name) =
                row.invitation_id.and_then(|id| names.get(&id)).cloned().unwrap_or_default();
            view(row, public_id, name)
        })
        .collect()
}

/// One row as its view.
pub(super) fn view(
    row: topic::Model,
    proposer_id: String,
    proposer: String,
) -> Result<TopicView, StoreError> {
    Ok(TopicView {
        id: TopicId(row.id),
        number: count(row.number),
        invitation: row.invitation_id.map(InvitationId),
        proposer_id,
        proposer,
        state: state_of(&row)?,
        title: row.title,
        proposed_title: row.proposed_title,
        body: row.body,
        minutes: row.minutes.map(count),
        via: row.via,
        is_late: row.is_late,
        is_edited: row.is_edited,
        presenter_left: row.presenter_left,
        note: row.committee_note,
        version: count(row.version),
        created_at: row.created_at,
    })
}

pub(super) fn state_of(row: &topic::Model) -> Result<TopicState, StoreError> {
    TopicState::parse(&row.state).ok_or_else(|| corrupt("topics", "state", row.id))
}
