//! Wishes after answers closed: the committee says yes or no.

use chrono::{DateTime, Utc};
use conclave_core::answer::{AnswerRefused, AnswerValue};
use conclave_core::ids::{EventId, InvitationId, RequestId};
use conclave_core::log_entry::Actor;

use crate::{Store, StoreError, WriteError};

/// A wish that waits for the committee.
#[derive(Clone, Debug)]
pub struct ChangeRequest {
    pub id: RequestId,
    pub invitation: InvitationId,
    pub public_id: String,
    pub name: String,
    pub wanted: AnswerValue,
    pub note: String,
    pub at: DateTime<Utc>,
}

impl Store {
    /// Undecided wishes, oldest first.
    pub async fn open_requests(&self, event: EventId) -> Result<Vec<ChangeRequest>, StoreError> {
        todo!()
    }

    /// Grants a wish (records the answer, with a receipt) or turns it down. Refuses to grant
    /// without a seat unless `override_reason` says why.
    pub async fn decide_request(
        &self,
        event: EventId,
        request: RequestId,
        grant: bool,
        override_reason: Option<&str>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AnswerRefused>> {
        todo!()
    }
}
