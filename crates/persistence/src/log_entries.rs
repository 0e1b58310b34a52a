//! The record. Written inside the transaction of what it records; never changed.

use chrono::{DateTime, Utc};
use conclave_core::ids::{EventId, LogEntryId};
use conclave_core::log_entry::LogEntry;
use sea_orm::{ActiveModelTrait as _, DatabaseTransaction, Set};

use crate::entities::log_entry;
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
        todo!()
    }
}

/// Writes a line inside the transaction of what it records (architecture.md I4).
pub(crate) async fn append(
    tx: &DatabaseTransaction,
    entry: LogEntry,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
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
    .insert(tx)
    .await?;
    Ok(())
}
