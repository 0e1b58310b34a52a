//! Answers that may not be theirs: a member who knows better says so.

use chrono::{DateTime, Utc};
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::{Actor, LogEntry};
use sea_orm::{ActiveModelTrait as _, DatabaseTransaction, IntoActiveModel as _, Set};

use crate::entities::invitation;
use crate::locks::lock_invitation;
use crate::{Store, StoreError, log_entries};

impl Store {
    /// Notes that the newest answer was given by the invitee, so that nobody is asked to look at it
    /// again. False when there was no doubt.
    pub async fn confirm_answer(
        &self,
        invitation: InvitationId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let had_doubt = row.was_this_you;
        settle_doubt(&tx, &event, row, by, now).await?;
        tx.commit().await?;
        Ok(had_doubt)
    }
}

/// Clears "was this you?" where it stands, and says so in the record.
pub(super) async fn settle_doubt(
    tx: &DatabaseTransaction,
    event: &Event,
    row: invitation::Model,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<invitation::Model, StoreError> {
    if !row.was_this_you {
        return Ok(row);
    }
    let mut changed = row.into_active_model();
    changed.was_this_you = Set(false);
    let row = changed.update(tx).await?;
    let entry = LogEntry::new(by.clone(), "answer.confirmed", row.name.clone())
        .of(event.id)
        .about(InvitationId(row.id));
    log_entries::append(tx, entry, now).await?;
    Ok(row)
}
