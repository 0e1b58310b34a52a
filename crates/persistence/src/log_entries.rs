//! The record. Written inside the transaction of what it records; never changed.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use conclave_core::ids::{EventId, LogEntryId};
use conclave_core::log_entry::LogEntry;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::batch::Batch;
use crate::entities::{invitation, log_entry};
use crate::{Store, StoreError};

/// A line of the record.
#[derive(Clone, Debug)]
pub struct LogLine {
    pub id: LogEntryId,
    pub at: DateTime<Utc>,
    /// As printed: `David Miller`, `invitee`, `system`.
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub before: String,
    pub after: String,
    pub reason: String,
    /// Public id and name of the invitee it is about.
    pub invitee: Option<(String, String)>,
}

impl Store {
    /// The record of an event, newest first; `limit` 0 is all.
    pub async fn log(
        &self,
        event: EventId,
        since: Option<DateTime<Utc>>,
        limit: u64,
    ) -> Result<Vec<LogLine>, StoreError> {
        let mut query = log_entry::Entity::find()
            .filter(log_entry::Column::EventId.eq(event.0))
            .order_by_desc(log_entry::Column::At)
            .order_by_desc(log_entry::Column::Id);
        if let Some(since) = since {
            query = query.filter(log_entry::Column::At.gte(since));
        }
        if limit > 0 {
            query = query.limit(limit);
        }
        lines(self.reader(), query.all(self.reader()).await?).await
    }
}

/// Entries as lines, with the people they are about: one query for all.
pub(crate) async fn lines<C: ConnectionTrait>(
    db: &C,
    entries: Vec<log_entry::Model>,
) -> Result<Vec<LogLine>, StoreError> {
    let ids: HashSet<Uuid> = entries.iter().filter_map(|entry| entry.invitation_id).collect();
    let events: HashSet<Uuid> = entries.iter().filter_map(|entry| entry.event_id).collect();
    let mut query = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::Id)
        .column(invitation::Column::PublicId)
        .column(invitation::Column::Name)
        .filter(invitation::Column::EventId.is_in(events));
    if ids.len() <= 500 {
        query = query.filter(invitation::Column::Id.is_in(ids));
    }
    let people: HashMap<Uuid, (String, String)> = query
        .into_tuple::<(Uuid, String, String)>()
        .all(db)
        .await?
        .into_iter()
        .map(|(id, public_id, name)| (id, (public_id, name)))
        .collect();
    Ok(entries
        .into_iter()
        .map(|entry| LogLine {
            id: LogEntryId(entry.id),
            at: entry.at,
            invitee: entry.invitation_id.and_then(|id| people.get(&id).cloned()),
            actor: entry.actor_name,
            action: entry.action,
            subject: entry.subject,
            before: entry.before_text,
            after: entry.after_text,
            reason: entry.reason,
        })
        .collect())
}

/// Writes a line inside the transaction of what it records (architecture.md I4).
pub(crate) async fn append(
    tx: &DatabaseTransaction,
    entry: LogEntry,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    log_entry::Entity::insert(to_row(entry, now)).exec_without_returning(tx).await?;
    Ok(())
}

/// The same as part of a batch.
pub(crate) fn add(batch: &mut Batch, entry: LogEntry, now: DateTime<Utc>) {
    batch.add(&log_entry::Entity::insert(to_row(entry, now)));
}

/// Writes many lines at once.
pub(crate) async fn append_all(
    tx: &DatabaseTransaction,
    entries: Vec<LogEntry>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut rows = entries.into_iter().map(|entry| to_row(entry, now)).peekable();
    while rows.peek().is_some() {
        log_entry::Entity::insert_many(rows.by_ref().take(500)).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn to_row(entry: LogEntry, now: DateTime<Utc>) -> log_entry::ActiveModel {
    log_entry::ActiveModel {
        id: Set(LogEntryId::generate().0),
        event_id: Set(entry.event.map(|id| id.0)),
        invitation_id: Set(entry.invitation.map(|id| id.0)),
        at: Set(now),
        actor_kind: Set(entry.actor.kind().to_owned()),
        actor_name: Set(entry.actor.name().to_owned()),
        account_id: Set(entry.actor.account().map(|id| id.0)),
        action: Set(entry.action.to_owned()),
        subject: Set(entry.subject),
        before_text: Set(entry.before),
        after_text: Set(entry.after),
        reason: Set(entry.reason),
    }
}
