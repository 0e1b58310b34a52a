//! The record. Written inside the transaction of what it records; never changed.

use chrono::{DateTime, Utc};
use conclave_core::ids::{EventId, LogEntryId};

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
