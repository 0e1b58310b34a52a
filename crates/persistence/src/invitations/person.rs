//! A person's page at the desk: the invitation, its topics, its history, its messages.

use std::collections::HashMap;

use conclave_core::event::Slug;
use conclave_core::facts::placeholder;
use conclave_core::ids::{EventId, LogEntryId, MessageId};
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};
use uuid::Uuid;

use super::complete;
use super::list::people_of;
use crate::entities::{event, invitation, log_entry, message, message_step};
use crate::rows::{corrupt, count};
use crate::{
    Invitation, LogLine, MessageRow, MessageStep, PersonPage, Store, StoreError, TimelineEntry, topics,
};

impl Store {
    /// Everything the person's page shows. A fixed number of queries.
    pub async fn person_page(&self, event: EventId, public_id: &str) -> Result<Option<PersonPage>, StoreError> {
        let db = self.reader();
        let row = people_of(event)
            .filter(invitation::Column::PublicId.eq(public_id.trim().to_ascii_lowercase()))
            .one(db)
            .await?;
        let newest = row.as_ref().and_then(|row| row.last_message_id).map(MessageId);
        let Some(invitation) = complete(db, row.into_iter().collect()).await?.pop() else {
            return Ok(None);
        };
        let messages = messages_to(db, &invitation).await?;
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
        let mut timeline: Vec<TimelineEntry> =
            log_lines(db, &invitation).await?.into_iter().map(TimelineEntry::Log).collect();
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

async fn log_lines<C: ConnectionTrait>(db: &C, invitation: &Invitation) -> Result<Vec<LogLine>, StoreError> {
    let rows = log_entry::Entity::find()
        .filter(log_entry::Column::InvitationId.eq(invitation.id.0))
        .order_by_desc(log_entry::Column::At)
        .order_by_desc(log_entry::Column::Id)
        .all(db)
        .await?;
    let about = (invitation.public_id.clone(), invitation.name.clone());
    Ok(rows
        .into_iter()
        .map(|row| LogLine {
            id: LogEntryId(row.id),
            at: row.at,
            actor: row.actor_name,
            action: row.action,
            subject: row.subject,
            before: row.before_text,
            after: row.after_text,
            reason: row.reason,
            invitee: Some(about.clone()),
        })
        .collect())
}

/// Messages with their steps, newest first.
async fn messages_to<C: ConnectionTrait>(db: &C, invitation: &Invitation) -> Result<Vec<MessageRow>, StoreError> {
    let slug: Option<String> = event::Entity::find_by_id(invitation.event.0)
        .select_only()
        .column(event::Column::Slug)
        .into_tuple()
        .one(db)
        .await?;
    let slug = slug.as_deref().map(Slug::parse).and_then(Result::ok);
    let slug = slug.map(|slug| slug.as_str().to_owned()).unwrap_or_default();
    let rows = message::Entity::find()
        .filter(message::Column::InvitationId.eq(invitation.id.0))
        .order_by_desc(message::Column::CreatedAt)
        .order_by_desc(message::Column::Id)
        .all(db)
        .await?;
    let steps = message_step::Entity::find()
        .filter(message_step::Column::MessageId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(message_step::Column::At)
        .order_by_asc(message_step::Column::Id)
        .all(db)
        .await?;
    let mut of: HashMap<Uuid, Vec<MessageStep>> = HashMap::new();
    for step in steps {
        let state = MessageState::parse(&step.state)
            .ok_or_else(|| corrupt("message_steps", "state", step.id))?;
        of.entry(step.message_id).or_default().push(MessageStep {
            at: step.at,
            state,
            code: step.code,
            words: step.words,
        });
    }
    rows.into_iter()
        .map(|row| {
            Ok(MessageRow {
                purpose: Purpose::parse(&row.purpose).ok_or_else(|| corrupt("messages", "purpose", row.id))?,
                state: MessageState::parse(&row.state).ok_or_else(|| corrupt("messages", "state", row.id))?,
                steps: of.remove(&row.id).unwrap_or_default(),
                event_slug: slug.clone(),
                invitee_id: invitation.public_id.clone(),
                id: MessageId(row.id),
                to_name: row.to_name,
                to_address: row.to_address,
                subject: row.subject,
                text: masked(&row.body_text),
                attempts: count(row.attempts),
                not_before: row.not_before,
                handed_over_at: row.handed_over_at,
                last_code: row.last_code,
                last_words: row.last_text,
                drop_reason: row.drop_reason,
                message_id: row.message_id,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// Stored words hold no secret; what stands in for one is named for people.
pub(crate) fn masked(text: &str) -> String {
    text.replace(placeholder::LINK, "(personal link)")
        .replace(placeholder::UNSUBSCRIBE, "(link that mutes mail)")
        .replace(placeholder::SIGN_IN_LINK, "(sign-in link)")
        .replace(placeholder::SIGN_IN_CODE, "(code)")
}
