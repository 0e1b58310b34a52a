//! A person's page at the desk: the invitation, its topics, its history, its messages.

use conclave_core::ids::{EventId, InvitationId, MessageId};
use conclave_core::message::MessageState;
use sea_orm::sea_query::{ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::complete;
use super::list::people_of;
use crate::entities::{invitation, log_entry, message};
use crate::log_entries::lines;
use crate::outbox::desk::with_steps;
use crate::{MessageRow, PersonPage, Store, StoreError, TimelineEntry, topics};

impl Store {
    /// Every message to an invitee, newest first.
    pub(crate) async fn messages_to(&self, invitation: InvitationId) -> Result<Vec<MessageRow>, StoreError> {
        messages_to(self.reader(), invitation).await
    }

    /// Everything the person's page shows. A fixed number of queries.
    pub async fn person_page(
        &self,
        event: EventId,
        public_id: &str,
    ) -> Result<Option<PersonPage>, StoreError> {
        let db = self.reader();
        let row = people_of(event)
            .filter(invitation::Column::PublicId.eq(public_id.trim().to_ascii_lowercase()))
            .one(db)
            .await?;
        let newest = row.as_ref().and_then(|row| row.last_message_id).map(MessageId);
        let Some(invitation) = complete(db, row.into_iter().collect()).await?.pop() else {
            return Ok(None);
        };
        let messages = messages_to(db, invitation.id).await?;
        let delivery_words = messages
            .iter()
            .find(|message| Some(message.id) == newest)
            .filter(|message| {
                matches!(
                    message.state,
                    MessageState::Failed
                        | MessageState::Bounced
                        | MessageState::Waiting
                        | MessageState::Uncertain
                )
            })
            .map(|message| message.last_words.clone());
        let entries = log_entry::Entity::find()
            .filter(
                log_entry::Column::InvitationId
                    .eq(invitation.id.0)
                    .or(log_entry::Column::InvitationId.in_subquery(replaced_by(invitation.id))),
            )
            .order_by_desc(log_entry::Column::At)
            .order_by_desc(log_entry::Column::Number)
            .all(db)
            .await?;
        let mut timeline: Vec<TimelineEntry> =
            lines(db, entries).await?.into_iter().map(|line| TimelineEntry::Log(Box::new(line))).collect();
        timeline.extend(messages.into_iter().map(|message| TimelineEntry::Message(Box::new(message))));
        timeline.sort_by_key(|entry| std::cmp::Reverse(entry.at()));
        let mut requests = self.open_requests(event).await?;
        requests.retain(|request| request.invitation == invitation.id);
        let topics = topics::of_invitation(db, invitation.id).await?;
        Ok(Some(PersonPage {
            topics: topics
                .into_iter()
                .map(|topic| crate::TopicView {
                    proposer_id: invitation.public_id.clone(),
                    proposer: invitation.name.clone(),
                    ..topic
                })
                .collect(),
            timeline,
            requests,
            delivery_words: delivery_words.unwrap_or_default(),
            invitation,
        }))
    }
}

impl TimelineEntry {
    /// When it happened; a message by when it was written or last tried.
    #[must_use]
    pub fn at(&self) -> chrono::DateTime<chrono::Utc> {
        match self {
            Self::Log(line) => line.at,
            Self::Message(message) => message.steps.last().map_or(message.created_at, |step| step.at),
        }
    }
}

/// Invitations of the same person that this one stands in for: their history is its own.
fn replaced_by(invitation: InvitationId) -> SelectStatement {
    Query::select()
        .column(invitation::Column::Id)
        .from(invitation::Entity)
        .and_where(invitation::Column::ReplacedBy.eq(invitation.0))
        .to_owned()
}

/// Messages with their steps, newest first.
async fn messages_to<C: ConnectionTrait>(
    db: &C,
    invitation: InvitationId,
) -> Result<Vec<MessageRow>, StoreError> {
    let rows = message::Entity::find()
        .filter(message::Column::InvitationId.eq(invitation.0))
        .order_by_desc(message::Column::CreatedAt)
        .order_by_desc(message::Column::Id)
        .all(db)
        .await?;
    with_steps(db, rows).await
}
