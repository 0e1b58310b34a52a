//! Reads for files and for the public page.

use chrono::{DateTime, Utc};
use conclave_core::event::Event;
use conclave_core::export::{AttendeeRow, InviteeRow, PublicPage, TopicRow};

use crate::{Store, StoreError};

impl Store {
    /// The final list: accepted, by sort key.
    pub async fn attendee_rows(&self, event: &Event) -> Result<Vec<AttendeeRow>, StoreError> {
        todo!()
    }

    /// Everybody, by sort key.
    pub async fn invitee_rows(&self, event: &Event) -> Result<Vec<InviteeRow>, StoreError> {
        todo!()
    }

    /// Topics by number, without withdrawn and merged ones.
    pub async fn topic_rows(&self, event: &Event) -> Result<Vec<TopicRow>, StoreError> {
        todo!()
    }

    /// The public page as data: accepted people who agreed to be listed, their accepted topics
    /// (decisions.md, "Consent and page"). `full` shows people whatever the event's page mode (for
    /// `export page`); otherwise the mode decides.
    pub async fn public_page(&self, event: &Event, full: bool) -> Result<PublicPage, StoreError> {
        todo!()
    }

    /// One log line for an export, so that the record shows who took data out.
    pub async fn log_export(
        &self,
        event: &Event,
        what: &str,
        format: &str,
        people: usize,
        by: &conclave_core::log_entry::Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        todo!()
    }
}
